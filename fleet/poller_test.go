package fleet

import (
	"slices"
	"testing"
	"time"

	"berth/proxmox"
	"berth/proxmox/sim"
	"berth/store"
)

func TestNobodyLooksNobodyIsAsked(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	h := w.harbour("pve1", sim.Guest{VMID: 101, Name: "pihole", Status: "running"})
	w.time.Advance(10 * time.Minute)
	if calls := h.cluster.Calls(); len(calls) != 0 {
		t.Fatalf("calls before anybody looked: %v", calls)
	}

	v := w.viewer(h.user)
	v.rested()
	v.pass(Interval)
	if n := asked(h.cluster, resourcesPath); n != 2 {
		t.Errorf("asked %d times in 10 s of looking, want 2", n)
	}
	v.Close()
	h.cluster.ResetCalls()
	for range 60 {
		w.time.Advance(Interval)
		w.GuestsChanged(h.node.ID)
	}
	if calls := h.cluster.Calls(); len(calls) != 0 {
		t.Errorf("calls with nobody looking: %v", calls)
	}
}

func TestFiftyViewersCauseNoMoreCallsThanOne(t *testing.T) {
	t.Parallel()
	for _, viewers := range []int{1, 50} {
		w := newWorld(t)
		h := w.harbour("pve1", sim.Guest{VMID: 101, Name: "pihole", Status: "running"})
		v := w.viewer(h.user)
		for range viewers - 1 {
			w.viewer(h.user)
		}
		v.rested()
		for range 6 {
			for range viewers {
				w.inventory(h.user)
			}
			v.pass(Interval)
		}
		if n := len(h.cluster.Calls()); n != 7 {
			t.Errorf("%d viewers for a minute: %d calls, want 7", viewers, n)
		}
		if n := w.inventory(h.user).Nodes[0].CallsPerMinute; n != 6 {
			t.Errorf("%d viewers: %d calls a minute are shown, want the 6 of the last", viewers, n)
		}
	}
}

// The next viewer of an inventory that is fresh costs nothing.
func TestLookingAgainIsNoNewQuestion(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	h := w.harbour("pve1")
	for range 5 {
		v := w.viewer(h.user)
		v.rested()
		v.Close()
	}
	if n := asked(h.cluster, resourcesPath); n != 1 {
		t.Errorf("asked %d times within no time, want once", n)
	}
}

func TestFailoverToAnotherMember(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	u := w.addUser("mira")
	c, hosts := newCluster(t, "pve1", "pve2")
	c.Add(sim.Guest{VMID: 101, Node: "pve1", Name: "pihole", Status: "running"})
	one := w.addNode(u, "one", c, hosts[0], hosts, sim.LeastRights())
	two := w.addNode(u, "two", c, hosts[1], hosts, sim.LeastRights())
	if one.Scope != two.Scope {
		t.Fatal("members of one cluster are in two")
	}
	v := w.viewer(u)
	v.rested()
	if n := len(c.Calls()); n != 1 || c.Calls()[0].Member != "pve1" {
		t.Fatalf("%d calls to a cluster of two, want one to the first", n)
	}

	broken := c.Inject(sim.Fault{Path: resourcesPath, Status: 500, Message: "out of order", Times: 1})
	defer broken()
	c.ResetCalls()
	v.pass(Interval)
	p := w.inventory(u)
	if calls := c.Calls(); len(calls) != 2 || calls[0].Member != "pve1" || calls[1].Member != "pve2" {
		t.Errorf("calls %v, want the first member and then the second", calls)
	}
	if s := state(t, p, one); s.State != "silent" || s.Since != w.time.Now() || s.Err == nil {
		t.Errorf("the member that failed: %s since %v: %v", s.State, s.Since, s.Err)
	}
	if s := state(t, p, two); s.State != "answers" || s.Seen != w.time.Now() {
		t.Errorf("the member that answered: %s, seen %v", s.State, s.Seen)
	}
	if c, ok := p.Container(one.Ref(101)); !ok || !c.Fresh {
		t.Errorf("its container is %+v, want it fresh", c)
	}

	c.ResetCalls()
	v.pass(Interval)
	v.until("an answer of the first member", func() bool { return state(t, w.inventory(u), one).State == "answers" })
	if n := asked(c, resourcesPath); n != 1 {
		t.Errorf("asked %d times for everything, want once", n)
	}
	c.ResetCalls()
	v.pass(Interval)
	if by := askedBy(c, resourcesPath); !slices.Equal(by, []string{"pve1"}) {
		t.Errorf("asked %v for everything, want the first member again", by)
	}
}

// While another member answers, one that does not is just asked for a sign of life, less and less often.
func TestASilentMemberIsLookedAfter(t *testing.T) {
	t.Parallel()
	const versionPath = "/version"
	w := newWorld(t)
	u := w.addUser("mira")
	c, hosts := newCluster(t, "pve1", "pve2")
	one := w.addNode(u, "one", c, hosts[0], hosts, sim.LeastRights())
	w.addNode(u, "two", c, hosts[1], hosts, sim.LeastRights())
	v := w.viewer(u)
	v.rested()
	mendOnce := c.Inject(sim.Fault{Path: resourcesPath, Status: 500, Message: "out of order", Times: 1})
	defer mendOnce()
	mend := c.Inject(sim.Fault{Path: versionPath, Status: 500, Message: "out of order"})
	v.pass(Interval) // the first member fails
	c.ResetCalls()
	failures := func() int {
		w.mu.Lock()
		defer w.mu.Unlock()
		h := w.users[u.ID].clusters[one.Scope].health[one.ID]
		if h == nil {
			return 0
		}
		return h.failures
	}
	const turns = 12 // two minutes
	for i, want := 0, 1; i < turns; i++ {
		v.pass(Interval)
		if i == 0 || i == 2 || i == 6 { // after 10, 20 and 40 s more
			want++
		}
		v.until("the look after it", func() bool { return failures() == want })
	}
	if n := asked(c, versionPath); n != 3 {
		t.Errorf("looked after %d times in two minutes, want 3", n)
	}
	if n := asked(c, resourcesPath); n != turns {
		t.Errorf("asked for everything %d times, want %d", n, turns)
	}
	mend()
	v.pass(Interval)
	for failures() > 0 {
		v.pass(Interval)
	}
	c.ResetCalls()
	v.pass(Interval)
	if by := askedBy(c, resourcesPath); !slices.Equal(by, []string{"pve1"}) {
		t.Errorf("asked %v for everything, want the first member again", by)
	}
}

func TestASilentNodeIsAskedLessAndLess(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	h := w.harbour("pve1", sim.Guest{VMID: 101, Name: "pihole", Status: "running"})
	v := w.viewer(h.user)
	v.rested()
	seen := w.time.Now()
	mend := h.cluster.Inject(sim.Fault{Status: 500, Message: "out of order"})

	h.cluster.ResetCalls()
	for i, wait := range []time.Duration{10, 10, 20, 40, 60, 60} {
		v.pass(wait * time.Second)
		if n := len(h.cluster.Calls()); n != i+1 {
			t.Fatalf("%d calls after %d times, want one each", n, i+1)
		}
	}
	p := w.inventory(h.user)
	if s := p.Nodes[0]; s.State != "silent" || s.Since != seen.Add(Interval) || s.Seen != seen {
		t.Errorf("%s since %v, seen %v", s.State, s.Since, s.Seen)
	}
	if kind := proxmox.KindOf(p.Nodes[0].Err); kind != proxmox.KindOther {
		t.Errorf("silent because of %v", kind)
	}
	if c, ok := p.Container(h.node.Ref(101)); !ok || c.Fresh || c.Seen != seen || c.Status != "running" {
		t.Errorf("its container: %+v", c)
	}

	mend()
	v.pass(time.Minute)
	if s := w.inventory(h.user).Nodes[0]; s.State != "answers" || s.Err != nil || !s.Since.IsZero() {
		t.Errorf("mended: %s, %v since %v", s.State, s.Err, s.Since)
	}
	v.pass(Interval) // and is asked as often as before
}

func TestAChangedNodeIsAskedAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	h := w.harbour("pve1", sim.Guest{VMID: 101, Name: "pihole", Status: "running"})
	h.host.Stop()
	v := w.viewer(h.user)
	v.rested()
	v.pass(Interval)
	v.pass(2 * Interval)
	if s := w.inventory(h.user).Nodes[0]; s.State != "silent" || proxmox.KindOf(s.Err) != proxmox.KindRefused {
		t.Fatalf("%s: %v", s.State, s.Err)
	}

	moved, hosts := newCluster(t, "pve1")
	moved.Add(sim.Guest{VMID: 102, Name: "nas", Status: "running"})
	n := h.node
	n.Port, n.Fingerprint = hosts[0].Port, hosts[0].Fingerprint
	n, err := w.db.UpdateNode(n, moved.AddToken(n.TokenID, sim.LeastRights()))
	w.must(err)
	w.NodeChanged(n.ID)
	v.until("the inventory of the new address", func() bool {
		p := w.inventory(h.user)
		return names(p) == "nas" && p.Nodes[0].State == "answers"
	})
}

func TestADeletedNodeIsAskedNoMore(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	h := w.harbour("pve1", sim.Guest{VMID: 101, Name: "pihole"})
	other := w.berthed(h.user, "pve2")
	v := w.viewer(h.user)
	v.rested()
	w.must(w.db.DeleteNode(h.user.ID, h.node.ID))
	w.NodeChanged(h.node.ID)
	h.cluster.ResetCalls()
	v.pass(Interval)
	v.pass(Interval)
	if calls := h.cluster.Calls(); len(calls) != 0 {
		t.Errorf("calls to a deleted node: %v", calls)
	}
	if n := asked(other.cluster, resourcesPath); n < 3 {
		t.Errorf("the other node was asked %d times, want three", n)
	}
	if p := w.inventory(h.user); len(p.Nodes) != 1 || len(p.Containers) != 0 {
		t.Errorf("the inventory still has %d nodes and %s", len(p.Nodes), names(p))
	}
	if _, _, err := w.Client(h.node.ID); err != store.ErrNotFound {
		t.Errorf("its client: %v", err)
	}
}

// A change from here shows without waiting for the next turn.
func TestChangedGuestsAreAskedForSoon(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	h := w.harbour("pve1")
	v := w.viewer(h.user)
	v.rested()
	h.cluster.Add(sim.Guest{VMID: 101, Name: "pihole"})
	w.GuestsChanged(h.node.ID)
	w.GuestsChanged(h.node.ID)
	v.pass(soon)
	if got := names(w.inventory(h.user)); got != "pihole" {
		t.Errorf("the inventory shows %q", got)
	}
	if n := asked(h.cluster, resourcesPath); n != 2 {
		t.Errorf("asked %d times, want twice", n)
	}
}

func TestCloseEndsWhatHangs(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.refreshWait = defaultRefreshWait
	h := w.harbour("pve1")
	h.host.Hang(true)
	w.viewer(h.user)
	w.viewer(h.user)
	w.inventory(h.user)
	start := time.Now()
	w.must(w.Fleet.Close())
	w.must(w.Fleet.Close())
	if took := time.Since(start); took >= askTime-defaultRefreshWait {
		t.Errorf("took %v", took)
	}
	w.viewer(h.user)
	w.inventory(h.user)
	if err := w.RefreshVMIDs(t.Context(), h.user.ID, h.node.ID); err == nil {
		t.Error("asked after Close")
	}
}

// A poller that is about to end takes no word that is meant for the one after it.
func TestAPollerIsWokenByItself(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	h := w.harbour("pve1")
	for range 20 {
		w.viewer(h.user).Close()
	}
	v := w.viewer(h.user)
	v.rested()
	v.pass(Interval)
}
