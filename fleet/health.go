package fleet

import (
	"context"
	"time"
)

// maxBackoff is the longest time for which a node that does not answer is left alone.
const maxBackoff = time.Minute

// health of a node, by its own answers. The fleet's mu guards it.
type health struct {
	failures int           // in a row
	since    time.Time     // of the first of them
	err      error         // of the last of them
	retry    time.Time     // not to be asked again before
	seen     time.Time     // last answer
	latency  time.Duration // of that
}

// healthOf a node; f.mu is held.
func (c *cluster) healthOf(nodeID string) *health {
	h := c.health[nodeID]
	if h == nil {
		h = &health{}
		c.health[nodeID] = h
	}
	return h
}

// good notes an answer.
func (h *health) good(now time.Time, latency time.Duration) {
	*h = health{seen: now, latency: latency}
}

// bad notes a failure: each in a row doubles the time until the node is asked again.
func (h *health) bad(now time.Time, err error) {
	if h.failures == 0 {
		h.since = now
	}
	h.failures++
	h.err = err
	h.backOff(now)
}

// backOff puts off the next try: by Interval after the first failure, twice as long after each further one, up to
// maxBackoff.
func (h *health) backOff(now time.Time) {
	wait := Interval
	for i := 1; i < h.failures && wait < maxBackoff; i++ {
		wait *= 2
	}
	h.retry = now.Add(min(wait, maxBackoff))
}

// firstRetry returns the time of the next refresh after one without an answer: the earliest at which one of the cluster's
// nodes may be asked again. f.mu is held.
func (c *cluster) firstRetry(now time.Time) time.Time {
	var first time.Time
	for _, h := range c.health {
		if h.failures > 0 && (first.IsZero() || h.retry.Before(first)) {
			first = h.retry
		}
	}
	if first.IsZero() {
		return now.Add(Interval)
	}
	return first
}

// retrySilent asks the silent nodes of a cluster whose time to retry has come whether they are back. Refreshes call it when
// another node answered: those nodes would not be asked otherwise. f.mu is held.
func (f *Fleet) retrySilent(c *cluster, now time.Time) {
	for id, h := range c.health {
		if h.failures == 0 || h.retry.After(now) {
			continue
		}
		h.backOff(now)
		f.crew.Go(func() { f.retryNode(c, id, h) })
	}
}

// retryNode asks a node for its version, which needs no rights, and notes whether it answers.
func (f *Fleet) retryNode(c *cluster, nodeID string, h *health) {
	client, _, err := f.Client(nodeID)
	begun := f.clock.Now()
	if err == nil {
		ctx, cancel := context.WithTimeout(f.crew.Context(), askTime)
		defer cancel()
		_, err = client.Version(ctx)
	}
	if f.crew.Context().Err() != nil {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if now := f.clock.Now(); err == nil {
		h.good(now, now.Sub(begun))
	} else {
		h.bad(now, err)
	}
	f.news.Tell(c.userID)
}
