// Package explain has the words for what goes wrong and for what jobs tell: one table from the kind of a message to
// what failed, why, and what to do next. Pages, job pages, streams and downloads of logs take them from here. What is
// kept is a kind with its arguments (store.Message); the words are made when they are shown.
package explain

import (
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
)

// Error explains why a node did not do what it was asked, or did not answer. n may be the zero Node where it is not
// known; its fields are what was typed where it is only being added.
func Error(n store.Node, e *proxmox.Error) Problem {
	a := about{it: "it", It: "It", container: "the container", Container: "The container", host: n.Host, member: n.Member}
	a.name(n, e)
	return a.problem(jobs.Refusal(e, n.Member))
}

// NoSSH explains that something cannot be done for want of SSH. n may be the zero Node.
func NoSSH(n store.Node, e *store.NoSSHError) Problem {
	a := about{it: "it", It: "It", container: "the container", Container: "The container"}
	a.name(n, nil)
	return a.problem(jobs.NoSSH(e))
}

// problem is a message in words.
func (a about) problem(m store.Message) Problem {
	r := rowOf(m.Kind)
	in := a.values(m)
	return Problem{Status: r.status, Title: fill(r.title, in), Why: fill(r.why, in), Next: fill(r.next, in), See: r.see}
}
