package fleet

import (
	"cmp"
	"context"

	"berth/proxmox"
	"berth/store"
)

// snapshotsTime bounds all questions of Snapshots together, and so those of Return.
const snapshotsTime = proxmox.TurnTime

// Snapshots of a container, and what the form for another one needs.
type Snapshots struct {
	proxmox.Snapshots
	Possible bool                    // its storages can make one, or did not say
	Config   proxmox.ContainerConfig // zero: unknown
	Storages []proxmox.Storage       // of its node that hold containers; none: unknown
	Rights   proxmox.Permissions     // nil: unknown; read-only
}

// Snapshots asks a node for the snapshots of a container and what the form for another one needs, side by side. The error
// is that of the list; without the rest the form works too, as Proxmox checks again. store.ErrNotFound for another user's
// node.
func (f *Fleet) Snapshots(ctx context.Context, userID string, at store.Ref) (Snapshots, error) {
	var (
		s       Snapshots
		listErr error
	)
	err := f.inspect(ctx, userID, at, snapshotsTime,
		func(ctx context.Context, i inspection) { s.Snapshots, listErr = i.Snapshots(ctx, i.member, i.vmid) },
		func(ctx context.Context, i inspection) { s.Possible = i.can(ctx, proxmox.FeatureSnapshot, "") },
		func(ctx context.Context, i inspection) { s.Config, _ = i.ContainerConfig(ctx, i.member, i.vmid) },
		func(ctx context.Context, i inspection) {
			s.Storages, _ = i.Storages(ctx, i.member, contentContainers)
		},
		func(ctx context.Context, i inspection) { s.Rights = f.rightsOf(ctx, i.Client, i.node.ID) },
	)
	return s, cmp.Or(err, listErr)
}

// can asks whether a container's storages have a feature, for its disks now or at a snapshot. It is true where the node
// does not answer, as Proxmox checks again.
func (i inspection) can(ctx context.Context, feature proxmox.Feature, snapshot string) bool {
	has, err := i.HasFeature(ctx, i.member, i.vmid, feature, snapshot)
	return err != nil || has
}

// Return asks what a rollback to a snapshot would change about a container's disks, for the page that asks before it.
// store.ErrNotFound for another user's node, else an *proxmox.Error.
func (f *Fleet) Return(ctx context.Context, userID string, at store.Ref, snapshot string) (proxmox.Return, error) {
	var (
		now             proxmox.Settings
		then            proxmox.ContainerConfig
		nowErr, thenErr error
	)
	err := f.inspect(ctx, userID, at, snapshotsTime,
		func(ctx context.Context, i inspection) { now, nowErr = i.Settings(ctx, i.member, i.vmid) },
		func(ctx context.Context, i inspection) {
			then, thenErr = i.SnapshotConfig(ctx, i.member, i.vmid, snapshot)
		},
	)
	if err := cmp.Or(err, nowErr, thenErr); err != nil {
		return proxmox.Return{}, err
	}
	return now.Now.ReturnTo(then), nil
}

// SetSnapshotNote replaces a snapshot's note. store.ErrNotFound for another user's node, else an *proxmox.Error.
func (f *Fleet) SetSnapshotNote(ctx context.Context, userID string, at store.Ref, snapshot, note string) error {
	return f.change(ctx, userID, at, func(ctx context.Context, i inspection) error {
		return i.Client.SetSnapshotNote(ctx, i.member, i.vmid, snapshot, note)
	})
}
