package fleet

import (
	"context"
	"sync"
	"time"

	"berth/proxmox"
)

const (
	// rightsTime is how long a node may take to tell what its token may do.
	rightsTime = proxmox.PageTime
	// rightsLife is how long that is kept: whoever grants a right in Proxmox and comes back to the page finds it.
	rightsLife = Interval
)

// keptRights are what a node's token may do, or the question for it.
type keptRights struct {
	*flight[proxmox.Permissions]
	of     *proxmox.Client // another one has another token
	denied int64           // of that client's calls, when it was asked
	at     time.Time       // when it was asked
}

// good tells whether what the token of c may do need not be asked again: it is being asked, or was told lately, and
// nothing was denied to it since.
func (k *keptRights) good(c *proxmox.Client, now time.Time) bool {
	if k == nil || k.of != c || k.denied != c.Denied() {
		return false
	}
	return !k.hasLanded() || k.err == nil && now.Sub(k.at) < rightsLife
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
	permissions, err := f.keptRights(c, nodeID).wait(ctx, "GET /access/permissions")
	if err != nil {
		return nil
	}
	return permissions
}

// keptRights are those that are kept, or else a new question.
func (f *Fleet) keptRights(c *proxmox.Client, nodeID string) *keptRights {
	f.mu.Lock()
	defer f.mu.Unlock()
	now := f.clock.Now()
	if kept := f.rights[nodeID]; kept.good(c, now) {
		return kept
	}
	kept := &keptRights{of: c, denied: c.Denied(), at: now}
	kept.flight = launch(f, func(ctx context.Context) (proxmox.Permissions, error) {
		ctx, cancel := context.WithTimeout(ctx, rightsTime)
		defer cancel()
		return c.Permissions(ctx)
	})
	f.rights[nodeID] = kept
	return kept
}
