package storetest

import (
	"slices"
	"sync"
	"testing"
	"time"
)

// Patience bounds a test's wait for something that must happen.
const Patience = 10 * time.Second

// Clock is a live.Clock that stands still until a test moves it.
type Clock struct {
	mu     sync.Mutex
	asked  sync.Cond // somebody began to wait for a time, or await gives up
	now    time.Time
	eager  bool
	timers []timer
}

type timer struct {
	at time.Time
	c  chan<- time.Time
}

// NewClock makes a Clock that stands at now.
func NewClock(now time.Time) *Clock {
	c := &Clock{now: now}
	c.asked.L = &c.mu
	return c
}

// Now returns the time at which the clock stands.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// At returns a channel that receives once, when a test has moved the clock to t.
func (c *Clock) At(t time.Time) <-chan time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at(t)
}

// After is At for d from now.
func (c *Clock) After(d time.Duration) <-chan time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at(c.now.Add(d))
}

func (c *Clock) at(t time.Time) <-chan time.Time {
	fired := make(chan time.Time, 1)
	c.timers = append(c.timers, timer{t, fired})
	if c.eager && t.After(c.now) {
		c.now = t
	}
	c.fire()
	c.asked.Broadcast()
	return fired
}

// Advance moves the clock, whether anybody waits for it or not.
func (c *Clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
	c.fire()
}

// AdvanceAwaited moves the clock once somebody waits for a time that it then reaches.
func (c *Clock) AdvanceAwaited(t testing.TB, d time.Duration) {
	t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.await(t, func() bool {
		return slices.ContainsFunc(c.timers, func(w timer) bool { return !w.at.After(c.now.Add(d)) })
	})
	c.now = c.now.Add(d)
	c.fire()
}

// Await waits until there are so many timers, those that nobody reads any more included. The test fails after Patience.
func (c *Clock) Await(t testing.TB, waiting int) {
	t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.await(t, func() bool { return len(c.timers) >= waiting })
}

// await waits until wanted is true, which it looks at whenever somebody begins to wait. The test fails after Patience. c.mu
// is held.
func (c *Clock) await(t testing.TB, wanted func() bool) {
	t.Helper()
	gaveUp := false
	giveUp := time.AfterFunc(Patience, func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		gaveUp = true
		c.asked.Broadcast()
	})
	defer giveUp.Stop()
	for !wanted() {
		if gaveUp {
			t.Errorf("nobody waits for the clock as wanted")
			return
		}
		c.asked.Wait()
	}
}

// Hurry makes the clock jump to each time that somebody waits for, until Stop.
func (c *Clock) Hurry() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.eager = true
	for _, t := range c.timers {
		if t.at.After(c.now) {
			c.now = t.at
		}
	}
	c.fire()
}

// Stop makes the clock stand still again after Hurry.
func (c *Clock) Stop() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.eager = false
}

// fire wakes those whose time has come. c.mu is held.
func (c *Clock) fire() {
	c.timers = slices.DeleteFunc(c.timers, func(t timer) bool {
		due := !t.at.After(c.now)
		if due {
			t.c <- c.now
		}
		return due
	})
}

// Eager is a view of a Clock that moves it on whenever somebody waits by it, so that they go on at once.
type Eager struct{ *Clock }

// At moves the clock on to t.
func (e Eager) At(t time.Time) <-chan time.Time { return e.After(t.Sub(e.Now())) }

// After moves the clock on by so much.
func (e Eager) After(d time.Duration) <-chan time.Time {
	e.Advance(max(d, 0))
	return e.Clock.After(0)
}
