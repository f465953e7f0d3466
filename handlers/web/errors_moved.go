package web

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"berth/fleet"
	"berth/store"
	"berth/views/cards"
	"berth/views/explain"
	"berth/views/parts"
)

// MovedError is a container that is asked for where it is no more, and where it is now.
type MovedError struct {
	From store.Node
	Now  fleet.Container
}

func (e MovedError) Error() string {
	return fmt.Sprintf("container %d is not on node %s but on %s", e.Now.VMID, e.From.ID, e.Now.NodeID)
}

func (e MovedError) url() string { return parts.ContainerURL(e.Now.NodeID, e.Now.VMID) }

// message tells where it is.
func (e MovedError) message() store.Message {
	name := cards.New(e.Now, nil, e.Now.Seen).Title()
	return store.Message{Kind: explain.RequestMoved, Args: store.Args{VMID: e.Now.VMID, Name: name, Elsewhere: e.Now.NodeName}}
}

// followMoved leads a page's request on to the same page of the container where it is now.
func (a *App) followMoved(c echo.Context, e MovedError) error {
	if err := a.Flash(c, "info", explain.Moved(e.From, e.message())+"."); err != nil {
		return err
	}
	r := c.Request()
	to := e.url() + strings.TrimPrefix(r.URL.EscapedPath(), parts.ContainerURL(e.From.ID, e.Now.VMID))
	if r.URL.RawQuery != "" {
		to += "?" + r.URL.RawQuery
	}
	return a.Redirect(c, to)
}

// canFollow tells whether a request is for a page, which can be another one.
func canFollow(r *http.Request) bool {
	return r.Method == http.MethodGet && r.Header.Get(echo.HeaderAccept) != "text/event-stream"
}
