package store

import "time"

// MessageKind names a message. Package jobs defines the kinds of jobs, package explain those of other failures, and the
// words of all. Kinds are kept with jobs, so none may ever change its meaning.
type MessageKind string

// Message is something to tell people, kept without the words: package explain makes those when it is shown. The zero
// Message says nothing.
type Message struct {
	Kind MessageKind
	Args
	Cause *Message `json:",omitempty"` // the reason, where that is a message of its own
}

// Args are the values that go into the words of a message. The comment at each kind says which of them it has.
type Args struct {
	// Words of Proxmox or of a program, as they were.
	Said string `json:",omitempty"`

	// Sentences that an earlier version of Berth kept in place of a kind and its arguments: the message, and what to
	// check.
	Told  string `json:",omitempty"`
	Check string `json:",omitempty"`

	// The thing that it is about.
	Name     string   `json:",omitempty"` // of a thing without a field of its own here: a container, a server, a package, a program
	VMID     int      `json:",omitempty"`
	Disk     string   `json:",omitempty"` // as in "rootfs"
	Size     int      `json:",omitempty"` // of a disk, GiB
	Script   string   `json:",omitempty"`
	Job      string   `json:",omitempty"` // as people see it: Job.Label
	Tags     []string `json:",omitempty"`
	Count    int      `json:",omitempty"`
	Storages []string `json:",omitempty"` // more than one: a single one is Name
	// Package to install for a program that is not in a container.
	Package string `json:",omitempty"`

	Addresses []string `json:",omitempty"` // of a container
	Address   string   `json:",omitempty"` // of the host for SSH, with the port
	Elsewhere string   `json:",omitempty"` // the label of another node, on which a container is

	// State of a host or container.
	Right   string `json:",omitempty"` // as in "VM.Audit"
	Path    string `json:",omitempty"` // that it is missing on, as in "/vms/100"
	Lock    string `json:",omitempty"` // as in "backup"
	Service string `json:",omitempty"` // of Proxmox's, that does not run
	Member  string `json:",omitempty"` // of the cluster
	Restart string `json:",omitempty"` // the command that starts Service
	Status  int    `json:",omitempty"` // of HTTP
	Runs    string `json:",omitempty"` // a container's status, as a proxmox.GuestStatus

	// Course and outcome.
	Took  time.Duration `json:",omitempty"`
	Exit  int           `json:",omitempty"` // status of a program
	Times int           `json:",omitempty"`
	// Reason is the kind of a further message: the reason of a node's silence, or the first part of a longer message.
	Reason MessageKind `json:",omitempty"`
}
