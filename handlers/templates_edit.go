package handlers

import (
	"errors"
	"fmt"
	"maps"
	"net/http"

	"github.com/labstack/echo/v4"

	"berth/store"
	"berth/templates"
	"berth/views"
)

// templateEditPage shows the form of a template of the user's.
func (a *app) templateEditPage(c echo.Context) error {
	t, err := a.Store.Template(userOf(c).ID, c.Param("id"))
	if err != nil {
		return err
	}
	packages := map[string]string{}
	for _, manager := range store.PackageManagers {
		packages[manager] = templates.FormatPackages(t.Packages, manager)
	}
	return a.showTemplateForm(c, http.StatusOK, views.NewTemplateForm(t, packages))
}

func (a *app) showTemplateForm(c echo.Context, status int, f views.TemplateForm) error {
	return a.page(c, status, "templates", "Edit "+f.Before.Name, views.TemplateEdit(f))
}

// templateUpdate keeps what was typed, if nothing is wrong with it.
func (a *app) templateUpdate(c echo.Context) error {
	before, err := a.Store.Template(userOf(c).ID, c.Param("id"))
	if err != nil {
		return err
	}
	posted, err := postForm(c)
	if err != nil {
		return err
	}
	f := views.TemplateForm{Before: before, Values: posted, Errors: map[string]string{}}
	t := f.Template()
	t.Packages = nil
	for _, manager := range store.PackageManagers {
		list, err := templates.ParsePackages(manager, posted.Get("packages_"+manager))
		var wrong *templates.FileError
		if errors.As(err, &wrong) {
			f.Errors["packages_"+manager] = fmt.Sprintf("Line %d: %s", wrong.Line, wrong.Sentence)
		} else if err != nil {
			return err
		}
		t.Packages = append(t.Packages, list...)
	}
	if len(f.Errors) == 0 {
		maps.Copy(f.Errors, templates.Check(t))
	}
	if len(f.Errors) == 0 {
		if t, err = a.Store.PutTemplate(t); errors.Is(err, store.ErrNameTaken) {
			f.Errors["name"] = "You have a template of that name; choose another one"
		} else if err != nil {
			return err
		}
	}
	if len(f.Errors) > 0 {
		return a.showTemplateForm(c, http.StatusUnprocessableEntity, f)
	}
	if err := a.flash(c, "ok", "The template "+t.Name+" was saved."); err != nil {
		return err
	}
	return a.redirect(c, views.TemplateURL(t.ID))
}
