package fleet

import (
	"context"
	"fmt"
	"net/netip"
	"sync"
	"time"

	"berth/proxmox"
	"berth/store"
	"berth/store/live"
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
	asking *live.Call[Details] // nil: nobody asks
}

// Details asks a node for them, side by side. When ctx ends before it answers, or it
// refuses, they are those that were last told, with Err; the answer that comes late is
// kept, and told to whoever watches. store.ErrNotFound for another user's node.
func (f *Fleet) Details(ctx context.Context, userID string, at store.Ref) (Details, error) {
	i, err := f.inspector(userID, at)
	if err != nil {
		return Details{}, err
	}
	f.mu.Lock()
	kept := f.details[at]
	if kept == nil {
		kept = &keptDetails{}
		f.details[at] = kept
	}
	if kept.asking == nil {
		kept.asking = live.Begin(f.crew, func(ctx context.Context) (Details, error) { return f.detail(ctx, i, kept), nil })
	}
	asking := kept.asking
	f.mu.Unlock()
	told, err := wait(ctx, asking, fmt.Sprintf("GET /nodes/%s/lxc/%d/pending", i.member, i.vmid))
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
func (f *Fleet) KnownDetails(at store.Ref) Details {
	f.mu.Lock()
	defer f.mu.Unlock()
	if kept := f.details[at]; kept != nil {
		return kept.last
	}
	return Details{}
}

// detail asks for the details and keeps what was told.
func (f *Fleet) detail(ctx context.Context, i inspection, kept *keptDetails) Details {
	ctx, cancel := context.WithTimeout(ctx, detailsTime)
	defer cancel()
	var (
		asking sync.WaitGroup
		told   Details
		failed error
	)
	asking.Go(func() { told.Settings, failed = i.Settings(ctx, i.member, i.vmid) })
	asking.Go(func() { told.Interfaces = f.interfaces(ctx, i) })
	asking.Go(func() { told.Rights = f.rightsOf(ctx, i.Client, i.node.ID) })
	asking.Wait()

	networks := told.Now.Networks
	if failed != nil {
		networks = f.KnownDetails(i.ref()).Now.Networks
	}
	f.noteLive(i.ref(), told.Interfaces, networks)

	now := f.clock.Now()
	f.mu.Lock()
	defer f.mu.Unlock()
	kept.asking = nil
	if failed != nil {
		kept.last.Err = failed
		if proxmox.KindOf(failed) == proxmox.KindNotFound {
			delete(f.details, i.ref())
		}
	} else {
		told.Seen = now
		kept.last = told
	}
	f.news.Tell(i.node.UserID)
	return kept.last
}

// interfaces of a container that runs as far as is known. None is no failure.
func (f *Fleet) interfaces(ctx context.Context, i inspection) []proxmox.Interface {
	g, there := f.knownOf(i.node).guest(i.vmid)
	if there && g.Status == proxmox.GuestStopped {
		return nil
	}
	list, err := i.Interfaces(ctx, i.member, i.vmid)
	if err != nil {
		return nil
	}
	return list
}

// Addresses asks a running container's node for its addresses, which no list has, with those that others reach it at
// in the order of proxmox.Addresses. None is no failure.
func (f *Fleet) Addresses(ctx context.Context, userID string, at store.Ref) []netip.Prefix {
	i, err := f.inspector(userID, at)
	if err != nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, detailsTime)
	defer cancel()
	networks := f.KnownDetails(at).Now.Networks
	var asking sync.WaitGroup
	if networks == nil {
		asking.Go(func() {
			if cfg, err := i.ContainerConfig(ctx, i.member, i.vmid); err == nil {
				networks = cfg.Networks
			}
		})
	}
	list, err := i.Interfaces(ctx, i.member, i.vmid)
	asking.Wait()
	if err != nil {
		return nil
	}
	return f.noteLive(at, list, networks)
}

// noteLive remembers the addresses of a container's interfaces, and returns them.
func (f *Fleet) noteLive(at store.Ref, interfaces []proxmox.Interface, networks map[string]string) []netip.Prefix {
	all := proxmox.Addresses(interfaces, networks)
	if len(all) > 0 {
		f.NoteAddresses(at, all)
	}
	return all
}

// forgetDetails of all containers of a node. f.mu is held.
func (f *Fleet) forgetDetails(nodeID string) {
	for key := range f.details {
		if key.NodeID == nodeID {
			delete(f.details, key)
		}
	}
}
