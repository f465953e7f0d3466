package storetest

import (
	"slices"
	"sync"
	"testing"
	"time"
)

// Patience is how long a test waits for what must happen.
const Patience = 10 * time.Second

// Clock is a live.Clock that stands still until a test moves it.
type Clock struct {
	mu     sync.Mutex
	asked  sync.Cond // somebody began to wait, or it is time to give up waiting for that
	now    time.Time
	eager  bool
	timers []timer
}

type timer struct {
	at time.Time
	c  chan<- time.Time
}

// NewClock is a Clock that shows now.
func NewClock(now time.Time) *Clock {
	c := &Clock{now: now}
	c.asked.L = &c.mu
	return c
}

// Now is what the clock shows.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// At tells once when t has come.
func (c *Clock) At(t time.Time) <-chan time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at(t)
}

// After tells once when so much time has passed.
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

// Await returns when so many wait, those that gave up included.
func (c *Clock) Await(t testing.TB, waiting int) {
	t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.await(t, func() bool { return len(c.timers) >= waiting })
}

// await waits until somebody waits as wanted. c.mu is held.
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

// Hurry lets the clock jump to whatever time somebody waits for, so that nothing takes long.
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

// Stop ends what Hurry began.
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
