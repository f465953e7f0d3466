package jobs_test

import (
	"context"
	"runtime"
	"sync"
	"testing"
	"time"

	"berth/store/storetest"
)

// newClock jumps ahead whenever someone waits for it, so that nothing takes long, until it is told to stop.
func newClock() *storetest.Clock {
	c := storetest.NewClock(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))
	c.Hurry()
	return c
}

// deadlyClock ends the goroutine that looks at it for the n-th time, in the middle of
// whatever it does, as a killed process ends. What it was writing is not written. From
// then on it ends all others too.
type deadlyClock struct {
	*storetest.Clock
	life context.Context // ends with the first look that is not survived

	mu   sync.Mutex
	left int // looks that are survived; negative: all
	end  context.CancelFunc
}

func newDeadlyClock(t *testing.T, clock *storetest.Clock, left int) *deadlyClock {
	c := &deadlyClock{Clock: clock, left: left}
	c.life, c.end = context.WithCancel(context.Background())
	t.Cleanup(c.end)
	return c
}

func (c *deadlyClock) Now() time.Time {
	c.look()
	return c.Clock.Now()
}

func (c *deadlyClock) After(d time.Duration) <-chan time.Time {
	c.look()
	return c.Clock.After(d)
}

func (c *deadlyClock) At(t time.Time) <-chan time.Time {
	c.look()
	return c.Clock.At(t)
}

func (c *deadlyClock) look() {
	c.mu.Lock()
	if c.left > 0 {
		c.left--
	} else if c.left == 0 {
		c.end()
	}
	c.mu.Unlock()
	if c.life.Err() != nil {
		runtime.Goexit()
	}
}

// die makes the next look the last one.
func (c *deadlyClock) die() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.left = 0
}
