package wizard

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"berth/handlers/web"
	"berth/store"
	"berth/views/inputs"
)

// VMID answers "is this VMID free?" while it is typed.
func (a *Pages) VMID(c echo.Context) error {
	node, err := a.nodeOrDefault(web.UserOf(c).ID, c.QueryParam("node"))
	if err != nil {
		return err
	}
	v, err := a.Fleet.Check(c.Request().Context(), node.UserID, node.ID, c.QueryParam("vmid"))
	if err != nil {
		return err
	}
	return a.Part(c, http.StatusOK, inputs.VMIDVerdict("vmid", v, web.WhyUnknown(node, v)))
}

// nodeOrDefault returns a node of the user; without an ID, the default one.
func (a *Pages) nodeOrDefault(userID, id string) (store.Node, error) {
	if id != "" {
		return a.Store.Node(userID, id)
	}
	nodes, err := a.Store.Nodes(userID)
	switch {
	case err != nil:
		return store.Node{}, err
	case len(nodes) == 0:
		return store.Node{}, web.ErrNoNode
	}
	return nodes[0], nil
}
