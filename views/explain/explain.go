// Package explain has the words for what goes wrong and for what jobs tell: one table from the kind of a message to
// what failed, why, and what to do next. Pages, job pages, streams and downloads of logs take them from here. What is
// kept is a kind with its arguments (store.Message); the words are made when they are shown.
package explain

import (
	"cmp"
	"slices"
	"strings"

	"berth/store"
)

// Problem is something that went wrong, as a person reads it.
type Problem struct {
	Status int    // of HTTP, where it is a request that failed
	Title  string // what failed: no full stop
	Why    string // why, and what is safe; whole sentences
	Next   string // what to do now; whole sentences
	See    See    // where to do it
}

// See is a page that a problem leads to. Where that is depends on what the problem is about.
type See int

// The pages.
const (
	SeeNothing    See = iota
	SeeContainers     // all of them
	SeeNode           // the settings of the node
	SeeSSH            // where SSH to it is set up
	SeeNodes
	SeeAddNode
	SeeJobs
	SeeTemplates

	// Of a job, or of a container.
	SeeContainer
	SeeSnapshots // of the container
	SeeClone     // where it is cloned
	SeeDelete    // where it is deleted
	SeePurge     // the same, with what takes it out of HA and jobs selected
	SeeForm      // that the job came from, with what was typed
	SeeDraft     // the same of the wizard
	SeeNew       // the wizard
	SeeMade      // the container that a clone made
)

// Request explains why a request failed. n is the node that it is about, the zero Node where that is none or not known;
// its fields are what was typed where it is only being added.
func Request(n store.Node, m store.Message) Problem { return aboutNode(n).problem(m) }

// Busy explains that a job is at work on what a request wants to change.
func Busy(j store.Job) Problem {
	m := store.Message{Kind: requestBusy, Args: store.Args{Name: j.Name, Job: j.Label()}}
	if j.Kind == store.JobFetch {
		m.Kind = requestFetches
	}
	return aboutJob(j).problem(m)
}

// Moved says where a container is that was asked for on another node, by the RequestMoved that it became.
func Moved(from store.Node, m store.Message) string {
	m.Kind = messageMoved
	return aboutNode(from).text(m)
}

// Event says in the list of events why a console did not open, or broke off; "" where that is not known.
func Event(e store.Event) string {
	return aboutNode(store.Node{ID: e.NodeID, Name: e.NodeName}).text(e.Detail)
}

// problem is a message in words.
func (a about) problem(m store.Message) Problem {
	r := rowOf(m.Kind)
	in := a.in(m)
	return Problem{Status: cmp.Or(r.status, m.Status), Title: fill(r.title, in), Why: sentences(fill(r.why, in), fill(r.safe, in)), Next: fill(r.next, in), See: r.see}
}

// sentences puts those that are not empty one after the other.
func sentences(all ...string) string {
	return strings.Join(slices.DeleteFunc(all, func(s string) bool { return s == "" }), " ")
}
