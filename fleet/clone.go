package fleet

import (
	"cmp"
	"context"

	"berth/proxmox"
	"berth/store"
)

// cloneTime bounds all questions of CloneChoices together.
const cloneTime = proxmox.TurnTime

// CloneChoices has what the form for a clone of a container offers and checks.
type CloneChoices struct {
	Snapshots proxmox.Snapshots       // to clone from
	Storages  List[proxmox.Storage]   // of its node that hold containers
	Config    proxmox.ContainerConfig // zero: unknown
	Rights    proxmox.Permissions     // nil: unknown; read-only
	Verdict   Verdict                 // on the VMID typed for the clone
}

// CloneChoices asks a node for the snapshots, storages and rights that a clone of a container needs, and whether the VMID
// typed for it is free, side by side. The error is that of the verdict or the snapshots; without the rest the form works
// too, as Proxmox checks again. store.ErrNotFound for another user's node.
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

// CanCopy asks whether a container's storages can copy its disks at a snapshot ("" for now), in full or, when sharing, as
// a linked clone. It is true where the node does not answer, as Proxmox checks again.
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
