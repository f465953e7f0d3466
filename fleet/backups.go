package fleet

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"berth/proxmox"
	"berth/store"
)

// backupsTime is how long a node may take to tell of a container's backups. What its storages hold comes later where
// they take their time: see lists.go.
const backupsTime = proxmox.TurnTime

// StoredBackup is a backup and where it is.
type StoredBackup struct {
	proxmox.Backup
	Storage string
}

// Backups are those of a container on all storages of its node that hold backups, and what it takes to make one.
type Backups struct {
	Storages  List[proxmox.Storage]
	Backups   List[StoredBackup]      // the newest first
	Config    proxmox.ContainerConfig // zero: not told
	Snapshots bool                    // its storages can make snapshots, or do not tell
	Rights    proxmox.Permissions     // nil: not told; not to be changed
}

// Backups asks a node, and its storages, for those of a container, side by side. The error is that of the list.
// store.ErrNotFound for another user's node.
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
