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

// State is how the container is shown: "running", "stopped", "trouble" (it runs, but its
// disk is nearly full), "template", "unknown" or "creating".
func (c Container) State() string {
	switch {
	case !c.Fresh:
		return "unknown"
	case c.Lock == "create":
		return "creating"
	case c.Template:
		return "template"
	case c.Status == "running" && c.MaxDisk > 0 && float64(c.Disk) >= nearlyFull*float64(c.MaxDisk):
		return "trouble"
	case c.Status == "running", c.Status == "stopped":
		return c.Status
	}
	return "unknown"
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
