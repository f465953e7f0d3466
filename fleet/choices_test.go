package fleet

import (
	"cmp"
	"slices"
	"sync"
	"testing"
	"time"

	"berth/proxmox"
	"berth/proxmox/sim"
)

// choices are those of a harbour's node.
func (w *world) choicesFor(h harbour) Choices {
	w.t.Helper()
	c, err := w.Choices(w.t.Context(), h.user.ID, h.node.ID)
	w.must(err)
	return c
}

// failed tells whether any list has failed.
func (c Choices) failed() bool {
	return cmp.Or(c.OSTemplates.Err, c.Appliances.Err, c.Storages.Err, c.TemplateStorages.Err, c.Bridges.Err, c.Pools.Err) != nil ||
		len(c.OSTemplates.Missing) > 0
}

func TestChoices(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	h := w.harbour("pve1")
	c := w.choicesFor(h)
	if c.failed() || len(c.OSTemplates.Items) == 0 || len(c.Storages.Items) == 0 || len(c.TemplateStorages.Items) == 0 || c.Host.Cores == 0 {
		t.Errorf("choices %+v", c)
	}
	if b := c.Bridges.Items; len(b) != 2 || b[0].Name != "vmbr0" || b[1].Name != "vmbr1" {
		t.Errorf("bridges %+v, want vmbr0 and vmbr1", b)
	}
	if len(c.Appliances.Items) == 0 {
		t.Error("nothing to download, beside the OS templates that are there")
	}
}

func TestWithoutOSTemplatesThereIsWhatCanBeDownloaded(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	h := w.harbour("pve1")
	h.cluster.RemoveOSTemplates()
	c := w.choicesFor(h)
	if len(c.OSTemplates.Items) != 0 || len(c.Appliances.Items) == 0 || c.failed() {
		t.Errorf("choices %+v", c)
	}
}

func TestEachListFailsOnItsOwn(t *testing.T) {
	t.Parallel()
	for path, failed := range map[string]func(Choices) bool{
		"/nodes/{node}/network": func(c Choices) bool { return c.Bridges.Err != nil && c.Storages.Err == nil && c.Pools.Err == nil },
		"/pools":                func(c Choices) bool { return c.Pools.Err != nil && c.Bridges.Err == nil },
		"/nodes/{node}/storage": func(c Choices) bool { return c.Storages.Err != nil && c.OSTemplates.Err != nil && c.Bridges.Err == nil },
		"/nodes/{node}/storage/{storage}/content": func(c Choices) bool {
			return len(c.OSTemplates.Missing) == 1 && c.OSTemplates.Missing[0].Err != nil && c.Storages.Err == nil
		},
	} {
		w := newWorld(t)
		h := w.harbour("pve1")
		mend := h.cluster.Inject(sim.Fault{Path: path, Status: 500, Message: "out of order"})
		if c := w.choicesFor(h); !failed(c) {
			t.Errorf("%s fails: %+v", path, c)
		}
		mend()
		if c := w.choicesFor(h); c.failed() {
			t.Errorf("%s is mended, but the failure was kept: %+v", path, c)
		}
	}
}

func TestChoicesAreKeptForHalfAMinute(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	h := w.harbour("pve1")
	var asking sync.WaitGroup
	for range 20 {
		asking.Go(func() {
			c, err := w.Choices(t.Context(), h.user.ID, h.node.ID)
			if err != nil || c.failed() {
				t.Errorf("%+v, %v", c, err)
			}
			c.Bridges.Items[0].Name = "changed by its reader"
		})
	}
	asking.Wait()
	ofBridges := func() int { return asked(h.cluster, "/nodes/pve1/network") }
	if n := ofBridges(); n != 1 {
		t.Errorf("20 pages asked %d times", n)
	}
	w.time.Advance(choicesLife - time.Second)
	if c := w.choicesFor(h); c.Bridges.Items[0].Name != "vmbr0" || ofBridges() != 1 {
		t.Errorf("after 29 s: %s, asked %d times", c.Bridges.Items[0].Name, ofBridges())
	}
	w.time.Advance(time.Second)
	if w.choicesFor(h); ofBridges() != 2 {
		t.Errorf("after 30 s: asked %d times, want twice", ofBridges())
	}
	w.GuestsChanged(h.node.ID) // such as a download that has ended
	if w.choicesFor(h); ofBridges() != 3 {
		t.Errorf("after a change: asked %d times, want three times", ofBridges())
	}
}

func TestStatusOfOneContainer(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	h := w.harbour("pve1", sim.Guest{VMID: 101, Name: "pihole", Status: "stopped"})
	v := w.viewer(h.user)
	v.rested()
	h.cluster.SetStatus(101, "running")
	c, err := w.Status(t.Context(), h.user.ID, h.node.Ref(101))
	w.must(err)
	if c.State() != "running" || c.NodeName != "pve1" || c.Name != "pihole" {
		t.Errorf("container %+v", c)
	}
	if got, _ := w.inventory(h.user).Container(h.node.Ref(101)); got.Status != "running" {
		t.Errorf("the inventory shows it %s", got.Status)
	}

	h.cluster.Remove(101)
	if _, err := w.Status(t.Context(), h.user.ID, h.node.Ref(101)); proxmox.KindOf(err) != proxmox.KindNotFound {
		t.Errorf("gone: %v", err)
	}
	if p := w.inventory(h.user); len(p.Containers) != 0 {
		t.Errorf("the inventory still shows %s", names(p))
	}
	if v := w.verdict(h.user, h.node, "101"); v.State != "free" {
		t.Errorf("its VMID: %+v", v)
	}
}

// A viewer that asks for the status at every news comes to an end.
func TestMetricsAloneAreNoNews(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	h := w.harbour("pve1", sim.Guest{VMID: 101, Name: "pihole", Status: "running"})
	v := w.viewer(h.user)
	v.rested()
	for range len(v.C) {
		<-v.C
	}
	_, err := w.Status(t.Context(), h.user.ID, h.node.Ref(101))
	w.must(err)
	if len(v.C) != 0 {
		t.Error("news, though nothing but metrics changed")
	}
}

func TestAStatusThatHangsIsSharedAndBounded(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	h := w.harbour("pve1", sim.Guest{VMID: 101, Name: "pihole", Status: "running"})
	h.host.Hang(true)
	start := time.Now()
	var asking sync.WaitGroup
	kinds := make([]proxmox.Kind, 5)
	for i := range kinds {
		asking.Go(func() {
			_, err := w.Status(t.Context(), h.user.ID, h.node.Ref(101))
			kinds[i] = proxmox.KindOf(err)
		})
	}
	asking.Wait()
	if took := time.Since(start); took >= proxmox.CallTimeout {
		t.Errorf("took %v", took)
	}
	if slices.ContainsFunc(kinds, func(k proxmox.Kind) bool { return k != proxmox.KindTimeout }) {
		t.Errorf("failed with %v", kinds)
	}
}
