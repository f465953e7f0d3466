package events

import (
	"context"
	"fmt"
	"time"

	"berth/fleet"
	"berth/proxmox"
	"berth/store"
)

const (
	// mostJobs on a container are looked through for a page of few of them: those that failed, or those that tasks on the
	// host belong to.
	mostJobs = 1000
	// spare are read beyond a page, as what began in the same second stays together.
	spare = 20
)

// History reads and keeps what happened to containers. Both fields must be set.
type History struct {
	Store *store.Store
	Fleet *fleet.Fleet
}

// Query is which events of a container are asked for.
type Query struct {
	Filter Filter
	Until  time.Time // a page begins with what began then, to the second; zero: with the newest
	Limit  int       // about how many; those of the same second stay together
	Silent bool      // the host is known not to answer: asking it would only make a page wait
}

// Page is a piece of a container's history.
type Page struct {
	List          []Event   // newest first
	Older         time.Time // what happened then or before is on the next page; zero: nothing
	HostSilent    bool      // the container's host did not tell, so what others did is missing
	SilentMembers []string  // other members of the cluster that did not
}

// Page is a page of what happened to a container. A host that does not answer in time leaves out what only it knows.
func (h History) Page(ctx context.Context, n store.Node, vmid int, q Query) (Page, error) {
	s, err := h.own(n, vmid, q)
	if err != nil {
		return Page{}, err
	}
	if q.Filter == ByBerth {
		return s.merge(q), nil
	}
	silent := q.Silent
	var members []string
	if !silent {
		members, silent = h.askTasks(ctx, n, vmid, q, &s)
	}
	p := s.merge(q)
	p.HostSilent, p.SilentMembers = silent, members
	return p, nil
}

// own are what Berth did to a container, as far as a page needs it.
func (h History) own(n store.Node, vmid int, q Query) (sources, error) {
	s := sources{node: n}
	u, err := h.Store.User(n.UserID)
	if err != nil {
		return s, err
	}
	s.user = u.Name
	mostOfJobs, mostRecords := q.Limit+spare, q.Limit+spare
	if q.Filter == Failed || q.Filter == OnHost {
		mostOfJobs = mostJobs
	}
	var before time.Time
	if !q.Until.IsZero() {
		before, mostRecords = q.Until.Add(time.Second), store.MaxEvents
	}
	if s.jobs, err = h.Store.JobsOnBefore(n.UserID, n.Scope, vmid, before, mostOfJobs); err != nil {
		return s, err
	}
	if len(s.jobs) == mostOfJobs {
		s.complete = s.jobs[mostOfJobs-1].Created
	}
	s.records, err = h.Store.Events(n.UserID, n.Scope, vmid, mostRecords)
	if len(s.records) == mostRecords && mostRecords < store.MaxEvents {
		s.complete = later(s.complete, s.records[mostRecords-1].Began)
	}
	return s, err
}

// askTasks asks the container's host, and through it the other members of its cluster, for the tasks of a page. It
// tells who did not answer.
func (h History) askTasks(ctx context.Context, n store.Node, vmid int, q Query, s *sources) (silent []string, host bool) {
	page := proxmox.TaskPage{Until: q.Until, Limit: q.Limit + spare, Failed: q.Filter == Failed}
	told, err := h.Fleet.Tasks(ctx, n.UserID, n.Ref(vmid), page)
	if err != nil {
		return nil, true
	}
	for _, of := range told {
		switch {
		case of.Err == nil:
			s.tasks = append(s.tasks, of.Tasks...)
			if len(of.Tasks) >= page.Limit {
				s.complete = later(s.complete, leastEnd(of.Tasks))
			}
		case of.Member == n.Member:
			return nil, true // through it go all the others
		default:
			silent = append(silent, of.Member)
		}
	}
	return silent, false
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

// Mark is another text whenever Berth did something to a container, or what it did came to an end: a page that is open
// then asks for the latest events.
func (h History) Mark(n store.Node, vmid int) (string, error) {
	jobs, err := h.Store.JobsOn(n.UserID, n.Scope, vmid, Latest)
	if err != nil {
		return "", err
	}
	records, err := h.Store.Events(n.UserID, n.Scope, vmid, Latest)
	var words []any
	for _, j := range jobs {
		words = append(words, j.ID, j.State)
	}
	for _, r := range records {
		words = append(words, r.Number, r.End)
	}
	return fmt.Sprintln(words...), err
}

// Record keeps what Proxmox has just done to a container at once, so that there is no task of it. name is the
// container's; what and its details are in e.
func (h History) Record(n store.Node, vmid int, name string, e store.Event) error {
	e.UserID, e.NodeID, e.NodeName, e.Scope = n.UserID, n.ID, n.Name, n.Scope
	e.VMID, e.Name, e.End = vmid, name, store.EndDone
	_, err := h.Store.AddEvent(e)
	return err
}
