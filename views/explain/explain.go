// Package explain has the words for what goes wrong and for what jobs tell: one table from the kind of a message to
// what failed, why, and what to do next. Pages, job pages, streams and downloads of logs take them from here. What is
// kept is a kind with its arguments (store.Message); the words are made when they are shown.
package explain

import (
	"slices"
	"strings"

	"berth/jobs"
	"berth/proxmox"
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

// Error explains why a node did not do what it was asked, or did not answer. n may be the zero Node where it is not
// known; its fields are what was typed where it is only being added.
func Error(n store.Node, e *proxmox.Error) Problem {
	return aboutNode(n, e).problem(jobs.Refusal(e, n.Member))
}

// NoSSH explains that something cannot be done for want of SSH. n may be the zero Node.
func NoSSH(n store.Node, e *store.NoSSHError) Problem {
	return aboutNode(n, nil).problem(jobs.NoSSH(e))
}

// problem is a message in words.
func (a about) problem(m store.Message) Problem {
	r := rowOf(m.Kind)
	in := a.in(m)
	return Problem{Status: r.status, Title: fill(r.title, in), Why: sentences(fill(r.why, in), r.safe), Next: fill(r.next, in), See: r.see}
}

// sentences puts those that are not empty one after the other.
func sentences(all ...string) string {
	return strings.Join(slices.DeleteFunc(all, func(s string) bool { return s == "" }), " ")
}
