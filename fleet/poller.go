package fleet

import (
	"context"
	"sync"
	"time"
)

// Watch announces changes of a user's inventory while it is open, and keeps Berth polling the user's nodes.
type Watch struct {
	C     <-chan struct{} // something may have changed
	close func()
}

// Watch opens a Watch on a user's nodes, which has to be closed. The first one starts the polling.
func (f *Fleet) Watch(userID string) *Watch {
	f.mu.Lock()
	defer f.mu.Unlock()
	u, news := f.user(userID), f.news.Listen(userID)
	if u.watches++; u.watches == 1 {
		ctx, stop := context.WithCancel(f.crew.Context())
		u.stop = stop
		wake := f.news.Listen(userID)
		begun := f.crew.Go(func() {
			defer wake.Close()
			f.poll(ctx, u, wake.C)
		})
		if !begun {
			wake.Close()
		}
	}
	return &Watch{C: news.C, close: sync.OnceFunc(func() {
		news.Close()
		f.unwatch(u)
	})}
}

// Close ends the watch; closing a user's last one ends the polling. A second call does nothing.
func (w *Watch) Close() { w.close() }

func (f *Fleet) unwatch(u *user) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if u.watches--; u.watches == 0 {
		u.stop()
	}
}

// poll refreshes each cluster of a user when it is due, until ctx ends. It does not wait for answers: they wake it.
func (f *Fleet) poll(ctx context.Context, u *user, wake <-chan struct{}) {
	for {
		var timer <-chan time.Time
		if next := f.pollDue(ctx, u); !next.IsZero() {
			timer = f.clock.At(next)
		}
		select {
		case <-timer:
		case <-wake:
		case <-ctx.Done():
			return
		}
	}
}

// pollDue begins refreshes of a user's clusters that are due, and returns the time of the
// next one; zero when all are being asked, or there is none.
func (f *Fleet) pollDue(ctx context.Context, u *user) (next time.Time) {
	nodes, err := f.store.Nodes(u.id)
	if err != nil {
		f.log.Error("the nodes cannot be read", "user", u.id, "error", err)
		return f.clock.Now().Add(Interval)
	}
	f.clustersOf(nodes)
	f.mu.Lock()
	defer f.mu.Unlock()
	if ctx.Err() != nil {
		return time.Time{}
	}
	u.keepOnly(nodes)
	now := f.clock.Now()
	for c := range u.loaded() {
		if c.refresh == nil && !c.due.After(now) {
			f.refresh(c)
		}
		if c.refresh != nil {
			continue // it wakes the poller when it ends
		}
		if next.IsZero() || c.due.Before(next) {
			next = c.due
		}
	}
	return next
}
