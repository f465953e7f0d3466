package fleet

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"berth/proxmox"
	"berth/proxmox/sim"
	"berth/store"
)

const pendingPath = "/nodes/pve1/lxc/101/pending"

// details of a container, which have to be told.
func (w *world) details(h harbour, vmid int) Details {
	w.t.Helper()
	d, err := w.Details(w.t.Context(), h.user.ID, h.node.Ref(vmid))
	w.must(err)
	return d
}

func TestDetailsOfAContainer(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	h := w.harbour("pve1", sim.Guest{VMID: 101, Name: "web", Status: "running", Address: "192.0.2.5/24", Pending: map[string]string{"nameserver": "192.0.2.53"}}, sim.Guest{VMID: 102, Name: "db"})
	d := w.details(h, 101)
	if d.Now.Hostname != "web" || d.Next.Nameserver != "192.0.2.53" || !d.Seen.Equal(w.time.Now()) || d.Err != nil {
		t.Errorf("%+v", d)
	}
	if len(d.Interfaces) != 1 || d.Interfaces[0].Name != "eth0" || !d.Rights.Has("/vms/101", "VM.Config.CPU") {
		t.Errorf("%+v, %+v", d.Interfaces, d.Rights)
	}
	if kept := w.KnownDetails(h.node.Ref(101)); kept.Now.Hostname != "web" {
		t.Errorf("kept is %+v", kept)
	}
	if kept := w.KnownDetails(h.node.Ref(109)); !kept.Seen.IsZero() {
		t.Errorf("of a stranger: %+v", kept)
	}
	w.inventory(h.user)
	if ct, ok := w.inventory(h.user).Container(h.node.Ref(101)); !ok || len(ct.Addresses) == 0 {
		t.Errorf("the inventory has no addresses: %+v", ct)
	}
	w.details(h, 102)
	if n := asked(h.cluster, "/nodes/pve1/lxc/102/interfaces"); n != 0 {
		t.Error("one that does not run was asked for its addresses")
	}
	if n := asked(h.cluster, "/access/permissions"); n != 1 {
		t.Errorf("the rights were asked for %d times within a minute", n)
	}
	w.NodeChanged(h.node.ID)
	if kept := w.KnownDetails(h.node.Ref(101)); !kept.Seen.IsZero() {
		t.Error("they are kept over a change of the node's settings")
	}
	_, err := w.Details(t.Context(), "somebody", h.node.Ref(101))
	if !errors.Is(err, store.ErrNotFound) {
		t.Errorf("another's: %v", err)
	}
}

func TestDetailsAreAskedForOnceForAllWhoWait(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	h := w.harbour("pve1", sim.Guest{VMID: 101, Name: "web"})
	release := make(chan struct{})
	defer h.cluster.Inject(sim.Fault{Path: "/nodes/{node}/lxc/{vmid}/pending", Then: func() { <-release }})()
	short, cancel := context.WithCancel(t.Context())
	cancel()
	d, err := w.Details(short, h.user.ID, h.node.Ref(101))
	if err != nil || !d.Seen.IsZero() || d.Err == nil {
		t.Errorf("who did not wait got %+v, %v", d, err)
	}
	const viewers = 10
	var came, waiting sync.WaitGroup
	came.Add(viewers)
	for range viewers {
		waiting.Go(func() {
			came.Done()
			if d, err := w.Details(t.Context(), h.user.ID, h.node.Ref(101)); err != nil || d.Now.Hostname != "web" {
				t.Errorf("%+v, %v", d, err)
			}
		})
	}
	came.Wait()
	close(release)
	waiting.Wait()
	if n := asked(h.cluster, pendingPath); n > viewers/2 { // who asks after the answer asks anew
		t.Errorf("asked %d times", n)
	}
}

// An answer that was under way when the node got another token says nothing of that.
func TestRightsAreThoseOfTheTokenInUse(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	h := w.harbour("pve1", sim.Guest{VMID: 101, Name: "web"})
	held, goOn := make(chan struct{}), make(chan struct{})
	defer h.cluster.Inject(sim.Fault{Path: "/access/permissions", Times: 1, Then: func() { close(held); <-goOn }})()
	var asking sync.WaitGroup
	asking.Go(func() { w.details(h, 101) })
	<-held
	n := h.node
	n.TokenID = "guest@pve!berth"
	n, err := w.db.UpdateNode(n, h.cluster.AddToken(n.TokenID, sim.Rights{"/vms": {"VM.Audit"}}))
	w.must(err)
	w.NodeChanged(n.ID)
	close(goOn)
	asking.Wait()
	if d := w.details(h, 101); !d.Rights.Has("/vms/101", "VM.Audit") || d.Rights.Has("/vms/101", "VM.PowerMgmt") {
		t.Errorf("the rights of the new token: %v", d.Rights)
	}
}

func TestDetailsOfANodeThatDoesNotAnswerAreThoseFromBefore(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	h := w.harbour("pve1", sim.Guest{VMID: 101, Name: "web"})
	seen := w.details(h, 101).Seen
	w.time.Advance(time.Minute)
	h.host.Stop()
	d := w.details(h, 101)
	if d.Now.Hostname != "web" || !d.Seen.Equal(seen) || proxmox.KindOf(d.Err) != proxmox.KindRefused {
		t.Errorf("%+v", d)
	}
	w.must(h.host.Start())
	if d := w.details(h, 101); d.Err != nil || !d.Seen.After(seen) {
		t.Errorf("after it is back: %+v", d)
	}
	h.cluster.Remove(101)
	if d := w.details(h, 101); proxmox.KindOf(d.Err) != proxmox.KindNotFound {
		t.Errorf("after it is gone: %+v", d)
	}
	if kept := w.KnownDetails(h.node.Ref(101)); !kept.Seen.IsZero() {
		t.Error("they are kept of one that is gone")
	}
}

func TestTrafficFollowsFromCountersAndUptime(t *testing.T) {
	t.Parallel()
	at := func(up time.Duration, in, out uint64) proxmox.Guest {
		return proxmox.Guest{Status: "running", Uptime: up, NetIn: in, NetOut: out}
	}
	traffic := Traffic{}.next(at(time.Minute, 1000, 500))
	if traffic.Known {
		t.Error("known at the first look")
	}
	for _, tt := range []struct {
		guest   proxmox.Guest
		known   bool
		in, out float64
	}{
		{at(62*time.Second, 9000, 900), false, 0, 0}, // too short a time
		{at(70*time.Second, 2000, 600), true, 100, 10},
		{at(71*time.Second, 9000, 900), true, 100, 10},
		{at(80*time.Second, 2000, 600), true, 0, 0},
		{at(3*time.Second, 10, 10), false, 0, 0}, // started anew
		{at(13*time.Second, 1010, 10), true, 100, 0},
		{at(23*time.Second, 10, 10), false, 0, 0}, // a counter that went back
		{proxmox.Guest{Status: "stopped"}, false, 0, 0},
	} {
		traffic = traffic.next(tt.guest)
		if traffic.Known != tt.known || traffic.In != tt.in || traffic.Out != tt.out {
			t.Errorf("after %+v: %+v", tt.guest, traffic)
		}
	}
}

func TestSwapStaysWhatItsHostLastTold(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	h := w.harbour("pve1", sim.Guest{VMID: 101, Name: "web", Status: "running", Swap: 7})
	w.inventory(h.user)
	_, err := w.Status(t.Context(), h.user.ID, h.node.Ref(101))
	w.must(err)
	asked := w.time.Now()
	v := w.viewer(h.user)
	v.pass(Interval)
	v.pass(Interval)
	ct, _ := w.inventory(h.user).Container(h.node.Ref(101))
	if ct.Swap != 7 || ct.MaxSwap != 512<<20 || !ct.SwapSeen.Equal(asked) || !ct.Seen.After(asked) {
		t.Errorf("%+v", ct)
	}
}

func TestLocate(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	u := w.addUser("mira")
	c, hosts := newCluster(t, "pve1", "pve2", "pve3")
	c.Add(sim.Guest{VMID: 101, Node: "pve1", Name: "web"}, sim.Guest{VMID: 102, Node: "pve1", Name: "windows", Type: "qemu"})
	n := w.addNode(u, "attic", c, hosts[0], hosts, sim.LeastRights())
	m := w.addNode(u, "cellar", c, hosts[1], hosts, sim.LeastRights())
	n, err := w.db.Node(u.ID, n.ID)
	w.must(err)
	locate := func(vmid int) Location {
		t.Helper()
		p, _, err := w.Locate(t.Context(), n, vmid)
		w.must(err)
		return p
	}
	w.inventory(u)
	if p := locate(101); p.Member != "pve1" || p.Container.NodeID != n.ID {
		t.Errorf("%+v", p)
	}
	c.Move(101, "pve2")
	if p := locate(101); p.Member != "pve2" || p.Container.NodeID != m.ID || p.Container.NodeName != "cellar" {
		t.Errorf("%+v", p)
	}
	c.Move(101, "pve3")
	if p := locate(101); p.Member != "pve3" || p.Container.NodeID != "" {
		t.Errorf("%+v", p)
	}
	c.Remove(101)
	for _, vmid := range []int{101, 102} {
		if p := locate(vmid); p.Member != "" {
			t.Errorf("%d: %+v", vmid, p)
		}
	}
}

func TestNamesakes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	h := w.harbour("pve1", sim.Guest{VMID: 101, Name: "web"})
	second := w.berthed(h.user, "nuc", sim.Guest{VMID: 101, Name: "web"}, sim.Guest{VMID: 102, Name: "db"})
	p := w.inventory(h.user)
	if list := p.Namesakes(h.node, 101, "web"); len(list) != 1 || list[0].NodeID != second.node.ID {
		t.Errorf("%+v", list)
	}
	for _, tt := range []struct {
		vmid int
		name string
	}{{101, "db"}, {102, "web"}, {101, ""}, {109, "web"}} {
		if list := p.Namesakes(h.node, tt.vmid, tt.name); len(list) > 0 {
			t.Errorf("%d %q: %+v", tt.vmid, tt.name, list)
		}
	}
	w.berthed(h.user, "shed", sim.Guest{VMID: 101, Name: "web"})
	if list := w.inventory(h.user).Namesakes(h.node, 101, "web"); len(list) != 2 {
		t.Errorf("of two: %+v", list)
	}
}
