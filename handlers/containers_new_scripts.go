package handlers

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"berth/views"
)

// wizardScripts shows the step Scripts, in which a draft without a template has nothing to choose.
func (a *app) wizardScripts(c echo.Context) error {
	d, err := a.draftOf(c)
	if err != nil {
		return err
	}
	w, err := a.wizard(d, views.Typed(d.Values, nil), "scripts")
	if err != nil {
		return err
	}
	return a.page(c, http.StatusOK, "containers", "Scripts · New container", views.ScriptsStep(w))
}

// wizardPassScripts goes on.
func (a *app) wizardPassScripts(c echo.Context) error { return a.passStep(c, "scripts", "review") }
