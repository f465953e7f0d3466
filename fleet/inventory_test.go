package fleet

import (
	"fmt"
	"net/netip"
	"slices"
	"testing"
	"time"

	"berth/proxmox"
	"berth/proxmox/sim"
	"berth/store"
	"berth/store/storetest"
)

const gib = 1 << 30

func TestInventoryOfANode(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	h := w.harbour("pve1",
		sim.Guest{VMID: 102, Name: "nas", Status: "stopped", Cores: 2, MaxMemory: 2 * gib, MaxDisk: 8 * gib},
		sim.Guest{VMID: 101, Name: "pihole", Status: "running", Cores: 1, MaxMemory: gib, MaxDisk: 4 * gib, Tags: []string{"dns", "home"}},
		sim.Guest{VMID: 100, Name: "windows", Type: "qemu", Status: "running", Cores: 8, MaxMemory: 16 * gib, MaxDisk: 100 * gib},
	)
	p := w.inventory(h.user) // the first look waits for the answer
	if got := names(p); got != "nas pihole" {
		t.Errorf("containers %q", got)
	}
	c, _ := p.Container(h.node.Ref(101))
	if c.State() != "running" || !c.Fresh || c.NodeName != "pve1" || !slices.Equal(c.Tags, []string{"dns", "home"}) {
		t.Errorf("container %+v", c)
	}
	n := p.Nodes[0]
	if n.State != "answers" || !n.Online || n.Guests != 2 || n.Usage.Cores == 0 || n.DiskSize == 0 {
		t.Errorf("node %+v", n)
	}
	if n.PromisedCores != 3 || n.PromisedMemory != 3*gib || n.PromisedDisk != 12*gib {
		t.Errorf("promised %v cores, %d and %d bytes", n.PromisedCores, n.PromisedMemory, n.PromisedDisk)
	}

	c.Tags[0], p.Nodes[0].State, p.Containers[0].Name = "changed", "changed", "changed"
	again := w.inventory(h.user)
	if c, _ := again.Container(h.node.Ref(101)); names(again) != "nas pihole" || c.Tags[0] != "dns" {
		t.Error("an inventory that was changed by its reader changes the next one")
	}
}

func TestANodeThatHangsAmongTenAddsNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	u := w.addUser("mira")
	var dead harbour
	for i := range 10 {
		h := w.berthed(u, fmt.Sprintf("pve%d", i), sim.Guest{VMID: 100 + i, Name: fmt.Sprintf("ct%d", i), Status: "running"})
		if i == 4 {
			dead = h
		}
	}
	v := w.viewer(u)
	v.rested()
	seen := w.time.Now()
	w.refreshWait = defaultRefreshWait
	dead.host.Hang(true)
	w.time.AdvanceAwaited(t, Interval)
	v.until("nine answers", func() bool {
		fresh := 0
		for _, c := range w.inventory(u).Containers {
			if c.Seen != seen {
				fresh++
			}
		}
		return fresh == 9
	})

	p := w.inventory(u)
	if len(p.Containers) != 10 {
		t.Fatalf("%d containers, want all ten", len(p.Containers))
	}
	if c, _ := p.Container(dead.node.Ref(104)); c.Seen != seen {
		t.Errorf("the one on the node that hangs was seen %v, want %v", c.Seen, seen)
	}
	if n := w.waitsFor(u); n != 0 {
		t.Errorf("the next page waits for %d nodes", n)
	}
	w.time.Advance(3 * Interval)
	if c, _ := w.inventory(u).Container(dead.node.Ref(104)); c.Fresh || c.Status != "running" {
		t.Errorf("later it is shown as %+v", c)
	}
}

// Even a page that comes first waits no longer than RefreshWait.
func TestAPageWaitsShortlyForTheFirstRefresh(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	h := w.harbour("pve1")
	w.refreshWait = defaultRefreshWait
	h.host.Hang(true)
	start := time.Now()
	p := w.inventory(h.user)
	if took := time.Since(start); took < defaultRefreshWait || took >= askTime {
		t.Errorf("waited %v, want %v", took, defaultRefreshWait)
	}
	if s := p.Nodes[0]; s.State != "asking" || !s.Seen.IsZero() || !s.Online {
		t.Errorf("node %+v", s)
	}
	if n := w.waitsFor(h.user); n != 0 {
		t.Errorf("the next page waits for %d nodes", n)
	}
}

// waitsFor is for how many answers a page waits that comes now.
func (w *world) waitsFor(u store.User) int {
	w.t.Helper()
	nodes, err := w.db.Nodes(u.ID)
	w.must(err)
	return len(w.refreshDue(u.ID, nodes))
}

func TestContainersOnMembersWithoutARecord(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	u := w.addUser("mira")
	c, hosts := newCluster(t, "pve1", "pve2", "pve3", "pve4")
	c.Add(
		sim.Guest{VMID: 101, Node: "pve1", Name: "pihole"},
		sim.Guest{VMID: 102, Node: "pve3", Name: "nas"},
		sim.Guest{VMID: 103, Node: "pve2", Name: "git"},
		sim.Guest{VMID: 104, Node: "pve2", Name: "wiki"},
		sim.Guest{VMID: 105, Node: "pve4", Name: "windows", Type: "qemu"},
	)
	n := w.addNode(u, "attic", c, hosts[0], hosts, sim.LeastRights())
	p := w.inventory(u)
	if got := names(p); got != "pihole" {
		t.Errorf("containers %q", got)
	}
	if !slices.Equal(p.UnmanagedMembers, []string{"pve2", "pve3"}) || p.Unmanaged != 3 {
		t.Errorf("%d containers are on %v", p.Unmanaged, p.UnmanagedMembers)
	}
	w.must(w.RefreshVMIDs(t.Context(), u.ID, n.ID))
	if v := w.verdict(u, n, "103"); v.State != "taken" || v.Name != "git" || v.NodeName != "pve2" || v.NodeID != "" {
		t.Errorf("verdict %+v", v)
	}
	if v := w.verdict(u, n, "101"); v.NodeName != "attic" || v.NodeID != n.ID {
		t.Errorf("verdict %+v", v)
	}
}

// Its cluster says so, and so nobody has to wait for it to find out.
func TestAMemberThatIsDown(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	u := w.addUser("mira")
	c, hosts := newCluster(t, "pve1", "pve2")
	c.Add(
		sim.Guest{VMID: 101, Node: "pve1", Name: "pihole", Status: "running"},
		sim.Guest{VMID: 102, Node: "pve2", Name: "nas", Status: "running"},
	)
	one := w.addNode(u, "one", c, hosts[0], hosts, sim.LeastRights())
	two := w.addNode(u, "two", c, hosts[1], hosts, sim.LeastRights())
	v := w.viewer(u)
	v.rested()
	seen := w.time.Now()
	hosts[1].Stop()
	v.pass(Interval)
	since := w.time.Now()
	v.pass(Interval)

	p := w.inventory(u)
	if s := state(t, p, one); s.State != "answers" || !s.Online {
		t.Errorf("the member that is up: %s", s.State)
	}
	s := state(t, p, two)
	if s.State != "silent" || s.Online || s.Seen != seen || s.Since != since || proxmox.KindOf(s.Err) != proxmox.KindMemberDown {
		t.Errorf("the member that is down: %s since %v, seen %v: %v", s.State, s.Since, s.Seen, s.Err)
	}
	if c, _ := p.Container(one.Ref(101)); !c.Fresh {
		t.Errorf("on the member that is up: %+v", c)
	}
	if c, _ := p.Container(two.Ref(102)); c.Fresh || c.Seen != seen || c.Status != "running" || c.Name != "nas" {
		t.Errorf("on the member that is down: %+v", c)
	}

	w.must(hosts[1].Start())
	v.pass(Interval)
	if s := state(t, w.inventory(u), two); s.State != "answers" || !s.Online || s.Err != nil {
		t.Errorf("back again: %s, %v", s.State, s.Err)
	}
}

func TestInventoriesAreKeptOverARestart(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	w := worldAt(t, dir, "")
	h := w.harbour("pve1", sim.Guest{VMID: 101, Name: "pihole", Status: "running"})
	w.inventory(h.user)
	addrs := []netip.Prefix{netip.MustParsePrefix("192.168.1.7/24")}
	w.NoteAddresses(h.node.Ref(101), addrs)
	seen := w.time.Now()
	w.must(w.Fleet.Close())
	storetest.Close(t, w.db)

	h.host.Stop()
	w = worldAt(t, dir, "")
	w.time.Advance(time.Hour)
	p := w.inventory(h.user)
	c, ok := p.Container(h.node.Ref(101))
	if !ok || c.Fresh || c.State() != "unknown" || c.Status != "running" || !c.Seen.Equal(seen) || !slices.Equal(c.Addresses, addrs) {
		t.Errorf("the container is %+v", c)
	}
	if s := p.Nodes[0]; !s.Seen.Equal(seen) || s.State == "answers" {
		t.Errorf("the node %s, seen %v", s.State, s.Seen)
	}
}

func TestInventoriesAreWrittenOnceAMinute(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	h := w.harbour("pve1", sim.Guest{VMID: 101, Name: "pihole"})
	v := w.viewer(h.user)
	v.rested()
	for range 5 {
		h.cluster.Remove(101)
		v.pass(Interval)
	}
	w.mu.Lock()
	s := w.users[h.user.ID].clusters[h.node.Scope]
	kept, unkept := s.kept, s.unkept
	w.mu.Unlock()
	if !unkept || w.time.Now().Sub(kept) != 50*time.Second {
		t.Errorf("written %v ago", w.time.Now().Sub(kept))
	}
	v.pass(Interval)
	w.mu.Lock()
	unkept = s.unkept
	w.mu.Unlock()
	if unkept {
		t.Error("not written after a minute")
	}
}

func TestNotedAddressesAreShownWhileItRuns(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	h := w.harbour("pve1", sim.Guest{VMID: 101, Name: "pihole", Status: "running"})
	v := w.viewer(h.user)
	v.rested()
	addrs := []netip.Prefix{netip.MustParsePrefix("192.168.1.7/24")}
	w.NoteAddresses(h.node.Ref(101), addrs)
	v.pass(Interval)
	if c, _ := w.inventory(h.user).Container(h.node.Ref(101)); !slices.Equal(c.Addresses, addrs) {
		t.Errorf("addresses %v", c.Addresses)
	}
	h.cluster.SetStatus(101, "stopped")
	v.pass(Interval)
	if c, _ := w.inventory(h.user).Container(h.node.Ref(101)); len(c.Addresses) != 0 {
		t.Errorf("addresses of a stopped container: %v", c.Addresses)
	}
}

// Two people with the same hosts never see what the other's token shows.
func TestUsersShareNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c, hosts := newCluster(t, "pve1", "pve2")
	c.Add(sim.Guest{VMID: 101, Node: "pve1", Name: "diary", Status: "running"})
	mira, tom := w.addUser("mira"), w.addUser("tom")
	hers := w.addNode(mira, "attic", c, hosts[0], hosts, sim.LeastRights())
	his := w.addNode(tom, "cellar", c, hosts[0], hosts, sim.Rights{"/nodes": {"Sys.Audit"}})
	if hers.Scope == his.Scope {
		t.Fatal("two users have one cluster")
	}
	for _, u := range []store.User{mira, tom} {
		w.viewer(u).rested()
	}
	if got := names(w.inventory(mira)); got != "diary" {
		t.Errorf("she sees %q", got)
	}
	if p := w.inventory(tom); len(p.Containers) != 0 || len(p.Nodes) != 1 || p.Nodes[0].Node.ID != his.ID {
		t.Errorf("he sees %q on %d nodes", names(p), len(p.Nodes))
	}
	if v := w.verdict(mira, hers, "101"); v.State != "taken" || v.Name != "diary" || v.NodeID != hers.ID {
		t.Errorf("her verdict %+v", v)
	}
	if v := w.verdict(tom, his, "101"); v != (Verdict{State: "taken", VMID: 101}) {
		t.Errorf("his verdict %+v, want no more than that it is taken", v)
	}
	for scope, want := range map[string]bool{hers.Scope: true, his.Scope: false} {
		if _, in, err := w.cache.Taken(t.Context(), scope, 101); in != want || err != nil {
			t.Errorf("101 in the set of %s: %v, %v; want %v", scope, in, err, want)
		}
	}
	for name, ask := range map[string]func() error{
		"Check":        func() error { _, err := w.Check(t.Context(), tom.ID, hers.ID, "101"); return err },
		"RefreshVMIDs": func() error { return w.RefreshVMIDs(t.Context(), tom.ID, hers.ID) },
		"Choices":      func() error { _, err := w.Choices(t.Context(), tom.ID, hers.ID); return err },
		"Status":       func() error { _, err := w.Status(t.Context(), tom.ID, hers.Ref(101)); return err },
	} {
		if err := ask(); err != store.ErrNotFound {
			t.Errorf("%s of another's node: %v, want ErrNotFound", name, err)
		}
	}
}
