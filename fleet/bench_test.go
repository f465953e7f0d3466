package fleet

import (
	"fmt"
	"testing"
	"time"

	"berth/proxmox/sim"
)

func BenchmarkCheckTaken(b *testing.B) {
	w := newWorld(b)
	guests := make([]sim.Guest, 100)
	for i := range guests {
		guests[i] = sim.Guest{VMID: 100 + i, Name: fmt.Sprintf("ct%d", i), Status: "running"}
	}
	h := w.harbour("pve1", guests...)
	w.must(w.RefreshVMIDs(b.Context(), h.user.ID, h.node.ID))
	h.cluster.ResetCalls()
	for b.Loop() {
		if v := w.verdict(h.user, h.node, "150"); v.State != "taken" || v.Name != "ct50" {
			b.Fatalf("verdict %+v", v)
		}
	}
	if each := b.Elapsed() / time.Duration(b.N); each > time.Millisecond {
		b.Errorf("a verdict takes %v, want less than 1 ms", each)
	}
	if n := len(h.cluster.Calls()); n != 0 {
		b.Errorf("%d verdicts cost %d calls, want none", b.N, n)
	}
}

func BenchmarkInventory1000(b *testing.B) {
	w := newWorld(b)
	u := w.addUser("mira")
	for i := range 10 {
		guests := make([]sim.Guest, 100)
		for j := range guests {
			vmid := 100 + 100*i + j
			guests[j] = sim.Guest{VMID: vmid, Name: fmt.Sprintf("ct%d", vmid*7919%1000), Status: "running", Tags: []string{"home", "web"}}
		}
		w.berthed(u, fmt.Sprintf("pve%d", i), guests...)
	}
	w.viewer(u).rested()
	for b.Loop() {
		if p := w.inventory(u); len(p.Containers) != 1000 || len(p.Nodes) != 10 {
			b.Fatalf("%d containers on %d nodes", len(p.Containers), len(p.Nodes))
		}
	}
}
