package fleet

import (
	"context"
	"fmt"

	"berth/proxmox"
	"berth/store"
)

const (
	// statusTime is how long a node may take to tell of one container.
	statusTime = proxmox.PageTime
	// mostStatuses is how many containers may be asked about at once with others joining in.
	mostStatuses = 1000
)

// Status asks for one container's state now, for a page that shows just it; the answer
// goes into the inventory. Who asks at the same time shares the call. store.ErrNotFound for
// another user's node, else an *proxmox.Error.
func (f *Fleet) Status(ctx context.Context, userID string, at store.Ref) (Container, error) {
	i, err := f.inspector(userID, at)
	if err != nil {
		return Container{}, err
	}
	asked := f.statuses.Get(at, func(ctx context.Context) (Container, error) { return f.status(ctx, i) })
	return wait(ctx, asked, fmt.Sprintf("GET /nodes/%s/lxc/%d/status/current", i.member, i.vmid))
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
	told, _ := c.known.guest(i.vmid)
	shown := c.known.container(told, node, true, now)
	shown.Fresh = true // whatever came of other questions
	return shown, nil
}

// removeGuest takes a container that is gone from its host out of the inventory.
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
