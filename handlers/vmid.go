package handlers

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"berth/fleet"
	"berth/store"
	"berth/views"
)

// vmid answers "is this VMID free?" while it is typed.
func (a *app) vmid(c echo.Context) error {
	node, err := a.nodeOrDefault(userOf(c).ID, c.QueryParam("node"))
	if err != nil {
		return err
	}
	v, err := a.Fleet.Check(c.Request().Context(), node.UserID, node.ID, c.QueryParam("vmid"))
	if err != nil {
		return err
	}
	return a.part(c, http.StatusOK, views.VMIDVerdict(v, whyUnknown(node, v)))
}

// whyUnknown says in a few words why a VMID could not be checked.
func whyUnknown(n store.Node, v fleet.Verdict) string {
	if v.Err == nil {
		return ""
	}
	return explained(about(n, v.Err)).Title
}

// nodeOrDefault returns a node of the user; without an ID, the default one.
func (a *app) nodeOrDefault(userID, id string) (store.Node, error) {
	if id != "" {
		return a.Store.Node(userID, id)
	}
	nodes, err := a.Store.Nodes(userID)
	switch {
	case err != nil:
		return store.Node{}, err
	case len(nodes) == 0:
		return store.Node{}, errNoNode
	}
	return nodes[0], nil
}
