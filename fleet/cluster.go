package fleet

import (
	"iter"
	"slices"
	"sync"
	"time"

	"berth/store"
)

// cluster of a user, or a single host: what VMIDs are unique in, and what is refreshed as a whole. The fleet's mu guards it,
// but where the survey has a lock of its own.
type cluster struct {
	id, userID string
	load       sync.Once          // of what was kept of it; see clusterOf
	known      *known             // nil until that was read
	health     map[string]*health // by node ID
	trails     map[int]Trail      // by VMID; replaced with each answer, never changed
	survey     survey

	refresh  *refresh  // nil: none is under way
	settled  bool      // one came to its end since a node's settings changed
	answered bool      // the last one with an answer
	due      time.Time // when the next one is
	begun    time.Time // when the last one began
	changes  int       // how often guests were changed from here
	kept     time.Time // when known was last written
	unkept   bool      // known is newer than that

	cache sync.Mutex // held while the cluster's VMIDs in the cache change, also over the network; taken before f.mu
}

// clusterOf returns the cluster of a node, with what was kept of it. That is read the first time, once for all who ask; f.mu
// is not held meanwhile, so that nobody waits for it who asks for something else.
func (f *Fleet) clusterOf(n store.Node) *cluster {
	f.mu.Lock()
	u := f.user(n.UserID)
	c := u.clusters[n.Scope]
	if c == nil {
		c = &cluster{id: n.Scope, userID: u.id, health: make(map[string]*health)}
		u.clusters[n.Scope] = c
	}
	f.mu.Unlock()
	c.load.Do(func() {
		k := f.kept(c.id)
		f.mu.Lock()
		defer f.mu.Unlock()
		c.known = k
	})
	return c
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
	for id, c := range u.clusters {
		if !slices.ContainsFunc(nodes, func(n store.Node) bool { return n.Scope == id }) {
			c.abandon()
			delete(u.clusters, id)
		}
	}
}

// loaded are the clusters of u of which is known what was kept. f.mu is held.
func (u *user) loaded() iter.Seq[*cluster] {
	return func(yield func(*cluster) bool) {
		for _, c := range u.clusters {
			if c.known != nil && !yield(c) {
				return
			}
		}
	}
}

// askable are the nodes of a cluster as they are to be asked: in the store's order, but
// those that did not answer the last time come last.
func (f *Fleet) askable(c *cluster) ([]store.Node, error) {
	nodes, err := f.store.Nodes(c.userID)
	if err != nil {
		return nil, err
	}
	nodes = slices.DeleteFunc(nodes, func(n store.Node) bool { return n.Scope != c.id })
	f.mu.Lock()
	defer f.mu.Unlock()
	fails := func(n store.Node) int { return min(c.healthOf(n.ID).failures, 1) }
	slices.SortStableFunc(nodes, func(a, b store.Node) int { return fails(a) - fails(b) })
	return nodes, nil
}
