package template

import (
	"net/http"
	"slices"

	"github.com/labstack/echo/v4"

	"berth/handlers/web"
	"berth/store"
	"berth/templates"
	"berth/views/template"
)

// List is GET /templates.
func (a *Pages) List(c echo.Context) error {
	own, err := a.Store.Templates(web.UserOf(c).ID)
	if err != nil {
		return err
	}
	p := template.ListPage{Own: own, Starters: templates.Starters(), Query: c.QueryParam("q"), Tag: c.QueryParam("tag"), Folder: a.Templates != ""}
	return a.Page(c, http.StatusOK, "templates", "Templates", template.List(p))
}

// Show is GET /templates/{id}.
func (a *Pages) Show(c echo.Context) error {
	t, err := a.templateAt(c)
	if err != nil {
		return err
	}
	user := web.UserOf(c)
	buckets, err := a.Store.PackageBuckets(user.ID)
	if err != nil {
		return err
	}
	nodes, err := a.Store.Nodes(user.ID)
	if err != nil {
		return err
	}
	p := template.Page{Template: t, Packages: templates.Resolve(t, buckets), Doubts: make(map[string]string), NoNodes: len(nodes) == 0}
	for _, s := range t.Scripts {
		p.Doubts[s.Name] = templates.Doubt(s, t.OSTemplate, p.Packages)
	}
	for _, b := range buckets {
		if slices.Contains(t.Buckets, b.ID) {
			p.Buckets = append(p.Buckets, b)
		}
	}
	return a.Page(c, http.StatusOK, "templates", t.Name+" · Templates", template.Detail(p))
}

// templateAt is the template of the request's address: the user's, or a starter.
func (a *Pages) templateAt(c echo.Context) (store.Template, error) {
	if c.Param("id") == "none" {
		return store.Template{}, store.ErrNotFound
	}
	return a.TemplateOf(web.UserOf(c).ID, c.Param("id"))
}
