package handlers

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"berth/handlers/auth"
	"berth/handlers/web"
	"berth/views"
	"berth/views/cards"
)

// alertDismiss is POST /notices/dismiss: an alert is hidden until what it says changes.
func (a *site) alertDismiss(c echo.Context) error {
	form, err := web.PostForm(c)
	if err != nil {
		return err
	}
	ctx, u := c.Request().Context(), web.UserOf(c)
	if err := a.Fleet.Dismiss(ctx, u.ID, form.Get("key")); err != nil {
		return err
	}
	if !web.WantsPart(c) {
		return a.Redirect(c, auth.LocalPath(auth.CameFrom(c.Request()))) // as it was filtered
	}
	d, _, err := a.board(ctx, u, cards.Filter{}, 0)
	if err != nil {
		return err
	}
	return a.Part(c, http.StatusOK, views.AlertsPart(d.Alerts, false))
}
