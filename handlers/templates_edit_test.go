package handlers

import (
	"bytes"
	"maps"
	"net/http"
	"net/url"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"berth/handlers/template"
	"berth/handlers/web"
	"berth/store"
	"berth/templates"
	"berth/views/parts"
)

// sent returns the fields that a browser would send of the page's form with that id.
func (a answer) sent(id string) url.Values {
	a.t.Helper()
	form := find(a.doc(), func(n *html.Node) bool { return n.Data == "form" && attr(n, "id") == id })
	if form == nil {
		a.t.Fatalf("%s: no form %q\n%s", a.what, id, a.text())
	}
	v := url.Values{}
	for n := range form.Descendants() {
		name := attr(n, "name")
		if n.Type != html.ElementNode || name == "" {
			continue
		}
		switch n.Data {
		case "input":
			if box := attr(n, "type"); box != "file" && (box != "checkbox" && box != "radio" || hasAttr(n, "checked")) {
				v.Add(name, attr(n, "value"))
			}
		case "textarea":
			text := ""
			if n.FirstChild != nil {
				text = n.FirstChild.Data
			}
			v.Add(name, strings.ReplaceAll(text, "\n", "\r\n"))
		case "select":
			chosen := find(n, func(n *html.Node) bool { return n.Data == "option" && hasAttr(n, "selected") })
			if chosen == nil {
				chosen = find(n, func(n *html.Node) bool { return n.Data == "option" })
			}
			v.Add(name, attr(chosen, "value"))
		}
	}
	return v
}

// with is the form with other values in some fields.
func with(form url.Values, typed map[string]string) url.Values {
	form = maps.Clone(form)
	for name, v := range typed {
		form[name] = []string{v}
	}
	return form
}

// templateOf is the template that an answer leads to.
func (c *client) templateAt(a answer) store.Template {
	c.t.Helper()
	t, err := c.app.Store.Template(c.user.ID, strings.TrimPrefix(a.header.Get("Location"), "/templates/"))
	if err != nil {
		c.t.Fatalf("%s leads to %q: %v", a.what, a.header.Get("Location"), err)
	}
	return t
}

// content is a template without what the store gives it.
func content(t store.Template) store.Template {
	t.ID, t.UserID, t.Revision, t.Created, t.Updated = "", "", 0, time.Time{}, time.Time{}
	return t
}

// everything is a template that has something in every field.
func everything(bucket string) store.Template {
	t := forge()
	t.Description, t.Tags = "  Repositories,\n\nand their pages.\n", []string{"git", "web"}
	t.Cores, t.Memory, t.Swap, t.Disk, t.Storage, t.Bridge = 2, 2048, -1, 16, "local-lvm", "vmbr1"
	t.Buckets = []string{bucket}
	t.Scripts[0].Description, t.Scripts[0].Content = "Makes the user", "\n\tsay 'ready <b>'\n"
	t.Files = []store.File{
		{Path: "/etc/motd", Policy: store.FileReplace, Content: []byte("hello\n")},
		{Path: "/srv/logo.png", Owner: "www-data:www-data", Mode: 0o640, Policy: store.FileBackup, Content: []byte{0x89, 'P', 'N', 'G', 0, 0xff}},
		{Path: "/srv/autoexec.bat", Policy: store.FileDefault, Content: []byte("@echo off\r\n")},
		{Path: "/srv/empty", Policy: store.FileDefault, Content: []byte{}},
	}
	t.Services = []store.Service{{Name: "forgejo", Port: 3000, Path: "/", Scheme: "https"}, {Name: "cron"}}
	return t
}

func (c *client) bucket(name string, packages ...store.Package) store.PackageBucket {
	c.t.Helper()
	b, err := c.app.Store.PutPackageBucket(store.PackageBucket{UserID: c.user.ID, Name: name, Packages: packages})
	if err != nil {
		c.t.Fatal(err)
	}
	return b
}

// The form holds all of a template: sent as it is, it changes nothing.
func TestATemplateSurvivesItsForm(t *testing.T) {
	t.Parallel()
	c := newTestApp(t).signedIn("mira")
	bucket := c.bucket("tools", store.Package{Manager: "apt", Name: "htop"})
	list := append(templates.Starters(), everything(bucket.ID))
	for _, want := range list {
		want.ID = ""
		made := c.template(want)
		at := parts.TemplateURL(made.ID)
		a := c.get(at+"/edit", http.StatusOK)
		isAWholePage(a)
		form := a.sent("template")
		for again := range 2 { // through the form as it is answered, too
			if got := c.templateAt(c.post(at, form, http.StatusSeeOther)); !reflect.DeepEqual(content(got), content(made)) {
				t.Errorf("%s became\n%+v, was\n%+v", made.Name, got, made)
			}
			form.Set("revision", strconv.Itoa(made.Revision+again+1))
			form = c.post(at+"/edit", form, http.StatusOK).sent("template")
		}
	}
}

func TestATemplateIsMadeFromNothing(t *testing.T) {
	t.Parallel()
	c := newTestApp(t).signedIn("mira")
	bucket := c.bucket("tools", store.Package{Manager: "apt", Name: "htop"})
	a := c.get("/templates/new", http.StatusOK)
	isAWholePage(a)
	a.has(`<option value="debian-13-standard">`)
	c.template(wiki())
	form := with(a.sent("template"), map[string]string{"memory": "lots", "name": "wiki"})
	for _, kind := range []string{"script", "file", "input", "input", "service"} {
		form.Set("row", "add:"+kind)
		a = c.post("/templates/new", form, http.StatusOK)
		isAWholePage(a)
		if a.fieldError("memory") == "" || a.fieldError("name") != template.TemplateNameTaken || strings.Contains(a.text(), "Nothing was saved") {
			t.Error("it does not say what is wrong with what was typed")
		}
		if n := strings.Count(a.body, `data-state="invalid"`); n != 2 {
			t.Errorf("it says that %d fields are wrong", n)
		}
		form = a.sent("template")
	}
	if list, err := c.app.Store.Templates(c.user.ID); err != nil || len(list) != 1 {
		t.Fatalf("a row more saved %v, %v", list, err)
	}
	form = with(form, map[string]string{
		"name": "Links", "tags": "web  bookmarks", "os_template": "debian-12-standard", "memory": " 512 ", "swap": "0", "bucket": bucket.ID,
		"packages_apt": "git\r\n# why\r\ncurl=8.14.1-2", "packages_npm": "serve@14.2.4", "description": "Bookmarks.\r\nOurs.",
		"script_name.0": "install", "script_content.0": "say one\r\nsay two\r\n",
		"file_path.0": "/etc/motd", "file_mode.0": "0640", "file_owner.0": "root:adm", "file_policy.0": "backup", "file_content.0": "hello\r\n",
		"input_name.0": "TITLE", "input_label.0": "Title", "input_choices.0": "left over from another kind",
		"input_name.1": "DB", "input_label.1": "Database", "input_kind.1": "choice", "input_choices.1": "sqlite\r\n\r\n postgres ", "input_default.1": "sqlite",
		"service_name.0": "links", "service_port.0": "9090", "service_path.0": "/",
	})
	got := c.templateAt(c.post("/templates", form, http.StatusSeeOther))
	want := store.Template{
		Name: "Links", Tags: []string{"web", "bookmarks"}, OSTemplate: "debian-12-standard", Memory: 512, Swap: -1, Description: "Bookmarks.\nOurs.",
		Unprivileged: true, Nesting: true, Buckets: []string{bucket.ID},
		Packages: []store.Package{{Manager: "apt", Name: "git"}, {Manager: "apt", Name: "curl", Version: "8.14.1-2"}, {Manager: "npm", Name: "serve", Version: "14.2.4"}},
		Scripts:  []store.Script{{Name: "install", Enabled: true, Content: "say one\nsay two\n"}},
		Files:    []store.File{{Path: "/etc/motd", Owner: "root:adm", Mode: 0o640, Policy: store.FileBackup, Content: []byte("hello\n")}},
		Inputs: []store.Input{
			{Name: "TITLE", Label: "Title", Kind: store.InputText},
			{Name: "DB", Label: "Database", Kind: store.InputChoice, Choices: []string{"sqlite", "postgres"}, Default: "sqlite"},
		},
		Services: []store.Service{{Name: "links", Port: 9090, Path: "/"}},
	}
	if !reflect.DeepEqual(content(got), want) {
		t.Errorf("kept\n%+v, want\n%+v", got, want)
	}
}

// What is wrong stands at its field, and all that was typed is still there.
func TestWhatIsWrongWithATemplateIsSaidAtItsField(t *testing.T) {
	t.Parallel()
	ta := newTestApp(t)
	c := ta.signedIn("mira")
	c.template(wiki())
	made := c.template(everything(c.bucket("tools").ID))
	at := parts.TemplateURL(made.ID)
	good := c.get(at+"/edit", http.StatusOK).sent("template")
	for field, typed := range map[string]string{
		"name": "Wiki", "tags": "-x", "os_template": "a b", "cores": "99999", "memory": "lots", "swap": "-1", "disk": "1.5", "storage": "a/b", "bridge": "vmbr0,tag=1",
		"packages_apt": "git\nno such thing", "packages_pip": "-r x",
		"script_name.1": "../x", "script_content.2": " ", "script_name.2": "prepare", "script_description.0": strings.Repeat("x", 501),
		"file_path.0": "etc/motd", "file_owner.0": "root; id", "file_mode.0": "0o9", "file_mode.1": "0000", "file_policy.0": "burn",
		"input_name.0": "PATH", "input_label.0": "", "input_default.1": "hunter2", "input_choices.2": "", "input_kind.0": "number",
		"service_name.0": "--now", "service_port.0": "70000", "service_port.1": "no", "service_path.1": "/", "service_path.0": "admin",
	} {
		form := with(good, map[string]string{field: typed})
		a := c.post(at, form, http.StatusUnprocessableEntity)
		isAWholePage(a)
		said := field
		if field == "service_path.1" {
			said = "service_port.1"
		}
		if a.fieldError(said) == "" {
			t.Errorf("%s: nothing is said about %q", field, typed)
		}
		a.says("Nothing was saved:")
		got := a.sent("template")
		for name, v := range form {
			if w := strings.ReplaceAll(strings.Join(got[name], "|"), "\r\n", "\n"); w != strings.ReplaceAll(strings.Join(v, "|"), "\r\n", "\n") {
				t.Errorf("%s: %s became %q, was %q", field, name, w, v)
			}
		}
		// The same is said while it is typed, from the fields beside it.
		near := url.Values{"field": {said}, "id": {made.ID}}
		for name, v := range form {
			if name == said || strings.HasPrefix(said, "input_") && strings.HasPrefix(name, "input_") || strings.HasPrefix(said, "service_") && strings.HasPrefix(name, "service_") ||
				strings.HasPrefix(name, "script_name.") || strings.HasPrefix(name, "file_path.") {
				near[name] = v
			}
		}
		if typing := c.htmxGet("/templates/check?"+near.Encode(), http.StatusOK); typing.fieldError(said) != a.fieldError(said) {
			t.Errorf("%s: %q while it is typed, %q when it is sent", said, typing.fieldError(said), a.fieldError(said))
		}
	}
	if got, err := ta.Store.Template(c.user.ID, made.ID); err != nil || !reflect.DeepEqual(got, made) {
		t.Errorf("kept %+v, %v", got, err)
	}
	c.htmxGet("/templates/check?field=secret", http.StatusNotFound)
	if got := c.htmxGet("/templates/check?field=name&name=forge&id="+made.ID, http.StatusOK).fieldError("name"); got != "" {
		t.Errorf("of its own name it says %q", got)
	}
}

func TestTooMuchOfATemplateIsSaid(t *testing.T) {
	t.Parallel()
	c := newTestApp(t).signedIn("mira")
	form := c.get("/templates/new", http.StatusOK).sent("template")
	form.Set("name", "Many")
	for i := range 100 {
		form.Set("script_name."+strconv.Itoa(i), "s"+strconv.Itoa(i))
		form.Set("script_content."+strconv.Itoa(i), "true")
	}
	c.post("/templates", form, http.StatusUnprocessableEntity).says("These are 100 scripts; a template has 99 at most")
	for i := range web.MaxFields {
		form.Set("file_path."+strconv.Itoa(i), "/x")
	}
	c.uploadWith("/templates", form, "file_upload.0", nil, http.StatusBadRequest).says("The form could not be read")
	form = url.Values{"name": {"Large"}, "file_path.0": {"/x"}}
	c.uploadWith("/templates", form, "file_upload.0", make([]byte, 2<<20), http.StatusUnprocessableEntity).says("This file has 2048 KiB")
	c.uploadWith("/templates", form, "file_upload.0", make([]byte, 12<<20), http.StatusRequestEntityTooLarge).says("A form may have up to 9 MiB")
	c.post("/account/password", url.Values{"x": {strings.Repeat("x", 2<<20)}}, http.StatusRequestEntityTooLarge).says("A form may have up to 1 MiB")
}

func TestTheRowsOfATemplateAreChanged(t *testing.T) {
	t.Parallel()
	ta := newTestApp(t)
	c, jonas := ta.signedIn("mira"), ta.signedIn("jonas")
	made := c.template(forge())
	at := parts.TemplateURL(made.ID) + "/edit"
	form := with(c.get(at, http.StatusOK).sent("template"), map[string]string{"name": "Typed", "script_content.1": "say typed"})
	names := func(kind string) string {
		var list []string
		for i := 0; form.Has(kind + "." + strconv.Itoa(i)); i++ {
			list = append(list, form.Get(kind+"."+strconv.Itoa(i)))
		}
		return strings.Join(list, " ")
	}
	for _, step := range []struct{ change, kind, want, focus string }{
		{"up:script:1", "script_name", "install prepare extras", "script-0"},
		{"down:script:1", "script_name", "install extras prepare", "script-2"},
		{"down:script:2", "script_name", "install extras prepare", ""},
		{"up:script:0", "script_name", "install extras prepare", ""},
		{"add:script", "script_name", "install extras prepare ", "script_name.3"},
		{"remove:script:1", "script_name", "install prepare ", "scripts"},
		{"remove:script:7", "script_name", "install prepare ", ""},
		{"remove:script:-1", "script_name", "install prepare ", ""},
		{"burn:script:0", "script_name", "install prepare ", ""},
		{"add:secret", "script_name", "install prepare ", ""},
		{"up:input:2", "input_name", "TITLE DB ADMIN_PASSWORD", "input-1"},
		{"remove:file:0", "file_path", "", "files"},
		{"remove:service:0", "service_name", "", "services"},
		{"add:service", "service_name", "", "service_name.0"},
	} {
		form.Set("row", step.change)
		a := c.post(at, form, http.StatusOK)
		isAWholePage(a)
		focus := find(a.doc(), func(n *html.Node) bool { return hasAttr(n, "autofocus") && attr(n, "id") != "palette-q" })
		if focus == nil && step.focus != "" || focus != nil && attr(focus, "id") != step.focus {
			t.Errorf("%s leads to %v, want %q", step.change, focus, step.focus)
		}
		part := c.htmxPost(at, form, http.StatusOK)
		part.lacks("<html")
		if !reflect.DeepEqual(part.sent("template"), a.sent("template")) {
			t.Errorf("%s: htmx gets another form", step.change)
		}
		form = a.sent("template")
		if got := names(step.kind); got != step.want {
			t.Errorf("%s makes %q, want %q", step.change, got, step.want)
		}
		if form.Get("name") != "Typed" || !strings.Contains(names("script_content"), "say typed") {
			t.Errorf("%s forgets what was typed", step.change)
		}
	}
	if got, err := ta.Store.Template(c.user.ID, made.ID); err != nil || !reflect.DeepEqual(got, made) {
		t.Errorf("saved %+v, %v", got, err)
	}
	jonas.get(at, http.StatusNotFound)
	jonas.post(at, form, http.StatusNotFound)
	jonas.post(parts.TemplateURL(made.ID), form, http.StatusNotFound)
}

func TestAFileOfATemplateIsReplacedByAnUpload(t *testing.T) {
	t.Parallel()
	c := newTestApp(t).signedIn("mira")
	made := c.template(everything(c.bucket("tools").ID))
	at := parts.TemplateURL(made.ID)
	a := c.get(at+"/edit", http.StatusOK)
	a.says("6 B that cannot be typed here. They are kept as they are.", "11 B that cannot be typed here.")
	form := a.sent("template")

	// It comes along with a change of the rows, and stays.
	picture := []byte{0xff, 0xd8, 0, 1}
	form.Set("row", "remove:file:0")
	a = c.uploadWith(at+"/edit", form, "file_upload.1", picture, http.StatusOK)
	a.says("4 B that cannot be typed here.")
	got := c.templateAt(c.post(at, a.sent("template"), http.StatusSeeOther))
	if len(got.Files) != 3 || !bytes.Equal(got.Files[0].Content, picture) || got.Files[0].Mode != 0o640 {
		t.Errorf("kept %+v", got.Files)
	}

	// A text takes the place of what is none, and the other way round.
	form = c.get(at+"/edit", http.StatusOK).sent("template")
	got = c.templateAt(c.uploadWith(at, form, "file_upload.0", []byte("now a text\n"), http.StatusSeeOther))
	if string(got.Files[0].Content) != "now a text\n" {
		t.Errorf("kept %q", got.Files[0].Content)
	}
	a = c.get(at+"/edit", http.StatusOK)
	if a.fieldValue("file_content.0") != "now a text\n" {
		t.Errorf("shows %q", a.fieldValue("file_content.0"))
	}
	got = c.templateAt(c.uploadWith(at, a.sent("template"), "file_upload.0", picture, http.StatusSeeOther))
	if !bytes.Equal(got.Files[0].Content, picture) {
		t.Errorf("kept %q", got.Files[0].Content)
	}

	form = with(c.get(at+"/edit", http.StatusOK).sent("template"), map[string]string{"file_binary.0": "!"})
	a = c.post(at, form, http.StatusUnprocessableEntity)
	if got := a.fieldError("file_content.0"); got != "The content of this file arrived damaged; choose it again" {
		t.Errorf("says %q", got)
	}
}

func TestTwoEditsAtOnceDoNotOverwriteSilently(t *testing.T) {
	t.Parallel()
	ta := newTestApp(t)
	c := ta.signedIn("mira")
	made := c.template(forge())
	at := parts.TemplateURL(made.ID)
	mine := with(c.get(at+"/edit", http.StatusOK).sent("template"), map[string]string{"cores": "3"})
	theirs := with(mine, map[string]string{"cores": "8"})
	c.post(at, theirs, http.StatusSeeOther)

	a := c.post(at, mine, http.StatusConflict)
	isAWholePage(a)
	a.says("This template was saved elsewhere while you had it open", "not saved", "It differs from yours in: Resources.")
	if a.fieldValue("cores") != "3" {
		t.Errorf("shows %s cores", a.fieldValue("cores"))
	}
	if got, err := ta.Store.Template(c.user.ID, made.ID); err != nil || got.Cores != 8 {
		t.Errorf("kept %+v, %v", got, err)
	}
	c.follow(c.post(at, a.sent("template"), http.StatusSeeOther), http.StatusOK).says("The template Forge was saved.")
	if got, err := ta.Store.Template(c.user.ID, made.ID); err != nil || got.Cores != 3 {
		t.Errorf("kept %+v, %v", got, err)
	}
}

func TestATypedTemplateOutlastsTheOneThatWasDeleted(t *testing.T) {
	t.Parallel()
	ta := newTestApp(t)
	c := ta.signedIn("mira")
	bucket := c.bucket("tools")
	made := c.template(everything(bucket.ID))
	at := parts.TemplateURL(made.ID)
	form := with(c.get(at+"/edit", http.StatusOK).sent("template"), map[string]string{"name": "Typed", "cores": "3"})
	c.post(at+"/delete", nil, http.StatusSeeOther)

	rows := with(form, map[string]string{"row": "remove:service:0"})
	part := c.htmxPost(at+"/edit", rows, http.StatusNotFound)
	part.lacks("<html", "HX-Retarget")
	for what, a := range map[string]answer{
		"a row less by htmx": part,
		"a row less":         c.post(at+"/edit", rows, http.StatusNotFound),
		"saved":              c.post(at, form, http.StatusNotFound),
	} {
		a.says("This template was deleted elsewhere while you had it open", "not saved", "Save as a new template")
		a.has(`form="template"`, `action="/templates"`, `hx-post="/templates/new"`)
		if got := a.sent("template"); got.Get("name") != "Typed" || got.Get("cores") != "3" || got.Get("file_binary.1") == "" || got.Get("revision") != "0" {
			t.Errorf("%s: it holds %v", what, got)
		}
	}
	if part.sent("template").Has("service_name.1") {
		t.Error("the row is still there")
	}

	a := c.post(at, form, http.StatusNotFound)
	isAWholePage(a)
	got, want := c.templateAt(c.post("/templates", a.sent("template"), http.StatusSeeOther)), made
	want.Name, want.Cores = "Typed", 3
	if !reflect.DeepEqual(content(got), content(want)) || got.ID == made.ID {
		t.Errorf("kept\n%+v, want\n%+v", got, want)
	}
}

func TestABucketThatIsGoneIsSaid(t *testing.T) {
	t.Parallel()
	c := newTestApp(t).signedIn("mira")
	bucket := c.bucket("tools")
	form := with(c.get("/templates/new", http.StatusOK).sent("template"), map[string]string{"name": "Late", "bucket": bucket.ID})
	if err := c.app.Store.DeletePackageBucket(c.user.ID, bucket.ID); err != nil {
		t.Fatal(err)
	}
	a := c.post("/templates", form, http.StatusUnprocessableEntity)
	if got := a.fieldError("buckets"); !strings.Contains(got, "no longer exists") {
		t.Errorf("says %q", got)
	}
	c.post("/templates", a.sent("template"), http.StatusSeeOther)
}

func TestAStarterIsNotEditedButCopied(t *testing.T) {
	t.Parallel()
	c := newTestApp(t).signedIn("mira")
	s := templates.Starters()[0]
	at := parts.TemplateURL(s.ID)
	a := c.get(at+"/edit", http.StatusOK)
	isAWholePage(a)
	a.says("Starters cannot be changed", "Duplicate and edit")
	c.post(at, url.Values{"name": {"Mine"}}, http.StatusNotFound)
	c.post(at+"/edit", nil, http.StatusNotFound)
	made := c.post(at+"/duplicate", url.Values{"then": {"edit"}}, http.StatusSeeOther)
	a = c.follow(made, http.StatusOK)
	if got := a.fieldValue("name"); got != s.Name+" copy" {
		t.Errorf("the copy is called %q", got)
	}
}

// Who was signed out meanwhile signs in and sends the same again, files and all.
func TestATypedTemplateOutlastsItsSession(t *testing.T) {
	t.Parallel()
	c := newTestApp(t).signedIn("mira")
	made := c.template(everything(c.bucket("tools").ID))
	at := parts.TemplateURL(made.ID)
	form := with(c.get(at+"/edit", http.StatusOK).sent("template"), map[string]string{"cores": "7"})
	c.post("/logout", nil, http.StatusSeeOther)
	a := c.uploadWith(at, form, "file_upload.0", []byte{0, 1}, http.StatusUnauthorized)
	a = c.post("/login", url.Values{"username": {"mira"}, "password": {testPassword}, "next": {at}, "resume": {hiddenValue(a, "resume")}}, http.StatusOK)
	again := url.Values{}
	for n := range a.doc().Descendants() {
		if n.Data == "input" && attr(n, "type") == "hidden" {
			again.Add(attr(n, "name"), attr(n, "value"))
		}
	}
	got := c.templateAt(c.post(at, again, http.StatusSeeOther))
	if got.Cores != 7 || !bytes.Equal(got.Files[0].Content, []byte{0, 1}) || !reflect.DeepEqual(got.Inputs, made.Inputs) {
		t.Errorf("kept %+v", got)
	}
	c.post("/logout", nil, http.StatusSeeOther)
	form.Set("script_content.0", strings.Repeat("true\n", 100_000))
	c.post(at, form, http.StatusUnauthorized).says("too large to be kept here, but your browser still has it")
	part := c.htmxPost(at+"/edit", form, http.StatusUnauthorized)
	part.says("You are signed out", "still here, but not saved")
	if to := part.header.Get("HX-Retarget"); to != "#flash" {
		t.Errorf("a change of the rows replaces %q", to)
	}
}
