package settings

import (
	"net/http"
	"slices"

	"github.com/labstack/echo/v4"

	"berth/fleet"
	"berth/proxmox"
	"berth/templates"
	"berth/views/settings"
)

// Added is GET /settings/nodes/{id}/added, where a node leads that was just added: what was found on it, and what is next.
func (a *Pages) Added(c echo.Context) error {
	n, err := a.nodeOf(c)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	p := settings.AddedPage{Node: n, Starters: templates.Starters(), Now: a.NowFor(ctx)}
	if p.Choices, err = a.Fleet.Choices(ctx, n.UserID, n.ID); err != nil {
		return err
	}
	inventory, err := a.Fleet.Inventory(ctx, n.UserID)
	if err != nil {
		return err
	}
	if i := slices.IndexFunc(inventory.Nodes, func(s fleet.NodeState) bool { return s.Node.ID == n.ID }); i >= 0 {
		p.State = inventory.Nodes[i]
	}
	for _, ct := range inventory.Containers {
		if ct.NodeID == n.ID && ct.Status == proxmox.GuestRunning {
			p.Running++
		}
	}
	return a.Page(c, http.StatusOK, "settings", n.Name+" is added", settings.Added(p))
}
