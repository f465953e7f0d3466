package handlers

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"berth/views"
)

// alertDismiss is POST /notices/dismiss: an alert is hidden until what it says changes.
func (a *app) alertDismiss(c echo.Context) error {
	form, err := postForm(c)
	if err != nil {
		return err
	}
	ctx, u := c.Request().Context(), userOf(c)
	if err := a.Fleet.Dismiss(ctx, u.ID, form.Get("key")); err != nil {
		return err
	}
	if !wantsPart(c) {
		return a.redirect(c, localPath(cameFrom(c.Request()))) // as it was filtered
	}
	d, _, err := a.board(ctx, u, views.Filter{}, 0)
	if err != nil {
		return err
	}
	return a.part(c, http.StatusOK, views.AlertsPart(d.Alerts, false))
}
