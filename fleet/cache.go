package fleet

import (
	"context"
	"time"
)

// cacheTime bounds a change of the VMID cache, beyond what the cache bounds itself.
const cacheTime = time.Second

// fillCache makes the cluster's taken VMIDs in the cache those of an answer, unless
// guests were changed from here since the question: the answer may not have them.
func (f *Fleet) fillCache(ctx context.Context, q *refresh, k *known) {
	s := q.cluster
	s.cache.Lock()
	defer s.cache.Unlock()
	f.mu.Lock()
	useless := s.refresh != q || s.changes != q.changes
	f.mu.Unlock()
	if useless {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, cacheTime)
	defer cancel()
	f.noteCache(ctx, f.vmids.Replace(ctx, s.id, k.vmids()))
}

// dropCache forgets the cluster's taken VMIDs.
func (f *Fleet) dropCache(s *cluster) {
	s.cache.Lock()
	defer s.cache.Unlock()
	ctx, cancel := context.WithTimeout(f.crew.Context(), cacheTime)
	defer cancel()
	f.noteCache(ctx, f.vmids.Drop(ctx, s.id))
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
