package fleet

import (
	"context"
	"strings"

	"berth/proxmox"
	"berth/store"
)

// VMIDState is the state of a Verdict. "" is that of an empty field.
type VMIDState string

// The states of VMIDs.
const (
	VMIDFree    VMIDState = "free"
	VMIDTaken   VMIDState = "taken"
	VMIDInvalid VMIDState = "invalid" // it is no number, or none that Proxmox takes
	VMIDUnknown VMIDState = "unknown" // nobody answered in time
)

// Verdict answers "is this VMID free?".
type Verdict struct {
	State VMIDState
	VMID  int
	Text  string // invalid: as typed
	// Taken: the guest that has it. All are empty for one that the token may not see.
	Name, NodeName, NodeID string
	Type                   proxmox.GuestType
	Err                    error // unknown: an *proxmox.Error, or one of the store
}

func taken(vmid int) Verdict { return Verdict{State: VMIDTaken, VMID: vmid} }

// Check judges a VMID as typed for a node of a user: by the VMID cache, and where that does
// not have it by Proxmox, which also knows the guests that a token may not see. Without an
// answer within Config.VerdictWait it is unknown.
// store.ErrNotFound for another user's node.
func (f *Fleet) Check(ctx context.Context, userID, nodeID, typed string) (Verdict, error) {
	node, err := f.store.Node(userID, nodeID)
	if err != nil {
		return Verdict{}, err
	}
	typed = strings.TrimSpace(typed)
	if typed == "" {
		return Verdict{}, nil
	}
	vmid, ok := proxmox.ParseVMID(typed)
	if !ok {
		return Verdict{State: VMIDInvalid, Text: typed}, nil
	}
	ctx, cancel := context.WithTimeout(ctx, f.verdictWait)
	defer cancel()
	return vmidCheck{f, f.clusterOf(node), vmid}.judge(ctx), nil
}

// vmidCheck judges a VMID of a cluster.
type vmidCheck struct {
	f       *Fleet
	cluster *cluster
	vmid    int
}

func (v vmidCheck) judge(ctx context.Context) Verdict {
	known, in, err := v.f.vmids.Taken(ctx, v.cluster.id, v.vmid)
	v.f.noteCache(ctx, err)
	if in {
		if verdict, ok := v.holder(); ok {
			return verdict
		}
	}
	refreshed := false
	if !known || in { // the cache is empty, or the holder is not in the inventory
		if err := v.f.awaitRefresh(ctx, v.cluster); err != nil {
			if in {
				return taken(v.vmid)
			}
			return v.unknown(err)
		}
		refreshed = true
		if verdict, ok := v.holder(); ok {
			return verdict
		}
	}
	switch err := v.askHosts(ctx); {
	case err == nil:
		return Verdict{State: VMIDFree, VMID: v.vmid}
	case proxmox.KindOf(err) != proxmox.KindExists:
		return v.unknown(err)
	}
	if !refreshed { // it may have been made since the cache was filled
		if err := v.f.awaitRefresh(ctx, v.cluster); err != nil {
			v.f.log.Debug("who has a VMID is not known", "cluster", v.cluster.id, "error", err)
		}
	}
	if verdict, ok := v.holder(); ok {
		return verdict
	}
	return taken(v.vmid)
}

// unknown is the verdict after err. Proxmox takes longer to refuse a token than a verdict may take: after a time-out, an
// earlier refusal of the cluster's token is given as the reason instead.
func (v vmidCheck) unknown(err error) Verdict {
	verdict := Verdict{State: VMIDUnknown, VMID: v.vmid, Err: err}
	if proxmox.KindOf(err) != proxmox.KindTimeout {
		return verdict
	}
	v.f.mu.Lock()
	defer v.f.mu.Unlock()
	for _, h := range v.cluster.health {
		if kind := proxmox.KindOf(h.err); kind == proxmox.KindUnauthorized || kind == proxmox.KindTokenLost {
			verdict.Err = h.err
			break
		}
	}
	return verdict
}

// askHosts asks the nodes of the cluster in turn whether the VMID is free, until one answers; the result is that of
// proxmox.Client.CheckVMID. store.ErrNotFound when there is no node any more.
func (v vmidCheck) askHosts(ctx context.Context) error {
	nodes, err := v.f.askable(v.cluster)
	for _, n := range nodes {
		var client *proxmox.Client
		if client, _, err = v.f.Client(n.ID); err != nil {
			continue
		}
		err = client.CheckVMID(ctx, v.vmid)
		if err == nil || proxmox.KindOf(err) == proxmox.KindExists || ctx.Err() != nil {
			return err
		}
	}
	if err == nil {
		return store.ErrNotFound // the node was deleted meanwhile
	}
	return err
}

// holder returns the verdict with the guest that has the VMID by the inventory; false where none has.
func (v vmidCheck) holder() (Verdict, bool) {
	v.f.mu.Lock()
	k := v.cluster.known
	v.f.mu.Unlock()
	g, ok := k.guest(v.vmid)
	if !ok {
		return Verdict{}, false
	}
	verdict := taken(v.vmid)
	verdict.Name, verdict.Type, verdict.NodeName = g.Name, g.Type, g.Node
	nodes, err := v.f.store.Nodes(v.cluster.userID)
	if err != nil {
		v.f.log.Error("the nodes cannot be read", "user", v.cluster.userID, "error", err)
	}
	for _, n := range nodes {
		if n.Scope == v.cluster.id && n.Member == g.Node {
			verdict.NodeName, verdict.NodeID = n.Name, n.ID
			break
		}
	}
	return verdict, true
}

// refreshTime bounds RefreshVMIDs, which a page of the wizard waits for.
const refreshTime = proxmox.PageTime

// RefreshVMIDs fills the VMID cache of a node's cluster anew; concurrent calls share one refresh.
// store.ErrNotFound for another user's node, else an *proxmox.Error.
func (f *Fleet) RefreshVMIDs(ctx context.Context, userID, nodeID string) error {
	node, err := f.store.Node(userID, nodeID)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, refreshTime)
	defer cancel()
	return f.awaitRefresh(ctx, f.clusterOf(node))
}
