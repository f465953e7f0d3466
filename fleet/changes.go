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
	for _, s := range f.forgetNode(nodeID, node) {
		f.dropCache(s)
	}
}

// forgetNode makes the clusters that a node is or was in as if it had never been asked,
// and returns them.
func (f *Fleet) forgetNode(nodeID string, node store.Node) []*cluster {
	f.mu.Lock()
	defer f.mu.Unlock()
	if node.UserID != "" {
		f.user(node.UserID)
	}
	var changed []*cluster
	for _, u := range f.users {
		news := u.id == node.UserID
		for _, s := range u.clusters {
			if _, was := s.health[nodeID]; !was && s.id != node.Scope {
				continue
			}
			s.abandon()
			delete(s.health, nodeID)
			s.due, s.settled = f.clock.Now(), false
			s.survey.askAt(s.due)
			s.changes++
			changed, news = append(changed, s), true
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
		return // what is gone by now has no inventory
	}
	s := f.clusterOf(node)
	f.lists.forget(nodeID)
	f.mu.Lock()
	s.changes++
	s.due = f.clock.Now()
	if next := s.begun.Add(soon); next.After(s.due) {
		s.due = next
	}
	s.survey.guestsChanged(nodeID, node.Member, s.known, s.due)
	f.news.Tell(s.userID)
	f.mu.Unlock()
	f.dropCache(s)
}

// NoteAddresses remembers a container's live addresses.
func (f *Fleet) NoteAddresses(at store.Ref, addrs []netip.Prefix) {
	node, err := f.store.NodeByID(at.NodeID)
	if err != nil {
		return
	}
	s := f.clusterOf(node)
	f.mu.Lock()
	defer f.mu.Unlock()
	if slices.Equal(s.known.Addresses[at.VMID].Addresses, addrs) {
		return
	}
	s.known = s.known.addressed(at.VMID, noted{slices.Clone(addrs), f.clock.Now().UTC().Round(0)})
	s.unkept = true
	f.news.Tell(s.userID)
}
