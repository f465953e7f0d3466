package handlers

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"

	"github.com/labstack/echo/v4"

	"berth/store"
	"berth/templates"
	"berth/views"
)

// templateExport answers with a template's archive, which can be imported elsewhere.
func (a *app) templateExport(c echo.Context) error {
	t, err := a.templateAt(c)
	if err != nil {
		return err
	}
	buckets, err := a.Store.PackageBuckets(userOf(c).ID)
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

// templateDuplicate makes a copy that is the user's. The field then says "edit" where it is to be changed at once.
func (a *app) templateDuplicate(c echo.Context) error {
	t, err := a.templateAt(c)
	if err != nil {
		return err
	}
	posted, err := postForm(c)
	if err != nil {
		return err
	}
	name := t.Name
	t.ID, t.UserID, t.Origin, t.OriginSum = "", userOf(c).ID, "", ""
	for n := 1; ; n++ {
		t.Name = templates.CopyName(name, n)
		made, err := a.Store.PutTemplate(t)
		if errors.Is(err, store.ErrNameTaken) {
			continue
		}
		if err != nil {
			return err
		}
		if err := a.flash(c, "ok", "This copy is yours."); err != nil {
			return err
		}
		to := views.TemplateURL(made.ID)
		if posted.Get("then") == "edit" {
			to += "/edit"
		}
		return a.redirect(c, to)
	}
}

// templateDeletePage asks first.
func (a *app) templateDeletePage(c echo.Context) error {
	t, err := a.Store.Template(userOf(c).ID, c.Param("id"))
	if err != nil {
		return err
	}
	return a.page(c, http.StatusOK, "templates", "Delete "+t.Name, views.TemplateDelete(t))
}

// templateDelete forgets a template.
func (a *app) templateDelete(c echo.Context) error {
	t, err := a.Store.Template(userOf(c).ID, c.Param("id"))
	if err != nil {
		return err
	}
	if err := a.Store.DeleteTemplate(t.UserID, t.ID); err != nil {
		return err
	}
	if err := a.flash(c, "ok", "The template "+t.Name+" was deleted."); err != nil {
		return err
	}
	return a.redirect(c, "/templates")
}
