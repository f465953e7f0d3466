package fleet

import (
	"context"
	"time"
)

// cacheTime bounds a change of the VMID cache, beyond what the cache bounds itself.
const cacheTime = time.Second

// dropCache forgets the cluster's taken VMIDs.
func (f *Fleet) dropCache(c *cluster) {
	c.cache.Lock()
	defer c.cache.Unlock()
	ctx, cancel := context.WithTimeout(f.crew.Context(), cacheTime)
	defer cancel()
	f.noteCache(ctx, f.vmids.Drop(ctx, c.id))
}

// noteCache logs when the VMID cache goes and when it is back. Meanwhile Proxmox is asked instead.
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
