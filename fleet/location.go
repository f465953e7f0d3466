package fleet

import (
	"context"

	"berth/proxmox"
	"berth/store"
)

// Location of a container in its cluster, for a page whose container may have been moved.
type Location struct {
	Member    string    // that holds it, by its name in Proxmox; empty: none is known to
	Container Container // without NodeID where the member was not added as a node
}

// Find returns the location of a container of a cluster, by the inventory; zero when it is not in it.
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

// Namesakes returns the containers with a VMID and name in other clusters than n's: one
// that was restored there from a backup has both.
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

// Name returns the last known name of a container of a node's cluster, also of one that is gone; "" if it was never seen.
func (f *Fleet) Name(n store.Node, vmid int) string {
	return f.knownOf(n).name(vmid)
}

// Storage returns a storage of a node's host from the inventory, without asking; false where it or its size is unknown.
func (f *Fleet) Storage(n store.Node, name string) (proxmox.StorageUse, bool) {
	for _, s := range f.knownOf(n).Storages {
		if s.Node == n.Member && s.Name == name {
			return s, s.Size > 0
		}
	}
	return proxmox.StorageUse{}, false
}

// locateTime bounds Locate, which a page waits for.
const locateTime = proxmox.PageTime

// Locate refreshes a node's cluster and returns the location of a container in it, with the
// inventory. Where nobody answers in time, both are the last known ones.
func (f *Fleet) Locate(ctx context.Context, n store.Node, vmid int) (Location, Inventory, error) {
	nodes, err := f.store.Nodes(n.UserID)
	if err != nil {
		return Location{}, Inventory{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, locateTime)
	defer cancel()
	c := f.clusterOf(n)
	// A refresh that was already under way may have been asked before the container moved.
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
