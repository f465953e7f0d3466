package proxmox

import (
	"context"
	"slices"
	"sync"
)

// Belongings are what a container has, and so what goes with it.
type Belongings struct {
	Settings
	Volumes         []Disk // with their sizes as far as the host tells; those in no use too
	Bound           []Disk // of the host, which stay there
	Snapshots       Snapshots
	SnapshotsErr    error    // why they are not known
	Replications    []string // jobs that copy it to another member
	ReplicationsErr error    // why they are not known
}

// Belongings asks for all of them, side by side. The error is that of the configuration.
func (c *Client) Belongings(ctx context.Context, node string, vmid int) (Belongings, error) {
	var (
		b      Belongings
		failed error
		asking sync.WaitGroup
	)
	asking.Go(func() { b.Settings, failed = c.Settings(ctx, node, vmid) })
	asking.Go(func() { b.Snapshots, b.SnapshotsErr = c.Snapshots(ctx, node, vmid) })
	asking.Go(func() { b.Replications, b.ReplicationsErr = c.replications(ctx, node, vmid) })
	asking.Wait()
	if failed != nil {
		return b, failed
	}
	for _, d := range b.Settings.disks() {
		if d.Bound() {
			b.Bound = append(b.Bound, d)
		} else {
			b.Volumes = append(b.Volumes, d)
		}
	}
	c.measure(ctx, node, vmid, b.Volumes)
	return b, nil
}

// measure asks the storages for the sizes that a configuration does not tell, as of volumes in no use. One that
// is not told stays 0.
func (c *Client) measure(ctx context.Context, node string, vmid int, volumes []Disk) {
	sizes := make(map[string]map[string]uint64)
	var (
		mu     sync.Mutex
		asking sync.WaitGroup
		asked  []string
	)
	for _, v := range volumes {
		if v.Size > 0 || slices.Contains(asked, v.Storage) {
			continue
		}
		asked = append(asked, v.Storage)
		asking.Go(func() {
			told, err := c.volumeSizes(ctx, node, v.Storage, vmid)
			if err != nil {
				return
			}
			mu.Lock()
			defer mu.Unlock()
			sizes[v.Storage] = told
		})
	}
	asking.Wait()
	for i := range volumes {
		if v := &volumes[i]; v.Size == 0 {
			v.Size = sizes[v.Storage][v.Source]
		}
	}
}

// Return is what going back to a snapshot makes of a container's disks.
type Return struct {
	Back    []Disk // that go back, as they were then
	Idle    []Disk // volumes that the snapshot does not have: they stay as they are, in no use
	Unbound []Disk // of the host, which the snapshot does not have: they stay there, no longer mounted
	Resized []Disk // of Back, those that have another size now
}

// ReturnTo compares what a container is set up as with what it was at a snapshot
// (__snapshot_rollback_get_unused of PVE::LXC::Config).
func (c ContainerConfig) ReturnTo(then ContainerConfig) Return {
	var r Return
	was := then.Disks()
	at := func(list []Disk, source string) int {
		return slices.IndexFunc(list, func(d Disk) bool { return d.Source == source })
	}
	now := c.Disks()
	for _, d := range was {
		if d.Bound() || !d.InUse() {
			continue
		}
		r.Back = append(r.Back, d)
		if i := at(now, d.Source); i >= 0 && now[i].InUse() && now[i].Size != d.Size {
			r.Resized = append(r.Resized, d)
		}
	}
	for _, d := range now {
		switch {
		case at(was, d.Source) >= 0 || !d.InUse():
		case d.Bound():
			r.Unbound = append(r.Unbound, d)
		default:
			r.Idle = append(r.Idle, d)
		}
	}
	return r
}
