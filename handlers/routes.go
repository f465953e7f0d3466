package handlers

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"berth/static"
)

// routes is the map of the web. What needs an account says a.requireUser; what also
// needs a Proxmox node to act on says a.requireNode after it.
func (a *app) routes(e *echo.Echo) {
	user := a.requireUser

	// For everyone.
	e.GET("/healthz", a.healthz)
	e.GET(static.Prefix+"*", a.staticFile)
	e.HEAD(static.Prefix+"*", a.staticFile)

	// Settings.
	e.GET("/settings", redirectTo("/settings/nodes"), user)
}

// redirectTo leads from an address that people guess to the page that has what they look for.
func redirectTo(url string) echo.HandlerFunc {
	return func(c echo.Context) error { return c.Redirect(http.StatusSeeOther, url) }
}
