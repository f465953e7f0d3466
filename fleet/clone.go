package fleet

import (
	"cmp"
	"context"

	"berth/proxmox"
	"berth/store"
)

// cloneTime is how long a node may take to tell what a clone can be made of.
const cloneTime = proxmox.TurnTime

// CloneChoices are what a clone of a container can be made of.
type CloneChoices struct {
	Snapshots proxmox.Snapshots
	Storages  List[proxmox.Storage]   // of its node that hold containers
	Config    proxmox.ContainerConfig // zero: not told
	Rights    proxmox.Permissions     // nil: not told; not to be changed
	Verdict   Verdict                 // on the VMID that was typed for it
}

// CloneChoices asks a node for what a clone of a container can be made of, and whether the VMID that was typed for it is
// free, side by side. The error is that of the verdict or the snapshots: of the rest Proxmox has the last word.
// store.ErrNotFound for another user's node.
func (f *Fleet) CloneChoices(ctx context.Context, userID string, at store.Ref, typed string) (CloneChoices, error) {
	var (
		c                   CloneChoices
		listErr, verdictErr error
	)
	err := f.inspect(ctx, userID, at, cloneTime,
		func(ctx context.Context, i inspection) { c.Snapshots, listErr = i.Snapshots(ctx, i.member, i.vmid) },
		func(ctx context.Context, i inspection) { c.Storages, _ = f.StoragesFor(ctx, userID, i.node.ID) },
		func(ctx context.Context, i inspection) { c.Config, _ = i.ContainerConfig(ctx, i.member, i.vmid) },
		func(ctx context.Context, i inspection) { c.Rights = f.rightsOf(ctx, i.Client, i.node.ID) },
		func(ctx context.Context, i inspection) {
			c.Verdict, verdictErr = f.Check(ctx, userID, i.node.ID, typed)
		},
	)
	return c, cmp.Or(err, verdictErr, listErr)
}

// CanCopy asks whether a container's storages can copy its disks as they were at a snapshot: by themselves, or sharing
// them with the clone. Where the node does not tell, they can: Proxmox has the last word.
func (f *Fleet) CanCopy(ctx context.Context, userID string, at store.Ref, snapshot string, sharing bool) bool {
	feature := proxmox.FeatureCopy
	if sharing {
		feature = proxmox.FeatureClone
	}
	can, err := inspectOne(ctx, f, userID, at, cloneTime, func(ctx context.Context, i inspection) (bool, error) {
		return i.can(ctx, feature, snapshot), nil
	})
	return err != nil || can
}
