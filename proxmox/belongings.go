package proxmox

import (
	"context"
	"slices"
	"sync"
)

// Belongings lists what a deletion of a container takes with it, for the page that asks first.
type Belongings struct {
	Settings
	Volumes         []Disk // unused ones too; a Size that the host does not tell is 0
	Bound           []Disk // directories and devices of the host, which are not deleted
	Snapshots       Snapshots
	SnapshotsErr    error    // not nil: Snapshots could not be read
	Replications    []string // names of the jobs that copy it to another member
	ReplicationsErr error    // not nil: Replications could not be read
}

// Belongings asks for the configuration, snapshots and replication jobs side by side, and then for the sizes of volumes.
// It fails only when the configuration cannot be read; the other errors are in the result.
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

// measure asks each storage once for the sizes that the configuration lacks, as it does for unused volumes. A size that
// no storage tells stays 0.
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

// Return tells what a rollback to a snapshot does to each disk of a container, for the page that asks first.
type Return struct {
	Back    []Disk // rolled back; as they were then
	Idle    []Disk // volumes that the snapshot does not have: kept as they are, but unused
	Unbound []Disk // bound from the host, but not in the snapshot: they stay on the host, no longer mounted
	Resized []Disk // those of Back whose size differs now
}

// ReturnTo foresees a rollback from the configuration c to that of a snapshot, then, by the rules of
// __snapshot_rollback_get_unused in PVE::LXC::Config.
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
