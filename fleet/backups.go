package fleet

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"berth/proxmox"
	"berth/store"
)

// backupsTime bounds all questions of Backups together. The content of a slow storage may come later: see lists.go.
const backupsTime = proxmox.TurnTime

// StoredBackup is a backup and where it is.
type StoredBackup struct {
	proxmox.Backup
	Storage string
}

// Backups of a container on all storages of its node that hold backups, and what the form for another one needs.
type Backups struct {
	Storages  List[proxmox.Storage]
	Backups   List[StoredBackup]      // newest first
	Config    proxmox.ContainerConfig // zero: unknown
	Snapshots bool                    // its storages can make snapshots, or did not say
	Rights    proxmox.Permissions     // nil: unknown; read-only
}

// Backups asks a node and its storages for the backups of a container, side by side. It fails only when the list cannot be
// begun: a storage that does not answer is named in it. store.ErrNotFound for another user's node.
func (f *Fleet) Backups(ctx context.Context, userID string, at store.Ref) (Backups, error) {
	var (
		b       Backups
		listErr error
	)
	err := f.inspect(ctx, userID, at, backupsTime,
		func(ctx context.Context, i inspection) { b.Storages, b.Backups, listErr = f.stored(ctx, i) },
		func(ctx context.Context, i inspection) { b.Config, _ = i.ContainerConfig(ctx, i.member, i.vmid) },
		func(ctx context.Context, i inspection) { b.Snapshots = i.can(ctx, proxmox.FeatureSnapshot, "") },
		func(ctx context.Context, i inspection) { b.Rights = f.rightsOf(ctx, i.Client, i.node.ID) },
	)
	return b, cmp.Or(err, listErr)
}

// stored asks the storages of a node for the backups of a container, side by side.
func (f *Fleet) stored(ctx context.Context, i inspection) (storages List[proxmox.Storage], backups List[StoredBackup], err error) {
	q, err := f.inquire(ctx, i.node.UserID, i.node.ID)
	if err != nil {
		return storages, backups, err
	}
	asked := q.askStorages(contentBackups)
	q.wait(asked)
	storages = q.storages(asked, contentBackups)
	parts := askEach(q, fmt.Sprintf("backups of %d on", i.vmid), 0, storages.Items, func(ctx context.Context, c *proxmox.Client, member, storage string) ([]StoredBackup, error) {
		list, err := c.Backups(ctx, member, storage, i.vmid)
		found := make([]StoredBackup, len(list))
		for n, b := range list {
			found[n] = StoredBackup{b, storage}
		}
		return found, err
	})
	backups = gather(q, storages, parts)
	slices.SortStableFunc(backups.Items, func(a, b StoredBackup) int { return b.Created.Compare(a.Created) })
	return storages, backups, nil
}
