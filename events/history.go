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
	// mostJobs bounds the jobs on a container that are read for a page by Failed or OnHost: the one shows only those that
	// failed, the other none, but leaves out the tasks that they began.
	mostJobs = 1000
	// spare is the number of entries that are read beyond a page, as those of the same second stay together.
	spare = 20
)

// History reads and keeps what happened to containers. Both fields must be set.
type History struct {
	Store *store.Store
	Fleet *fleet.Fleet
}

// Query selects a page of a container's history.
type Query struct {
	Filter Filter
	Until  time.Time // events that began later, to the second, are left out; zero: none
	Limit  int       // events of a page; it has more where that keeps those of the same second together
	Silent bool      // the host is known not to answer and is not asked, so that the page need not wait
}

// Page is a piece of a container's history.
type Page struct {
	List          []Event   // newest first
	Older         time.Time // Until of the next page; zero: there is none
	HostSilent    bool      // the container's host did not answer, so tasks of others are missing
	SilentMembers []string  // other members of the cluster that did not
}

// Page reads a page of a container's history. It fails only with the store: where hosts do not answer in time, their tasks
// are missing, and the page says so.
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

// own reads the jobs and records of a container that a page may need; the caller adds the hosts' tasks.
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

// askTasks asks the container's host, and through it the other members of its cluster, for the tasks of a page, and adds
// them to s. It returns the members that did not answer; host is true when the container's own did not.
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
			return nil, true // the calls for all others go through it
		default:
			silent = append(silent, of.Member)
		}
	}
	return silent, false
}

// leastEnd returns the earliest end among tasks. A host lists tasks in the order of their ends, so those beyond the limit
// ended before it.
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

// Mark returns a text that changes whenever a job or record of a container begins or ends. An open page compares it to know
// when to ask for the latest events again.
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

// Record adds a change that Berth made to a container by a call without a task, so that the history has it. e has its kind,
// times and details; Record sets the container, with its name, and the end.
func (h History) Record(n store.Node, vmid int, name string, e store.Event) error {
	e.UserID, e.NodeID, e.NodeName, e.Scope = n.UserID, n.ID, n.Name, n.Scope
	e.VMID, e.Name, e.End = vmid, name, store.EndDone
	_, err := h.Store.AddEvent(e)
	return err
}
