package conns

import (
	"cmp"
	"fmt"
	"net"
	"strconv"

	"golang.org/x/crypto/ssh"

	"berth/pct"
	"berth/store"
)

// sharedHost is a Host with the settings that it was made from, to notice when they have changed.
type sharedHost struct {
	*pct.Host
	addr string
	set  store.SSHSettings
}

// Host returns the shared way to a node by its SSH settings, which are those of the record and may not be trusted yet. One
// by other settings is closed. net.ErrClosed; store.ErrNotFound when the node was deleted; store.ErrKey.
func (p *Pool) Host(node store.Node) (*pct.Host, error) {
	want := sharedHost{addr: net.JoinHostPort(cmp.Or(node.SSH.Host, node.Host), strconv.Itoa(cmp.Or(node.SSH.Port, 22))), set: node.SSH}
	for {
		h, drops, err := p.host(node.ID, want)
		if h != nil || err != nil {
			return h, err
		}
		if want.Host, err = p.newHost(node, want.addr); err != nil {
			return nil, err
		}
		h, over, current := p.shareHost(node.ID, want, drops)
		if over != nil {
			_ = over.Close() // takes its time, which holds up nobody else; what goes on over it is not this one's fault
		}
		if current {
			return h, nil
		}
	}
}

// host returns the shared Host if it has the wanted settings, else nil and the number of drops for shareHost.
func (p *Pool) host(nodeID string, want sharedHost) (*pct.Host, int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return nil, 0, net.ErrClosed
	}
	if shared, ok := p.hosts[nodeID]; ok && shared.addr == want.addr && shared.set == want.set {
		return shared.Host, 0, nil
	}
	return nil, p.drops, nil
}

func (p *Pool) newHost(node store.Node, addr string) (*pct.Host, error) {
	key, err := p.store.SSHKey(node.UserID, node.ID)
	if err != nil {
		return nil, err
	}
	signer, err := ssh.NewSignerFromKey(key)
	if err != nil {
		return nil, fmt.Errorf("conns: sign in at %s: %w", addr, err)
	}
	return pct.NewHost(pct.HostConfig{
		Addr:    addr,
		User:    cmp.Or(node.SSH.User, "root"),
		Key:     signer,
		HostKey: node.SSH.HostKey,
		Now:     p.now,
	}), nil
}

// shareHost makes a Host the shared one of its node and returns it, or the one with the same settings that somebody else
// shared meanwhile. The caller closes over, which is of no more use: the one shared before, or h itself. current is false
// when the node may have been deleted since drops was read, or the pool was closed.
func (p *Pool) shareHost(nodeID string, h sharedHost, drops int) (shared, over *pct.Host, current bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.drops != drops || p.closed {
		return nil, h.Host, false
	}
	before, ok := p.hosts[nodeID]
	if ok && before.addr == h.addr && before.set == h.set {
		return before.Host, h.Host, true
	}
	p.hosts[nodeID] = h
	return h.Host, before.Host, true
}

// DropHost ends the way to the host of a node that was deleted.
func (p *Pool) DropHost(nodeID string) error {
	p.mu.Lock()
	p.drops++
	h, ok := p.hosts[nodeID]
	delete(p.hosts, nodeID)
	p.mu.Unlock()
	if !ok {
		return nil
	}
	return h.Close()
}
