package fleet

import (
	"context"
	"sync"

	"berth/proxmox"
)

const (
	// rightsTime is how long a node may take to tell what its token may do.
	rightsTime = proxmox.PageTime
	// rightsLife is how long that is kept: whoever grants a right in Proxmox and comes back to the page finds it.
	rightsLife = Interval
	// mostRights bounds the answers that are kept.
	mostRights = 1000
)

// rightsKey names what may be done by the token of a client. Another client has another token, and what was read before
// something was denied is not what the token may do.
type rightsKey struct {
	nodeID string
	client *proxmox.Client
	denied int64
}

// Rights of a node's token, as they were told a moment ago or are told now, one answer for all who ask; nil where they
// are not told: then the host has the last word. store.ErrNotFound for another user's node.
func (f *Fleet) Rights(ctx context.Context, userID, nodeID string) (proxmox.Permissions, error) {
	if _, err := f.store.Node(userID, nodeID); err != nil {
		return nil, err
	}
	c, _, err := f.Client(nodeID)
	if err != nil {
		return nil, err
	}
	return f.rightsOf(ctx, c, nodeID), nil
}

// RightsOf asks several of a user's nodes, side by side, what their tokens may do. Those that do not tell are left out.
func (f *Fleet) RightsOf(ctx context.Context, userID string, nodeIDs []string) map[string]proxmox.Permissions {
	var (
		asking sync.WaitGroup
		mu     sync.Mutex
		told   = make(map[string]proxmox.Permissions)
	)
	for _, id := range nodeIDs {
		asking.Go(func() {
			rights, err := f.Rights(ctx, userID, id)
			if err != nil || rights == nil {
				return
			}
			mu.Lock()
			defer mu.Unlock()
			told[id] = rights
		})
	}
	asking.Wait()
	return told
}

// rightsOf a node's token; nil when they cannot be told.
func (f *Fleet) rightsOf(ctx context.Context, c *proxmox.Client, nodeID string) proxmox.Permissions {
	asked := f.rights.Get(rightsKey{nodeID, c, c.Denied()}, func(ctx context.Context) (proxmox.Permissions, error) {
		ctx, cancel := context.WithTimeout(ctx, rightsTime)
		defer cancel()
		return c.Permissions(ctx)
	})
	permissions, err := wait(ctx, asked, "GET /access/permissions")
	if err != nil {
		return nil
	}
	return permissions
}
