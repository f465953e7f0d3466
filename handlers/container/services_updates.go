package container

import (
	"context"
	"net/http"

	"github.com/labstack/echo/v4"

	"berth/pct"
	"berth/pct/inside"
	"berth/views/container"
)

// Updates is GET /containers/{node}/{vmid}/services/updates. It asks the container's
// package manager, which fetches nothing for it, and keeps how many it found for lists.
func (a *Pages) Updates(c echo.Context) error {
	p, silence, err := a.servicesPage(c)
	if err != nil {
		return err
	}
	p.Updates = &container.InsideUpdates{}
	err = a.reach(c.Request().Context(), silence, p.Page, func(ctx context.Context, host *pct.Host) (err error) {
		p.Updates.Updates, err = inside.PendingUpdates(ctx, host, p.Card.VMID)
		return err
	})
	p.Updates.Problem = problemOf(err)
	if u := p.Updates; err == nil && u.Manager != "" && u.Failed == "" {
		a.Fleet.NoteUpdates(p.Ref(), len(u.Packages), u.Security())
	}
	return a.PageOrPart(c, http.StatusOK, "containers", "Updates of "+p.Card.Title(), container.Services(p), container.UpdatesPanel(p))
}
