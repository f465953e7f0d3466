package container

import (
	"berth/proxmox"
	"berth/store"
	"berth/views/human"
)

// Lack has the rights on a container that a token needs for a page's action and does not have, with the commands that
// give it those. The zero Lack lacks nothing.
type Lack struct {
	Rights []proxmox.Right
	Lines  []string // for the shell of the host
}

// LackOf tells which of the rights on a container a node's token does not have.
func LackOf(n store.Node, p proxmox.Permissions, vmid int, pool string, privileges ...string) Lack {
	l := Lack{Rights: p.MissingOnGuest(vmid, pool, privileges...)}
	if len(l.Rights) > 0 {
		l.Lines = proxmox.Grants(n.TokenID, l.Rights)
	}
	return l
}

// Any tells whether something is lacking.
func (l Lack) Any() bool { return len(l.Rights) > 0 }

func (l Lack) privileges() string {
	names := make([]string, len(l.Rights))
	for i, r := range l.Rights {
		names[i] = r.Privilege
	}
	return human.List(names)
}
