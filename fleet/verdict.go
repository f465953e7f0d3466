package fleet

import (
	"context"
	"strings"

	"berth/proxmox"
	"berth/store"
)

// checkTime is how long Proxmox may take in all to judge one VMID.
const checkTime = proxmox.VMIDTime

// callResources is the call that asks a cluster, as errors name it.
const callResources = "GET /cluster/resources"

// VMIDState is what can be said of a VMID. "" is that of an empty field.
type VMIDState string

// What VMIDs are.
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
	Text  string // what was typed, for invalid
	// Taken: by whom, where the user may know it. All are empty for a guest that the token may not see.
	Name, NodeName, NodeID string
	Type                   proxmox.GuestType
	Err                    error // unknown: why
}

func taken(vmid int) Verdict { return Verdict{State: VMIDTaken, VMID: vmid} }

// Check judges a VMID as typed for a node of a user: by the VMID cache, and where that
// does not have it by Proxmox, which also knows the guests that a token may not see.
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
	ctx, cancel := context.WithTimeout(ctx, checkTime)
	defer cancel()
	return f.judge(ctx, f.clusterOf(node), vmid), nil
}

// judge looks a VMID up.
func (f *Fleet) judge(ctx context.Context, s *cluster, vmid int) Verdict {
	known, in, err := f.vmids.Taken(ctx, s.id, vmid)
	f.noteCache(ctx, err)
	if in {
		if v, ok := f.holder(s, vmid); ok {
			return v
		}
	}
	looked := false
	if !known || in { // nothing is known, or not who has it
		if err := f.awaitRefresh(ctx, s); err != nil {
			if in {
				return taken(vmid)
			}
			return Verdict{State: VMIDUnknown, VMID: vmid, Err: f.refusal(s, err)}
		}
		looked = true
		if v, ok := f.holder(s, vmid); ok {
			return v
		}
	}
	err = f.nextID(ctx, s, vmid)
	switch {
	case err == nil:
		return Verdict{State: VMIDFree, VMID: vmid}
	case proxmox.KindOf(err) != proxmox.KindExists:
		return Verdict{State: VMIDUnknown, VMID: vmid, Err: f.refusal(s, err)}
	}
	if !looked { // it may have been made since the cache was filled
		if err := f.awaitRefresh(ctx, s); err != nil {
			f.log.Debug("who has a VMID is not known", "cluster", s.id, "error", err)
		}
	}
	if v, ok := f.holder(s, vmid); ok {
		return v
	}
	return taken(vmid)
}

// refusal is why no answer came in time where it is known that the token is refused, which takes longer than a verdict
// may; else err.
func (f *Fleet) refusal(s *cluster, err error) error {
	if proxmox.KindOf(err) != proxmox.KindTimeout {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, h := range s.health {
		if kind := proxmox.KindOf(h.err); kind == proxmox.KindUnauthorized || kind == proxmox.KindTokenLost {
			return h.err
		}
	}
	return err
}

// awaitRefresh asks the cluster, or joins in when it is being asked, and waits for the answer.
func (f *Fleet) awaitRefresh(ctx context.Context, s *cluster) error {
	f.mu.Lock()
	q := f.refresh(s)
	f.mu.Unlock()
	_, err := wait(ctx, q.Call, callResources)
	return err
}

// refreshTime is how long a page waits for the taken VMIDs to be read anew.
const refreshTime = proxmox.PageTime

// RefreshVMIDs fills the cache of a node's cluster anew; concurrent calls share one.
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

// nextID asks the nodes of a cluster in turn whether a VMID is free, until one answers.
// It returns what proxmox.Client.CheckVMID does.
func (f *Fleet) nextID(ctx context.Context, s *cluster, vmid int) error {
	nodes, err := f.askable(s)
	for _, n := range nodes {
		var c *proxmox.Client
		if c, _, err = f.Client(n.ID); err != nil {
			continue
		}
		err = c.CheckVMID(ctx, vmid)
		if err == nil || proxmox.KindOf(err) == proxmox.KindExists || ctx.Err() != nil {
			return err
		}
	}
	if err == nil {
		return store.ErrNotFound // the node was deleted meanwhile
	}
	return err
}

// holder is the verdict on a VMID that the inventory shows someone to have.
func (f *Fleet) holder(s *cluster, vmid int) (Verdict, bool) {
	f.mu.Lock()
	k := s.known
	f.mu.Unlock()
	g, ok := k.guest(vmid)
	if !ok {
		return Verdict{}, false
	}
	v := taken(vmid)
	v.Name, v.Type, v.NodeName = g.Name, g.Type, g.Node
	nodes, err := f.store.Nodes(s.userID)
	if err != nil {
		f.log.Error("the nodes cannot be read", "user", s.userID, "error", err)
	}
	for _, n := range nodes {
		if n.Scope == s.id && n.Member == g.Node {
			v.NodeName, v.NodeID = n.Name, n.ID
			break
		}
	}
	return v, true
}
