package handlers

import (
	"net/http"
	"net/url"
	"reflect"
	"testing"

	"berth/views"
)

func TestATemplateIsEdited(t *testing.T) {
	ta := newTestApp(t)
	c, jonas := ta.signedIn("mira"), ta.signedIn("jonas")
	made, other := c.template(forge()), c.template(wiki())
	at := views.TemplateURL(made.ID)
	jonas.get(at+"/edit", http.StatusNotFound)
	jonas.post(at, url.Values{"name": {"Mine"}}, http.StatusNotFound)
	a := c.get(at+"/edit", http.StatusOK)
	isAWholePage(a)
	if a.fieldValue("name") != "Forge" || a.fieldValue("packages_apt") != "git\ncurl=8.14.1-2\n" {
		t.Error("the form holds something else")
	}
	form := url.Values{
		"name": {other.Name}, "tags": {"git web"}, "description": {"Ours."}, "os_template": {"debian-13-standard"}, "cores": {"3"}, "memory": {"2048"}, "swap": {"0"},
		"unprivileged": {"0", "1"}, "nesting": {"0"}, "packages_apt": {"git\r\nvim"},
	}
	if got := c.post(at, form, http.StatusUnprocessableEntity).fieldError("name"); got != "You have a template of that name; choose another one" {
		t.Errorf("says %q", got)
	}
	form.Set("name", "Forge 2")
	for field, typed := range map[string]string{"memory": "lots", "cores": "99999", "packages_apt": "no such thing", "os_template": "a b"} {
		wrong := url.Values{}
		for name, v := range form {
			wrong[name] = v
		}
		wrong.Set(field, typed)
		a := c.post(at, wrong, http.StatusUnprocessableEntity)
		if a.fieldError(field) == "" || a.fieldValue(field) != typed {
			t.Errorf("%s: says %q, holds %q", field, a.fieldError(field), a.fieldValue(field))
		}
	}
	c.follow(c.post(at, form, http.StatusSeeOther), http.StatusOK).says("The template Forge 2 was saved.", "git, vim")
	got, err := ta.Store.Template(c.user.ID, made.ID)
	if err != nil || got.Cores != 3 || got.Swap != -1 || got.Disk != 0 || !got.Unprivileged || got.Nesting || !reflect.DeepEqual(got.Scripts, made.Scripts) {
		t.Errorf("kept %+v, %v", got, err)
	}
}
