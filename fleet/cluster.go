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
	// askTime is how long one node may take to tell of its cluster, before the next is asked.
	askTime = proxmox.TurnTime
	// maxBackoff is the longest time for which a node that does not answer is left alone.
	maxBackoff = time.Minute
	// soon is the least time between two questions to a cluster, when news are expected.
	soon = time.Second
)

// cluster is what VMIDs are unique in: a user's cluster, or single host. f.mu guards it.
type cluster struct {
	id, userID string
	load       sync.Once     // what was kept of it; see clusterOf
	known      *known        // nil until that was read
	trails     map[int]Trail // by VMID; replaced with each answer, never changed
	survey     survey
	refresh    *refresh
	settled    bool      // a question was settled
	answered   bool      // the last one with an answer
	due        time.Time // when to ask again
	begun      time.Time // of the last question
	changes    int       // how often guests were changed from here
	health     map[string]*health
	kept       time.Time // when known was last written
	unkept     bool      // known is newer than that

	cache sync.Mutex // held while the cluster's VMIDs in the cache change; taken before f.mu
}

// refresh is a cluster being asked.
type refresh struct {
	*live.Call[struct{}]
	cluster *cluster
	begun   time.Time
	changes int  // of the cluster at that time
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

// clusterOf returns the cluster of a node, with what was kept of it. That is read the first time, once for all who ask; f.mu
// is not held meanwhile, so that nobody waits for it who asks for something else.
func (f *Fleet) clusterOf(n store.Node) *cluster {
	f.mu.Lock()
	u := f.user(n.UserID)
	s := u.clusters[n.Scope]
	if s == nil {
		s = &cluster{id: n.Scope, userID: u.id, health: make(map[string]*health)}
		u.clusters[n.Scope] = s
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

// clustersOf are those of nodes, by ID.
func (f *Fleet) clustersOf(nodes []store.Node) map[string]*cluster {
	clusters := make(map[string]*cluster)
	for _, n := range nodes {
		if clusters[n.Scope] == nil {
			clusters[n.Scope] = f.clusterOf(n)
		}
	}
	return clusters
}

// keepOnly forgets what is known of all clusters of u but those of its nodes. f.mu is held.
func (u *user) keepOnly(nodes []store.Node) {
	for id, s := range u.clusters {
		if !slices.ContainsFunc(nodes, func(n store.Node) bool { return n.Scope == id }) {
			s.abandon()
			delete(u.clusters, id)
		}
	}
}

// loaded are the clusters of u of which is known what was kept. f.mu is held.
func (u *user) loaded() iter.Seq[*cluster] {
	return func(yield func(*cluster) bool) {
		for _, s := range u.clusters {
			if s.known != nil && !yield(s) {
				return
			}
		}
	}
}

// refresh asks a cluster, or joins in when it is being asked. f.mu is held.
func (f *Fleet) refresh(s *cluster) *refresh {
	if s.refresh != nil {
		return s.refresh
	}
	now := f.clock.Now()
	q := &refresh{cluster: s, begun: now, changes: s.changes}
	s.refresh, s.begun, s.due = q, now, now.Add(Interval)
	q.Call = live.Begin(f.crew, func(ctx context.Context) (struct{}, error) { return struct{}{}, f.askNodes(ctx, q) })
	return q
}

// abandon lets go of the question under way: its answer is of no use. f.mu is held.
func (s *cluster) abandon() {
	if s.refresh != nil {
		s.refresh.Cancel()
		s.refresh = nil
	}
}

// askNodes asks the cluster's nodes one after the other, until one tells.
func (f *Fleet) askNodes(ctx context.Context, q *refresh) error {
	nodes, err := f.askable(q.cluster)
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
			f.takeAnswer(ctx, q, n, begun, r)
			return nil
		}
		f.noteFailure(q, n, err)
	}
	f.settle(q, false)
	return err
}

// askable are the nodes of a cluster as they are to be asked: in the store's order, but
// those that did not answer the last time come last.
func (f *Fleet) askable(s *cluster) ([]store.Node, error) {
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
func (s *cluster) healthOf(nodeID string) *health {
	h := s.health[nodeID]
	if h == nil {
		h = &health{}
		s.health[nodeID] = h
	}
	return h
}

// resources asks a node for everything of its cluster.
func (f *Fleet) resources(ctx context.Context, nodeID string) (proxmox.Resources, error) {
	c, _, err := f.Client(nodeID)
	if err != nil {
		return proxmox.Resources{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, askTime)
	defer cancel()
	return c.Resources(ctx)
}

// takeAnswer takes up what a node told, and then sees to what need not be waited for.
func (f *Fleet) takeAnswer(ctx context.Context, q *refresh, n store.Node, begun time.Time, r proxmox.Resources) {
	s := q.cluster
	f.mu.Lock()
	if s.refresh != q {
		f.mu.Unlock()
		return
	}
	now := f.clock.Now()
	s.healthOf(n.ID).good(now, now.Sub(begun))
	k := s.known.next(r, begun, now.UTC().Round(0))
	s.known, s.unkept = k, true
	s.addToTrails(k)
	s.survey.note(k)
	f.mu.Unlock()

	f.fillCache(ctx, q, k)
	f.settle(q, true)
}

// noteFailure notes that a node did not tell.
func (f *Fleet) noteFailure(q *refresh, n store.Node, err error) {
	f.mu.Lock()
	if q.cluster.refresh != q {
		f.mu.Unlock()
		return
	}
	h := q.cluster.healthOf(n.ID)
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
func (f *Fleet) settle(q *refresh, answer bool) {
	s := q.cluster
	f.mu.Lock()
	defer f.mu.Unlock()
	if s.refresh != q {
		return
	}
	s.refresh, s.settled, s.answered = nil, true, answer
	now := f.clock.Now()
	if !answer {
		s.due = s.firstRetry(now)
	}
	f.news.Tell(s.userID)
	if !answer {
		return
	}
	f.retrySilent(s, now)
	if now.Sub(s.kept) >= keepEvery {
		s.kept, s.unkept = now, false
		k := s.known
		f.crew.Go(func() {
			if err := f.keep(s.id, k); err != nil {
				f.log.Error("the inventory was not kept", "cluster", s.id, "error", err)
			}
		})
	}
}

// firstRetry is when the first of the cluster's nodes may be asked again.
func (s *cluster) firstRetry(now time.Time) time.Time {
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

// retrySilent asks the nodes of a cluster that did not answer while another one does
// whether they are back, each when its time has come. f.mu is held.
func (f *Fleet) retrySilent(s *cluster, now time.Time) {
	for id, h := range s.health {
		if h.failures == 0 || h.retry.After(now) {
			continue
		}
		h.backOff(now)
		f.crew.Go(func() { f.retryNode(s, id, h) })
	}
}

// retryNode asks a node for its version, which it tells every token.
func (f *Fleet) retryNode(s *cluster, nodeID string, h *health) {
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
