package fleet

import (
	"context"
	"fmt"
	"maps"
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

// containersDetails are the details of containers as they were last told, under a lock of their own.
type containersDetails struct {
	mu    sync.Mutex // guards what follows, and each keptDetails
	byRef map[store.Ref]*keptDetails
}

// keptDetails are those of one container, and the question for them.
type keptDetails struct {
	last   Details
	asking *live.Call[Details] // nil: nobody asks
}

// ask returns the question for a container's details that is under way, or the one that begin begins.
func (d *containersDetails) ask(at store.Ref, begin func(*keptDetails) *live.Call[Details]) *live.Call[Details] {
	d.mu.Lock()
	defer d.mu.Unlock()
	kept := d.byRef[at]
	if kept == nil {
		kept = &keptDetails{}
		d.byRef[at] = kept
	}
	if kept.asking == nil {
		kept.asking = begin(kept)
	}
	return kept.asking
}

// take ends a question: it keeps what was told, or why nothing was. Those of a container that is gone are forgotten.
func (d *containersDetails) take(at store.Ref, kept *keptDetails, told Details, failed error) Details {
	d.mu.Lock()
	defer d.mu.Unlock()
	kept.asking = nil
	if failed == nil {
		kept.last = told
		return kept.last
	}
	kept.last.Err = failed
	if proxmox.KindOf(failed) == proxmox.KindNotFound && d.byRef[at] == kept {
		delete(d.byRef, at)
	}
	return kept.last
}

// last that were told of a container.
func (d *containersDetails) last(at store.Ref) Details {
	d.mu.Lock()
	defer d.mu.Unlock()
	if kept := d.byRef[at]; kept != nil {
		return kept.last
	}
	return Details{}
}

// drop forgets those of all containers of a node, which may lead elsewhere now.
func (d *containersDetails) drop(nodeID string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	maps.DeleteFunc(d.byRef, func(at store.Ref, _ *keptDetails) bool { return at.NodeID == nodeID })
}

// Details asks a node for them, side by side. When ctx ends before it answers, or it refuses, they are those that were last
// told, with Err; the answer that comes late is kept, and told to whoever watches. store.ErrNotFound for another user's node.
func (f *Fleet) Details(ctx context.Context, userID string, at store.Ref) (Details, error) {
	i, err := f.inspector(userID, at)
	if err != nil {
		return Details{}, err
	}
	asking := f.details.ask(at, func(kept *keptDetails) *live.Call[Details] {
		return live.Begin(f.crew, func(ctx context.Context) (Details, error) { return f.detail(ctx, i, kept), nil })
	})
	told, err := wait(ctx, asking, fmt.Sprintf("GET /nodes/%s/lxc/%d/pending", i.member, i.vmid))
	if err == nil {
		return told, nil
	}
	last := f.details.last(at)
	last.Err = err
	return last, nil
}

// KnownDetails are those that were last told, without asking.
func (f *Fleet) KnownDetails(at store.Ref) Details { return f.details.last(at) }

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

	told.Seen = f.clock.Now()
	last := f.details.take(i.ref(), kept, told, failed)
	f.news.Tell(i.node.UserID)
	return last
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
