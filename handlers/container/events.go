package container

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"
	"golang.org/x/sync/errgroup"

	"berth/events"
	"berth/fleet"
	"berth/handlers/web"
	"berth/proxmox"
	"berth/store"
	"berth/views/container"
	"berth/views/layout"
	"berth/views/parts"
)

// Events is GET /containers/{node}/{vmid}/events: what Berth and others did to a container. `show`
// filters, and `until`, in seconds since 1970, is where a page begins.
func (a *Pages) Events(c echo.Context) error {
	filter, until, err := eventsOf(c)
	if err != nil {
		return err
	}
	n, vmid, err := a.nodeAndVMID(c)
	if err != nil {
		return err
	}
	p, err := a.events(c.Request().Context(), n, vmid, events.Query{Filter: filter, Until: until, Limit: events.PageSize})
	if err != nil {
		return err
	}
	return a.Page(c, http.StatusOK, "containers", "Events of "+p.Card.Title(), container.Events(p))
}

// Latest is GET /containers/{node}/{vmid}/events/latest: the last events, for the overview.
func (a *Pages) Latest(c echo.Context) error {
	n, vmid, err := a.nodeAndVMID(c)
	if err != nil {
		return err
	}
	if !web.WantsPart(c) {
		return c.Redirect(http.StatusSeeOther, parts.ContainerURL(n.ID, vmid)+"/events")
	}
	p, err := a.events(c.Request().Context(), n, vmid, events.Query{Limit: events.Latest})
	if err != nil {
		return err
	}
	return a.Part(c, http.StatusOK, container.EventsPart(p))
}

// eventsOf reads and judges the query.
func eventsOf(c echo.Context) (events.Filter, time.Time, error) {
	wrong := web.Problem(layout.Problem{
		Status: http.StatusUnprocessableEntity,
		Title:  "No such events",
		Why:    "The address has a filter or a time that Berth does not know.",
		Link:   layout.Link{URL: "?", Text: "All events"},
	})
	filter := events.Filter(c.QueryParam("show"))
	if !slices.Contains(events.Filters(), filter) {
		return "", time.Time{}, wrong
	}
	typed := c.QueryParam("until")
	if typed == "" {
		return filter, time.Time{}, nil
	}
	seconds, err := strconv.ParseInt(typed, 10, 64)
	if err != nil || seconds < 0 || seconds > 1<<40 {
		return "", time.Time{}, wrong
	}
	return filter, time.Unix(seconds, 0), nil
}

// events are a page of what happened to a container.
func (a *Pages) events(ctx context.Context, n store.Node, vmid int, q events.Query) (container.EventsPage, error) {
	p := container.EventsPage{Filter: q.Filter, Paged: !q.Until.IsZero()}
	var silent *fleet.NodeState
	var err error
	if p.Page, silent, err = a.containerAsKnown(ctx, n, vmid); err != nil {
		return p, err
	}
	q.Silent = silent != nil
	var asking errgroup.Group
	asking.Go(func() (err error) {
		p.Events, err = a.history().Page(ctx, n, vmid, q)
		return err
	})
	if !q.Silent && q.Filter != events.ByBerth {
		asking.Go(func() (err error) {
			p.OnlyOwn, err = a.Fleet.SeesOnlyOwnTasks(ctx, n.UserID, n.ID)
			return err
		})
	}
	err = asking.Wait()
	return p, err
}

func (a *Pages) history() events.History {
	return events.History{Store: a.Store, Fleet: a.Fleet}
}

// record keeps what Proxmox has just done at once, of which it has no task. What was done stands, whether it can be
// kept or not.
func (a *Pages) record(c echo.Context, p container.Page, e store.Event) {
	if err := a.history().Record(p.Node, p.Card.VMID, p.Card.Name, e); err != nil {
		a.Log.Error("what was done to a container could not be recorded", "request", web.RequestIDOf(c), "error", err)
	}
}

// EventLog is GET /containers/{node}/{vmid}/events/{upid}: the log of a task on the host, read when it is
// asked for.
func (a *Pages) EventLog(c echo.Context) error {
	n, vmid, err := a.nodeAndVMID(c)
	if err != nil {
		return err
	}
	id, err := proxmox.ParseUPID(c.Param("upid"))
	if err != nil {
		return store.ErrNotFound
	}
	ctx := c.Request().Context()
	var p container.EventLogPage
	if p.Page, _, err = a.containerAsKnown(ctx, n, vmid); err != nil {
		return err
	}
	log, err := a.Fleet.TaskLog(ctx, n.UserID, p.Ref(), id)
	if web.IsNotFound(err) {
		return err
	}
	if proxmox.KindOf(err) == proxmox.KindNotFound {
		return web.Problem(layout.Problem{
			Status: http.StatusNotFound,
			Title:  fmt.Sprintf("%s no longer has this task", n.Name),
			Why:    "A host keeps the logs of its tasks only for a while.",
			Link:   layout.Link{URL: parts.ContainerURL(n.ID, vmid) + "/events", Text: "Events"},
		})
	}
	if err != nil {
		p.Why = web.Explained(web.About(n, err))
	}
	p.Lines, p.First, p.Running = log.Lines, log.First, log.Status.Running
	p.Event = events.OfTask(n, id, log.Status, err == nil)
	return a.Page(c, http.StatusOK, "containers", p.Title()+" · "+p.Card.Title(), container.EventLog(p))
}
