package fleet

import (
	"sync"
	"testing"
	"time"
)

// testClock stands still until a test moves it.
type testClock struct {
	mu      sync.Mutex
	changed sync.Cond // a timer was set, or it is time to give up waiting for one
	now     time.Time
	timers  []timer
}

type timer struct {
	at time.Time
	c  chan<- time.Time
}

func newTestClock() *testClock {
	c := &testClock{now: noon}
	c.changed.L = &c.mu
	return c
}

func (c *testClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *testClock) At(t time.Time) <-chan time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	fired := make(chan time.Time, 1)
	c.timers = append(c.timers, timer{t, fired})
	c.fire()
	c.changed.Broadcast()
	return fired
}

// jump moves the clock, whether anybody waits for it or not.
func (c *testClock) jump(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
	c.fire()
}

// advance moves the clock once somebody waits for a time that it then reaches.
func (c *testClock) advance(t testing.TB, d time.Duration) {
	t.Helper()
	gaveUp := false
	giveUp := time.AfterFunc(patience, func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		gaveUp = true
		c.changed.Broadcast()
	})
	defer giveUp.Stop()
	c.mu.Lock()
	defer c.mu.Unlock()
	for !c.awaited(c.now.Add(d)) {
		if gaveUp {
			t.Fatalf("nobody waits for the next %v", d)
		}
		c.changed.Wait()
	}
	c.now = c.now.Add(d)
	c.fire()
}

func (c *testClock) awaited(until time.Time) bool {
	for _, t := range c.timers {
		if !t.at.After(until) {
			return true
		}
	}
	return false
}

// fire ends the timers whose time has come. c.mu is held.
func (c *testClock) fire() {
	var left []timer
	for _, t := range c.timers {
		if t.at.After(c.now) {
			left = append(left, t)
		} else {
			t.c <- c.now
		}
	}
	c.timers = left
}
