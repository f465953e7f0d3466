package handlers

import (
	"net/http"
	"net/url"
	"slices"
	"testing"

	"berth/store"
	"berth/views/parts"
)

func TestAPackageBucketIsMadeEditedAndDeleted(t *testing.T) {
	t.Parallel()
	ta := newTestApp(t)
	c, jonas := ta.signedIn("mira"), ta.signedIn("jonas")
	c.get("/packages", http.StatusOK).says("No package buckets yet")
	a := c.get("/packages/new", http.StatusOK)
	isAWholePage(a)
	form := with(a.sent("bucket"), map[string]string{"name": " Base tools ", "description": "For every box.\r\nReally.", "packages_apt": "htop\r\ncurl=8.14.1-2", "packages_apk": "htop"})
	c.follow(c.post("/packages", form, http.StatusSeeOther), http.StatusOK).says("The package bucket Base tools was saved.", "Base tools", "htop, curl=8.14.1-2", "No template uses it.")
	list, err := ta.Store.PackageBuckets(c.user.ID)
	want := []store.Package{{Manager: "apt", Name: "htop"}, {Manager: "apt", Name: "curl", Version: "8.14.1-2"}, {Manager: "apk", Name: "htop"}}
	if err != nil || len(list) != 1 || list[0].Name != "Base tools" || list[0].Description != "For every box.\nReally." || !slices.Equal(list[0].Packages, want) {
		t.Fatalf("kept %+v, %v", list, err)
	}
	at := parts.PackagesURL(list[0].ID)
	used := forge()
	used.Buckets = []string{list[0].ID}
	used = c.template(used)

	a = c.get(at, http.StatusOK)
	isAWholePage(a)
	a.says("Used by Forge")
	form = a.sent("bucket")
	c.post(at, form, http.StatusSeeOther)
	list, err = ta.Store.PackageBuckets(c.user.ID)
	if err != nil || !slices.Equal(list[0].Packages, want) || list[0].Revision != 2 {
		t.Errorf("sent as it was, it became %+v, %v", list, err)
	}
	form.Set("packages_apt", "less")
	a = c.post(at, form, http.StatusConflict)
	isAWholePage(a)
	a.says("This bucket was saved elsewhere while you had it open")
	c.post(at, a.sent("bucket"), http.StatusSeeOther)
	c.get(parts.TemplateURL(used.ID), http.StatusOK).says("Package buckets Base tools", "git, curl=8.14.1-2, less")

	for _, path := range []string{at, at + "/delete"} {
		jonas.get(path, http.StatusNotFound)
		jonas.post(path, form, http.StatusNotFound)
	}
	jonas.get("/packages", http.StatusOK).lacks("Base tools")
	a = c.get(at+"/delete", http.StatusOK)
	isAWholePage(a)
	a.says("Delete Base tools?", "removed from 1 template", "Forge")
	c.follow(c.post(at+"/delete", nil, http.StatusSeeOther), http.StatusOK).says("The package bucket Base tools was deleted.")
	c.get(at, http.StatusNotFound)

	// Who had its form open meanwhile loses nothing.
	gone := c.post(at, with(form, map[string]string{"name": "Kept tools"}), http.StatusNotFound)
	isAWholePage(gone)
	gone.says("This bucket was deleted elsewhere while you had it open", "Save as a new bucket")
	c.post("/packages", gone.sent("bucket"), http.StatusSeeOther)
	c.get("/packages", http.StatusOK).says("Kept tools")
	if got, err := ta.Store.Template(c.user.ID, used.ID); err != nil || len(got.Buckets) > 0 {
		t.Errorf("the template names %v, %v", got.Buckets, err)
	}
}

func TestWhatIsWrongWithAPackageBucketIsSaidAtItsField(t *testing.T) {
	t.Parallel()
	c := newTestApp(t).signedIn("mira")
	c.bucket("tools")
	made := c.bucket("base")
	at := parts.PackagesURL(made.ID)
	good := c.get(at, http.StatusOK).sent("bucket")
	for field, typed := range map[string]string{"name": "TOOLS", "packages_apt": "git\n-y", "packages_npm": "a b", "description": "\x01"} {
		form := with(good, map[string]string{field: typed})
		a := c.post(at, form, http.StatusUnprocessableEntity)
		isAWholePage(a)
		said := a.fieldError(field)
		if said == "" || a.fieldValue(field) != typed {
			t.Errorf("%s: says %q, holds %q", field, said, a.fieldValue(field))
		}
		typing := c.htmxGet("/packages/check?"+url.Values{"field": {field}, "id": {made.ID}, "name": {form.Get("name")}, field: {typed}}.Encode(), http.StatusOK)
		if got := typing.fieldError(field); got != said {
			t.Errorf("%s: %q while it is typed, %q when it is sent", field, got, said)
		}
	}
	c.post("/packages", url.Values{"name": {"own"}}, http.StatusUnprocessableEntity)
	c.htmxGet("/packages/check?field=id", http.StatusNotFound)
	if list, err := c.app.Store.PackageBuckets(c.user.ID); err != nil || len(list) != 2 || list[0].Revision != 1 {
		t.Errorf("kept %+v, %v", list, err)
	}
}
