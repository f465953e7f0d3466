package fleet

import (
	"context"
	"time"

	"berth/proxmox"
	"berth/store"
	"berth/store/live"
)

const (
	// askTime bounds the call to one node of a cluster, before the next one is asked.
	askTime = proxmox.TurnTime
	// soon is the least time between two refreshes of a cluster after Berth changed a guest.
	soon = time.Second
	// callResources is the call that refreshes a cluster, as errors name it.
	callResources = "GET /cluster/resources"
)

// refresh of a cluster's known: its nodes are asked for the whole cluster one after the other, until one answers. The
// fleet's mu guards the fields.
type refresh struct {
	*live.Call[struct{}]
	f       *Fleet
	cluster *cluster
	begun   time.Time
	changes int  // cluster.changes at that time
	late    bool // a page gave up waiting for it: no other waits
}

// refresh begins a refresh of a cluster, or returns the one under way. f.mu is held.
func (f *Fleet) refresh(c *cluster) *refresh {
	if c.refresh != nil {
		return c.refresh
	}
	now := f.clock.Now()
	r := &refresh{f: f, cluster: c, begun: now, changes: c.changes}
	c.refresh, c.begun, c.due = r, now, now.Add(Interval)
	r.Call = live.Begin(f.crew, func(ctx context.Context) (struct{}, error) { return struct{}{}, r.askNodes(ctx) })
	return r
}

// awaitRefresh begins a refresh of a cluster, or joins the one under way, and waits for it.
func (f *Fleet) awaitRefresh(ctx context.Context, c *cluster) error {
	f.mu.Lock()
	r := f.refresh(c)
	f.mu.Unlock()
	_, err := wait(ctx, r.Call, callResources)
	return err
}

// abandon cancels the refresh under way, if any, whose answer is of no use any more. f.mu is held.
func (c *cluster) abandon() {
	if c.refresh != nil {
		c.refresh.Cancel()
		c.refresh = nil
	}
}

// abandoned tells whether r is no longer the cluster's refresh, so that its answer must not be used. f.mu is held.
func (r *refresh) abandoned() bool { return r.cluster.refresh != r }

// askNodes asks the cluster's nodes one after the other until one answers, takes its answer, and settles r.
func (r *refresh) askNodes(ctx context.Context) error {
	nodes, err := r.f.askable(r.cluster)
	if err == nil && len(nodes) == 0 {
		err = store.ErrNotFound
	}
	for _, n := range nodes {
		begun := r.f.clock.Now()
		var answer proxmox.Resources
		answer, err = r.ask(ctx, n.ID)
		if ctx.Err() != nil {
			return err // Close, or the node's settings changed: no failure of the node
		}
		if err == nil {
			r.take(ctx, n, begun, answer)
			return nil
		}
		r.noteFailure(n, err)
	}
	r.settle(false)
	return err
}

// ask asks a node for all resources of its cluster.
func (r *refresh) ask(ctx context.Context, nodeID string) (proxmox.Resources, error) {
	client, _, err := r.f.Client(nodeID)
	if err != nil {
		return proxmox.Resources{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, askTime)
	defer cancel()
	return client.Resources(ctx)
}

// take puts the answer of a node, which was asked at begun, into the cluster's known and survey, then fills the
// VMID cache and settles r.
func (r *refresh) take(ctx context.Context, n store.Node, begun time.Time, answer proxmox.Resources) {
	f, c := r.f, r.cluster
	f.mu.Lock()
	if r.abandoned() {
		f.mu.Unlock()
		return
	}
	now := f.clock.Now()
	c.healthOf(n.ID).good(now, now.Sub(begun))
	k := c.known.next(answer, begun, now.UTC().Round(0))
	c.known, c.unkept = k, true
	c.survey.note(k)
	f.mu.Unlock()

	r.fillCache(ctx, k)
	r.settle(true)
}

// noteFailure notes in a node's health that it did not answer.
func (r *refresh) noteFailure(n store.Node, err error) {
	f := r.f
	f.mu.Lock()
	if r.abandoned() {
		f.mu.Unlock()
		return
	}
	h := r.cluster.healthOf(n.ID)
	h.bad(f.clock.Now(), err)
	failures := h.failures
	f.mu.Unlock()
	f.log.Info("node does not answer", "node", n.ID, "failures", failures, "error", err)
}

// fillCache replaces the cluster's VMIDs in the cache by those of k, unless Berth changed guests since the refresh began:
// k may lack them.
func (r *refresh) fillCache(ctx context.Context, k *known) {
	f, c := r.f, r.cluster
	c.cache.Lock()
	defer c.cache.Unlock()
	f.mu.Lock()
	useless := r.abandoned() || c.changes != r.changes
	f.mu.Unlock()
	if useless {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, cacheTime)
	defer cancel()
	f.noteCache(ctx, f.vmids.Replace(ctx, c.id, k.vmids()))
}

// settle ends the refresh, with an answer or without: it sets the time of the next one, announces it, and writes the
// inventory to the store when keepEvery has passed.
func (r *refresh) settle(answered bool) {
	f, c := r.f, r.cluster
	f.mu.Lock()
	defer f.mu.Unlock()
	if r.abandoned() {
		return
	}
	c.refresh, c.settled, c.answered = nil, true, answered
	now := f.clock.Now()
	f.news.Tell(c.userID)
	if !answered {
		c.due = c.firstRetry(now)
		return
	}
	f.retrySilent(c, now)
	if now.Sub(c.kept) >= keepEvery {
		c.kept, c.unkept = now, false
		k := c.known
		f.crew.Go(func() {
			if err := f.keep(c.id, k); err != nil {
				f.log.Error("the inventory was not kept", "cluster", c.id, "error", err)
			}
		})
	}
}
