// Package live holds what lives in memory only and ends with the process: goroutines and who ends them (Crew), questions
// that are asked once for all who want to know (Call, Calls), news for who listens (News), values that are
// forgotten after a while (Map), and the clock by which all of that goes (Clock). What lasts is kept by package store.
package live

import (
	"context"
	"sync"
	"time"
)

// Clock tells the time, and waits for it. Tests pass one that they move.
type Clock interface {
	Now() time.Time
	After(d time.Duration) <-chan time.Time // tells once when so much time has passed
	At(t time.Time) <-chan time.Time        // tells once when t has come; at once where it is past
}

// RealClock is the machine's.
type RealClock struct{}

// Now is the time of day.
func (RealClock) Now() time.Time { return time.Now() }

// After tells once when so much time has passed.
func (RealClock) After(d time.Duration) <-chan time.Time { return time.After(d) }

// At tells once when t has come.
func (RealClock) At(t time.Time) <-chan time.Time { return time.After(time.Until(t)) }

// Crew are the goroutines of somebody who ends them and waits for them. It is safe for concurrent use; the zero value
// is not: see NewCrew.
type Crew struct {
	ctx context.Context
	end context.CancelFunc

	mu     sync.Mutex
	closed bool
	work   sync.WaitGroup
}

// NewCrew makes a Crew without goroutines.
func NewCrew() *Crew {
	c := &Crew{}
	c.ctx, c.end = context.WithCancel(context.Background())
	return c
}

// Context is that of all work of the crew: it ends with Close.
func (c *Crew) Context() context.Context { return c.ctx }

// Go runs work in a goroutine that Close waits for. After Close it does nothing and returns false.
func (c *Crew) Go(work func()) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return false
	}
	c.work.Go(work)
	return true
}

// Close lets nothing more be begun, ends the context of what is under way, and waits for it for as long as ctx lasts. It
// may be called more than once.
func (c *Crew) Close(ctx context.Context) error {
	c.mu.Lock()
	c.closed = true
	c.mu.Unlock()
	c.end()
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		c.work.Wait()
	}()
	select {
	case <-ended:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
