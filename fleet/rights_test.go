package fleet

import (
	"context"
	"errors"
	"sync"
	"testing"

	"berth/proxmox"
	"berth/proxmox/sim"
	"berth/store"
)

const permissionsPath = "/access/permissions"

// rights of a harbour's node, which have to be told.
func (w *world) rights(h harbour) proxmox.Permissions {
	w.t.Helper()
	rights, err := w.Rights(w.t.Context(), h.user.ID, h.node.ID)
	w.must(err)
	if rights == nil {
		w.t.Fatal("the rights are not told")
	}
	return rights
}

func TestRightsAreAskedForOnceForAllWhoAskAtATime(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	h := w.harbour("pve1", sim.Guest{VMID: 101, Name: "web"})
	begun, goOn := make(chan struct{}), make(chan struct{})
	defer h.cluster.Inject(sim.Fault{Path: permissionsPath, Times: 1, Then: func() { close(begun); <-goOn }})()
	var asking sync.WaitGroup
	asking.Go(func() { w.rights(h) })
	<-begun
	left, leave := context.WithCancel(t.Context())
	leave()
	if rights, err := w.Rights(left, h.user.ID, h.node.ID); rights != nil || err != nil {
		t.Errorf("who did not wait was told %v, %v", rights, err)
	}
	asking.Go(func() { w.rights(h) })
	close(goOn)
	asking.Wait()
	at := h.node.Ref(101)
	_, err := w.Snapshots(t.Context(), h.user.ID, at)
	w.must(err)
	_, err = w.Backups(t.Context(), h.user.ID, at)
	w.must(err)
	_, err = w.CloneChoices(t.Context(), h.user.ID, at, "")
	w.must(err)
	w.details(h, 101)
	if rights := w.RightsOf(t.Context(), h.user.ID, []string{h.node.ID, "none"}); len(rights) != 1 {
		t.Errorf("rights of %d nodes", len(rights))
	}
	if n := asked(h.cluster, permissionsPath); n != 1 {
		t.Errorf("asked %d times", n)
	}
	if _, err := w.Rights(t.Context(), "somebody", h.node.ID); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("of another's node: %v", err)
	}
}

func TestRightsAreAskedForAgain(t *testing.T) {
	t.Parallel()
	at := func(h harbour) store.Ref { return h.node.Ref(101) }
	for name, happens := range map[string]func(w *world, h harbour){
		"when some time has passed": func(w *world, _ harbour) { w.time.Advance(rightsLife) },
		"when the node was edited":  func(w *world, h harbour) { w.NodeChanged(h.node.ID) },
		"when something is denied": func(w *world, h harbour) {
			err := w.UpdateConfig(w.t.Context(), h.user.ID, at(h), proxmox.ConfigUpdate{Cores: new(2)})
			if proxmox.KindOf(err) != proxmox.KindForbidden {
				w.t.Fatalf("the change: %v", err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			h := w.harbour("pve1", sim.Guest{VMID: 101, Name: "web"})
			w.rights(h)
			h.cluster.SetRights(h.node.TokenID, sim.Rights{"/vms": {"VM.Audit"}})
			if !w.rights(h).Has("/vms/101", "VM.Config.CPU") {
				t.Error("they were asked for again without a reason")
			}
			happens(w, h)
			if w.rights(h).Has("/vms/101", "VM.Config.CPU") {
				t.Error("they are those of before")
			}
		})
	}
}

func TestRightsThatWereNotToldAreAskedForAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	h := w.harbour("pve1")
	defer h.cluster.Inject(sim.Fault{Path: permissionsPath, Times: 1, Status: 500, Message: "no"})()
	if rights, err := w.Rights(t.Context(), h.user.ID, h.node.ID); rights != nil || err != nil {
		t.Errorf("%v, %v", rights, err)
	}
	w.rights(h)
}

// What was noted of the token when its node was last tested is not asked: it may have been granted more since, or less.
func TestWhoseTasksATokenSeesIsWhatItsRightsSayNow(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	h := w.harbour("pve1", sim.Guest{VMID: 101, Name: "web"})
	for _, c := range []struct {
		rights sim.Rights
		want   bool
	}{
		{sim.Rights{"/vms": {"VM.Audit"}}, true},
		{sim.Rights{"/vms": {"VM.Audit"}, "/nodes/pve1": {"Sys.Audit"}}, false},
		{sim.Rights{"/nodes": {"Sys.Audit"}, "/nodes/pve1": {"Sys.PowerMgmt"}}, true},
	} {
		h.cluster.SetRights(h.node.TokenID, c.rights)
		w.time.Advance(rightsLife)
		before := asked(h.cluster, permissionsPath)
		for range 2 {
			if only, err := w.SeesOnlyOwnTasks(t.Context(), h.user.ID, h.node.ID); only != c.want || err != nil {
				t.Errorf("%v: %v, %v", c.rights, only, err)
			}
		}
		if n := asked(h.cluster, permissionsPath) - before; n != 1 {
			t.Errorf("%v: asked %d times", c.rights, n)
		}
	}
	h.host.Stop()
	w.time.Advance(rightsLife)
	if only, err := w.SeesOnlyOwnTasks(t.Context(), h.user.ID, h.node.ID); only || err != nil {
		t.Errorf("where it is not told: %v, %v", only, err)
	}
	if _, err := w.SeesOnlyOwnTasks(t.Context(), "somebody", h.node.ID); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("of another's node: %v", err)
	}
}
