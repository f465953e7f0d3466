package fleet

import (
	"context"
	"fmt"

	"berth/proxmox"
	"berth/store"
)

const (
	// statusTime bounds the call for one container's status.
	statusTime = proxmox.PageTime
	// mostStatuses bounds the answers that are kept beside calls under way: none at present, as their life is 0.
	mostStatuses = 1000
)

// Status asks for the current status of one container, for a page that shows just that one, and
// takes it into the inventory. Concurrent callers share one call. store.ErrNotFound for another
// user's node, else an *proxmox.Error.
func (f *Fleet) Status(ctx context.Context, userID string, at store.Ref) (Container, error) {
	i, err := f.inspector(userID, at)
	if err != nil {
		return Container{}, err
	}
	asked := f.statuses.Get(at, func(ctx context.Context) (Container, error) { return f.status(ctx, i) })
	c, err := wait(ctx, asked, fmt.Sprintf("GET /nodes/%s/lxc/%d/status/current", i.member, i.vmid))
	if err != nil {
		return c, err
	}
	err = f.beside(i.node, at.VMID, &c)
	return c, err
}

func (f *Fleet) status(ctx context.Context, i inspection) (Container, error) {
	ctx, cancel := context.WithTimeout(ctx, statusTime)
	defer cancel()
	node := i.node
	g, err := i.Client.Status(ctx, i.member, i.vmid)
	if proxmox.KindOf(err) == proxmox.KindNotFound {
		f.removeGuest(node, i.vmid)
	}
	if err != nil {
		return Container{}, err
	}

	now := f.clock.Now()
	c := f.clusterOf(node)
	f.mu.Lock()
	defer f.mu.Unlock()
	before, _ := c.known.guest(i.vmid)
	c.known, c.unkept = c.known.with(guest{Guest: g, Seen: now.UTC().Round(0), SwapSeen: now.UTC().Round(0)}), true
	if before.Status != g.Status || before.Lock != g.Lock || before.Name != g.Name {
		f.news.Tell(c.userID) // but not of metrics: a viewer that asks at every news would never end
	}
	merged, _ := c.known.guest(i.vmid)
	shown := c.known.container(merged, node, true, now)
	shown.Fresh = true // whether or not the last refresh got an answer
	return shown, nil
}

// removeGuest takes a container out of the inventory whose host says that it is gone.
func (f *Fleet) removeGuest(node store.Node, vmid int) {
	c := f.clusterOf(node)
	f.mu.Lock()
	g, there := c.known.guest(vmid)
	if !there || g.Node != node.Member || g.Type != proxmox.TypeContainer {
		f.mu.Unlock()
		return
	}
	c.known, c.unkept = c.known.without(vmid), true
	c.changes++
	f.news.Tell(c.userID)
	f.mu.Unlock()
	f.dropCache(c)
}
