package handlers

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"berth/views"
)

// templates is GET /templates.
func (a *app) templates(c echo.Context) error {
	nodes, err := a.Store.Nodes(userOf(c).ID)
	if err != nil {
		return err
	}
	return a.page(c, http.StatusOK, "templates", "Templates", views.Templates(len(nodes) == 0))
}

// packages is GET /packages.
func (a *app) packages(c echo.Context) error {
	return a.page(c, http.StatusOK, "templates", "Packages · Templates", views.Packages())
}
