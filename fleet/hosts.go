package fleet

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"sync"
	"time"

	"golang.org/x/crypto/ssh"

	"berth/pct"
	"berth/store"
)

// hosts are the shared ways into the containers, by node.
type hosts struct {
	store *store.Store
	now   func() time.Time

	mu     sync.Mutex
	closed bool
	byNode map[string]sharedHost
}

// sharedHost is a Host and what it was made from.
type sharedHost struct {
	*pct.Host
	addr string
	set  store.SSHSettings
}

// Host is the shared way into a container: over SSH to the member of the cluster that
// holds it, as far as known, else to the node itself. store.ErrNotFound, *store.NoSSHError.
func (f *Fleet) Host(userID string, at store.Ref) (*pct.Host, error) {
	node, err := f.store.Node(userID, at.NodeID)
	if err != nil {
		return nil, err
	}
	if node, err = f.store.SSHNode(userID, at.NodeID, f.holderOf(node, at.VMID)); err != nil {
		return nil, err
	}
	return f.hosts.get(node)
}

// hostTestTime is how long a test of SSH may take.
const hostTestTime = 15 * time.Second

// TestHost tries the way into the containers that the host of a node holds, which may not be trusted yet. Why it cannot
// be used is an *proxmox.Error.
func (f *Fleet) TestHost(ctx context.Context, node store.Node) error {
	host, err := f.hosts.get(node)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, hostTestTime)
	defer cancel()
	_, err = host.Gate(ctx)
	return err
}

// holderOf is the member that was last known to hold a container; "" when none was.
func (f *Fleet) holderOf(node store.Node, vmid int) string {
	g, _ := f.knownOf(node).guest(vmid)
	return g.Node
}

func (hs *hosts) get(node store.Node) (*pct.Host, error) {
	h, over, err := hs.current(node)
	if over != nil {
		err = errors.Join(err, over.Close())
	}
	return h, err
}

// current is the Host by a node's settings as they are, and the one by those before, if there
// is one. That is to be closed, which takes its time, without holding up who wants another host.
func (hs *hosts) current(node store.Node) (h, over *pct.Host, err error) {
	hs.mu.Lock()
	defer hs.mu.Unlock()
	if hs.closed {
		return nil, nil, net.ErrClosed
	}
	addr := net.JoinHostPort(cmp.Or(node.SSH.Host, node.Host), strconv.Itoa(cmp.Or(node.SSH.Port, 22)))
	if kept, ok := hs.byNode[node.ID]; ok {
		if kept.addr == addr && kept.set == node.SSH {
			return kept.Host, nil, nil
		}
		delete(hs.byNode, node.ID)
		over = kept.Host
	}
	key, err := hs.store.SSHKey(node.UserID, node.ID)
	if err != nil {
		return nil, over, err
	}
	signer, err := ssh.NewSignerFromKey(key)
	if err != nil {
		return nil, over, fmt.Errorf("fleet: sign in at %s: %w", addr, err)
	}
	h = pct.NewHost(pct.HostConfig{
		Addr:    addr,
		User:    cmp.Or(node.SSH.User, "root"),
		Key:     signer,
		HostKey: node.SSH.HostKey,
		Now:     hs.now,
	})
	hs.byNode[node.ID] = sharedHost{Host: h, addr: addr, set: node.SSH}
	return h, over, nil
}

// drop ends the way to the host of a node that is gone.
func (hs *hosts) drop(nodeID string) error {
	hs.mu.Lock()
	h, ok := hs.byNode[nodeID]
	delete(hs.byNode, nodeID)
	hs.mu.Unlock()
	if !ok {
		return nil
	}
	return h.Close()
}

// close ends all ways, in the time that one takes.
func (hs *hosts) close() error {
	hs.mu.Lock()
	defer hs.mu.Unlock()
	hs.closed = true
	var (
		closing sync.WaitGroup
		errs    = make([]error, len(hs.byNode))
		i       int
	)
	for _, h := range hs.byNode {
		err := &errs[i]
		i++
		closing.Go(func() { *err = h.Close() })
	}
	closing.Wait()
	clear(hs.byNode)
	return errors.Join(errs...)
}
