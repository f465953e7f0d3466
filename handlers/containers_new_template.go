package handlers

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"berth/views"
)

// wizardTemplate shows the step Template of a draft.
func (a *app) wizardTemplate(c echo.Context) error {
	d, err := a.draftOf(c)
	if err != nil {
		return err
	}
	form := views.Typed(d.Values, nil)
	return a.page(c, http.StatusOK, "containers", "Template · New container", views.TemplateStep(a.wizard(d, form, "template")))
}

// wizardChooseTemplate keeps the choice.
func (a *app) wizardChooseTemplate(c echo.Context) error {
	d, form, err := a.keepTyped(c)
	if err != nil {
		return err
	}
	if s := form.Check("template"); s != "" {
		form.Mark(map[string]string{"template": s})
		return a.page(c, http.StatusUnprocessableEntity, "containers", "Template · New container", views.TemplateStep(a.wizard(d, form, "template")))
	}
	return a.passStep(c, "template", "configure")
}
