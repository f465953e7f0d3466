package jobs_test

import (
	"context"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"
)

// testClock stands in for the machine's. It jumps ahead whenever someone waits for it,
// so that nothing takes long, unless it was told to stand still.
type testClock struct {
	mu       sync.Mutex
	moved    *sync.Cond
	now      time.Time
	still    bool
	sleepers []sleeper
}

type sleeper struct {
	until time.Time
	wake  chan time.Time
}

func newTestClock() *testClock {
	c := &testClock{now: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)}
	c.moved = sync.NewCond(&c.mu)
	return c
}

func (c *testClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *testClock) After(d time.Duration) <-chan time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	wake := make(chan time.Time, 1)
	if !c.still {
		c.now = c.now.Add(d)
		wake <- c.now
		return wake
	}
	c.sleepers = append(c.sleepers, sleeper{until: c.now.Add(d), wake: wake})
	c.moved.Broadcast()
	return wake
}

// standStill makes all who wait wait for advance.
func (c *testClock) standStill() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.still = true
}

// run makes the clock jump again and wakes all who wait.
func (c *testClock) run() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.still = false
	for _, s := range c.sleepers {
		c.now = maxTime(c.now, s.until)
		s.wake <- c.now
	}
	c.sleepers = nil
}

// awaitSleepers returns when n wait for the clock, those that gave up included.
func (c *testClock) awaitSleepers(t *testing.T, n int) {
	t.Helper()
	late := time.AfterFunc(testPatience, func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		n = 0
		t.Errorf("too few wait for the clock")
		c.moved.Broadcast()
	})
	defer late.Stop()
	c.mu.Lock()
	defer c.mu.Unlock()
	for len(c.sleepers) < n {
		c.moved.Wait()
	}
}

// advance moves the clock that stands still and wakes who has waited long enough.
func (c *testClock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
	c.sleepers = slices.DeleteFunc(c.sleepers, func(s sleeper) bool {
		due := !s.until.After(c.now)
		if due {
			s.wake <- c.now
		}
		return due
	})
}

func maxTime(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// deadlyClock ends the goroutine that looks at it for the n-th time, in the middle of
// whatever it does, as a killed process ends. What it was writing is not written. From
// then on it ends all others too.
type deadlyClock struct {
	*testClock
	life context.Context // ends with the first look that is not survived

	mu   sync.Mutex
	left int // looks that are survived; negative: all
	end  context.CancelFunc
}

func newDeadlyClock(t *testing.T, clock *testClock, left int) *deadlyClock {
	c := &deadlyClock{testClock: clock, left: left}
	c.life, c.end = context.WithCancel(context.Background())
	t.Cleanup(c.end)
	return c
}

func (c *deadlyClock) Now() time.Time {
	c.look()
	return c.testClock.Now()
}

func (c *deadlyClock) After(d time.Duration) <-chan time.Time {
	c.look()
	return c.testClock.After(d)
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
