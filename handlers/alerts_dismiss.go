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
	return a.changeAlert(c, func(userID, key string) error { return a.Fleet.Dismiss(c.Request().Context(), userID, key) })
}

// alertRestore is POST /notices/restore: an alert that was hidden is shown again.
func (a *site) alertRestore(c echo.Context) error { return a.changeAlert(c, a.Fleet.Undismiss) }

// changeAlert hides or shows the alert that a form names, and answers with the alerts as they are then.
func (a *site) changeAlert(c echo.Context, change func(userID, key string) error) error {
	form, err := web.PostForm(c)
	if err != nil {
		return err
	}
	u := web.UserOf(c)
	if err := change(u.ID, form.Get("key")); err != nil {
		return err
	}
	if !web.WantsPart(c) {
		return a.Redirect(c, auth.LocalPath(auth.CameFrom(c.Request()))) // as it was filtered
	}
	d, _, err := a.board(c.Request().Context(), u, cards.Filter{}, 0)
	if err != nil {
		return err
	}
	return a.Part(c, http.StatusOK, views.AlertsPart(d.Alerts, true))
}
