package handlers

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"berth/fleet"
	"berth/proxmox"
	"berth/store"
	"berth/views"
)

const (
	// mostJobs on a container are looked through for a page of few of them: those that failed, or those that tasks on the
	// host belong to.
	mostJobs = 1000
	// spare are read beyond a page, as what began in the same second stays together.
	spare = 20
)

// containerEvents is GET /containers/{node}/{vmid}/events: what Berth and others did to a container. `show`
// filters, and `until`, in seconds since 1970, is where a page begins.
func (a *app) containerEvents(c echo.Context) error {
	filter, until, err := eventsOf(c)
	if err != nil {
		return err
	}
	n, vmid, err := a.placeOf(c)
	if err != nil {
		return err
	}
	p, err := a.events(c.Request().Context(), n, vmid, eventsQuery{filter, until, views.EventsAPage})
	if err != nil {
		return err
	}
	return a.page(c, http.StatusOK, "containers", "Events of "+p.Card.Title(), views.ContainerEvents(p))
}

// containerLatest is GET /containers/{node}/{vmid}/events/latest: the last events, for the overview.
func (a *app) containerLatest(c echo.Context) error {
	n, vmid, err := a.placeOf(c)
	if err != nil {
		return err
	}
	if !wantsPart(c) {
		return c.Redirect(http.StatusSeeOther, views.ContainerURL(n.ID, vmid)+"/events")
	}
	p, err := a.events(c.Request().Context(), n, vmid, eventsQuery{views.EventsAll, time.Time{}, views.EventsLatest})
	if err != nil {
		return err
	}
	return a.part(c, http.StatusOK, views.EventsPart(p))
}

// eventsQuery is which events are asked for.
type eventsQuery struct {
	filter views.EventsFilter
	until  time.Time // zero: the newest
	limit  int
}

// eventsOf reads and judges the query.
func eventsOf(c echo.Context) (views.EventsFilter, time.Time, error) {
	wrong := problem(views.Problem{
		Status: http.StatusUnprocessableEntity,
		Title:  "There are no such events",
		Why:    "The address asks for events in a way that Berth does not know.",
		Link:   views.Link{URL: "?", Text: "All events"},
	})
	filter := views.EventsFilter(c.QueryParam("show"))
	if !slices.Contains(views.EventsFilters(), filter) {
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

// events are a page of what happened to a container. A host that does not answer in time leaves out what only it
// knows, and that is said.
func (a *app) events(ctx context.Context, n store.Node, vmid int, q eventsQuery) (views.EventsPage, error) {
	p := views.EventsPage{Filter: q.filter, Paged: !q.until.IsZero(), OnlyOwn: seesOnlyOwn(n)}
	var silent *fleet.NodeState
	var err error
	if p.ContainerPage, silent, err = a.containerAsKnown(ctx, n, vmid); err != nil {
		return p, err
	}
	s, err := a.ownEvents(n, vmid, q)
	if err != nil {
		return p, err
	}
	switch {
	case q.filter == views.EventsBerth:
	case silent != nil:
		p.Missing = []string{views.SilentHost(n.Name)} // asking it again would only make the page wait
	default:
		p.Missing = a.askTasks(ctx, n, vmid, q, &s)
	}
	p.Events = views.NewEvents(s, q.filter, q.until, q.limit)
	return p, nil
}

// latestOwn are the last events that Berth knows by itself, for the overview to begin with.
func (a *app) latestOwn(n store.Node, vmid int) (views.Events, error) {
	s, err := a.ownEvents(n, vmid, eventsQuery{filter: views.EventsBerth, limit: views.EventsLatest})
	return views.NewEvents(s, views.EventsBerth, time.Time{}, views.EventsLatest), err
}

// ownEvents are what Berth did to a container, as far as a page needs it.
func (a *app) ownEvents(n store.Node, vmid int, q eventsQuery) (views.EventSources, error) {
	s := views.EventSources{Node: n, URL: views.ContainerURL(n.ID, vmid) + "/events"}
	u, err := a.Store.User(n.UserID)
	if err != nil {
		return s, err
	}
	s.User = u.Name
	most, events := q.limit+spare, q.limit+spare
	if q.filter == views.EventsFailed || q.filter == views.EventsHost {
		most = mostJobs
	}
	var before time.Time
	if !q.until.IsZero() {
		before, events = q.until.Add(time.Second), store.MaxEvents
	}
	if s.Jobs, err = a.Store.JobsOnBefore(n.UserID, n.Scope, vmid, before, most); err != nil {
		return s, err
	}
	if len(s.Jobs) == most {
		s.Complete = s.Jobs[most-1].Created
	}
	s.Events, err = a.Store.Events(n.UserID, n.Scope, vmid, events)
	if len(s.Events) == events && events < store.MaxEvents {
		s.Complete = later(s.Complete, s.Events[events-1].Began)
	}
	return s, err
}

// record keeps what Proxmox has just done at once, of which it has no task. What was done stands, whether it can be
// kept or not.
func (a *app) record(c echo.Context, p views.ContainerPage, e store.Event) {
	e.UserID, e.NodeID, e.NodeName, e.Scope = p.Node.UserID, p.Node.ID, p.Node.Name, p.Node.Scope
	e.VMID, e.Name, e.End = p.Card.VMID, p.Card.Name, store.EndDone
	if _, err := a.Store.AddEvent(e); err != nil {
		a.Log.Error("what was done to a container could not be recorded", "request", requestIDOf(c), "error", err)
	}
}

// askTasks asks the container's host, and the other members of its cluster, for the tasks of a page. It says who
// did not answer.
func (a *app) askTasks(ctx context.Context, n store.Node, vmid int, q eventsQuery, s *views.EventSources) (missing []string) {
	page := proxmox.TaskPage{Until: q.until, Limit: q.limit + spare, Failed: q.filter == views.EventsFailed}
	told, err := a.Fleet.Tasks(ctx, n.UserID, n.Ref(vmid), page)
	if err != nil {
		return []string{views.SilentHost(n.Name)}
	}
	for _, of := range told {
		switch {
		case of.Err == nil:
			s.Tasks = append(s.Tasks, of.Tasks...)
			if len(of.Tasks) >= page.Limit {
				s.Complete = later(s.Complete, leastEnd(of.Tasks))
			}
		case of.Member == n.Member:
			return []string{views.SilentHost(n.Name)} // through it go all the others
		default:
			missing = append(missing, views.SilentMember(of.Member))
		}
	}
	return missing
}

// leastEnd is the earliest end of tasks. A host lists tasks by when they ended: those that it left out ended before.
func leastEnd(tasks []proxmox.Task) time.Time {
	var least time.Time
	for _, t := range tasks {
		if !t.End.IsZero() && (least.IsZero() || t.End.Before(least)) {
			least = t.End
		}
	}
	return least
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// seesOnlyOwn tells whether the node's token, when it was last tested, might not see what others do on the host.
func seesOnlyOwn(n store.Node) bool {
	var abilities []proxmox.Ability
	if json.Unmarshal(n.Abilities, &abilities) != nil {
		return false
	}
	for _, ability := range abilities {
		for _, right := range ability.Missing {
			if right.Privilege == "Sys.Audit" {
				return true
			}
		}
	}
	return false
}

// containerEventLog is GET /containers/{node}/{vmid}/events/{upid}: the log of a task on the host, read when it is
// asked for.
func (a *app) containerEventLog(c echo.Context) error {
	n, vmid, err := a.placeOf(c)
	if err != nil {
		return err
	}
	id, err := proxmox.ParseUPID(c.Param("upid"))
	if err != nil {
		return store.ErrNotFound
	}
	ctx := c.Request().Context()
	var p views.EventLogPage
	if p.ContainerPage, _, err = a.containerAsKnown(ctx, n, vmid); err != nil {
		return err
	}
	log, err := a.Fleet.TaskLog(ctx, n.UserID, p.Ref(), id)
	if isNotFound(err) {
		return err
	}
	if proxmox.KindOf(err) == proxmox.KindNotFound {
		return problem(views.Problem{
			Status: http.StatusNotFound,
			Title:  fmt.Sprintf("%s has no such task any more", n.Name),
			Why:    "A host keeps the logs of its tasks only for some time.",
			Link:   views.Link{URL: views.ContainerURL(n.ID, vmid) + "/events", Text: "Events"},
		})
	}
	if err != nil {
		p.Why = explained(about(n, err))
	}
	p.Lines, p.First, p.Running = log.Lines, log.First, log.Status.Running
	p.Event = views.TaskEvent(n, proxmox.Task{UPID: id, Type: id.Type(), User: id.User(), Start: id.Started()}, log.Status, err == nil)
	return a.page(c, http.StatusOK, "containers", p.Event.What+" · "+p.Card.Title(), views.ContainerEventLog(p))
}
