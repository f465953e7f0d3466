package fleet

import (
	"sync"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"

	"berth/proxmox"
	"berth/proxmox/sim"
	"berth/store"
)

func TestVerdicts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	h := w.harbour("pve1",
		sim.Guest{VMID: 101, Name: "pihole"},
		sim.Guest{VMID: 102, Name: "windows", Type: "qemu"},
	)
	w.must(w.RefreshVMIDs(t.Context(), h.user.ID, h.node.ID))
	for _, c := range []struct {
		typed string
		want  Verdict
		calls int // of Proxmox
	}{
		{"", Verdict{}, 0},
		{"  ", Verdict{}, 0},
		{"101", Verdict{State: "taken", VMID: 101, Name: "pihole", Type: "lxc", NodeName: "pve1", NodeID: h.node.ID}, 0},
		{" 101\t", Verdict{State: "taken", VMID: 101, Name: "pihole", Type: "lxc", NodeName: "pve1", NodeID: h.node.ID}, 0},
		{"102", Verdict{State: "taken", VMID: 102, Name: "windows", Type: "qemu", NodeName: "pve1", NodeID: h.node.ID}, 0},
		{"103", Verdict{State: "free", VMID: 103}, 1},
		{"999999999", Verdict{State: "free", VMID: 999999999}, 1},
		{"99", Verdict{State: "invalid", Text: "99"}, 0},
		{"1000000000", Verdict{State: "invalid", Text: "1000000000"}, 0},
		{" 12a ", Verdict{State: "invalid", Text: "12a"}, 0},
	} {
		h.cluster.ResetCalls()
		if got := w.verdict(h.user, h.node, c.typed); got != c.want {
			t.Errorf("%q: %+v, want %+v", c.typed, got, c.want)
		}
		if n := len(h.cluster.Calls()); n != c.calls {
			t.Errorf("%q cost %d calls, want %d", c.typed, n, c.calls)
		}
	}
}

// hidden are rights with which a token sees no more than one guest.
func hidden() sim.Rights {
	r := sim.LeastRights()
	delete(r, "/vms")
	r["/vms/101"] = []string{"VM.Audit"}
	return r
}

func TestAGuestThatTheTokenMayNotSee(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	u := w.addUser("mira")
	c, hosts := newCluster(t, "pve1")
	c.Add(sim.Guest{VMID: 101, Name: "pihole"}, sim.Guest{VMID: 102, Name: "secret"})
	n := w.addNode(u, "attic", c, hosts[0], hosts, hidden())
	if got := names(w.inventory(u)); got != "pihole" {
		t.Fatalf("the token sees %q", got)
	}
	if v := w.verdict(u, n, "102"); v != (Verdict{State: "taken", VMID: 102}) {
		t.Errorf("verdict %+v", v)
	}
}

// A guest that was made elsewhere since the cache was filled is named all the same.
func TestAGuestMadeElsewhere(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	h := w.harbour("pve1")
	w.must(w.RefreshVMIDs(t.Context(), h.user.ID, h.node.ID))
	h.cluster.Add(sim.Guest{VMID: 101, Name: "pihole"})
	if v := w.verdict(h.user, h.node, "101"); v.State != "taken" || v.Name != "pihole" {
		t.Errorf("verdict %+v", v)
	}
	h.cluster.Remove(101)
	w.GuestsChanged(h.node.ID)
	if v := w.verdict(h.user, h.node, "101"); v.State != "free" {
		t.Errorf("deleted: verdict %+v", v)
	}
}

// The inventory and the cache never contradict each other for long.
func TestTheInventoryCorrectsTheCache(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	h := w.harbour("pve1", sim.Guest{VMID: 101, Name: "pihole"})
	v := w.viewer(h.user)
	v.rested()
	h.cluster.Add(sim.Guest{VMID: 102, Name: "nas"})
	h.cluster.Remove(101)
	v.pass(Interval)
	h.cluster.ResetCalls()
	if got := w.verdict(h.user, h.node, "102"); got.State != "taken" || got.Name != "nas" {
		t.Errorf("new: %+v", got)
	}
	if n := len(h.cluster.Calls()); n != 0 {
		t.Errorf("it cost %d calls", n)
	}
	if got := w.verdict(h.user, h.node, "101"); got.State != "free" {
		t.Errorf("gone: %+v", got)
	}
}

// An answer to a question from before a change does not bring back what the change dropped.
func TestALateAnswerDoesNotFillTheCache(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	h := w.harbour("pve1")
	done := h.cluster.Inject(sim.Fault{Path: resourcesPath, Times: 1, Then: func() { w.GuestsChanged(h.node.ID) }})
	defer done()
	w.must(w.RefreshVMIDs(t.Context(), h.user.ID, h.node.ID))
	if known, _, err := w.cache.Taken(t.Context(), h.node.Scope, 101); known || err != nil {
		t.Errorf("the set is known: %v, %v", known, err)
	}
}

func TestChecksAtOnceShareOneRefresh(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	h := w.harbour("pve1", sim.Guest{VMID: 101, Name: "pihole"})
	// The first question waits until all others have come.
	const checks = 20
	var came sync.WaitGroup
	came.Add(checks)
	done := h.cluster.Inject(sim.Fault{Path: resourcesPath, Times: 1, Then: came.Wait})
	defer done()
	var checking sync.WaitGroup
	for range checks {
		checking.Go(func() {
			came.Done()
			v, err := w.Check(t.Context(), h.user.ID, h.node.ID, "101")
			if v.State != "taken" || err != nil {
				t.Errorf("verdict %+v, %v", v, err)
			}
		})
	}
	checking.Wait()
	if n := len(h.cluster.Calls()); n > 2 { // one that had not asked yet may come after the answer
		t.Errorf("%d checks cost %d calls", checks, n)
	}
}

func TestANodeThatDoesNotAnswerIsNoVerdict(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	h := w.harbour("pve1", sim.Guest{VMID: 101, Name: "pihole"})
	w.must(w.RefreshVMIDs(t.Context(), h.user.ID, h.node.ID))
	h.host.Hang(true)
	start := time.Now()
	if v := w.verdict(h.user, h.node, "102"); v.State != "unknown" || v.VMID != 102 || proxmox.KindOf(v.Err) != proxmox.KindTimeout {
		t.Errorf("it hangs: %+v", v)
	}
	if took := time.Since(start); took >= proxmox.CallTimeout {
		t.Errorf("took %v", took)
	}
	if v := w.verdict(h.user, h.node, "101"); v.State != "taken" || v.Name != "pihole" {
		t.Errorf("what is known: %+v", v)
	}
	w.GuestsChanged(h.node.ID) // nothing is known any more
	if v := w.verdict(h.user, h.node, "101"); v.State != "unknown" || proxmox.KindOf(v.Err) != proxmox.KindTimeout {
		t.Errorf("it hangs, and its VMIDs are not known: %+v", v)
	}
	h.host.Stop()
	w.NodeChanged(h.node.ID)
	if v := w.verdict(h.user, h.node, "102"); v.State != "unknown" || proxmox.KindOf(v.Err) != proxmox.KindRefused {
		t.Errorf("it is down: %+v", v)
	}
}

func TestWithoutRedisProxmoxIsAsked(t *testing.T) {
	t.Parallel()
	redis := miniredis.RunT(t)
	w := worldAt(t, t.TempDir(), "redis://"+redis.Addr())
	u := w.addUser("mira")
	c, hosts := newCluster(t, "pve1")
	c.Add(sim.Guest{VMID: 101, Name: "pihole"}, sim.Guest{VMID: 102, Name: "secret"})
	n := w.addNode(u, "attic", c, hosts[0], hosts, hidden())
	redis.Close()
	if v := w.verdict(u, n, "101"); v.State != "taken" || v.Name != "pihole" {
		t.Errorf("taken: %+v", v)
	}
	if v := w.verdict(u, n, "102"); v != (Verdict{State: "taken", VMID: 102}) {
		t.Errorf("hidden: %+v", v)
	}
	if v := w.verdict(u, n, "103"); v.State != "free" {
		t.Errorf("free: %+v", v)
	}
	w.GuestsChanged(n.ID)
	w.must(w.RefreshVMIDs(t.Context(), u.ID, n.ID))
	if got := names(w.inventory(u)); got != "pihole" {
		t.Errorf("the inventory shows %q", got)
	}
}

func TestRedisComesBack(t *testing.T) {
	t.Parallel()
	redis := miniredis.RunT(t)
	w := worldAt(t, t.TempDir(), "redis://"+redis.Addr())
	h := w.harbour("pve1", sim.Guest{VMID: 101, Name: "pihole"})
	redis.Close()
	w.must(w.RefreshVMIDs(t.Context(), h.user.ID, h.node.ID))
	w.must(redis.Restart())
	back := func() bool { // what takes it 150 ms is an answer that is not waited for
		w.must(w.RefreshVMIDs(t.Context(), h.user.ID, h.node.ID))
		h.cluster.ResetCalls()
		v := w.verdict(h.user, h.node, "101")
		return v.State == "taken" && len(h.cluster.Calls()) == 0
	}
	for deadline := time.Now().Add(patience); !back(); {
		if time.Now().After(deadline) {
			t.Fatal("Proxmox is asked for what the cache has")
		}
	}
}

// What another process left in Redis is a number without a name: Proxmox is asked who has it.
func TestASetFromBeforeARestart(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	h := w.harbour("pve1", sim.Guest{VMID: 101, Name: "pihole"})
	w.must(w.cache.Replace(t.Context(), h.node.Scope, []int{101, 102}))
	if v := w.verdict(h.user, h.node, "101"); v.State != "taken" || v.Name != "pihole" {
		t.Errorf("verdict %+v", v)
	}
	w.must(w.cache.Replace(t.Context(), h.node.Scope, []int{101, 102}))
	if v := w.verdict(h.user, h.node, "102"); v.State != "free" {
		t.Errorf("deleted since: %+v", v)
	}
}

func TestCheckOfADeletedNode(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	h := w.harbour("pve1")
	w.must(w.db.DeleteNode(h.user.ID, h.node.ID))
	if _, err := w.Check(t.Context(), h.user.ID, h.node.ID, "101"); err != store.ErrNotFound {
		t.Errorf("%v, want ErrNotFound", err)
	}
}
