package handlers

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"berth/views"
)

// wizardPackages shows the step Packages, in which a draft without a template has nothing to choose.
func (a *app) wizardPackages(c echo.Context) error {
	d, err := a.draftOf(c)
	if err != nil {
		return err
	}
	w, err := a.wizard(d, views.Typed(d.Values, nil), "packages")
	if err != nil {
		return err
	}
	return a.page(c, http.StatusOK, "containers", "Packages · New container", views.PackagesStep(w))
}

// wizardPassPackages goes on.
func (a *app) wizardPassPackages(c echo.Context) error { return a.passStep(c, "packages", "scripts") }
