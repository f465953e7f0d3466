// Package conns shares the connections to the hosts among all who use them: an API client and a way over SSH for each node.
// They are made from the settings of the nodes in the store when they are first needed.
package conns

import (
	"errors"
	"sync"
	"time"

	"berth/proxmox"
	"berth/store"
)

// Pool of connections. It is safe for concurrent use.
type Pool struct {
	store *store.Store
	now   func() time.Time

	mu      sync.Mutex // never held while the store is read or a connection is closed
	closed  bool
	clients map[string]*proxmox.Client // by node ID
	hosts   map[string]sharedHost      // by node ID
	drops   int                        // counts dropped connections: one made from settings read before a drop is not shared
}

// New makes a Pool without connections. It must be closed.
func New(s *store.Store, now func() time.Time) *Pool {
	return &Pool{store: s, now: now, clients: make(map[string]*proxmox.Client), hosts: make(map[string]sharedHost)}
}

// State of a node by its client; zero for a node that was not asked since its settings changed.
type State struct {
	CallsPerMinute int
	Certificate    proxmox.Certificate // that it presented last
	// DaemonDown is the error of the last call that needed the node's pvedaemon, where that did not run: the node answers, but
	// does nothing else. nil when it ran.
	DaemonDown error
}

// State of a node, without asking it.
func (p *Pool) State(nodeID string) State {
	p.mu.Lock()
	c := p.clients[nodeID]
	p.mu.Unlock()
	if c == nil {
		return State{}
	}
	presented, _ := c.Certificate()
	return State{c.CallsPerMinute(), presented, c.DaemonDown()}
}

// Close ends all connections at the same time. Afterwards Client makes new ones, Host fails.
func (p *Pool) Close() error {
	p.mu.Lock()
	clients, hosts := p.clients, p.hosts
	p.clients, p.hosts = make(map[string]*proxmox.Client), make(map[string]sharedHost)
	p.closed = true
	p.mu.Unlock()
	for _, c := range clients {
		c.Close()
	}
	var (
		closing sync.WaitGroup
		mu      sync.Mutex
		errs    []error
	)
	for _, h := range hosts {
		closing.Go(func() {
			err := h.Close()
			mu.Lock()
			defer mu.Unlock()
			errs = append(errs, err)
		})
	}
	closing.Wait()
	return errors.Join(errs...)
}
