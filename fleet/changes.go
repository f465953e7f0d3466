package fleet

import (
	"errors"
	"net/netip"
	"slices"

	"berth/store"
)

// NodeChanged makes the next call use the node's new settings and asks the cluster again; call it after add, update and delete.
func (f *Fleet) NodeChanged(nodeID string) {
	f.conns.DropClient(nodeID)
	node, err := f.store.NodeByID(nodeID)
	if errors.Is(err, store.ErrNotFound) {
		err = f.conns.DropHost(nodeID)
	}
	if err != nil {
		f.log.Error("a changed node cannot be read", "node", nodeID, "error", err)
	}
	f.lists.drop(nodeID)
	f.details.drop(nodeID)
	f.metrics.Forget(func(of metricsKey) bool { return of.NodeID == nodeID })
	f.rights.Forget(func(of rightsKey) bool { return of.nodeID == nodeID })
	for _, c := range f.forgetNode(nodeID, node) {
		f.dropCache(c)
	}
}

// forgetNode resets the clusters that a node is or was in, so that they are asked at once and its earlier failures do not
// count. It returns them.
func (f *Fleet) forgetNode(nodeID string, node store.Node) []*cluster {
	f.mu.Lock()
	defer f.mu.Unlock()
	if node.UserID != "" {
		f.user(node.UserID)
	}
	var changed []*cluster
	for _, u := range f.users {
		news := u.id == node.UserID
		for _, c := range u.clusters {
			if _, was := c.health[nodeID]; !was && c.id != node.Scope {
				continue
			}
			c.abandon()
			delete(c.health, nodeID)
			c.due, c.settled = f.clock.Now(), false
			c.survey.askAt(c.due)
			c.changes++
			changed, news = append(changed, c), true
		}
		if news {
			f.news.Tell(u.id)
		}
	}
	return changed
}

// GuestsChanged drops the cluster's VMIDs and asks it again soon, if someone looks; jobs
// call it after each create, delete and change of state, and after an OS template was fetched.
func (f *Fleet) GuestsChanged(nodeID string) {
	node, err := f.store.NodeByID(nodeID)
	if err != nil {
		return // the node was deleted meanwhile
	}
	c := f.clusterOf(node)
	f.lists.forget(nodeID)
	f.mu.Lock()
	c.changes++
	c.due = f.clock.Now()
	if next := c.begun.Add(soon); next.After(c.due) {
		c.due = next
	}
	c.survey.guestsChanged(nodeID, node.Member, c.known, c.due)
	f.news.Tell(c.userID)
	f.mu.Unlock()
	f.dropCache(c)
}

// NoteAddresses takes the live addresses of a container into the inventory; jobs and pages call it when they have read some.
func (f *Fleet) NoteAddresses(at store.Ref, addrs []netip.Prefix) { f.noteAddresses(at, addrs, false) }

func (f *Fleet) noteAddresses(at store.Ref, addrs []netip.Prefix, static bool) {
	f.learn(at, func(k *known) *known {
		if before := k.Addresses[at.VMID]; slices.Equal(before.Addresses, addrs) && before.Static == static {
			return nil
		}
		return k.addressed(at.VMID, noted{slices.Clone(addrs), f.clock.Now().UTC().Round(0), static})
	})
}

// learn puts into the inventory what was found out about a container. found returns what is known with it, or nil where
// that is nothing new; it is called under the lock.
func (f *Fleet) learn(at store.Ref, found func(*known) *known) {
	node, err := f.store.NodeByID(at.NodeID)
	if err != nil {
		return
	}
	c := f.clusterOf(node)
	f.mu.Lock()
	defer f.mu.Unlock()
	next := found(c.known)
	if next == nil {
		return
	}
	c.known, c.unkept = next, true
	f.news.Tell(c.userID)
}
