package fleet

import (
	"context"

	"berth/proxmox"
	"berth/store"
)

// configTime bounds the questions of Config and Belongings.
const configTime = proxmox.TurnTime

// Config asks a node for a container's current configuration. store.ErrNotFound for another user's node, else an
// *proxmox.Error.
func (f *Fleet) Config(ctx context.Context, userID string, at store.Ref) (proxmox.ContainerConfig, error) {
	return inspectOne(ctx, f, userID, at, configTime, func(ctx context.Context, i inspection) (proxmox.ContainerConfig, error) {
		return i.ContainerConfig(ctx, i.member, i.vmid)
	})
}

// UpdateConfig changes a container's configuration. store.ErrNotFound for another user's node, else an *proxmox.Error: see
// there for those after which it may have been changed.
func (f *Fleet) UpdateConfig(ctx context.Context, userID string, at store.Ref, u proxmox.ConfigUpdate) error {
	return f.change(ctx, userID, at, func(ctx context.Context, i inspection) error {
		return i.Client.UpdateConfig(ctx, i.member, i.vmid, u)
	})
}

// Belongings asks a node for the disks and other things that are deleted with a container. store.ErrNotFound for another
// user's node, else an *proxmox.Error.
func (f *Fleet) Belongings(ctx context.Context, userID string, at store.Ref) (proxmox.Belongings, error) {
	return inspectOne(ctx, f, userID, at, configTime, func(ctx context.Context, i inspection) (proxmox.Belongings, error) {
		return i.Client.Belongings(ctx, i.member, i.vmid)
	})
}
