// Package live has building blocks for state that lives in memory only and ends with the process: goroutines with an owner
// (Crew), calls shared by all who need their result (Call, Calls), wake-ups for listeners (News), values that expire (Map),
// and a clock that tests can move (Clock). State that lasts is in package store.
package live

import (
	"context"
	"sync"
	"time"
)

// Clock tells the time, and waits for it. Tests pass one that they move.
type Clock interface {
	Now() time.Time
	After(d time.Duration) <-chan time.Time // receives once, when d has passed
	At(t time.Time) <-chan time.Time        // receives once, at t; at once where that is past
}

// RealClock is the machine's clock.
type RealClock struct{}

// Now returns the current time.
func (RealClock) Now() time.Time { return time.Now() }

// After is time.After.
func (RealClock) After(d time.Duration) <-chan time.Time { return time.After(d) }

// At is After until t.
func (RealClock) At(t time.Time) <-chan time.Time { return time.After(time.Until(t)) }

// Crew owns goroutines: it ends them together and waits for them. It is safe for concurrent use; NewCrew makes one, the zero
// value is of no use.
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

// Context returns the context for all work of the crew, which ends with Close.
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

// Close lets no more work begin, ends the context, and waits for the work under way, at most until ctx ends, whose error it
// returns then. It may be called more than once.
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
