package fleet

import (
	"context"

	"berth/proxmox"
	"berth/store"
)

// configTime is how long a node may take to tell what a container is set up as, and what it has.
const configTime = proxmox.TurnTime

// Config asks a node what a container is set up as now. store.ErrNotFound for another user's node, else an *proxmox.Error.
func (f *Fleet) Config(ctx context.Context, userID string, at store.Ref) (proxmox.ContainerConfig, error) {
	return inspectOne(ctx, f, userID, at, configTime, func(ctx context.Context, i inspection) (proxmox.ContainerConfig, error) {
		return i.ContainerConfig(ctx, i.member, i.vmid)
	})
}

// UpdateConfig changes what a container is set up as. store.ErrNotFound for another user's node, else an *proxmox.Error:
// see there for those after which it may have been changed.
func (f *Fleet) UpdateConfig(ctx context.Context, userID string, at store.Ref, u proxmox.ConfigUpdate) error {
	return f.change(ctx, userID, at, func(ctx context.Context, i inspection) error {
		return i.Client.UpdateConfig(ctx, i.member, i.vmid, u)
	})
}

// Belongings asks a node what goes with a container that is deleted. store.ErrNotFound for another user's node, else an
// *proxmox.Error.
func (f *Fleet) Belongings(ctx context.Context, userID string, at store.Ref) (proxmox.Belongings, error) {
	return inspectOne(ctx, f, userID, at, configTime, func(ctx context.Context, i inspection) (proxmox.Belongings, error) {
		return i.Client.Belongings(ctx, i.member, i.vmid)
	})
}
