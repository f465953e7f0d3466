// Package events tells what happened to a container: what Berth did (its jobs, and what it keeps beside them) and the
// tasks that others ran on the hosts, in one line of time. How an event reads and looks is for package views.
package events

import (
	"time"

	"berth/proxmox"
	"berth/store"
)

const (
	// PageSize is the Limit of a Query for a page of the history.
	PageSize = 50
	// Latest is the Limit of a Query for the overview of a container.
	Latest = 5
)

// Filter selects the events of a page. Its values stand in addresses (?show=).
type Filter string

// The filters.
const (
	All     Filter = ""
	ByBerth Filter = "berth"
	OnHost  Filter = "host"   // by others than Berth
	Failed  Filter = "failed" // by anyone
)

// Filters lists all filters in the order in which pages offer them.
func Filters() []Filter { return []Filter{All, ByBerth, OnHost, Failed} }

// Event is something that was done to a container. One of Job, Record and Task is set.
type Event struct {
	Job    *store.Job
	Record *store.Event
	Task   *Task
	User   string // who did it: a user of Berth, or a user or token of Proxmox
	Where  string // the node or member of the cluster, where it is not the container's own
}

// Task is a task of a host that is no part of a job.
type Task struct {
	proxmox.Task
	Outcome proxmox.TaskStatus
	Known   bool // the host reported Outcome
}

// Status of an event chooses its badge and whether Failed shows it.
type Status string

// The statuses.
const (
	StatusPlain  Status = "" // it changed nothing, or its outcome is unknown
	StatusDone   Status = "done"
	StatusWarned Status = "warn" // done, with warnings
	StatusFailed Status = "failed"
	StatusActive Status = "active" // it goes on
)

// At returns the time at which the event began, by which a page is ordered. A job begins when it is created.
func (e Event) At() time.Time {
	switch {
	case e.Job != nil:
		return e.Job.Created
	case e.Record != nil:
		return e.Record.Began
	}
	return e.Task.Start
}

// Took returns the time from the start to the end, for a job without its wait in the queue; 0 while the event goes on, and
// where its times are unknown.
func (e Event) Took() time.Duration {
	began, ended := e.At(), time.Time{}
	switch {
	case e.Job != nil:
		began, ended = e.Job.Started, e.Job.Ended
	case e.Record != nil:
		ended = e.Record.Ended
	default:
		ended = e.Task.End
	}
	if began.IsZero() || ended.IsZero() {
		return 0
	}
	return ended.Sub(began)
}

// Status of the event now.
func (e Event) Status() Status {
	switch {
	case e.Job != nil:
		return statusOfJob(e.Job.State)
	case e.Record != nil:
		return statusOfRecord(*e.Record)
	}
	return e.Task.status()
}

func statusOfJob(s store.JobState) Status {
	switch s {
	case store.JobDone:
		return StatusDone
	case store.JobFailed:
		return StatusFailed
	case store.JobCancelled:
		return StatusPlain
	}
	return StatusActive
}

func statusOfRecord(r store.Event) Status {
	switch {
	case r.Kind != store.EventConsole:
		return StatusDone
	case r.End == "":
		return StatusActive
	case r.End == store.EndFailed:
		return StatusFailed
	}
	return StatusPlain
}

func (t Task) status() Status {
	switch {
	case !t.Known:
		return StatusPlain
	case t.Outcome.Running:
		return StatusActive
	case t.Outcome.Exit == "OK":
		return StatusDone
	case t.Outcome.OK():
		return StatusWarned
	}
	return StatusFailed
}

// OfTask makes an event of a task on the host of n, for the page of its log. known is false where the host did not report
// the outcome.
func OfTask(n store.Node, id proxmox.UPID, outcome proxmox.TaskStatus, known bool) Event {
	t := proxmox.Task{UPID: id, Type: id.Type(), User: id.User(), Start: id.Started()}
	return taskEvent(n, Task{Task: t, Outcome: outcome, Known: known})
}

func taskEvent(n store.Node, t Task) Event {
	e := Event{Task: &t, User: t.User}
	if member := t.UPID.Node(); member != n.Member {
		e.Where = member
	}
	return e
}
