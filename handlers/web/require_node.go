package web

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"berth/store"
	"berth/views/layout"
)

// RequireNode lets only people with a node through, as the rest of what the route does needs one. What an address
// names and is not theirs is not found all the same.
func (a *App) RequireNode(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		nodes, err := a.Store.Nodes(UserOf(c).ID)
		if err != nil {
			return err
		}
		if len(nodes) > 0 {
			return next(c)
		}
		// What is named in the path, the query or what was sent is another's.
		if c.Param("node") != "" || c.FormValue("node") != "" || c.FormValue("c") != "" {
			return store.ErrNotFound
		}
		if c.Param("draft") != "" {
			if _, err := a.DraftOf(c); err != nil {
				return err
			}
		}
		return ErrNoNode
	}
}

// ErrNoNode answers what needs a node when there is none.
var ErrNoNode = Problem(layout.Problem{
	Status: http.StatusConflict,
	Title:  "This needs a Proxmox node",
	Why:    "No node has been added to this account yet.",
	Next:   "Add one first; it takes an address and an API token.",
	Link:   layout.Link{URL: "/settings/nodes/new", Text: "Add a node"},
})
