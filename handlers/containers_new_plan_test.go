package handlers

import (
	"bytes"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"berth/handlers/web"
	"berth/store"
)

// forge is a template with packages, scripts and inputs of all kinds.
func forge() store.Template {
	return store.Template{
		Name: "Forge", OSTemplate: "debian-13-standard", Unprivileged: true, Nesting: true,
		Packages: []store.Package{{Manager: "apt", Name: "git"}, {Manager: "apt", Name: "curl", Version: "8.14.1-2"}, {Manager: "npm", Name: "serve"}},
		Scripts: []store.Script{
			{Name: "prepare", Enabled: true, Content: "say ready\n"},
			{Name: "install", Enabled: true, Content: "say done\n"},
			{Name: "extras", Content: "say more\n"},
		},
		Inputs: []store.Input{
			{Name: "TITLE", Label: "Title", Kind: store.InputText, Default: "My forge"},
			{Name: "ADMIN_PASSWORD", Label: "Administrator's password", Kind: store.InputSecret},
			{Name: "DB", Label: "Database", Kind: store.InputChoice, Choices: []string{"sqlite", "postgres"}, Default: "sqlite"},
		},
		Files:    []store.File{{Path: "/etc/motd", Policy: store.FileReplace, Content: []byte("hello\n")}},
		Services: []store.Service{{Name: "forge", Port: 3000}},
	}
}

// boxes are the values of the ticked checkboxes with a name, in their order.
func (a answer) boxes(name string) []string {
	var values []string
	for n := range a.doc().Descendants() {
		if n.Type == html.ElementNode && attr(n, "name") == name && attr(n, "type") == "checkbox" && hasAttr(n, "checked") {
			values = append(values, attr(n, "value"))
		}
	}
	return values
}

func (a answer) wantBoxes(name string, want ...string) {
	a.t.Helper()
	if got := a.boxes(name); !slices.Equal(got, want) {
		a.t.Errorf("%s: %s ticked: %v, want %v", a.what, name, got, want)
	}
}

// trustSSH makes the user's nodes ones whose hosts are trusted.
func (c *client) trustSSH() {
	c.t.Helper()
	nodes, err := c.app.Store.Nodes(c.user.ID)
	if err != nil {
		c.t.Fatal(err)
	}
	for _, n := range nodes {
		if _, err := c.app.Store.SetSSH(c.user.ID, n.ID, store.SSHSettings{Host: "127.0.0.1", Port: 1, HostKey: "SHA256:none"}); err != nil {
			c.t.Fatal(err)
		}
	}
}

// steps are the names of a job's steps.
func steps(j store.Job) string {
	var names []string
	for _, s := range j.Steps {
		names = append(names, s.Name)
	}
	return strings.Join(names, " ")
}

// begun is the job that the review led to.
func (c *client) begun(a answer) store.Job {
	c.t.Helper()
	id, found := strings.CutPrefix(a.header.Get("Location"), "/jobs/")
	if !found {
		c.t.Fatalf("it leads to %q", a.header.Get("Location"))
	}
	j, err := c.app.Store.Job(c.user.ID, id)
	if err != nil {
		c.t.Fatal(err)
	}
	return j
}

// insideOpen is the page of a draft, opened at what is done inside the container.
const insideOpen = "/configure?open=inside#inside"

func TestPackagesAreTickedAndAdded(t *testing.T) {
	t.Parallel()
	c := newTestApp(t).signedIn("mira")
	c.silentNode("pve1")
	bucket, err := c.app.Store.PutPackageBucket(store.PackageBucket{UserID: c.user.ID, Name: "tools", Packages: []store.Package{{Manager: "apt", Name: "htop"}}})
	if err != nil {
		t.Fatal(err)
	}
	with := forge()
	with.Buckets = []string{bucket.ID}
	id := c.draftFrom(c.template(with))
	at := "/containers/new/" + id
	a := c.get(at+"/packages", http.StatusOK)
	a.wantBoxes("package", "apt:git", "apt:curl=8.14.1-2", "apt:htop", "npm:serve")
	isAWholePage(a)

	form := url.Values{"package": {"", "apt:git", "npm:serve"}, "packages_apt": {"vim\r\ngit=2.47\r\n"}}
	c.post(at+"/packages", form, http.StatusSeeOther).leadsTo(at + insideOpen)
	a = c.get(at+"/packages", http.StatusOK)
	a.wantBoxes("package", "apt:git", "npm:serve")
	if got := a.fieldValue("packages_apt"); got != "vim\ngit=2.47\n" {
		t.Errorf("kept %q", got)
	}
	a = c.get(at+"/review", http.StatusOK)
	a.says("vim, git=2.47", "serve")
	a.lacks("htop", "curl")

	a = c.post(at+"/packages", url.Values{"package": {""}, "packages_apt": {"vim\nno such thing"}}, http.StatusUnprocessableEntity)
	if got := a.fieldError("packages_apt"); !strings.HasPrefix(got, "Line 2: “no such thing” is not the name of a package for apt") {
		t.Errorf("says %q", got)
	}
	if got := a.fieldValue("packages_apt"); got != "vim\nno such thing" {
		t.Errorf("shows %q", got)
	}
	a.wantBoxes("package")
	c.get(at+"/review", http.StatusOK).has(`href="` + at + `/packages#packages_apt"`)

	c.post(at+"/template", url.Values{"template": {"none"}}, http.StatusSeeOther)
	a = c.get(at+"/packages", http.StatusOK)
	a.says("This container has no template.")
	if got := a.fieldValue("packages_apt"); got != "vim\nno such thing" {
		t.Errorf("another template changed what was typed to %q", got)
	}
}

func TestScriptsAreSwitchedAndMoved(t *testing.T) {
	t.Parallel()
	c := newTestApp(t).signedIn("mira")
	c.silentNode("pve1")
	at := "/containers/new/" + c.draftFrom(c.template(forge()))
	a := c.get(at+"/scripts", http.StatusOK)
	a.wantBoxes("script", "prepare", "install")
	a.says("extras", "say more")
	isAWholePage(a)

	// Moving keeps what else was changed.
	form := url.Values{"script": {"", "prepare", "extras"}, "move": {"up:extras"}, "input_TITLE": {"Ours"}, "input_ADMIN_PASSWORD": {"hunter2"}, "input_DB": {"postgres"}}
	c.post(at+"/scripts", form, http.StatusSeeOther).leadsTo(at + "/scripts#script-extras")
	a = c.get(at+"/scripts", http.StatusOK)
	a.wantBoxes("script", "prepare", "extras")
	if a.fieldValue("input_TITLE") != "Ours" || a.fieldValue("input_DB") != "postgres" || a.fieldValue("input_ADMIN_PASSWORD") != "" {
		t.Error("the inputs hold something else")
	}
	a.says("One was typed, and is kept encrypted.")
	c.post(at+"/scripts", url.Values{"script": {"", "prepare", "extras", "install"}, "move": {"up:extras"}}, http.StatusSeeOther)
	a = c.get(at+"/scripts", http.StatusOK)
	a.wantBoxes("script", "extras", "prepare", "install")

	// The order of the names alone is enough, too.
	c.post(at+"/scripts", url.Values{"script": {"install", "extras"}}, http.StatusSeeOther).leadsTo(at + insideOpen)
	c.get(at+"/review", http.StatusOK).says("install, then extras", "Ours", "typed, kept encrypted", "postgres")

	a = c.post(at+"/scripts", url.Values{"input_DB": {"oracle"}}, http.StatusUnprocessableEntity)
	if got := a.fieldError("input_DB"); got != "“oracle” is not one of the choices" {
		t.Errorf("says %q", got)
	}
	c.post(at+"/scripts", url.Values{"script": {""}}, http.StatusSeeOther) // nobody asks for a database then
	c.get(at+"/review", http.StatusOK).lacks("oracle")
}

func TestASecretIsNeitherShownNorKeptInTheClear(t *testing.T) {
	t.Parallel()
	const secret, second = "correct-horse-7", "battery-staple-9"
	c, _, _ := miraAtHome(t)
	c.trustSSH()
	id := c.draftFrom(c.template(forge()))
	at := "/containers/new/" + id
	c.post(at+"/configure", c.filled(at), http.StatusSeeOther)
	hidden := func(a answer) {
		t.Helper()
		a.lacks(secret, second)
	}
	hidden(c.post(at+"/scripts", url.Values{"input_ADMIN_PASSWORD": {secret}}, http.StatusSeeOther))
	hidden(c.post(at+"/scripts", url.Values{"input_ADMIN_PASSWORD": {""}, "input_DB": {"oracle"}}, http.StatusUnprocessableEntity))
	hidden(c.post(at+"/scripts", url.Values{"input_ADMIN_PASSWORD": {second + "\n"}, "input_DB": {"sqlite"}}, http.StatusUnprocessableEntity))
	for _, step := range []string{"template", "configure", "packages", "scripts", "review"} {
		hidden(c.get(at+"/"+step, http.StatusOK))
	}
	got, err := c.app.Store.DraftSecrets(c.user.ID, id)
	if err != nil || got["ADMIN_PASSWORD"] != secret {
		t.Fatalf("kept %v, %v", got, err)
	}
	stranger := c.app.browser()
	hidden(stranger.post(at+"/scripts", url.Values{"input_ADMIN_PASSWORD": {secret}}, http.StatusUnauthorized))

	j := c.begun(c.post(at+"/review", nil, http.StatusSeeOther))
	provision, err := c.app.Store.JobProvision(j.ID)
	if err != nil || !slices.Equal(provision.Secrets, []string{"ADMIN_PASSWORD"}) || provision.Inputs["ADMIN_PASSWORD"] != "" || provision.Labels["ADMIN_PASSWORD"] == "" {
		t.Errorf("what the job provisions %+v, %v", provision, err)
	}
	if _, err := c.app.Store.DraftSecrets(c.user.ID, id); !web.IsNotFound(err) {
		t.Errorf("the draft still has them: %v", err)
	}
	files, err := filepath.Glob(filepath.Join(c.app.dir, "*"))
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(b, []byte(secret)) || bytes.Contains(b, []byte(second)) {
			t.Errorf("it can be read in %s", filepath.Base(file))
		}
	}
	if log := c.app.log.String(); strings.Contains(log, secret) || strings.Contains(log, second) {
		t.Error("it is in the log")
	}
	hidden(c.get("/jobs/"+j.ID, http.StatusOK))
}

func TestAnotherTemplateForgetsTheSecretsOfTheFirst(t *testing.T) {
	t.Parallel()
	c := newTestApp(t).signedIn("mira")
	c.silentNode("pve1")
	other := forge()
	other.Name = "Not the forge"
	id := c.draftFrom(c.template(forge()))
	at := "/containers/new/" + id
	c.post(at+"/scripts", url.Values{"input_ADMIN_PASSWORD": {"hunter2"}}, http.StatusSeeOther)
	c.post(at+"/template", url.Values{"template": {c.template(other).ID}}, http.StatusSeeOther)
	if got, err := c.app.Store.DraftSecrets(c.user.ID, id); !web.IsNotFound(err) {
		t.Errorf("the other one's scripts would get %v, %v", got, err)
	}
	c.get(at+"/review", http.StatusOK).says("not typed: the scripts get an empty value")
}

func TestTheJobHasTheStepsOfItsPlan(t *testing.T) {
	t.Parallel()
	c, _, _ := miraAtHome(t)
	c.trustSSH()
	id := c.draftFrom(c.template(forge()))
	at := "/containers/new/" + id
	form := c.filled(at)
	form.Set("start", "0")
	c.post(at+"/configure", form, http.StatusSeeOther)
	c.post(at+"/packages", url.Values{"package": {"apt:git"}, "packages_pip": {"httpie"}}, http.StatusSeeOther)
	c.post(at+"/scripts", url.Values{"script": {"extras", "prepare"}, "input_TITLE": {"Ours"}}, http.StatusSeeOther)
	c.get(at+"/review", http.StatusOK).says("extras, then prepare", "/etc/motd", "It is started for this")
	j := c.begun(c.post(at+"/review", nil, http.StatusSeeOther))
	if got := steps(j); got != "check create start address init files packages script:extras script:prepare look" {
		t.Errorf("steps: %s", got)
	}
	provision, err := c.app.Store.JobProvision(j.ID)
	if err != nil {
		t.Fatal(err)
	}
	want := []store.Package{{Manager: "apt", Name: "git"}, {Manager: "pip", Name: "httpie"}}
	if provision.Template != "Forge" || !slices.Equal(provision.Packages, want) || provision.Inputs["TITLE"] != "Ours" || provision.Inputs["DB"] != "sqlite" {
		t.Errorf("provision %+v", provision)
	}
}

func TestWithoutSSHThePageSaysWhatHelps(t *testing.T) {
	t.Parallel()
	c, _, _ := miraAtHome(t)
	id := c.draftFrom(c.template(forge()))
	at := "/containers/new/" + id
	c.post(at+"/configure", c.filled(at), http.StatusSeeOther)
	a := c.get(at+"/review", http.StatusOK)
	a.says("pve1 is not set up for SSH", "Create it empty")
	back := "/settings/nodes/" + c.kept(id).Values.Get("node") + "?back=" + url.QueryEscape(at+"/configure") + "#ssh"
	a.has(`href="` + back + `"`)
	a = c.post(at+"/review", nil, http.StatusUnprocessableEntity)
	a.says("pve1 is not set up for SSH", "This template needs SSH, which pve1 does not have yet.", "Create it empty, without SSH")
	isAWholePage(a)
	c.post(at+"/keep", url.Values{"to": {"ssh"}, "hostname": {"linkding"}}, http.StatusSeeOther).leadsTo(back)

	j := c.begun(c.post(at+"/review", url.Values{"setup": {"none"}}, http.StatusSeeOther))
	if got := steps(j); got != "check create start address" {
		t.Errorf("steps: %s", got)
	}
	if j = c.ended(j.ID); j.State != store.JobDone {
		t.Errorf("it ended %s: %+v", j.State, j.Problem)
	}
}

func TestWhatIsWrongInsideIsSaidWhenCreateIsPressed(t *testing.T) {
	t.Parallel()
	c, _, _ := miraAtHome(t)
	c.trustSSH()
	template := c.template(forge())
	id := c.draftFrom(template)
	at := "/containers/new/" + id
	c.post(at+"/configure", c.filled(at), http.StatusSeeOther)
	c.post(at+"/scripts", url.Values{"input_TITLE": {"a\tb"}}, http.StatusUnprocessableEntity)
	if got := c.post(at+"/review", nil, http.StatusUnprocessableEntity).fieldError("input_TITLE"); got != "It contains a character that does not fit on one line" {
		t.Errorf("says %q", got)
	}
	c.post(at+"/packages", url.Values{"packages_apt": {"-o evil"}}, http.StatusUnprocessableEntity)
	if got := c.post(at+"/review", nil, http.StatusUnprocessableEntity).fieldError("packages_apt"); !strings.HasPrefix(got, "Line 1: ") {
		t.Errorf("says %q", got)
	}
	if err := c.app.Store.DeleteTemplate(c.user.ID, template.ID); err != nil {
		t.Fatal(err)
	}
	c.post(at+"/review", nil, http.StatusUnprocessableEntity).says("The selected template was deleted")
	c.holds(id, map[string]string{"hostname": "linkding", "packages_apt": "-o evil"})
}
