package container

import (
	"context"
	"fmt"
	"net/http"

	"berth/handlers/web"
	"berth/store"
	"berth/views/layout"
	"berth/views/parts"
)

// goneFrom returns the error for a container that is no longer on its node. It asks all nodes anew where it is now.
func (a *Pages) goneFrom(ctx context.Context, n store.Node, vmid int) error {
	location, inventory, err := a.Fleet.Locate(ctx, n, vmid)
	if err != nil {
		return err
	}
	if now := location.Container; now.NodeID != "" && now.NodeID != n.ID {
		return web.MovedError{From: n, Now: now}
	}
	gone := layout.Problem{
		Status: http.StatusNotFound,
		Title:  fmt.Sprintf("There is no container %d on %s", vmid, n.Name),
		Why:    "It was deleted or moved, perhaps outside Berth, or it never existed.",
		Next:   "The list of containers shows what is there now.",
		Link:   layout.Link{URL: "/", Text: "Containers"},
	}
	if location.Member != "" && location.Member != n.Member {
		gone.Why = fmt.Sprintf("It is now on %s, another cluster member, which has not been added to Berth yet.", location.Member)
		gone.Next = "Add " + location.Member + " as a node to manage it there."
		gone.Link = layout.Link{URL: "/settings/nodes/new", Text: "Add a node"}
	} else if likes := inventory.Namesakes(n, vmid, a.Fleet.Name(n, vmid)); len(likes) == 1 {
		like := likes[0]
		gone.Next = fmt.Sprintf("There is one with the same number and name on %s: it may have been restored there.", like.NodeName)
		gone.Link = layout.Link{URL: parts.ContainerURL(like.NodeID, vmid), Text: "Show it on " + like.NodeName}
	}
	return web.Problem(gone)
}
