package handlers

import (
	"net/http"
	"reflect"
	"strings"
	"testing"

	"berth/store"
	"berth/templates"
	"berth/views/parts"
)

func TestTheTemplatesAreBrowsedWithoutANode(t *testing.T) {
	t.Parallel()
	c := newTestApp(t).signedIn("mira")
	a := c.get("/templates", http.StatusOK)
	a.says("Starters that come with Berth", "You have no template of your own yet")
	isAWholePage(a)
	own := c.template(dockerHost())
	wiki := c.template(wiki())
	a = c.get("/templates?q=engine&tag=dev", http.StatusOK)
	a.has(parts.TemplateURL(own.ID))
	a.has(`aria-current="true">dev</a>`)
	a.lacks(wiki.ID, "Starters that come with Berth")
	c.get("/templates?q=nothing+like+it", http.StatusOK).says("No template matches")
	for _, s := range templates.Starters() {
		isAWholePage(c.get(parts.TemplateURL(s.ID), http.StatusOK))
	}
	c.get("/templates/none", http.StatusNotFound)
}

func TestATemplatesPageShowsAllOfIt(t *testing.T) {
	t.Parallel()
	c, _, _ := miraAtHome(t)
	made := c.template(everything(c.bucket("tools", store.Package{Manager: "apt", Name: "htop"}).ID))
	a := c.get(parts.TemplateURL(made.ID), http.StatusOK)
	a.says("debian-13-standard", "serve", "prepare", "say done", "extras off unless switched on", "/etc/motd", "root:root, 0644, replaces what is there", "www-data:www-data, 0640, keeps the old one beside it", "6 B that are no text", "Administrator's password: typed in the wizard", "port 3000, its page at /, over https", "cron no port", "Package buckets tools", "git, curl=8.14.1-2, htop", "Repositories,")
	a.has(`name="template" value="` + made.ID + `"`)
	isAWholePage(a)
}

func TestATemplatesPageSaysWhatAScriptMayLack(t *testing.T) {
	t.Parallel()
	c, _, _ := miraAtHome(t)
	made := c.template(store.Template{
		Name: "Small", OSTemplate: "alpine-3.22-default", Unprivileged: true,
		Scripts: []store.Script{{Name: "site", Enabled: true, Content: "#!/usr/bin/env bash\n[[ 1 ]]\n"}},
	})
	a := c.get(parts.TemplateURL(made.ID), http.StatusOK)
	a.says("Its first line asks for bash, which alpine-3.22-default may not have")
	isAWholePage(a)
}

func TestATemplateIsDuplicatedExportedAndDeleted(t *testing.T) {
	t.Parallel()
	ta := newTestApp(t)
	c, jonas := ta.signedIn("mira"), ta.signedIn("jonas")
	made := c.template(forge())
	at := parts.TemplateURL(made.ID)
	for _, path := range []string{at, at + "/export", at + "/delete"} {
		jonas.get(path, http.StatusNotFound)
	}
	jonas.post(at+"/duplicate", nil, http.StatusNotFound)
	jonas.post(at+"/delete", nil, http.StatusNotFound)

	c.follow(c.post(at+"/duplicate", nil, http.StatusSeeOther), http.StatusOK).says("Forge copy", "This is your own copy.")
	c.follow(c.post(at+"/duplicate", nil, http.StatusSeeOther), http.StatusOK).says("Forge copy 2")
	if list := templates.Starters(); len(list) > 0 {
		c.follow(c.post(parts.TemplateURL(list[0].ID)+"/duplicate", nil, http.StatusSeeOther), http.StatusOK).says(list[0].Name + " copy")
		c.post(parts.TemplateURL(list[0].ID)+"/delete", nil, http.StatusNotFound)
	}

	a := c.get(at+"/export", http.StatusOK)
	b, err := templates.ReadArchive(strings.NewReader(a.body))
	if err != nil || b.Template.Name != "Forge" || !reflect.DeepEqual(b.Template.Scripts, made.Scripts) {
		t.Errorf("the archive holds %+v, %v", b.Template, err)
	}
	if got := a.header.Get("Content-Disposition"); got != `attachment; filename="forge.tar.gz"` {
		t.Errorf("Content-Disposition: %s", got)
	}

	c.get(at+"/delete", http.StatusOK).says("Delete Forge?", "stay as they are")
	c.follow(c.post(at+"/delete", nil, http.StatusSeeOther), http.StatusOK).says("The template Forge was deleted.")
	c.get(at, http.StatusNotFound)
}
