package fleet

import (
	"sync"
	"testing"
	"time"

	"berth/proxmox"
	"berth/proxmox/sim"
	"berth/store"
)

const metricsPath = "/nodes/pve1/lxc/101/rrddata"

func TestMetricsAreAskedForOnceForAll(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	h := w.harbour("pve1", sim.Guest{VMID: 101, Name: "pihole", Status: "running", CPU: 0.5, Uptime: time.Hour})
	var looks sync.WaitGroup
	for range 20 {
		looks.Go(func() {
			all, err := w.Metrics(t.Context(), h.user.ID, h.node.Ref(101), proxmox.LastHour)
			if err != nil || len(all) != 60 || all[59].CPU != 0.5 {
				t.Errorf("%d metrics, %v", len(all), err)
			}
		})
	}
	looks.Wait()
	if n := asked(h.cluster, metricsPath); n != 1 || len(h.cluster.Calls()) != 1 {
		t.Errorf("20 looks at a time: %d calls, want one", n)
	}
	look := func(frame proxmox.Timeframe, calls int) {
		t.Helper()
		if _, err := w.Metrics(t.Context(), h.user.ID, h.node.Ref(101), frame); err != nil {
			t.Error(err)
		}
		if n := asked(h.cluster, metricsPath); n != calls {
			t.Errorf("%d calls, want %d", n, calls)
		}
	}
	w.time.Advance(metricsLife - time.Second)
	look(proxmox.LastHour, 1)
	look(proxmox.LastDay, 2)
	w.time.Advance(time.Second)
	look(proxmox.LastHour, 3)
	look(proxmox.LastHour, 3)
	w.NodeChanged(h.node.ID)
	look(proxmox.LastHour, 4)
}

func TestMetricsThatFailAreNotKept(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	h := w.harbour("pve1", sim.Guest{VMID: 101, Status: "running", Uptime: time.Hour})
	h.cluster.Inject(sim.Fault{Path: "/nodes/{node}/lxc/{vmid}/rrddata", Status: 500, Message: "out of order", Times: 1})
	if _, err := w.Metrics(t.Context(), h.user.ID, h.node.Ref(101), proxmox.LastHour); proxmox.KindOf(err) != proxmox.KindOther || err == nil {
		t.Errorf("the first: %v", err)
	}
	if all, err := w.Metrics(t.Context(), h.user.ID, h.node.Ref(101), proxmox.LastHour); err != nil || len(all) == 0 {
		t.Errorf("the second: %d metrics, %v", len(all), err)
	}
	stranger := w.addUser("stranger")
	if _, err := w.Metrics(t.Context(), stranger.ID, h.node.Ref(101), proxmox.LastHour); err != store.ErrNotFound {
		t.Errorf("another user: %v", err)
	}
}

func TestMetricsThatAreKeptAreBounded(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	h := w.harbour("pve1")
	ask := func(vmid int) {
		w.time.Advance(time.Millisecond)
		if _, err := w.Metrics(t.Context(), h.user.ID, h.node.Ref(vmid), proxmox.LastHour); err != nil {
			t.Fatal(err)
		}
	}
	for i := range maxMetrics + 1 {
		ask(101 + i)
	}
	before := len(h.cluster.Calls())
	ask(101 + maxMetrics)
	if n := len(h.cluster.Calls()) - before; n != 0 {
		t.Errorf("the newest is not kept: %d calls", n)
	}
	ask(101)
	if n := len(h.cluster.Calls()) - before; n != 1 {
		t.Errorf("the oldest is kept: %d calls", n)
	}
}
