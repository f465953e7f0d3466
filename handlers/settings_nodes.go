package handlers

import (
	"fmt"
	"net/http"

	"github.com/labstack/echo/v4"

	"berth/forms"
	"berth/store"
	"berth/views"
)

// nodes is GET /settings/nodes.
func (a *app) nodes(c echo.Context) error {
	inventory, err := a.Fleet.Inventory(c.Request().Context(), userOf(c).ID)
	if err != nil {
		return err
	}
	p := views.NodesPage{Nodes: inventory.Nodes, Silent: make(map[string]views.Problem), Now: a.Now()}
	for _, n := range inventory.Nodes {
		if n.Err != nil {
			p.Silent[n.Node.ID] = explained(about(n.Node, n.Err))
		}
	}
	return a.page(c, http.StatusOK, "settings", "Nodes", views.Nodes(p))
}

// nodeOf is the node of the path, if it is the user's own.
func (a *app) nodeOf(c echo.Context) (store.Node, error) {
	return a.Store.Node(userOf(c).ID, c.Param("id"))
}

// nodeMakeDefault is POST /settings/nodes/{id}/default.
func (a *app) nodeMakeDefault(c echo.Context) error {
	n, err := a.nodeOf(c)
	if err != nil {
		return err
	}
	if err := a.Store.SetDefaultNode(n.UserID, n.ID); err != nil {
		return err
	}
	return a.toNodes(c, "ok", fmt.Sprintf("New containers start on %s from now on.", n.Name))
}

// nodeTest is POST /settings/nodes/{id}/test: it tries the connection as it is stored, and keeps what was learned.
func (a *app) nodeTest(c echo.Context) error {
	n, err := a.nodeOf(c)
	if err != nil {
		return err
	}
	secret, err := a.Store.TokenSecret(n.ID)
	if err != nil {
		return err
	}
	f := views.NodeForm{Node: forms.NodeOf(n)}
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
	return a.toNodes(c, "ok", fmt.Sprintf("%s answers: Proxmox VE %s. What its token may do is judged anew.", n.Name, tried.Version))
}

// toNodes leads back to the list with a sentence.
func (a *app) toNodes(c echo.Context, kind, sentence string) error {
	if err := a.flash(c, kind, sentence); err != nil {
		return err
	}
	return a.redirect(c, views.NodesURL)
}
