package fleet

import (
	"context"
	"time"

	"berth/pct"
	"berth/proxmox"
	"berth/store"
)

// Client returns the shared client of a node, and its record as it is now. store.ErrNotFound; store.ErrKey.
func (f *Fleet) Client(nodeID string) (*proxmox.Client, store.Node, error) {
	return f.conns.Client(nodeID)
}

// Host returns the shared way into a container: over SSH to the member of the cluster that holds it, as far as known, else to
// the node itself. store.ErrNotFound, *store.NoSSHError.
func (f *Fleet) Host(userID string, at store.Ref) (*pct.Host, error) {
	node, err := f.store.Node(userID, at.NodeID)
	if err != nil {
		return nil, err
	}
	if node, err = f.store.SSHNode(userID, at.NodeID, f.holderOf(node, at.VMID)); err != nil {
		return nil, err
	}
	return f.conns.Host(node)
}

// hostTestTime bounds TestHost, which a page of settings waits for.
const hostTestTime = 15 * time.Second

// TestHost tries SSH to a node's host, by settings that may not be trusted yet, up to the forced command. The error is an
// *proxmox.Error that says why containers cannot be reached that way, or one of store.SSHKey.
func (f *Fleet) TestHost(ctx context.Context, node store.Node) error {
	host, err := f.conns.Host(node)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, hostTestTime)
	defer cancel()
	_, err = host.ForcedCommand(ctx)
	return err
}

// holderOf returns the member that was last known to hold a container; "" for none.
func (f *Fleet) holderOf(node store.Node, vmid int) string {
	g, _ := f.knownOf(node).guest(vmid)
	return g.Node
}
