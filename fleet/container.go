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
	Fresh     bool   // its node answered the last time it was asked, less than staleAfter ago
	Err       error  // of a node that does not answer, an *proxmox.Error; nil where it does, or was not asked yet
	Seen      time.Time
	Addresses []netip.Prefix
	Updates   Updates                      // by the last look into it
	System    string                       // by the last look into it, as in "Debian 13"; "" for none
	Colours   map[string]proxmox.TagColour // that its cluster sets, by tag; read-only
	SwapSeen  time.Time                    // when Swap and MaxSwap were read, which are in no list; zero: never
	Traffic   Traffic
	Links     store.Links // of the VMID; OwnLinks has those of this container
	Pinned    bool        // by its user: it stands before all others
}

// Ref names the container.
func (c Container) Ref() store.Ref { return store.Ref{NodeID: c.NodeID, VMID: c.VMID} }

// nearlyFull is the share of its disk from which on a running container is in trouble.
const nearlyFull = 0.9

// State of a container for people, on cards and in filters, judged from the host's status, lock and metrics. "" is no
// state: a filter with it lets all through.
type State string

// The states of containers.
const (
	StateRunning  State = "running"
	StateStopped  State = "stopped"
	StateTemplate State = "template"
	StateCreating State = "creating"
	StateUnknown  State = "unknown" // its node is silent, or Proxmox says "unknown"
)

// State judges the container: the first case that holds wins, so a silent node hides all else.
func (c Container) State() State {
	switch {
	case !c.Fresh:
		return StateUnknown
	case c.Lock == proxmox.LockCreate:
		return StateCreating
	case c.Template:
		return StateTemplate
	case c.Status == proxmox.GuestRunning:
		return StateRunning
	case c.Status == proxmox.GuestStopped:
		return StateStopped
	}
	return StateUnknown
}

// NearlyFull tells whether the container runs and its disk is nearly full, as its host told last.
func (c Container) NearlyFull() bool {
	return c.State() == StateRunning && c.MaxDisk > 0 && float64(c.Disk) >= nearlyFull*float64(c.MaxDisk)
}

// HindersSilence hinders everything with a container whose node does not answer. It is Berth's own, beside Proxmox's.
const HindersSilence proxmox.Hindrance = "silence"

// Hinders returns the reason not to offer a verb for the container, by its last known state; "" for none.
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
