package views

import (
	"strings"

	"berth/store"
	"berth/views/cards"
	"berth/views/explain"
	"berth/views/human"
)

// Ready is the container that a create has made, as it is known; the zero Ready where it or its node is gone.
type Ready struct {
	Card  cards.Card
	Login bool // a script of its template leaves credentials in it
}

// Is tells whether the container is there.
func (r Ready) Is() bool { return r.Card.VMID != 0 }

// app is what Open leads to; the zero App where the container has no link.
func (r Ready) app() cards.App {
	if apps := r.Card.Apps(); len(apps) > 0 {
		return apps[0]
	}
	return cards.App{}
}

// address is the first one of the container; "" while it is not known.
func (r Ready) address() string {
	if words := r.Card.AddressWords(); len(words) > 0 {
		return words[0]
	}
	return ""
}

// end is how the job ended, or why it waits, with what is known of the container that it made.
func (p JobPage) end() Outcome {
	o := outcomeOf(p.Job)
	if !p.Ready.Is() || p.Job.State != store.JobDone {
		return o
	}
	if !p.Ready.Card.Runs() {
		o.Title = explain.JobObject(p.Job) + " is created"
		o.Why = strings.TrimSpace("It does not run now. " + o.Why)
		return o
	}
	o.Title = explain.JobObject(p.Job) + " is running"
	return o
}

// allDone is the line that the steps of a job that is done are folded into.
func allDone(j store.Job) string {
	if len(j.Steps) == 1 {
		return "The step is done"
	}
	return "All " + human.Count(len(j.Steps), "step", "steps") + " done"
}
