package fleet

import (
	"context"

	"berth/proxmox"
	"berth/store"
)

// Location is where a container of a cluster is.
type Location struct {
	Member    string    // that holds it, by its name in Proxmox; empty: none does as far as is known
	Container Container // as the user sees it; without NodeID where the member has no record
}

// Find tells where a container of a cluster is, by the inventory.
func (p Inventory) Find(cluster string, vmid int) Location {
	for _, s := range p.Nodes {
		if s.Node.Scope != cluster {
			continue
		}
		if ct, ok := p.Container(s.Node.Ref(vmid)); ok {
			return Location{Member: s.Node.Member, Container: ct}
		}
	}
	for _, g := range p.unmanaged {
		if g.clusterID == cluster && g.vmid == vmid {
			return Location{Member: g.member}
		}
	}
	return Location{}
}

// Namesakes are the containers in other clusters than n's that have a VMID and a name, as
// one has that was restored there from a backup.
func (p Inventory) Namesakes(n store.Node, vmid int, name string) []Container {
	var found []Container
	for _, s := range p.Nodes {
		ct, ok := p.Container(s.Node.Ref(vmid))
		if ok && s.Node.Scope != n.Scope && name != "" && ct.Name == name && ct.Fresh {
			found = append(found, ct)
		}
	}
	return found
}

// Name of a container of a node's cluster as it was last told, also when it is gone; empty: it was never seen there.
func (f *Fleet) Name(n store.Node, vmid int) string {
	return f.knownOf(n).name(vmid)
}

// Storage of a node's host as it was last told, without asking; false: it is not known, or not how large it is.
func (f *Fleet) Storage(n store.Node, name string) (proxmox.StorageUse, bool) {
	for _, s := range f.knownOf(n).Storages {
		if s.Node == n.Member && s.Name == name {
			return s, s.Size > 0
		}
	}
	return proxmox.StorageUse{}, false
}

// locateTime is how long it may take to find a container that is not where it was.
const locateTime = proxmox.PageTime

// Locate asks a node's cluster anew, and tells where a container of it is then. Where nobody
// answers in time, it is the inventory that was known.
func (f *Fleet) Locate(ctx context.Context, n store.Node, vmid int) (Location, Inventory, error) {
	nodes, err := f.store.Nodes(n.UserID)
	if err != nil {
		return Location{}, Inventory{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, locateTime)
	defer cancel()
	c := f.clusterOf(n)
	// A question that was under way may have been asked too early.
	for range 2 {
		f.mu.Lock()
		joined := c.refresh != nil
		f.mu.Unlock()
		if err := f.awaitRefresh(ctx, c); err != nil {
			f.log.Debug("where a container is cannot be asked", "cluster", c.id, "vmid", vmid, "error", err)
			break
		}
		if p := f.assemble(nodes); p.Find(n.Scope, vmid).Member != "" || !joined {
			break
		}
	}
	p := f.assemble(nodes)
	return p.Find(n.Scope, vmid), p, nil
}
