package fleet

import (
	"context"
	"slices"
	"strings"

	"berth/proxmox"
	"berth/store"
)

// Dismiss hides the alert with a key from a user until its mark changes. It does nothing when the alert is over.
func (f *Fleet) Dismiss(ctx context.Context, userID, key string) error {
	p, err := f.Inventory(ctx, userID)
	if err != nil {
		return err
	}
	for _, n := range f.alerts(userID, p) {
		if n.Key() == key {
			return f.store.Dismiss(userID, key, n.mark())
		}
	}
	return nil
}

// Undismiss shows a user the alert with a key again. It does nothing when that was not hidden.
func (f *Fleet) Undismiss(userID, key string) error {
	return f.store.DropDismissals(userID, []string{key})
}

// dropDismissals forgets the dismissals of alerts on a cluster's containers that are over, so that they show when they come
// back, and those of containers that are gone. Each survey ends with it.
func (f *Fleet) dropDismissals(c *cluster, k *known) {
	dismissed, err := f.store.Dismissals(c.userID)
	if err != nil || len(dismissed) == 0 {
		return
	}
	nodes, err := f.askable(c)
	if err != nil {
		return
	}
	var over []string
	for key := range dismissed {
		kind, nodeID, vmid := splitKey(key)
		i := slices.IndexFunc(nodes, func(n store.Node) bool { return n.ID == nodeID })
		if i >= 0 && vmid != 0 && k.isOver(kind, nodes[i], vmid) {
			over = append(over, key)
		}
	}
	if len(over) == 0 {
		return
	}
	if err := f.store.DropDismissals(c.userID, over); err != nil {
		f.log.Error("dismissed alerts were not forgotten", "error", err)
	}
}

// splitKey takes apart an Alert.Key; vmid is 0 where it is about a node, and all are empty for no key.
func splitKey(key string) (kind AlertKind, nodeID string, vmid int) {
	parts := strings.Split(key, "/")
	if len(parts) < 3 {
		return "", "", 0
	}
	vmid, _ = proxmox.ParseVMID(parts[2])
	return AlertKind(parts[0]), parts[1], vmid
}

// isOver tells whether the last answer of a container's host ended an alert about it. An alert that only a survey can end
// is not over here.
func (k *known) isOver(kind AlertKind, n store.Node, vmid int) bool {
	g, there := k.guest(vmid)
	switch {
	case !there || g.Type != proxmox.TypeContainer || g.Node != n.Member:
		return true
	case !g.Seen.Equal(k.Seen):
		return false
	}
	switch kind {
	case AlertDisk:
		return !Container{Guest: g.Guest, NodeID: n.ID, Fresh: true}.NearlyFull()
	case AlertMemory:
		return !isFull(g.Guest)
	case AlertOff:
		return g.Status != proxmox.GuestStopped
	}
	return false
}
