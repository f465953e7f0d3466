package fleet

import (
	"berth/proxmox"
	"berth/store"
)

// asKnown returns a container of a node as its host told of it last, with what Berth keeps beside it, without asking; false where
// it never did.
func (f *Fleet) asKnown(n store.Node, vmid int) (c Container, known bool, err error) {
	of := f.clusterOf(n)
	f.mu.Lock()
	g, known := of.known.guest(vmid)
	known = known && g.Node == n.Member && g.Type == proxmox.TypeContainer
	if known {
		c = of.known.container(g, n, of.answered, f.clock.Now())
	}
	f.mu.Unlock()
	err = f.beside(n, vmid, &c)
	return c, known, err
}

// beside gives a container of a node what Berth keeps beside it.
func (f *Fleet) beside(n store.Node, vmid int, c *Container) (err error) {
	if c.Links, err = f.store.LinksOn(n.UserID, n.Scope, vmid); err != nil {
		return err
	}
	pin, pinned, err := f.store.PinOn(n.UserID, n.Scope, vmid)
	c.Pinned = pinned && pin.Of(c.Name)
	return err
}

// besideAll gives the containers of a user's inventory what Berth keeps beside them.
func (f *Fleet) besideAll(userID string, p *Inventory) error {
	links, err := f.store.Links(userID)
	if err != nil {
		return err
	}
	pins, err := f.store.Pins(userID)
	if err != nil {
		return err
	}
	scopes := make(map[string]string, len(p.Nodes))
	for _, n := range p.Nodes {
		scopes[n.Node.ID] = n.Node.Scope
	}
	for i := range p.Containers {
		c := &p.Containers[i]
		at := store.Place{Scope: scopes[c.NodeID], VMID: c.VMID}
		pin, pinned := pins[at]
		c.Links, c.Pinned = links[at], pinned && pin.Of(c.Name)
	}
	return nil
}
