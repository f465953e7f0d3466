package settings

import (
	"fmt"
	"net/http"

	"github.com/labstack/echo/v4"

	"berth/forms"
	"berth/handlers/web"
	"berth/store"
	"berth/views/layout"
	"berth/views/parts"
	"berth/views/settings"
)

// List is GET /settings/nodes.
func (a *Pages) List(c echo.Context) error {
	inventory, err := a.Fleet.Inventory(c.Request().Context(), web.UserOf(c).ID)
	if err != nil {
		return err
	}
	p := settings.NodesPage{Nodes: inventory.Nodes, Silent: make(map[string]layout.Problem), Now: a.NowFor(c.Request().Context())}
	for _, n := range inventory.Nodes {
		if n.Err != nil {
			p.Silent[n.Node.ID] = web.Explained(web.About(n.Node, n.Err))
		}
	}
	return a.Page(c, http.StatusOK, "settings", "Nodes", settings.Nodes(p))
}

// nodeOf is the node of the path, if it is the user's own.
func (a *Pages) nodeOf(c echo.Context) (store.Node, error) {
	return a.Store.Node(web.UserOf(c).ID, c.Param("id"))
}

// MakeDefault is POST /settings/nodes/{id}/default.
func (a *Pages) MakeDefault(c echo.Context) error {
	n, err := a.nodeOf(c)
	if err != nil {
		return err
	}
	if err := a.Store.SetDefaultNode(n.UserID, n.ID); err != nil {
		return err
	}
	return a.toNodes(c, "ok", fmt.Sprintf("New containers go to %s by default now.", n.Name))
}

// Test is POST /settings/nodes/{id}/test: it tries the connection as it is stored, and keeps what was learned.
func (a *Pages) Test(c echo.Context) error {
	n, err := a.nodeOf(c)
	if err != nil {
		return err
	}
	secret, err := a.Store.TokenSecret(n.ID)
	if err != nil {
		return err
	}
	f := settings.NodeForm{Node: forms.NodeOf(n)}
	f.Errors = make(map[string]string)
	tried, err := a.tryNode(c, &f, n, secret)
	if err != nil {
		return err
	}
	if tried == nil {
		return a.showNodeForm(c, http.StatusUnprocessableEntity, f)
	}
	if _, err := a.Store.UpdateNode(*tried, ""); err != nil {
		return err
	}
	a.Fleet.NodeChanged(n.ID)
	return a.toNodes(c, "ok", fmt.Sprintf("%s answers: Proxmox VE %s. The rights of its token were checked again.", n.Name, tried.Version))
}

// toNodes leads back to the list with a sentence.
func (a *Pages) toNodes(c echo.Context, kind, sentence string) error {
	if err := a.Flash(c, kind, sentence); err != nil {
		return err
	}
	return a.Redirect(c, parts.NodesURL)
}
