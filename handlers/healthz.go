package handlers

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"berth/static"
)

// healthz says whether Berth can serve and write.
func (a *app) healthz(c echo.Context) error {
	c.Response().Header().Set(echo.HeaderCacheControl, "no-store")
	if err := a.Store.Healthy(); err != nil {
		a.Log.ErrorContext(c.Request().Context(), "the store is not healthy", "error", err)
		return c.String(http.StatusServiceUnavailable, "the data folder cannot be written\n")
	}
	return c.String(http.StatusOK, "ok\n")
}

// staticFile sends what belongs to the pages.
func (a *app) staticFile(c echo.Context) error {
	if !static.Handler(c.Response(), c.Request()) {
		return echo.ErrNotFound
	}
	return nil
}
