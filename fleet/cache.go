package fleet

import (
	"context"
	"time"
)

// cacheTime bounds a change of the VMID cache, beyond what the cache bounds itself.
const cacheTime = time.Second

// fillCache makes the scope's taken VMIDs in the cache those of an answer, unless
// guests were changed from here since the question: the answer may not have them.
func (f *Fleet) fillCache(ctx context.Context, q *question, k *known) {
	s := q.scope
	s.cache.Lock()
	defer s.cache.Unlock()
	f.mu.Lock()
	useless := s.question != q || s.changes != q.changes
	f.mu.Unlock()
	if useless {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, cacheTime)
	defer cancel()
	f.cacheSaid(ctx, f.vmids.Replace(ctx, s.id, k.vmids()))
}

// dropCache forgets the scope's taken VMIDs.
func (f *Fleet) dropCache(s *scope) {
	s.cache.Lock()
	defer s.cache.Unlock()
	ctx, cancel := context.WithTimeout(f.crew.Context(), cacheTime)
	defer cancel()
	f.cacheSaid(ctx, f.vmids.Drop(ctx, s.id))
}

// cacheSaid logs when the VMID cache goes and when it is back. Meanwhile Proxmox is asked instead.
func (f *Fleet) cacheSaid(ctx context.Context, err error) {
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
