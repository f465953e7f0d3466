package store

import "time"

// MessageKind is what a message says. Package jobs defines the kinds of what jobs tell; package explain, which has the
// words for all of them, those of what goes wrong beside. They are kept with jobs, so that none ever changes its meaning.
type MessageKind string

// Message is something that people are told, without the words: those are made when it is shown. The zero Message tells nothing.
type Message struct {
	Kind MessageKind
	Args
	Cause *Message `json:",omitempty"` // why, where that is a message of its own
}

// Args are what the words of a message need besides the job that it is about. Each kind of message says which it has.
type Args struct {
	// What is Proxmox's own, or a program's, as it was said.
	Said string `json:",omitempty"`

	// Sentences that an earlier version of Berth kept in place of a kind and its arguments: what it told, and what it
	// said to check.
	Told  string `json:",omitempty"`
	Check string `json:",omitempty"`

	// What it is about.
	Name     string   `json:",omitempty"` // of what has no other name here: a container, a server, a package, a program
	VMID     int      `json:",omitempty"`
	Disk     string   `json:",omitempty"` // as in "rootfs"
	Size     int      `json:",omitempty"` // of a disk, GiB
	Script   string   `json:",omitempty"`
	Job      string   `json:",omitempty"` // as people see it: Job.Label
	Tags     []string `json:",omitempty"`
	Count    int      `json:",omitempty"`
	Storages []string `json:",omitempty"` // more than one: a single one is Name
	// Package that has a program which is not in a container.
	Package string `json:",omitempty"`

	Addresses []string `json:",omitempty"` // of a container
	Address   string   `json:",omitempty"` // that was asked over SSH, with its port
	Elsewhere string   `json:",omitempty"` // the label of another node, on which a container is

	// What a host has, or lacks.
	Right   string `json:",omitempty"` // as in "VM.Audit"
	Path    string `json:",omitempty"` // that it is missing on, as in "/vms/100"
	Lock    string `json:",omitempty"` // as in "backup"
	Service string `json:",omitempty"` // of Proxmox's, that does not run
	Member  string `json:",omitempty"` // of the cluster, that it is about
	Restart string `json:",omitempty"` // the command that starts Service
	Status  int    `json:",omitempty"` // of HTTP
	Runs    string `json:",omitempty"` // whether a container does, as a proxmox.GuestStatus

	// How it went.
	Took  time.Duration `json:",omitempty"`
	Exit  int           `json:",omitempty"` // status of a program
	Times int           `json:",omitempty"`
	// Reason is why a node was silent, or which message a longer one begins with.
	Reason MessageKind `json:",omitempty"`
}
