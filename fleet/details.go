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

// detailsTime bounds all questions of Details, and those of Addresses, together.
const detailsTime = proxmox.PageTime

// Details of a container for its own page, beyond the inventory: its configuration, its interfaces and the rights of the
// node's token.
type Details struct {
	proxmox.Settings
	Interfaces []proxmox.Interface // none while it does not run, or where they are unknown
	Rights     proxmox.Permissions // nil: unknown; read-only
	Seen       time.Time           // when Settings were read; zero: never
	Err        error               // of a later attempt that failed, an *proxmox.Error; the rest is older then
}

// containersDetails holds the last details of each container that was looked at, under a lock of its own.
type containersDetails struct {
	mu    sync.Mutex // guards what follows, and each keptDetails
	byRef map[store.Ref]*keptDetails
}

// keptDetails of one container, with the call for newer ones.
type keptDetails struct {
	last   Details
	asking *live.Call[Details] // nil: none is under way
}

// ask returns the call for a container's details that is under way, or starts one by begin.
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

// take ends a call: it keeps the answer, or the error beside the last answer, and returns what is kept. Details of a
// container that is gone are forgotten.
func (d *containersDetails) take(at store.Ref, kept *keptDetails, answer Details, failed error) Details {
	d.mu.Lock()
	defer d.mu.Unlock()
	kept.asking = nil
	if failed == nil {
		kept.last = answer
		return kept.last
	}
	kept.last.Err = failed
	if proxmox.KindOf(failed) == proxmox.KindNotFound && d.byRef[at] == kept {
		delete(d.byRef, at)
	}
	return kept.last
}

// last returns the last details of a container; zero when there are none.
func (d *containersDetails) last(at store.Ref) Details {
	d.mu.Lock()
	defer d.mu.Unlock()
	if kept := d.byRef[at]; kept != nil {
		return kept.last
	}
	return Details{}
}

// drop forgets the details of all containers of a node, whose address may be another one now.
func (d *containersDetails) drop(nodeID string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	maps.DeleteFunc(d.byRef, func(at store.Ref, _ *keptDetails) bool { return at.NodeID == nodeID })
}

// Details asks a node for a container's details, side by side. When the node refuses, or ctx ends first, it returns the
// last ones with Err set; a late answer is kept and announced to the user's watches. store.ErrNotFound for another user's
// node.
func (f *Fleet) Details(ctx context.Context, userID string, at store.Ref) (Details, error) {
	i, err := f.inspector(userID, at)
	if err != nil {
		return Details{}, err
	}
	asking := f.details.ask(at, func(kept *keptDetails) *live.Call[Details] {
		return live.Begin(f.crew, func(ctx context.Context) (Details, error) { return f.detail(ctx, i, kept), nil })
	})
	details, err := wait(ctx, asking, fmt.Sprintf("GET /nodes/%s/lxc/%d/pending", i.member, i.vmid))
	if err == nil {
		return details, nil
	}
	last := f.details.last(at)
	last.Err = err
	return last, nil
}

// KnownDetails returns the last details of a container without asking its node; zero when there are none.
func (f *Fleet) KnownDetails(at store.Ref) Details { return f.details.last(at) }

// detail asks for the details, keeps the answer and announces it. Details calls it, once for all who wait.
func (f *Fleet) detail(ctx context.Context, i inspection, kept *keptDetails) Details {
	ctx, cancel := context.WithTimeout(ctx, detailsTime)
	defer cancel()
	var (
		asking sync.WaitGroup
		answer Details
		failed error
	)
	asking.Go(func() { answer.Settings, failed = i.Settings(ctx, i.member, i.vmid) })
	asking.Go(func() { answer.Interfaces = f.interfaces(ctx, i) })
	asking.Go(func() { answer.Rights = f.rightsOf(ctx, i.Client, i.node.ID) })
	asking.Wait()

	networks := answer.Now.Networks
	if failed != nil {
		networks = f.KnownDetails(i.ref()).Now.Networks
	}
	f.noteLive(i.ref(), answer.Interfaces, networks)

	answer.Seen = f.clock.Now()
	last := f.details.take(i.ref(), kept, answer, failed)
	f.news.Tell(i.node.UserID)
	return last
}

// interfaces asks for a container's interfaces unless it is known to be stopped. An error is as good as none.
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

// Addresses asks a running container's node for its addresses, in the order of proxmox.Addresses, and takes them into the
// inventory. nil where the node does not answer.
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

// noteLive takes the addresses of a container's interfaces into the inventory, and returns them.
func (f *Fleet) noteLive(at store.Ref, interfaces []proxmox.Interface, networks map[string]string) []netip.Prefix {
	all := proxmox.Addresses(interfaces, networks)
	if len(all) > 0 {
		f.NoteAddresses(at, all)
	}
	return all
}
