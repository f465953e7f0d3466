// Package events tells what happened to a container: what Berth did (its jobs, and what it keeps beside them) and the
// tasks that others ran on the hosts, in one line of time. How an event reads and looks is for package views.
package events

import (
	"time"

	"berth/proxmox"
	"berth/store"
)

const (
	// PageSize is how many events a page has; those of the same second stay together.
	PageSize = 50
	// Latest is how many the overview of a container shows.
	Latest = 5
)

// Filter is which events are asked for, as addresses have it.
type Filter string

// The filters.
const (
	All     Filter = ""
	ByBerth Filter = "berth"
	OnHost  Filter = "host"   // by others than Berth
	Failed  Filter = "failed" // what did not work, whoever did it
)

// Filters are all of them, as people go through them.
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
	Known   bool // Outcome was told
}

// Status is what an event came to.
type Status string

// The statuses.
const (
	StatusPlain  Status = "" // it changed nothing, or what it came to is not known
	StatusDone   Status = "done"
	StatusWarned Status = "warn" // done, with warnings
	StatusFailed Status = "failed"
	StatusActive Status = "active" // it goes on
)

// At is when it began.
func (e Event) At() time.Time {
	switch {
	case e.Job != nil:
		return e.Job.Created
	case e.Record != nil:
		return e.Record.Began
	}
	return e.Task.Start
}

// Took is how long it took; 0 while it goes on, and where that is not known.
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

// Status tells what it came to.
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

// OfTask is a task on the host of n by itself, as its log tells of it. known is false where the host did not tell
// what it came to.
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
