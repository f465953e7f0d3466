package handlers

import (
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"berth/handlers/template"
	"berth/handlers/web"
	"berth/store"
	"berth/templates"
	"berth/views/parts"
)

// shelf is a folder of templates that a test writes.
type shelf struct {
	t   *testing.T
	dir string
}

// withShelf serves Berth with a folder of templates.
func withShelf(t *testing.T) (*testApp, shelf) {
	t.Helper()
	s := shelf{t, t.TempDir()}
	return newTestApp(t, func(cfg *web.Config) { cfg.Templates = s.dir }), s
}

func (s shelf) put(name, content string) {
	s.t.Helper()
	file := filepath.Join(s.dir, name)
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		s.t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
		s.t.Fatal(err)
	}
}

func (s shelf) remove(name string) {
	s.t.Helper()
	if err := os.RemoveAll(filepath.Join(s.dir, name)); err != nil {
		s.t.Fatal(err)
	}
}

// entry is the part of the page about a template of the folder.
func (a answer) entry(origin string) *html.Node {
	a.t.Helper()
	n := find(a.doc(), func(n *html.Node) bool { return attr(n, "data-origin") == origin })
	if n == nil {
		a.t.Fatalf("%s: nothing about %s\n%s", a.what, origin, a.text())
	}
	return n
}

// stands fails unless a template of the folder has that state.
func (a answer) stands(origin, state string) {
	a.t.Helper()
	if got := attr(a.entry(origin), "data-state"); got != state {
		a.t.Errorf("%s is %s, want %s", origin, got, state)
	}
}

// ticks are the form that chooses those templates on the page.
func (a answer) ticks(origins ...string) url.Values {
	a.t.Helper()
	form := url.Values{}
	for _, o := range origins {
		box := find(a.entry(o), func(n *html.Node) bool { return attr(n, "name") == "take" })
		if box == nil {
			a.t.Fatalf("%s: %s cannot be chosen", a.what, o)
		}
		form.Add("take", attr(box, "value"))
	}
	return form
}

// named is the user's template of that name, if there is one.
func (c *client) named(name string) (store.Template, bool) {
	c.t.Helper()
	list, err := c.app.Store.Templates(c.user.ID)
	if err != nil {
		c.t.Fatal(err)
	}
	for _, t := range list {
		if t.Name == name {
			return t, true
		}
	}
	return store.Template{}, false
}

const folder = "/templates/folder"

func TestAFolderIsTakenOverAsIsChosen(t *testing.T) {
	t.Parallel()
	ta, s := withShelf(t)
	c, jonas := ta.signedIn("mira"), ta.signedIn("jonas")
	c.get("/templates", http.StatusOK).has(`href="/templates/folder"`)
	c.get(folder, http.StatusOK).says("No templates in the folder")
	s.put("web/template.yaml", "name: Web\nmemory: 512\n")
	s.put("web/scripts/10-greet.sh", "say hello\n")
	s.put("my mail/template.yaml", "name: Mail\n")
	s.put("broken/template.yaml", "name: Broken\nmemmory: 1\n")

	a := c.get(folder, http.StatusOK)
	isAWholePage(a)
	a.stands("web", "new")
	a.says("What is in it: 2 files", "What is wrong: template.yaml, line 2:")
	if find(a.entry("broken"), func(n *html.Node) bool { return n.Data == "input" }) != nil {
		t.Error("a template that cannot be read can be chosen")
	}
	c.post(folder, nil, http.StatusUnprocessableEntity).says("Nothing was selected.")
	c.post(folder, url.Values{"buckets": {"web"}}, http.StatusUnprocessableEntity).says("select that too")
	if _, there := c.named("Web"); there {
		t.Error("it was taken over untold")
	}

	a = c.follow(c.post(folder, a.ticks("my mail"), http.StatusSeeOther), http.StatusOK)
	a.says("Imported: Mail.", "As in the folder: Mail.")
	a.stands("web", "new")
	c.follow(c.post(folder, a.ticks("web"), http.StatusSeeOther), http.StatusOK).says("Imported: Web.", "As in the folder: Mail, Web.")
	jonas.get(folder, http.StatusOK).stands("web", "new")

	s.put("web/template.yaml", "name: Web\nmemory: 1024\n")
	a = c.get(folder, http.StatusOK)
	a.stands("web", "changed")
	a.says("1 file differs", "only here: memory: 512", "only in the folder: memory: 1024")
	if web, _ := c.named("Web"); web.Memory != 512 {
		t.Errorf("looking gave it %d MiB", web.Memory)
	}
	c.follow(c.post(folder, a.ticks("web"), http.StatusSeeOther), http.StatusOK).says("Imported: Web.")

	web, _ := c.named("Web")
	web.Memory = 4096
	if _, err := ta.Store.PutTemplate(web); err != nil {
		t.Fatal(err)
	}
	c.get(folder, http.StatusOK).stands("web", "edited")
	s.put("web/scripts/10-greet.sh", "say good day\n")
	a = c.get(folder, http.StatusOK)
	a.stands("web", "both")
	c.follow(c.post(folder, a.ticks("web"), http.StatusSeeOther), http.StatusOK)
	if web, _ := c.named("Web"); web.Memory != 1024 || web.Scripts[0].Content != "say good day\n" {
		t.Errorf("taken over as %+v", web)
	}

	s.remove("web")
	s.remove("my mail")
	a = c.get(folder, http.StatusOK)
	a.stands("web", "gone")
	c.follow(c.post(folder, a.ticks("web"), http.StatusSeeOther), http.StatusOK).says("Deleted: Web.")
	if _, there := c.named("Mail"); !there {
		t.Error("what was not chosen was deleted")
	}
}

func TestWhatChangedSinceThePageWasMadeIsLeftAlone(t *testing.T) {
	t.Parallel()
	ta, s := withShelf(t)
	c := ta.signedIn("mira")
	s.put("web/template.yaml", "name: Web\n")
	s.put("mail/template.yaml", "name: Mail\n")
	seen := c.get(folder, http.StatusOK).ticks("web", "mail")
	s.put("web/template.yaml", "name: Web\nmemory: 512\n")
	c.follow(c.post(folder, seen, http.StatusSeeOther), http.StatusOK).says("Imported: Mail.", "Not changed: web, because it was changed after the page was loaded.")
	if _, there := c.named("Web"); there {
		t.Error("it was taken over as nobody saw it")
	}

	c.post(folder, c.get(folder, http.StatusOK).ticks("web"), http.StatusSeeOther)
	s.put("web/template.yaml", "name: Web\nmemory: 1024\n")
	seen = c.get(folder, http.StatusOK).ticks("web")
	web, _ := c.named("Web")
	ta.clock.Advance(1)
	web.Description = "Edited in another window."
	if _, err := ta.Store.PutTemplate(web); err != nil {
		t.Fatal(err)
	}
	c.follow(c.post(folder, seen, http.StatusSeeOther), http.StatusOK).says("Not changed: web")
	s.remove("mail")
	s.remove("web")
	c.follow(c.post(folder, url.Values{"take": {"0011 nothing"}}, http.StatusSeeOther), http.StatusOK).says("no longer in the folder")
}

func TestATemplateOfAnotherOriginKeepsItsName(t *testing.T) {
	t.Parallel()
	ta, s := withShelf(t)
	c := ta.signedIn("mira")
	mine := c.template(wiki())
	s.put("wiki/template.yaml", "name: wiki\n")
	a := c.get(folder, http.StatusOK)
	a.says("You have another template named wiki")
	if find(a.entry("wiki"), func(n *html.Node) bool { return n.Data == "input" }) != nil {
		t.Error("it can be chosen")
	}
	found, err := templates.Compare(s.dir, nil, nil)
	if err != nil || len(found) != 1 {
		t.Fatal(found, err)
	}
	c.follow(c.post(folder, url.Values{"take": {template.SelectionValue(found[0])}}, http.StatusSeeOther), http.StatusOK).says("because you have another template with its name")
	c.get(parts.TemplateURL(mine.ID), http.StatusOK).says("Wiki")
}

func TestPackagesOfSharedBucketsComeOnlyWhenTold(t *testing.T) {
	t.Parallel()
	ta, s := withShelf(t)
	c := ta.signedIn("mira")
	if _, err := ta.Store.PutPackageBucket(store.PackageBucket{UserID: c.user.ID, Name: "Base", Packages: []store.Package{{Manager: "apt", Name: "vim"}}}); err != nil {
		t.Fatal(err)
	}
	base := func() string {
		list, err := ta.Store.PackageBuckets(c.user.ID)
		if err != nil || len(list) != 1 {
			t.Fatal(list, err)
		}
		return list[0].Packages[0].Name
	}
	s.put("web/template.yaml", "name: Web\nbuckets: [base]\n")
	s.put("web/packages/base.apt", "curl\n")
	a := c.get(folder, http.StatusOK)
	a.says("The bucket Base has other packages here", "only here: vim", "only in the folder: curl")
	a = c.follow(c.post(folder, a.ticks("web"), http.StatusSeeOther), http.StatusOK)
	if base() != "vim" {
		t.Errorf("the bucket holds %s", base())
	}
	a.stands("web", "same")
	c.follow(c.post(folder, a.ticks("web"), http.StatusSeeOther), http.StatusOK).says("As in the folder: Web.")
	if base() != "curl" {
		t.Errorf("the bucket holds %s", base())
	}
	s.put("web/packages/base.apt", "git\n")
	s.put("web/template.yaml", "name: Web\nbuckets: [base]\nmemory: 512\n")
	form := c.get(folder, http.StatusOK).ticks("web")
	form.Set("buckets", "web")
	c.post(folder, form, http.StatusSeeOther)
	if base() != "git" {
		t.Errorf("the bucket holds %s", base())
	}
}

func TestAFolderThatCannotBeRead(t *testing.T) {
	t.Parallel()
	ta, s := withShelf(t)
	c := ta.signedIn("mira")
	s.remove("")
	c.get(folder, http.StatusInternalServerError).says("The folder of templates cannot be read", "The folder no longer exists", s.dir)
	c.post(folder, url.Values{"take": {"0011 web"}}, http.StatusInternalServerError)
	if err := os.WriteFile(s.dir, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	c.get(folder, http.StatusInternalServerError).says("refuses to read it as a folder")
}

func TestWithoutAFolderThereIsNoPageOfIt(t *testing.T) {
	t.Parallel()
	c := newTestApp(t).signedIn("mira")
	c.get("/templates", http.StatusOK).lacks(folder)
	c.get(folder, http.StatusNotFound)
	c.post(folder, nil, http.StatusNotFound)
}

func TestTakingManyTemplatesOverIsTold(t *testing.T) {
	t.Parallel()
	ta, s := withShelf(t)
	c := ta.signedIn("mira")
	var all []string
	for i := range 40 {
		name := fmt.Sprintf("t%02d", i)
		s.put(name+"/template.yaml", "name: "+name+strings.Repeat("<", 90)+"\n") // what JSON makes longest
		all = append(all, name)
	}
	form := c.get(folder, http.StatusOK).ticks(all...)
	a := c.follow(c.post(folder, form, http.StatusSeeOther), http.StatusOK)
	a.says("Imported: t00<<<")

	s.put("t41/template.yaml", "name: Short\n")
	for i := range 7 {
		s.put(all[i]+"/template.yaml", fmt.Sprintf("name: %s\n", all[i]))
	}
	form = c.get(folder, http.StatusOK).ticks(append(all[:7:7], "t41")...)
	a = c.follow(c.post(folder, form, http.StatusSeeOther), http.StatusOK)
	a.says("Imported: t00, t01, t02, t03, t04, 3 more.")
}
