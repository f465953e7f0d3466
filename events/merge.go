package events

import (
	"cmp"
	"slices"
	"time"

	"berth/proxmox"
	"berth/store"
)

// sources of a page, each read up to its limit.
type sources struct {
	node    store.Node
	user    string // whose jobs and records they are
	jobs    []store.Job
	records []store.Event
	tasks   []proxmox.Task
	// complete is the earliest moment after which no source lacks anything: only events after it can be on the page. Zero: the
	// sources were read to their ends.
	complete time.Time
}

// merge orders the events of all sources by time and cuts a page out of them. A task that belongs to a job is left out: the
// job stands for it.
func (s sources) merge(q Query) Page {
	if !q.Until.IsZero() && !second(s.complete).Before(q.Until) {
		s.complete = q.Until.Add(-time.Second) // more in one second than are read: some are lost, but the next page is another
	}
	all := slices.DeleteFunc(s.events(q.Filter), func(e Event) bool {
		at := second(e.At())
		return q.Filter == Failed && e.Status() != StatusFailed ||
			!q.Until.IsZero() && at.After(q.Until) ||
			!s.complete.IsZero() && !at.After(second(s.complete))
	})
	slices.SortStableFunc(all, func(a, b Event) int { return cmp.Compare(b.At().UnixNano(), a.At().UnixNano()) })
	n := min(q.Limit, len(all))
	for n > 0 && n < len(all) && second(all[n].At()).Equal(second(all[n-1].At())) {
		n++
	}
	p := Page{List: all[:n]}
	switch {
	case n < len(all):
		p.Older = second(all[n].At())
	case !s.complete.IsZero():
		p.Older = second(s.complete)
	}
	return p
}

// events makes the events that a filter selects by who did them; Failed is left to the caller. They are not in order.
func (s sources) events(f Filter) (all []Event) {
	if f != OnHost {
		for _, j := range s.jobs {
			all = append(all, Event{Job: &j, User: s.user, Where: s.elsewhere(j.NodeID, j.NodeName)})
		}
		for _, r := range s.records {
			all = append(all, Event{Record: &r, User: s.user, Where: s.elsewhere(r.NodeID, r.NodeName)})
		}
	}
	if f == ByBerth {
		return all
	}
	ours := s.ownTasks()
	for _, t := range s.tasks {
		if !ours[t.UPID] {
			all = append(all, taskEvent(s.node, Task{t, proxmox.TaskStatus{Running: t.End.IsZero(), Exit: t.Exit}, true}))
		}
	}
	return all
}

// ownTasks returns the IDs of the tasks that jobs started.
func (s sources) ownTasks() map[proxmox.UPID]bool {
	ours := make(map[proxmox.UPID]bool)
	for _, j := range s.jobs {
		for _, step := range j.Steps {
			for _, id := range step.Tasks() {
				ours[proxmox.UPID(id)] = true
			}
		}
	}
	return ours
}

// elsewhere returns Event.Where for a node: its name, or "" for the container's own.
func (s sources) elsewhere(nodeID, name string) string {
	if nodeID == s.node.ID {
		return ""
	}
	return name
}

// second cuts a moment down to the second, as Proxmox has times.
func second(t time.Time) time.Time { return time.Unix(t.Unix(), 0) }
