package handlers

import (
	"errors"
	"net/http"

	"github.com/labstack/echo/v4"

	"berth/static"
	"berth/store/disk"
)

// healthz says whether Berth can serve and write. Anybody may ask, so the log has a line
// only when the answer becomes another.
func (a *site) healthz(c echo.Context) error {
	c.Response().Header().Set(echo.HeaderCacheControl, "no-store")
	err := a.Store.Healthy()
	word := healthWord(err)
	if before := a.health.Swap(&word); err != nil && (before == nil || *before != word) {
		a.Log.ErrorContext(c.Request().Context(), "the store is not healthy", "error", err)
	}
	if err != nil {
		return c.String(http.StatusServiceUnavailable, word+"\n")
	}
	return c.String(http.StatusOK, word+"\n")
}

// healthWord says in a few words what is wrong with the store.
func healthWord(err error) string {
	switch {
	case err == nil:
		return "ok"
	case errors.Is(err, disk.ErrDamaged):
		return "the database is damaged"
	case errors.Is(err, disk.ErrFull):
		return "the disk that holds Berth's data is full"
	case errors.Is(err, disk.ErrReadOnly):
		return "the disk that holds Berth's data is read-only"
	case errors.Is(err, disk.ErrFails):
		return "the disk that holds Berth's data reports an error"
	}
	return "the data folder cannot be written"
}

// staticFile sends what belongs to the pages.
func (a *site) staticFile(c echo.Context) error {
	if !static.Handler(c.Response(), c.Request()) {
		return echo.ErrNotFound
	}
	return nil
}
