package fleet

import (
	"context"
	"time"
)

// cacheTime bounds a change of the VMID cache with all its round trips; the cache itself bounds only each of them.
const cacheTime = time.Second

// dropCache forgets the cluster's taken VMIDs.
func (f *Fleet) dropCache(c *cluster) {
	c.cache.Lock()
	defer c.cache.Unlock()
	ctx, cancel := context.WithTimeout(f.crew.Context(), cacheTime)
	defer cancel()
	f.noteCache(ctx, f.vmids.Drop(ctx, c.id))
}

// noteCache takes the error of each use of the VMID cache, nil too, and logs only when the cache stops answering or answers
// again. Meanwhile Proxmox is asked instead.
func (f *Fleet) noteCache(ctx context.Context, err error) {
	gone := err != nil
	if gone && ctx.Err() != nil || f.cacheGone.Swap(gone) == gone {
		return // who asked went away: that says nothing of the cache
	}
	if gone {
		f.log.Warn("the VMID cache does not answer; Proxmox is asked instead", "error", err)
	} else {
		f.log.Info("the VMID cache answers again")
	}
}
