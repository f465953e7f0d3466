package fleet

import (
	"cmp"
	"net/netip"
	"strings"
	"time"

	"berth/proxmox"
	"berth/store"
)

// Container is one container of a user.
type Container struct {
	proxmox.Guest
	NodeID    string
	NodeName  string // the user's label
	Fresh     bool   // its node answered the last time it was asked, less than half a minute ago
	Err       error  // why its node did not answer; an *proxmox.Error, or nil while it is not known or does
	Seen      time.Time
	Addresses []netip.Prefix
	Trail     Trail     // of its CPU, as far as somebody looked; shared with others
	SwapSeen  time.Time // when Swap and MaxSwap were told, which no list does; zero: never
	Traffic   Traffic
}

// Ref names the container.
func (c Container) Ref() store.Ref { return store.Ref{NodeID: c.NodeID, VMID: c.VMID} }

// nearlyFull is the share of its disk from which on a running container is in trouble.
const nearlyFull = 0.9

// State is how a container is shown. "" is no state: of a filter, that it lets all through.
type State string

// The states of containers.
const (
	StateRunning  State = "running"
	StateStopped  State = "stopped"
	StateTrouble  State = "trouble" // it runs, but its disk is nearly full
	StateTemplate State = "template"
	StateCreating State = "creating"
	StateUnknown  State = "unknown" // its node is silent, or does not know either
)

// State is how the container is shown.
func (c Container) State() State {
	switch {
	case !c.Fresh:
		return StateUnknown
	case c.Lock == proxmox.LockCreate:
		return StateCreating
	case c.Template:
		return StateTemplate
	case c.Status == proxmox.GuestRunning && c.MaxDisk > 0 && float64(c.Disk) >= nearlyFull*float64(c.MaxDisk):
		return StateTrouble
	case c.Status == proxmox.GuestRunning:
		return StateRunning
	case c.Status == proxmox.GuestStopped:
		return StateStopped
	}
	return StateUnknown
}

// HindersSilence is why nothing can be done with a container of a node that does not answer.
const HindersSilence proxmox.Hindrance = "silence"

// Hinders tells why something cannot be done with a container, as far as is known of it.
func (c Container) Hinders(v proxmox.Verb) proxmox.Hindrance {
	if !c.Fresh {
		return HindersSilence
	}
	return c.Guest.Hinders(v)
}

// byName orders containers by name without regard to case, then VMID, then node.
func byName(a, b Container) int {
	return cmp.Or(
		strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)),
		cmp.Compare(a.VMID, b.VMID),
		strings.Compare(a.NodeID, b.NodeID),
	)
}
