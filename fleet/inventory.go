package fleet

import (
	"context"
	"maps"
	"slices"
	"time"

	"berth/proxmox"
	"berth/store"
)

// defaultRefreshWait bounds a page's wait for fresh metrics, unless Config says otherwise.
const defaultRefreshWait = 250 * time.Millisecond

// RefreshWait returns the bound that Inventory puts on its wait for answers, for pages that wait for alerts as long.
func (f *Fleet) RefreshWait() time.Duration { return f.refreshWait }

// staleAfter bounds the age of an answer whose containers are shown as current; older ones are not Fresh.
const staleAfter = 3 * Interval

// NodeStatus says whether a node answers. "" is that of no node.
type NodeStatus string

// The statuses of nodes.
const (
	NodeAsking  NodeStatus = "asking" // no answer and no failure yet since Berth started
	NodeAnswers NodeStatus = "answers"
	NodeSilent  NodeStatus = "silent"
)

// Inventory of a user's nodes and containers, as pages show it. The caller may change it.
type Inventory struct {
	Nodes            []NodeState // as store.Nodes orders them
	Containers       []Container // by name, then VMID, then node
	UnmanagedMembers []string    // members of the user's clusters that hold containers but were not added as nodes, sorted
	Unmanaged        int         // containers on those
	unmanaged        []unmanagedGuest
}

// unmanagedGuest is a container on a member that was not added as a node.
type unmanagedGuest struct {
	clusterID, member string
	vmid              int
}

// NodeState is a node and how it answers.
type NodeState struct {
	Node           store.Node
	State          NodeStatus
	Seen           time.Time     // last answer; zero: never
	Since          time.Time     // silent: the first failure in a row
	Latency        time.Duration // of the last answer of its own; 0 while another member answers for it
	Err            error         // of a silent node, or one whose daemon is down: an *proxmox.Error, unless its record cannot be read
	CallsPerMinute int
	Certificate    proxmox.Certificate // that it presented the last time it was asked; zero: it was not yet
	Usage          proxmox.Member
	Online         bool // false: its cluster says that this member is down
	Guests         int  // containers on it
	// Promised to its containers, by their configuration.
	PromisedCores                float64
	PromisedMemory, PromisedDisk uint64 // bytes
	DiskSize                     uint64 // of the storages that hold containers, in bytes
}

// Container of a user, from the inventory; false when it is not in it.
func (p Inventory) Container(at store.Ref) (Container, bool) {
	i := slices.IndexFunc(p.Containers, func(c Container) bool { return c.Ref() == at })
	if i < 0 {
		return Container{}, false
	}
	return p.Containers[i], true
}

// Inventory returns the inventory of a user from memory. Clusters that were not asked for
// Interval are asked, and those that answered the last time are waited for, for at most
// RefreshWait in all: a node that does not answer delays nothing.
func (f *Fleet) Inventory(ctx context.Context, userID string) (Inventory, error) {
	nodes, err := f.store.Nodes(userID)
	if err != nil {
		return Inventory{}, err
	}
	f.await(ctx, f.refreshDue(userID, nodes))
	p := f.assemble(nodes)
	err = f.besideAll(userID, &p)
	return p, err
}

// refreshDue begins refreshes of the user's clusters that are due, and returns those that a page should wait for: of
// clusters that are likely to answer, whose last answer is older than Interval.
func (f *Fleet) refreshDue(userID string, nodes []store.Node) []*refresh {
	f.clustersOf(nodes)
	f.mu.Lock()
	defer f.mu.Unlock()
	u := f.user(userID)
	u.keepOnly(nodes)
	now := f.clock.Now()
	var worth []*refresh
	for c := range u.loaded() {
		if c.refresh == nil && !c.due.After(now) {
			f.refresh(c)
		}
		likely := c.answered || !c.settled
		if q := c.refresh; q != nil && likely && !q.late && now.Sub(c.known.Seen) >= Interval {
			worth = append(worth, q)
		}
	}
	return worth
}

// await waits for refreshes, for RefreshWait in all. One that takes longer holds up no further page.
func (f *Fleet) await(ctx context.Context, questions []*refresh) {
	if len(questions) == 0 {
		return
	}
	look, cancel := context.WithTimeout(ctx, f.refreshWait)
	defer cancel()
	for _, q := range questions {
		select {
		case <-q.Done():
			continue
		case <-look.Done():
		}
		if ctx.Err() == nil {
			f.mu.Lock()
			q.late = true
			f.mu.Unlock()
		}
	}
}

// assemble makes the inventory of nodes from the last answers of their clusters. It asks no host.
func (f *Fleet) assemble(nodes []store.Node) Inventory {
	now := f.clock.Now()
	p := Inventory{Nodes: make([]NodeState, len(nodes))}
	downs := make([]error, len(nodes))
	for i, n := range nodes {
		s := f.conns.State(n.ID)
		p.Nodes[i] = NodeState{Node: n, CallsPerMinute: s.CallsPerMinute, Certificate: s.Certificate}
		downs[i] = s.DaemonDown
	}

	type clusterKnown struct {
		*known
		answers bool
	}
	knowns := make(map[string]clusterKnown)
	clusters := f.clustersOf(nodes)
	f.mu.Lock()
	for i, n := range nodes {
		s := clusters[n.Scope]
		knowns[n.Scope] = clusterKnown{s.known, s.answered}
		p.Nodes[i].judge(s)
		if p.Nodes[i].State == NodeAnswers {
			p.Nodes[i].Err = downs[i]
		}
	}
	f.mu.Unlock()

	elsewhere := make(map[string]bool)
	for cluster, known := range knowns {
		holders := holdersOf(cluster, p.Nodes)
		for _, g := range known.Guests {
			if g.Type != proxmox.TypeContainer {
				continue
			}
			n := holders[g.Node]
			if n == nil {
				elsewhere[g.Node] = true
				p.Unmanaged++
				p.unmanaged = append(p.unmanaged, unmanagedGuest{cluster, g.Node, g.VMID})
				continue
			}
			n.addGuest(g)
			c := known.container(g, n.Node, known.answers, now)
			c.Err = n.Err
			p.Containers = append(p.Containers, c)
		}
		for _, st := range known.Storages {
			if n := holders[st.Node]; n != nil && slices.Contains(st.Content, "rootdir") {
				n.DiskSize += st.Size
			}
		}
	}
	slices.SortFunc(p.Containers, byName)
	p.UnmanagedMembers = slices.Sorted(maps.Keys(elsewhere))
	return p
}

// holdersOf returns the nodes of a cluster by their names in Proxmox. Where one host was added twice, its
// containers count for the first.
func holdersOf(cluster string, nodes []NodeState) map[string]*NodeState {
	holders := make(map[string]*NodeState)
	for i := range nodes {
		if n := &nodes[i]; n.Node.Scope == cluster && holders[n.Node.Member] == nil {
			holders[n.Node.Member] = n
		}
	}
	return holders
}

// judge sets the node's State and what goes with it, by its own answers or those of its cluster. The fleet's mu is held.
func (n *NodeState) judge(c *cluster) {
	m, there := c.known.member(n.Node.Member)
	n.Usage, n.Online, n.Seen = m.Member, m.Online || !there, m.Seen
	if !there {
		n.Seen = c.known.Seen
	}
	h := c.health[n.Node.ID]
	if h != nil {
		n.Latency = h.latency
		if h.seen.After(n.Seen) {
			n.Seen = h.seen
		}
	}
	switch {
	case h != nil && h.failures > 0:
		n.State, n.Since, n.Err = NodeSilent, h.since, h.err
	case c.answered && !n.Online:
		n.State, n.Since = NodeSilent, m.Down
		n.Err = &proxmox.Error{Kind: proxmox.KindMemberDown, Call: callResources}
	case c.answered:
		n.State = NodeAnswers
	default:
		n.State = NodeAsking
	}
}

// addGuest adds a container to the totals that the node has promised.
func (n *NodeState) addGuest(g guest) {
	n.Guests++
	n.PromisedCores += g.Cores
	n.PromisedMemory += g.MaxMemory
	n.PromisedDisk += g.MaxDisk
}

// container makes the user's Container of a guest of k; answers: its cluster answered when it was last asked.
func (k *known) container(g guest, n store.Node, answers bool, now time.Time) Container {
	c := Container{
		Guest:     g.Guest,
		NodeID:    n.ID,
		NodeName:  n.Name,
		Fresh:     answers && !g.Seen.Before(k.Seen) && now.Sub(g.Seen) < staleAfter,
		Seen:      g.Seen,
		Addresses: slices.Clone(k.Addresses[g.VMID].Addresses),
		Updates:   k.Updates[g.VMID],
		System:    k.Systems[g.VMID],
		Colours:   k.Colours,
		SwapSeen:  g.SwapSeen,
		Traffic:   g.Traffic,
	}
	c.Tags = slices.Clone(g.Tags)
	return c
}
