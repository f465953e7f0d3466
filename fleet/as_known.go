package fleet

import (
	"berth/proxmox"
	"berth/store"
)

// asKnown returns a container of a node as its host told of it last, with its links, without asking; false where it never did.
func (f *Fleet) asKnown(n store.Node, vmid int) (c Container, known bool, err error) {
	of := f.clusterOf(n)
	f.mu.Lock()
	g, known := of.known.guest(vmid)
	known = known && g.Node == n.Member && g.Type == proxmox.TypeContainer
	if known {
		c = of.known.container(g, n, of.answered, f.clock.Now())
	}
	f.mu.Unlock()
	c.Links, err = f.store.LinksOn(n.UserID, n.Scope, vmid)
	return c, known, err
}
