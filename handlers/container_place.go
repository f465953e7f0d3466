package handlers

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"berth/fleet"
	"berth/store"
	"berth/views"
)

// movedError is a container that is asked for where it is no more, and where it is now.
type movedError struct {
	from store.Node
	now  fleet.Container
}

func (e movedError) Error() string {
	return fmt.Sprintf("container %d is not on node %s but on %s", e.now.VMID, e.from.ID, e.now.NodeID)
}

func (e movedError) url() string { return views.ContainerURL(e.now.NodeID, e.now.VMID) }

// words say where it is, for people.
func (e movedError) words() string {
	return fmt.Sprintf("%s is on %s now: it was moved there from %s, or restored there.", views.NewCard(e.now, nil, e.now.Seen).Title(), e.now.NodeName, e.from.Name)
}

// explainMoved is for who wanted to do something with it; who wanted to look is led there.
func explainMoved(e movedError) views.Problem {
	return views.Problem{
		Status: http.StatusConflict,
		Title:  fmt.Sprintf("Container %d is not on %s any more", e.now.VMID, e.from.Name),
		Why:    e.words() + " Nothing was done.",
		Link:   views.Link{URL: e.url(), Text: "Show it on " + e.now.NodeName},
	}
}

// followMoved leads a page's request on to the same page of the container where it is now.
func (a *app) followMoved(c echo.Context, e movedError) error {
	if err := a.flash(c, "info", e.words()); err != nil {
		return err
	}
	r := c.Request()
	to := e.url() + strings.TrimPrefix(r.URL.EscapedPath(), views.ContainerURL(e.from.ID, e.now.VMID))
	if r.URL.RawQuery != "" {
		to += "?" + r.URL.RawQuery
	}
	return a.redirect(c, to)
}

// canFollow tells whether a request is for a page, which can be another one.
func canFollow(r *http.Request) bool {
	return r.Method == http.MethodGet && r.Header.Get(echo.HeaderAccept) != "text/event-stream"
}

// goneFrom says that a container is not on its node any more: where it is now, asked anew, or that it is nowhere.
func (a *app) goneFrom(ctx context.Context, n store.Node, vmid int) error {
	location, inventory, err := a.Fleet.Locate(ctx, n, vmid)
	if err != nil {
		return err
	}
	if now := location.Container; now.NodeID != "" && now.NodeID != n.ID {
		return movedError{n, now}
	}
	gone := views.Problem{
		Status: http.StatusNotFound,
		Title:  fmt.Sprintf("There is no container %d on %s", vmid, n.Name),
		Why:    "It was deleted or moved, perhaps from elsewhere, or it never was there.",
		Next:   "The list of containers shows what is there now.",
		Link:   views.Link{URL: "/", Text: "Containers"},
	}
	if location.Member != "" && location.Member != n.Member {
		gone.Why = fmt.Sprintf("It is on %s now, another member of the cluster, which is not added to Berth yet.", location.Member)
		gone.Next = "Add " + location.Member + " as a node, and it can be looked after there."
		gone.Link = views.Link{URL: "/settings/nodes/new", Text: "Add a node"}
	} else if likes := inventory.Namesakes(n, vmid, a.Fleet.Name(n, vmid)); len(likes) == 1 {
		like := likes[0]
		gone.Next = fmt.Sprintf("On %s there is one with the same number and name: it may have been restored there.", like.NodeName)
		gone.Link = views.Link{URL: views.ContainerURL(like.NodeID, vmid), Text: "Show it on " + like.NodeName}
	}
	return problem(gone)
}
