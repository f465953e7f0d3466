package conns

import (
	"berth/proxmox"
	"berth/store"
)

// Client returns the shared client of a node, and its record as it is now. store.ErrNotFound; store.ErrKey.
func (p *Pool) Client(nodeID string) (*proxmox.Client, store.Node, error) {
	for {
		c, drops := p.client(nodeID)
		node, err := p.store.NodeByID(nodeID)
		if err != nil {
			return nil, store.Node{}, err
		}
		if c == nil {
			if c, err = p.newClient(node); err != nil {
				return nil, store.Node{}, err
			}
		}
		if c, current := p.share(nodeID, c, drops); current {
			return c, node, nil
		}
	}
}

// client returns the shared client of a node, nil if there is none, and the number of drops for share.
func (p *Pool) client(nodeID string) (*proxmox.Client, int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.clients[nodeID], p.drops
}

func (p *Pool) newClient(node store.Node) (*proxmox.Client, error) {
	secret, err := p.store.TokenSecret(node.ID)
	if err != nil {
		return nil, err
	}
	return proxmox.New(proxmox.Config{
		Host:        node.Host,
		Port:        node.Port,
		TokenID:     node.TokenID,
		TokenSecret: secret,
		Fingerprint: node.Fingerprint,
		Now:         p.now,
	}), nil
}

// share makes a client the shared one of its node and returns it, or the one that somebody else shared meanwhile. It is
// false when the settings may have changed since drops was read: then the client is to be made again.
func (p *Pool) share(nodeID string, c *proxmox.Client, drops int) (*proxmox.Client, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.drops != drops {
		return nil, false
	}
	if shared := p.clients[nodeID]; shared != nil {
		return shared, true
	}
	p.clients[nodeID] = c
	return c, true
}

// DropClient makes the next Client use the node's settings as they are then; call it after they changed. Calls under way
// go on.
func (p *Pool) DropClient(nodeID string) {
	p.mu.Lock()
	p.drops++
	c := p.clients[nodeID]
	delete(p.clients, nodeID)
	p.mu.Unlock()
	if c != nil {
		c.Close()
	}
}
