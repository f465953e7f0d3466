package handlers

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"berth/fleet"
	"berth/store"
	"berth/views"
)

// containerLive is GET /containers/{node}/{vmid}/live: the head of a container's pages again whenever it is
// another one, and with overview=1 the overview's body too. It shows what the picture of all has, and so asks
// the node for nothing of its own.
func (a *app) containerLive(c echo.Context) error {
	n, vmid, err := a.placeOf(c)
	if err != nil {
		return err
	}
	watch := a.Fleet.Watch(n.UserID)
	defer watch.Close()
	atWork, unwatch := a.Jobs.Watch(n.UserID)
	defer unwatch()
	overview := c.QueryParam("overview") == "1"
	s, err := openStream(c)
	if err != nil {
		return err
	}
	beat := time.NewTicker(heartbeat)
	defer beat.Stop()
	for sent := ""; ; {
		last, err := a.sendContainer(s, n, vmid, overview, &sent)
		if err != nil {
			return err
		}
		if last {
			return s.done()
		}
		select {
		case <-watch.C:
		case <-atWork:
		case <-beat.C:
			if err := s.beat(); err != nil {
				return err
			}
		case <-s.ctx.Done():
			return nil
		}
		if over, err := a.over(c); err != nil || over {
			return errors.Join(err, s.done())
		}
	}
}

// sendContainer sends a container as it is now, unless that was sent before. It is the last time when the
// container is gone.
func (a *app) sendContainer(s *eventStream, n store.Node, vmid int, overview bool, sent *string) (last bool, err error) {
	picture, err := a.Fleet.Picture(s.ctx, n.UserID)
	if err != nil {
		return false, err
	}
	ct, there := picture.Container(n.ID, vmid)
	if !there {
		ct.NodeID, ct.NodeName, ct.VMID = n.ID, n.Name, vmid
	}
	p, err := a.containerPage(n, ct)
	if err != nil {
		return false, err
	}
	view := views.ContainerHead(p, true)
	switch {
	case !there && (p.Card.Job != nil || !answers(picture, n)):
		return false, nil // it is being made, or nothing is known of it
	case !there:
		view = views.ContainerGone(p, true)
	case overview:
		view = templ.Join(view, views.ContainerBody(p, true))
	}
	html, err := rendered(s.ctx, view)
	if err != nil || html == *sent {
		return !there, err
	}
	*sent = html
	return !there, s.sendText("container", "", html)
}

// answers tells whether a node answered the last time it was asked.
func answers(p fleet.Picture, n store.Node) bool {
	for _, s := range p.Nodes {
		if s.Node.ID == n.ID {
			return s.State == "answers"
		}
	}
	return false
}

// rendered is a view as text.
func rendered(ctx context.Context, view templ.Component) (string, error) {
	var b strings.Builder
	err := view.Render(ctx, &b)
	return b.String(), err
}
