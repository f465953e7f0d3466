package template

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"

	"github.com/labstack/echo/v4"

	"berth/handlers/web"
	"berth/store"
	"berth/templates"
	"berth/views/parts"
	"berth/views/template"
)

// Export answers with a template's archive, which can be imported elsewhere.
func (a *Pages) Export(c echo.Context) error {
	t, err := a.templateAt(c)
	if err != nil {
		return err
	}
	buckets, err := a.Store.PackageBuckets(web.UserOf(c).ID)
	if err != nil {
		return err
	}
	var archive bytes.Buffer
	if err := templates.WriteArchive(&archive, templates.Bundle{Template: t, Buckets: buckets}); err != nil {
		return err
	}
	c.Response().Header().Set(echo.HeaderContentDisposition, fmt.Sprintf("attachment; filename=%q", templates.FolderName(t.Name)+".tar.gz"))
	return c.Blob(http.StatusOK, "application/gzip", archive.Bytes())
}

// Duplicate makes a copy that is the user's. The field then says "edit" where it is to be changed at once.
func (a *Pages) Duplicate(c echo.Context) error {
	t, err := a.templateAt(c)
	if err != nil {
		return err
	}
	posted, err := web.PostForm(c)
	if err != nil {
		return err
	}
	name := t.Name
	t.ID, t.UserID, t.Origin, t.OriginSum = "", web.UserOf(c).ID, "", ""
	for n := 1; ; n++ {
		t.Name = templates.CopyName(name, n)
		made, err := a.Store.PutTemplate(t)
		if errors.Is(err, store.ErrNameTaken) {
			continue
		}
		if err != nil {
			return err
		}
		if err := a.Flash(c, "ok", "This is your own copy."); err != nil {
			return err
		}
		to := parts.TemplateURL(made.ID)
		if posted.Get("then") == "edit" {
			to += "/edit"
		}
		return a.Redirect(c, to)
	}
}

// DeletePage asks first.
func (a *Pages) DeletePage(c echo.Context) error {
	t, err := a.Store.Template(web.UserOf(c).ID, c.Param("id"))
	if err != nil {
		return err
	}
	return a.Page(c, http.StatusOK, "templates", "Delete "+t.Name+"?", template.Delete(t))
}

// Delete forgets a template.
func (a *Pages) Delete(c echo.Context) error {
	t, err := a.Store.Template(web.UserOf(c).ID, c.Param("id"))
	if err != nil {
		return err
	}
	if err := a.Store.DeleteTemplate(t.UserID, t.ID); err != nil {
		return err
	}
	if err := a.Flash(c, "ok", "The template "+t.Name+" was deleted."); err != nil {
		return err
	}
	return a.Redirect(c, "/templates")
}
