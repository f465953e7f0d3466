package fleet

import (
	"context"
	"fmt"
	"net/netip"
	"sync"
	"time"

	"berth/proxmox"
	"berth/store"
)

// detailsTime is how long a node may take to tell all of one container.
const detailsTime = proxmox.PageTime

// Details are what no list tells of a container: its configuration, its interfaces, and
// what the node's token may do with it.
type Details struct {
	proxmox.Settings
	Interfaces []proxmox.Interface // none while it does not run, and where they were not told
	Rights     proxmox.Permissions // nil: not told; not to be changed
	Seen       time.Time           // when Settings were told; zero: never
	Err        error               // why they could not be told again; an *proxmox.Error
}

// keptDetails are what was last told of a container, and the question for it.
type keptDetails struct {
	last   Details
	asking *flight[Details] // nil: nobody asks
}

// Details asks a node for them, side by side. When ctx ends before it answers, or it
// refuses, they are those that were last told, with Err; the answer that comes late is
// kept, and told to whoever watches. store.ErrNotFound for another user's node.
func (f *Fleet) Details(ctx context.Context, userID, nodeID string, vmid int) (Details, error) {
	node, err := f.store.Node(userID, nodeID)
	if err != nil {
		return Details{}, err
	}
	c, _, err := f.Client(nodeID)
	if err != nil {
		return Details{}, err
	}
	key := container{nodeID, vmid}
	f.mu.Lock()
	kept := f.details[key]
	if kept == nil {
		kept = &keptDetails{}
		f.details[key] = kept
	}
	if kept.asking == nil {
		kept.asking = launch(f, func(ctx context.Context) (Details, error) { return f.detail(ctx, c, node, kept, vmid), nil })
	}
	asking := kept.asking
	f.mu.Unlock()
	told, err := asking.wait(ctx, fmt.Sprintf("GET /nodes/%s/lxc/%d/pending", node.Member, vmid))
	if err == nil {
		return told, nil
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	last := kept.last
	last.Err = err
	return last, nil
}

// KnownDetails are those that were last told, without asking.
func (f *Fleet) KnownDetails(nodeID string, vmid int) Details {
	f.mu.Lock()
	defer f.mu.Unlock()
	if kept := f.details[container{nodeID, vmid}]; kept != nil {
		return kept.last
	}
	return Details{}
}

// detail asks for the details and keeps what was told.
func (f *Fleet) detail(ctx context.Context, c *proxmox.Client, node store.Node, kept *keptDetails, vmid int) Details {
	ctx, cancel := context.WithTimeout(ctx, detailsTime)
	defer cancel()
	var (
		asking sync.WaitGroup
		told   Details
		failed error
	)
	asking.Go(func() { told.Settings, failed = c.Settings(ctx, node.Member, vmid) })
	asking.Go(func() { told.Interfaces = f.interfaces(ctx, c, node, vmid) })
	asking.Go(func() { told.Rights = f.rightsOf(ctx, c, node.ID) })
	asking.Wait()

	networks := told.Now.Networks
	if failed != nil {
		networks = f.KnownDetails(node.ID, vmid).Now.Networks
	}
	f.noteLive(node.ID, vmid, told.Interfaces, networks)

	now := f.clock.Now()
	f.mu.Lock()
	defer f.mu.Unlock()
	kept.asking = nil
	if failed != nil {
		kept.last.Err = failed
		if proxmox.KindOf(failed) == proxmox.KindNotFound {
			delete(f.details, container{node.ID, vmid})
		}
	} else {
		told.Seen = now
		kept.last = told
	}
	f.user(node.UserID).tell()
	return kept.last
}

// interfaces of a container that runs as far as is known. None is no failure.
func (f *Fleet) interfaces(ctx context.Context, c *proxmox.Client, node store.Node, vmid int) []proxmox.Interface {
	f.mu.Lock()
	g, there := f.scope(f.user(node.UserID), node.Scope).known.guest(vmid)
	f.mu.Unlock()
	if there && g.Status == "stopped" {
		return nil
	}
	list, err := c.Interfaces(ctx, node.Member, vmid)
	if err != nil {
		return nil
	}
	return list
}

// Addresses asks a running container's node for its addresses, which no list has, with those that others reach it at
// in the order of proxmox.Addresses. None is no failure.
func (f *Fleet) Addresses(ctx context.Context, userID, nodeID string, vmid int) []netip.Prefix {
	node, err := f.store.Node(userID, nodeID)
	if err != nil {
		return nil
	}
	c, _, err := f.Client(nodeID)
	if err != nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, detailsTime)
	defer cancel()
	networks := f.KnownDetails(nodeID, vmid).Now.Networks
	var asking sync.WaitGroup
	if networks == nil {
		asking.Go(func() {
			if cfg, err := c.ContainerConfig(ctx, node.Member, vmid); err == nil {
				networks = cfg.Networks
			}
		})
	}
	list, err := c.Interfaces(ctx, node.Member, vmid)
	asking.Wait()
	if err != nil {
		return nil
	}
	return f.noteLive(nodeID, vmid, list, networks)
}

// noteLive remembers the addresses of a container's interfaces, and returns them.
func (f *Fleet) noteLive(nodeID string, vmid int, interfaces []proxmox.Interface, networks map[string]string) []netip.Prefix {
	all := proxmox.Addresses(interfaces, networks)
	if len(all) > 0 {
		f.NoteAddresses(nodeID, vmid, all)
	}
	return all
}

// forgetDetails of all containers of a node. f.mu is held.
func (f *Fleet) forgetDetails(nodeID string) {
	for key := range f.details {
		if key.nodeID == nodeID {
			delete(f.details, key)
		}
	}
}
