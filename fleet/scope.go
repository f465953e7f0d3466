package fleet

import (
	"context"
	"iter"
	"slices"
	"sync"
	"time"

	"berth/proxmox"
	"berth/store"
	"berth/store/live"
)

const (
	// askTime is how long one node may take to tell of its scope, before the next is asked.
	askTime = proxmox.TurnTime
	// maxBackoff is the longest time for which a node that does not answer is left alone.
	maxBackoff = time.Minute
	// soon is the least time between two questions to a scope, when news are expected.
	soon = time.Second
)

// scope is what VMIDs are unique in: a user's cluster, or single host. f.mu guards it.
type scope struct {
	id, userID string
	load       sync.Once     // what was kept of it; see scopeOf
	known      *known        // nil until that was read
	trails     map[int]Trail // by VMID; replaced with each answer, never changed
	survey     survey
	question   *question
	asked      bool      // a question was settled
	answers    bool      // the last one with an answer
	due        time.Time // when to ask again
	begun      time.Time // of the last question
	changes    int       // how often guests were changed from here
	health     map[string]*health
	kept       time.Time // when known was last written
	unkept     bool      // known is newer than that

	cache sync.Mutex // held while the scope's VMIDs in the cache change; taken before f.mu
}

// question is a scope being asked.
type question struct {
	*live.Call[struct{}]
	scope   *scope
	begun   time.Time
	changes int  // of the scope at that time
	late    bool // a page waited for it in vain
}

// health is how a node answers when it is asked itself.
type health struct {
	failures int // in a row
	since    time.Time
	err      error
	retry    time.Time // not to be asked again before
	seen     time.Time // last answer
	latency  time.Duration
}

// scopeOf returns the scope of a node, with what was kept of it. That is read the first time, once for all who ask; f.mu
// is not held meanwhile, so that nobody waits for it who asks for something else.
func (f *Fleet) scopeOf(n store.Node) *scope {
	f.mu.Lock()
	u := f.user(n.UserID)
	s := u.scopes[n.Scope]
	if s == nil {
		s = &scope{id: n.Scope, userID: u.id, health: make(map[string]*health)}
		u.scopes[n.Scope] = s
	}
	f.mu.Unlock()
	s.load.Do(func() {
		k := f.kept(s.id)
		f.mu.Lock()
		defer f.mu.Unlock()
		s.known = k
	})
	return s
}

// scopesOf are those of nodes, by ID.
func (f *Fleet) scopesOf(nodes []store.Node) map[string]*scope {
	scopes := make(map[string]*scope)
	for _, n := range nodes {
		if scopes[n.Scope] == nil {
			scopes[n.Scope] = f.scopeOf(n)
		}
	}
	return scopes
}

// sync forgets what is known of all scopes of u but those of its nodes. f.mu is held.
func (u *user) sync(nodes []store.Node) {
	for id, s := range u.scopes {
		if !slices.ContainsFunc(nodes, func(n store.Node) bool { return n.Scope == id }) {
			s.abandon()
			delete(u.scopes, id)
		}
	}
}

// loaded are the scopes of u of which is known what was kept. f.mu is held.
func (u *user) loaded() iter.Seq[*scope] {
	return func(yield func(*scope) bool) {
		for _, s := range u.scopes {
			if s.known != nil && !yield(s) {
				return
			}
		}
	}
}

// ask asks a scope, or joins in when it is being asked. f.mu is held.
func (f *Fleet) ask(s *scope) *question {
	if s.question != nil {
		return s.question
	}
	now := f.clock.Now()
	q := &question{scope: s, begun: now, changes: s.changes}
	s.question, s.begun, s.due = q, now, now.Add(Interval)
	q.Call = live.Begin(f.crew, func(ctx context.Context) (struct{}, error) { return struct{}{}, f.pursue(ctx, q) })
	return q
}

// abandon lets go of the question under way: its answer is of no use. f.mu is held.
func (s *scope) abandon() {
	if s.question != nil {
		s.question.Cancel()
		s.question = nil
	}
}

// pursue asks the scope's nodes one after the other, until one tells.
func (f *Fleet) pursue(ctx context.Context, q *question) error {
	nodes, err := f.askable(q.scope)
	if err == nil && len(nodes) == 0 {
		err = store.ErrNotFound
	}
	for _, n := range nodes {
		begun := f.clock.Now()
		var r proxmox.Resources
		r, err = f.resources(ctx, n.ID)
		if ctx.Err() != nil {
			return err // Close, or the node's settings changed: that says nothing about it
		}
		if err == nil {
			f.answered(ctx, q, n, begun, r)
			return nil
		}
		f.failed(q, n, err)
	}
	f.settle(q, false)
	return err
}

// askable are the nodes of a scope as they are to be asked: in the store's order, but
// those that did not answer the last time come last.
func (f *Fleet) askable(s *scope) ([]store.Node, error) {
	nodes, err := f.store.Nodes(s.userID)
	if err != nil {
		return nil, err
	}
	nodes = slices.DeleteFunc(nodes, func(n store.Node) bool { return n.Scope != s.id })
	f.mu.Lock()
	defer f.mu.Unlock()
	fails := func(n store.Node) int { return min(s.healthOf(n.ID).failures, 1) }
	slices.SortStableFunc(nodes, func(a, b store.Node) int { return fails(a) - fails(b) })
	return nodes, nil
}

// healthOf a node; f.mu is held.
func (s *scope) healthOf(nodeID string) *health {
	h := s.health[nodeID]
	if h == nil {
		h = &health{}
		s.health[nodeID] = h
	}
	return h
}

// resources asks a node for everything of its scope.
func (f *Fleet) resources(ctx context.Context, nodeID string) (proxmox.Resources, error) {
	c, _, err := f.Client(nodeID)
	if err != nil {
		return proxmox.Resources{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, askTime)
	defer cancel()
	return c.Resources(ctx)
}

// answered takes up what a node told, and then sees to what need not be waited for.
func (f *Fleet) answered(ctx context.Context, q *question, n store.Node, begun time.Time, r proxmox.Resources) {
	s := q.scope
	f.mu.Lock()
	if s.question != q {
		f.mu.Unlock()
		return
	}
	now := f.clock.Now()
	s.healthOf(n.ID).good(now, now.Sub(begun))
	k := s.known.after(r, begun, now.UTC().Round(0))
	s.known, s.unkept = k, true
	s.follow(k)
	s.heed(k)
	f.mu.Unlock()

	f.fillCache(ctx, q, k)
	f.settle(q, true)
}

// failed notes that a node did not tell.
func (f *Fleet) failed(q *question, n store.Node, err error) {
	f.mu.Lock()
	if q.scope.question != q {
		f.mu.Unlock()
		return
	}
	h := q.scope.healthOf(n.ID)
	h.bad(f.clock.Now(), err)
	failures := h.failures
	f.mu.Unlock()
	f.log.Info("node does not answer", "node", n.ID, "failures", failures, "error", err)
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

func (h *health) backOff(now time.Time) {
	wait := Interval
	for i := 1; i < h.failures && wait < maxBackoff; i++ {
		wait *= 2
	}
	h.retry = now.Add(min(wait, maxBackoff))
}

// settle ends a question, with an answer or without.
func (f *Fleet) settle(q *question, answer bool) {
	s := q.scope
	f.mu.Lock()
	defer f.mu.Unlock()
	if s.question != q {
		return
	}
	s.question, s.asked, s.answers = nil, true, answer
	now := f.clock.Now()
	if !answer {
		s.due = s.firstRetry(now)
	}
	f.news.Tell(s.userID)
	if !answer {
		return
	}
	f.lookAfterSilent(s, now)
	if now.Sub(s.kept) >= keepEvery {
		s.kept, s.unkept = now, false
		k := s.known
		f.crew.Go(func() {
			if err := f.keep(s.id, k); err != nil {
				f.log.Error("the inventory was not kept", "scope", s.id, "error", err)
			}
		})
	}
}

// firstRetry is when the first of the scope's nodes may be asked again.
func (s *scope) firstRetry(now time.Time) time.Time {
	var first time.Time
	for _, h := range s.health {
		if h.failures > 0 && (first.IsZero() || h.retry.Before(first)) {
			first = h.retry
		}
	}
	if first.IsZero() {
		return now.Add(Interval)
	}
	return first
}

// lookAfterSilent asks the nodes of a scope that did not answer while another one does
// whether they are back, each when its time has come. f.mu is held.
func (f *Fleet) lookAfterSilent(s *scope, now time.Time) {
	for id, h := range s.health {
		if h.failures == 0 || h.retry.After(now) {
			continue
		}
		h.backOff(now)
		f.crew.Go(func() { f.lookAfter(s, id, h) })
	}
}

// lookAfter asks a node for its version, which it tells every token.
func (f *Fleet) lookAfter(s *scope, nodeID string, h *health) {
	c, _, err := f.Client(nodeID)
	begun := f.clock.Now()
	if err == nil {
		ctx, cancel := context.WithTimeout(f.crew.Context(), askTime)
		defer cancel()
		_, err = c.Version(ctx)
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
	f.news.Tell(s.userID)
}
