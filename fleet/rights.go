package fleet

import (
	"context"
	"sync"

	"berth/proxmox"
)

const (
	// rightsTime bounds the call for a token's rights.
	rightsTime = proxmox.PageTime
	// rightsLife bounds the age of an answer that is used again. It is short, so that a right granted in Proxmox counts
	// when the user comes back to the page.
	rightsLife = Interval
	// mostRights bounds the answers that are kept.
	mostRights = 1000
)

// rightsKey names a kept answer. It is not used for another client, which may have another token, nor after the host has
// denied something: the rights may have changed.
type rightsKey struct {
	nodeID string
	client *proxmox.Client
	denied int64 // proxmox.Client.Denied
}

// Rights asks for the rights of a node's token; answers are shared and kept for rightsLife, and read-only. nil where the
// node does not answer: then pages offer everything, and the host refuses. store.ErrNotFound for another user's node.
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

// RightsOf asks for Rights of several of a user's nodes side by side, by node ID. Those that do not answer are left out.
func (f *Fleet) RightsOf(ctx context.Context, userID string, nodeIDs []string) map[string]proxmox.Permissions {
	var (
		asking sync.WaitGroup
		mu     sync.Mutex
		byNode = make(map[string]proxmox.Permissions)
	)
	for _, id := range nodeIDs {
		asking.Go(func() {
			rights, err := f.Rights(ctx, userID, id)
			if err != nil || rights == nil {
				return
			}
			mu.Lock()
			defer mu.Unlock()
			byNode[id] = rights
		})
	}
	asking.Wait()
	return byNode
}

// rightsOf is Rights where the caller has the client already.
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
