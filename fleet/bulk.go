package fleet

import (
	"context"
	"sync"

	"berth/proxmox"
	"berth/store"
)

// eachAtOnce bounds the calls of a question about many containers to one node at a time.
const eachAtOnce = 4

// each asks one question about each of a user's containers, side by side, within limit in all. Those whose node does not answer
// in time are left out.
func each[T any](ctx context.Context, f *Fleet, userID string, list []store.Ref, ask func(context.Context, inspection) (T, error)) map[store.Ref]T {
	var (
		asking sync.WaitGroup
		mu     sync.Mutex
		told   = make(map[store.Ref]T)
		slots  = make(map[string]chan struct{})
	)
	ctx, cancel := context.WithTimeout(ctx, proxmox.TurnTime)
	defer cancel()
	for _, at := range list {
		if slots[at.NodeID] == nil {
			slots[at.NodeID] = make(chan struct{}, eachAtOnce)
		}
		slot := slots[at.NodeID]
		asking.Go(func() {
			slot <- struct{}{}
			defer func() { <-slot }()
			i, err := f.inspector(userID, at)
			if err != nil {
				return
			}
			answer, err := ask(ctx, i)
			if err != nil {
				return
			}
			mu.Lock()
			defer mu.Unlock()
			told[at] = answer
		})
	}
	asking.Wait()
	return told
}

// WithoutSnapshots asks the nodes which of a user's containers lie on storages that cannot make snapshots. One whose node
// does not answer in time is not among them, as Proxmox checks again.
func (f *Fleet) WithoutSnapshots(ctx context.Context, userID string, list []store.Ref) map[store.Ref]bool {
	return each(ctx, f, userID, list, func(ctx context.Context, i inspection) (bool, error) {
		return !i.can(ctx, proxmox.FeatureSnapshot, ""), nil
	})
}

// Configs asks the nodes for the configurations of a user's containers. Those that are not told in time are left out.
func (f *Fleet) Configs(ctx context.Context, userID string, list []store.Ref) map[store.Ref]proxmox.ContainerConfig {
	return each(ctx, f, userID, list, func(ctx context.Context, i inspection) (proxmox.ContainerConfig, error) {
		return i.ContainerConfig(ctx, i.member, i.vmid)
	})
}

// BackupStorages asks several of a user's nodes, side by side, for their storages that hold backups, by node ID. A node that
// does not answer has those that were last told.
func (f *Fleet) BackupStorages(ctx context.Context, userID string, nodeIDs []string) map[string]List[proxmox.Storage] {
	var (
		asking sync.WaitGroup
		mu     sync.Mutex
		byNode = make(map[string]List[proxmox.Storage])
	)
	for _, id := range nodeIDs {
		asking.Go(func() {
			q, err := f.inquire(ctx, userID, id)
			list := List[proxmox.Storage]{Err: err}
			if err == nil {
				asked := q.askStorages(contentBackups)
				q.wait(asked)
				list = q.storages(asked, contentBackups)
			}
			mu.Lock()
			defer mu.Unlock()
			byNode[id] = list
		})
	}
	asking.Wait()
	return byNode
}
