package settings

import (
	"strings"
	"time"

	"berth/fleet"
	"berth/proxmox"
	"berth/store"
	"berth/views/human"
	"berth/views/parts"
)

// AddedPage tells what was found on a node that was just added.
type AddedPage struct {
	Node     store.Node
	State    fleet.NodeState // as far as it has answered
	Running  int             // containers
	Choices  fleet.Choices
	Starters []store.Template
	Now      time.Time
}

// known tells whether the node's containers were read already.
func (p AddedPage) known() bool { return !p.State.Seen.IsZero() }

// hasContainers tells whether there is something to see, which is the first step then. Where that is not known yet, there may be.
func (p AddedPage) hasContainers() bool { return p.State.Guests > 0 || !p.known() }

// containersTitle names the first step.
func (p AddedPage) containersTitle() string {
	switch {
	case !p.known():
		return "See its containers"
	case p.State.Guests == 0:
		return "It has no containers yet"
	}
	return "See its " + human.Count(p.State.Guests, "container", "containers")
}

// containersWords says what there is to see.
func (p AddedPage) containersWords() string {
	switch {
	case !p.known():
		return "They are being read, and appear there by themselves."
	case p.State.Guests == 0:
		return "Those that are made on it, by Berth or by others, appear on the dashboard by themselves."
	case p.Running == 1:
		return "1 of them runs. State, metrics, addresses and backups are there now."
	}
	return human.Count(p.Running, "of them runs", "of them run") + ". State, metrics, addresses and backups are there now."
}

// createWords says what a container can be made of.
func (p AddedPage) createWords() string {
	there := len(p.Choices.OSTemplates.Items)
	switch more := len(p.Choices.Appliances.Items) > 0; {
	case there > 0 && more:
		return human.Count(there, "OS template is", "OS templates are") + " on this node, more can be downloaded."
	case there > 0:
		return human.Count(there, "OS template is", "OS templates are") + " on this node."
	case more:
		return "No OS template is on this node yet; it can download one while you type."
	}
	return "From an OS template of Proxmox's."
}

// templatesWords names some of the starters.
func (p AddedPage) templatesWords() string {
	const some = 4
	var names []string
	for _, t := range p.Starters[:min(some, len(p.Starters))] {
		names = append(names, t.Name)
	}
	if rest := len(p.Starters) - len(names); rest > 0 {
		names = append(names, human.Count(rest, "more", "more"))
	}
	return human.List(names)
}

// found lists what the node has; what could not be read is left out.
func (p AddedPage) found() []parts.Fact {
	n, use := p.Node, p.State.Usage
	cluster := "none, it stands alone"
	if n.Cluster != "" {
		cluster = n.Cluster + ", " + human.Count(len(n.Members), "node", "nodes")
	}
	facts := []parts.Fact{{What: "Cluster", Value: cluster}}
	if use.Cores > 0 {
		facts = append(facts, parts.Fact{What: "Processor", Value: human.Count(use.Cores, "core", "cores")})
	}
	if use.MaxMemory > use.Memory {
		facts = append(facts, parts.Fact{What: "Memory", Value: human.Bytes(use.MaxMemory-use.Memory) + " of " + human.Bytes(use.MaxMemory) + " free"})
	}
	return append(facts,
		parts.Fact{What: "Storages", Value: namesOf(p.Choices.Storages.Items, func(s proxmox.Storage) string { return s.Name }), None: "none that this token may use"},
		parts.Fact{What: "Bridges", Value: namesOf(p.Choices.Bridges.Items, func(b proxmox.Bridge) string { return b.Name }), None: "none that this token may see"},
	)
}

func namesOf[T any](list []T, name func(T) string) string {
	var names []string
	for _, x := range list {
		names = append(names, name(x))
	}
	return strings.Join(names, ", ")
}
