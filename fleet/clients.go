package fleet

import (
	"sync"
	"time"

	"berth/proxmox"
	"berth/store"
)

// clients are the shared clients of the nodes.
type clients struct {
	store *store.Store
	now   func() time.Time

	// mu is held while a node's settings are read: what drop was called after can then
	// not be put back by who read them before.
	mu     sync.Mutex
	byNode map[string]*proxmox.Client
}

// Client returns the shared client of a node, and its record as it is now. store.ErrNotFound; store.ErrKey.
func (f *Fleet) Client(nodeID string) (*proxmox.Client, store.Node, error) {
	return f.clients.get(nodeID)
}

func (cs *clients) get(nodeID string) (*proxmox.Client, store.Node, error) {
	cs.mu.Lock()
	defer cs.mu.Unlock()
	node, err := cs.store.NodeByID(nodeID)
	if err != nil {
		return nil, store.Node{}, err
	}
	if c := cs.byNode[nodeID]; c != nil {
		return c, node, nil
	}
	secret, err := cs.store.TokenSecret(nodeID)
	if err != nil {
		return nil, store.Node{}, err
	}
	c := proxmox.New(proxmox.Config{
		Host:        node.Host,
		Port:        node.Port,
		TokenID:     node.TokenID,
		TokenSecret: secret,
		Fingerprint: node.Fingerprint,
		Now:         cs.now,
	})
	cs.byNode[nodeID] = c
	return c, node, nil
}

// drop makes the next get use the node's settings as they are then. Calls under way go on.
func (cs *clients) drop(nodeID string) {
	cs.mu.Lock()
	defer cs.mu.Unlock()
	if c := cs.byNode[nodeID]; c != nil {
		c.Close()
		delete(cs.byNode, nodeID)
	}
}

// daemonDown is why a node does not do what it is asked though it answers: its pvedaemon did not run when that was last
// needed. nil while it does, or nobody has asked.
func (cs *clients) daemonDown(nodeID string) error {
	cs.mu.Lock()
	defer cs.mu.Unlock()
	if c := cs.byNode[nodeID]; c != nil {
		return c.DaemonDown()
	}
	return nil
}

// toldOf is how often a node was asked in the last minute, and the certificate that it presented; nothing while nobody
// has asked it.
func (cs *clients) toldOf(nodeID string) (callsPerMinute int, presented proxmox.Certificate) {
	cs.mu.Lock()
	defer cs.mu.Unlock()
	c := cs.byNode[nodeID]
	if c == nil {
		return 0, proxmox.Certificate{}
	}
	presented, _ = c.Certificate()
	return c.CallsPerMinute(), presented
}

func (cs *clients) close() {
	cs.mu.Lock()
	defer cs.mu.Unlock()
	for _, c := range cs.byNode {
		c.Close()
	}
	clear(cs.byNode)
}
