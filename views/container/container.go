// Package container holds the pages of one container.
package container

import (
	"strconv"
	"time"

	"berth/events"
	"berth/proxmox"
	"berth/store"
	"berth/views/cards"
	"berth/views/explain"
	"berth/views/parts"
)

// Page is one container, with what its head says of it on each of its pages.
type Page struct {
	Card   cards.Card
	Node   store.Node
	Now    time.Time
	Known  proxmox.Settings // as it was last told; zero: not yet
	Lately events.Lately
}

// Ref names the container, on the node whose page this is.
func (p Page) Ref() store.Ref { return store.Ref{NodeID: p.Node.ID, VMID: p.Card.VMID} }

// ConfirmPage asks before something that runs is ended, or a container is deleted.
type ConfirmPage struct {
	Card   cards.Card
	Kind   store.JobKind
	Typed  string // delete: what was typed to confirm
	Purge  bool   // delete: out of HA, replication and backup jobs too
	Made   string // delete: the create job that left it half made, where that leads here
	Errors map[string]string
	// Has lists the belongings that are deleted with the container; nil where they are not known, and then Unknown says why.
	Has     *proxmox.Belongings
	Unknown string
}

// Title names what is asked for, as in "Reboot jellyfin".
func (p ConfirmPage) Title() string { return explain.JobVerb(p.Kind) + " " + p.Card.Title() }

// Words say what happens, and what it does to those who use it.
func (p ConfirmPage) Words() string {
	switch p.Kind {
	case store.JobShutdown:
		return "It is asked to end everything that runs in it and then to switch off. It is waited for, " + explain.ShutdownWords + "; if it has not ended then, it still runs, and that is told."
	case store.JobReboot:
		return "It is asked to end everything that runs in it, and starts again. What has not ended after a minute is cut off, like pulling the plug. What it serves is away meanwhile."
	case store.JobStop:
		return "It is cut off at once, like pulling the plug: what was not written is lost. Shut it down instead, unless it does not answer to that."
	}
	if p.Card.Runs() {
		return "It runs now and is stopped first. This cannot be undone."
	}
	return "This cannot be undone."
}

func (p ConfirmPage) icon() string {
	if p.Kind == store.JobDelete {
		return "trash"
	}
	return string(p.Kind)
}

func (p ConfirmPage) confirm() parts.Field {
	label := "Write " + strconv.Itoa(p.Card.VMID) + " to confirm"
	if p.Card.Name != "" {
		label = "Write " + p.Card.Name + " or " + strconv.Itoa(p.Card.VMID) + " to confirm"
	}
	return parts.Field{Name: "confirm", Label: label, Value: p.Typed, Error: p.Errors["confirm"], Mono: true, Required: true}
}

// Confirms tells whether what was typed names the container.
func (p ConfirmPage) Confirms() bool {
	return p.Typed == strconv.Itoa(p.Card.VMID) || p.Typed != "" && p.Typed == p.Card.Name
}

// WrongName asks for what has to be typed before a container is deleted. It is shown where Confirms is false.
func (p ConfirmPage) WrongName() string {
	number := strconv.Itoa(p.Card.VMID)
	switch {
	case p.Card.Name == "":
		return "Write its number, " + number + ", to confirm."
	case p.Typed == "":
		return "Write " + p.Card.Name + " or " + number + " to confirm."
	}
	return "This is not what it is called. Write " + p.Card.Name + ", or its number " + number + "."
}
