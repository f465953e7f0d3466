package views

import (
	"strconv"

	"berth/proxmox"
	"berth/store"
)

// Lack is what a token may not do with a container, and how to give it the right; the zero value: it may.
type Lack struct {
	Rights []proxmox.Right
	Lines  []string // for the shell of the host
}

// LackOf tells which of the rights on a container a node's token does not have. A right on its pool counts too.
func LackOf(n store.Node, p proxmox.Permissions, vmid int, pool string, privileges ...string) Lack {
	var l Lack
	for _, privilege := range privileges {
		if p.Has("/vms/"+strconv.Itoa(vmid), privilege) || pool != "" && p.Has("/pool/"+pool, privilege) {
			continue
		}
		l.Rights = append(l.Rights, proxmox.Right{Privilege: privilege, Path: "/vms"})
	}
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
	return List(names)
}
