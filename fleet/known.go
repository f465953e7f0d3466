package fleet

import (
	"cmp"
	"encoding/json"
	"errors"
	"maps"
	"net/netip"
	"slices"
	"time"

	"berth/proxmox"
	"berth/store"
)

// known holds the last answer of a cluster, merged with the answers before it. It is not
// changed once others can see it. As JSON it is kept over a restart.
type known struct {
	Seen      time.Time // of the last answer; zero: never
	Guests    []guest   // by VMID
	Members   []member  // by name
	Storages  []proxmox.StorageUse
	Addresses map[int]noted                // by VMID
	Updates   map[int]Updates              `json:",omitempty"` // by VMID
	Systems   map[int]string               `json:",omitempty"` // by VMID: what a look found, as in "Debian 13"
	Colours   map[string]proxmox.TagColour `json:",omitempty"` // by tag; read-only
	Gone      []gone                       // containers that were there before, the last to go first; at most mostGone
}

// gone is a container that is not in its cluster any more; its name is shown with its history.
type gone struct {
	VMID int
	Name string
}

// mostGone bounds the containers of a cluster that are remembered after they are gone.
const mostGone = 100

// guest by the last answer that had its metrics.
type guest struct {
	proxmox.Guest
	Seen     time.Time // of that answer; zero: its member was never up
	SwapSeen time.Time // when Swap and MaxSwap were read; zero: never
	Traffic  Traffic
}

// member of the cluster, a cluster or a single host.
type member struct {
	proxmox.Member
	Seen time.Time // of the last answer by which it was up
	Down time.Time // of the first answer by which it is down; zero: it is up
}

// noted addresses of a container, and when they were read: from its interfaces while it ran, or from its configuration.
type noted struct {
	Addresses []netip.Prefix
	At        time.Time
	Static    bool `json:",omitempty"` // from its configuration
}

// next merges an answer into k, asked for at begun and received at now, and returns the
// result. A cluster has no metrics of a member that is down: the last ones stay.
// Addresses stay while their container runs, or when they were noted after begun; those of its configuration also while it
// is stopped.
func (k *known) next(r proxmox.Resources, begun, now time.Time) *known {
	next := &known{Seen: now, Storages: r.Storages, Addresses: make(map[int]noted), Colours: k.Colours}
	for _, m := range r.Nodes {
		before, _ := k.member(m.Name)
		fresh := member{Member: m, Seen: now}
		if !m.Online {
			fresh.Seen, fresh.Down = before.Seen, before.Down
			if fresh.Down.IsZero() {
				fresh.Down = now
			}
		}
		next.Members = append(next.Members, fresh)
	}
	for _, g := range r.Guests {
		fresh := guest{Guest: g, Seen: now}
		before, same := k.guest(g.VMID)
		same = same && before.Node == g.Node && before.Type == g.Type
		if m, ok := next.member(g.Node); ok && !m.Online {
			fresh.Seen = time.Time{}
			if same {
				fresh = before
			}
		} else if same {
			fresh.carryOver(before)
		}
		next.Guests = append(next.Guests, fresh)
	}
	for vmid, a := range k.Addresses {
		g, there := next.guest(vmid)
		if a.At.Before(begun) && (!there || g.Status == proxmox.GuestStopped && !a.Static) {
			continue
		}
		next.Addresses[vmid] = a
	}
	next.Updates, next.Systems = stillThere(k, next.Guests, k.Updates), stillThere(k, next.Guests, k.Systems)
	next.Gone = k.gone(next.Guests)
	return next
}

// gone lists the containers, for Gone of the next known, that k has or had and that are not among guests.
func (k *known) gone(guests []guest) []gone {
	here := func(vmid int) bool {
		_, there := find(guests, vmid)
		return there
	}
	var list []gone
	for _, g := range k.Guests {
		if g.Type == proxmox.TypeContainer && g.Name != "" && !here(g.VMID) {
			list = append(list, gone{g.VMID, g.Name})
		}
	}
	for _, g := range k.Gone {
		if _, newer := k.guest(g.VMID); !newer && !here(g.VMID) {
			list = append(list, g)
		}
	}
	return list[:min(len(list), mostGone)]
}

// name of a container, also of one that is gone; "" for one that was never there.
func (k *known) name(vmid int) string {
	if g, there := k.guest(vmid); there {
		return g.Name
	}
	if i := slices.IndexFunc(k.Gone, func(g gone) bool { return g.VMID == vmid }); i >= 0 {
		return k.Gone[i].Name
	}
	return ""
}

// with returns k with a guest replaced or added, after that guest alone was asked for.
func (k *known) with(g guest) *known {
	next := *k
	i, there := find(k.Guests, g.VMID)
	next.Guests = slices.Clone(k.Guests)
	if !there {
		next.Guests = slices.Insert(next.Guests, i, g)
		return &next
	}
	if g.Pool == "" {
		g.Pool = next.Guests[i].Pool // not every call has it
	}
	g.Traffic = next.Guests[i].Traffic.next(g.Guest)
	next.Guests[i] = g
	return &next
}

// carryOver takes from before what the answer of a list lacks: the swap while the guest runs, and the traffic's start.
func (g *guest) carryOver(before guest) {
	g.Traffic = before.Traffic.next(g.Guest)
	if g.Status == proxmox.GuestRunning {
		g.Swap, g.MaxSwap, g.SwapSeen = before.Swap, before.MaxSwap, before.SwapSeen
	}
}

// without returns k without a guest that its host says is gone.
func (k *known) without(vmid int) *known {
	next := *k
	next.Guests = slices.DeleteFunc(slices.Clone(k.Guests), func(g guest) bool { return g.VMID == vmid })
	next.Updates, next.Systems = stillThere(k, next.Guests, k.Updates), stillThere(k, next.Guests, k.Systems)
	next.Gone = k.gone(next.Guests)
	return &next
}

// addressed returns k with a container's addresses replaced.
func (k *known) addressed(vmid int, a noted) *known {
	next := *k
	next.Addresses = maps.Clone(k.Addresses)
	if next.Addresses == nil {
		next.Addresses = make(map[int]noted)
	}
	next.Addresses[vmid] = a
	return &next
}

// find searches guests, sorted by VMID, and returns the index of the guest or, with false, where to insert it.
func find(guests []guest, vmid int) (int, bool) {
	return slices.BinarySearchFunc(guests, vmid, func(g guest, id int) int { return cmp.Compare(g.VMID, id) })
}

func (k *known) guest(vmid int) (guest, bool) {
	i, ok := find(k.Guests, vmid)
	if !ok {
		return guest{}, false
	}
	return k.Guests[i], true
}

func (k *known) member(name string) (member, bool) {
	i := slices.IndexFunc(k.Members, func(m member) bool { return m.Name == name })
	if i < 0 {
		return member{}, false
	}
	return k.Members[i], true
}

// vmids lists the taken VMIDs that the token may see, for the VMID cache.
func (k *known) vmids() []int {
	list := make([]int, len(k.Guests))
	for i, g := range k.Guests {
		list[i] = g.VMID
	}
	return list
}

// knownOf returns what is known of a node's cluster, without asking; read-only, never nil.
func (f *Fleet) knownOf(n store.Node) *known {
	c := f.clusterOf(n)
	f.mu.Lock()
	defer f.mu.Unlock()
	return c.known
}

// keepEvery is the least time between two writes of a cluster's known to the store: each
// costs the disk a sync. Close writes the rest.
const keepEvery = time.Minute

// kept reads a cluster's known from the store; an empty one when there is none, or it cannot be read.
func (f *Fleet) kept(clusterID string) *known {
	k := &known{}
	data, err := f.store.Inventory(clusterID)
	if errors.Is(err, store.ErrNotFound) {
		return k
	}
	if err == nil {
		err = json.Unmarshal(data, k)
	}
	if err != nil {
		f.log.Warn("the kept inventory cannot be read", "cluster", clusterID, "error", err)
		return &known{}
	}
	return k
}

// keep writes a cluster's known to the store.
func (f *Fleet) keep(clusterID string, k *known) error {
	data, err := json.Marshal(k)
	if err != nil {
		return err
	}
	return f.store.SaveInventory(clusterID, data)
}
