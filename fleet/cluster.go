package fleet

import (
	"iter"
	"slices"
	"sync"
	"time"

	"berth/store"
)

// cluster of a user, or a single host: VMIDs are unique in it, and it is refreshed as a whole. The fleet's mu guards it, but
// for the survey, which has its own lock.
type cluster struct {
	id, userID string
	load       sync.Once          // of the stored inventory; see clusterOf
	known      *known             // nil until that is loaded
	health     map[string]*health // by node ID
	survey     survey

	refresh  *refresh  // nil: none is under way
	settled  bool      // one has ended since a node's settings changed
	answered bool      // the last one got an answer
	due      time.Time // for the next one
	begun    time.Time // start of the last one
	changes  int       // counts the changes of guests by Berth
	kept     time.Time // when known was last written to the store
	unkept   bool      // known has changed since

	cache sync.Mutex // held while the cluster's VMIDs in the cache change, also over the network; taken before f.mu
}

// clusterOf returns the cluster of a node. The first call reads its inventory from the store, once for all callers, without
// holding f.mu, so that other clusters do not wait for it.
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

// clustersOf returns the clusters of nodes, by cluster ID.
func (f *Fleet) clustersOf(nodes []store.Node) map[string]*cluster {
	clusters := make(map[string]*cluster)
	for _, n := range nodes {
		if clusters[n.Scope] == nil {
			clusters[n.Scope] = f.clusterOf(n)
		}
	}
	return clusters
}

// keepOnly forgets the clusters of u that have no node among nodes, as after a node was deleted. f.mu is held.
func (u *user) keepOnly(nodes []store.Node) {
	for id, c := range u.clusters {
		if !slices.ContainsFunc(nodes, func(n store.Node) bool { return n.Scope == id }) {
			c.abandon()
			delete(u.clusters, id)
		}
	}
}

// loaded yields the clusters of u whose stored inventory has been read. f.mu is held.
func (u *user) loaded() iter.Seq[*cluster] {
	return func(yield func(*cluster) bool) {
		for _, c := range u.clusters {
			if c.known != nil && !yield(c) {
				return
			}
		}
	}
}

// askable returns the nodes of a cluster in the order to ask them: the store's, but those that did not answer the last time
// come last.
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
