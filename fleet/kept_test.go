package fleet

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"

	"berth/proxmox/sim"
)

// heldLog holds up who says that a kept inventory cannot be read, as a slow disk holds up who reads one.
type heldLog struct {
	slog.Handler
	reached chan struct{}
	goOn    chan struct{}
	said    *atomic.Int64
}

func (h heldLog) Handle(_ context.Context, r slog.Record) error {
	if r.Message == "the kept inventory cannot be read" {
		h.said.Add(1)
		h.reached <- struct{}{}
		<-h.goOn
	}
	return nil
}

func (h heldLog) Enabled(context.Context, slog.Level) bool { return true }

// restarted is a world as after a restart, which logs to log.
func (w *world) restarted(log slog.Handler) *world {
	w.t.Helper()
	w.must(w.Fleet.Close())
	again := *w
	again.Fleet = New(Config{Store: w.db, VMIDs: w.cache, Clock: w.time, RefreshWait: patience, Log: slog.New(log)})
	w.t.Cleanup(func() { again.must(again.Fleet.Close()) })
	return &again
}

// within fails the test when something is not done for as long as a test waits.
func (w *world) within(what string, do func()) {
	w.t.Helper()
	done := make(chan struct{})
	go func() { defer close(done); do() }()
	ctx, cancel := context.WithTimeout(w.t.Context(), patience)
	defer cancel()
	select {
	case <-done:
	case <-ctx.Done():
		w.t.Fatalf("never came to an end: %s", what)
	}
}

func TestNobodyWaitsWhileAnothersKeptInventoryIsRead(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	u := w.addUser("mira")
	slow := w.berthed(u, "pve1", sim.Guest{VMID: 101, Name: "nas"})
	quick := w.berthed(u, "pve2", sim.Guest{VMID: 102, Name: "web"})
	other := w.berthed(w.addUser("tom"), "pve3", sim.Guest{VMID: 103, Name: "git"})
	w.inventory(u)
	w.inventory(other.user)
	w.must(w.Fleet.Close())
	w.must(w.db.SaveInventory(slow.node.Scope, []byte("not what was kept")))

	log := heldLog{reached: make(chan struct{}), goOn: make(chan struct{}), said: &atomic.Int64{}}
	w = w.restarted(log)
	var reading sync.WaitGroup
	defer reading.Wait()
	letGo := sync.OnceFunc(func() { close(log.goOn) })
	defer letGo()
	reading.Go(func() { w.Name(slow.node, 101) })
	<-log.reached
	for range 5 {
		reading.Go(func() { w.Name(slow.node, 101) })
	}
	w.within("what else is asked for", func() {
		if name := w.Name(quick.node, 102); name != "web" {
			t.Errorf("the user's other container is called %q", name)
		}
		if v := w.verdict(u, quick.node, "102"); v.State != "taken" || v.Name != "web" {
			t.Errorf("its VMID is %+v", v)
		}
		if got := names(w.inventory(other.user)); got != "git" {
			t.Errorf("another user sees %q", got)
		}
		w.viewer(other.user).rested()
	})
	letGo()
	reading.Wait()
	if n := log.said.Load(); n != 1 {
		t.Errorf("it was read %d times", n)
	}
	if got := names(w.inventory(u)); got != "nas web" {
		t.Errorf("then they see %q", got)
	}
}
