package fleet

import (
	"context"
	"errors"
	"slices"
	"testing"

	"berth/proxmox"
	"berth/proxmox/sim"
	"berth/store"
)

func TestAChangeIsMadeAlsoWhenWhoWantedItLeaves(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	h := w.harbour("pve1", sim.Guest{VMID: 101, Name: "web", Snapshots: []sim.Snapshot{{Name: "first"}}})
	at := h.node.Ref(101)
	left, leave := context.WithCancel(t.Context())
	leave()
	w.must(w.SetSnapshotNote(left, h.user.ID, at, "first", "before the storm"))
	w.must(w.UpdateConfig(left, h.user.ID, at, proxmox.ConfigUpdate{Cores: new(3)}))
	snapshots, err := w.Snapshots(t.Context(), h.user.ID, at)
	w.must(err)
	if snapshots.All[0].Note != "before the storm" || snapshots.Config.Cores != 3 {
		t.Errorf("%+v, %d cores", snapshots.All, snapshots.Config.Cores)
	}
}

func TestQuestionsAboutAContainerOfAnotherAreNotPut(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	h := w.harbour("pve1", sim.Guest{VMID: 101, Name: "web"})
	at, ctx, stranger := h.node.Ref(101), t.Context(), "somebody"
	before := len(h.cluster.Calls())
	for name, ask := range map[string]func() error{
		"Snapshots":       func() error { _, err := w.Snapshots(ctx, stranger, at); return err },
		"Return":          func() error { _, err := w.Return(ctx, stranger, at, "first"); return err },
		"SetSnapshotNote": func() error { return w.SetSnapshotNote(ctx, stranger, at, "first", "mine") },
		"Backups":         func() error { _, err := w.Backups(ctx, stranger, at); return err },
		"CloneChoices":    func() error { _, err := w.CloneChoices(ctx, stranger, at, "200"); return err },
		"Config":          func() error { _, err := w.Config(ctx, stranger, at); return err },
		"UpdateConfig":    func() error { return w.UpdateConfig(ctx, stranger, at, proxmox.ConfigUpdate{}) },
		"Belongings":      func() error { _, err := w.Belongings(ctx, stranger, at); return err },
		"Tasks":           func() error { _, err := w.Tasks(ctx, stranger, at, proxmox.TaskPage{}); return err },
		"OwnTasks":        func() error { _, err := w.OwnTasks(ctx, stranger, at, proxmox.TaskPage{}); return err },
		"TaskLog":         func() error { _, err := w.TaskLog(ctx, stranger, at, ""); return err },
	} {
		if err := ask(); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if cannot := w.WithoutSnapshots(ctx, stranger, []store.Ref{at}); len(cannot) != 0 {
		t.Errorf("WithoutSnapshots: %v", cannot)
	}
	if !w.CanCopy(ctx, stranger, at, "first", false) {
		t.Error("CanCopy says what it cannot know")
	}
	if calls := h.cluster.Calls()[before:]; len(calls) > 0 {
		t.Errorf("the host was asked: %+v", calls)
	}
}

func TestATaskIsReadOnlyWithTheContainerThatItIsAbout(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	h := w.harbour("pve1", sim.Guest{VMID: 101, Name: "web"}, sim.Guest{VMID: 102, Name: "db"})
	h.cluster.AddTask("pve1", sim.Ended{Kind: "vzstart", VMID: 101, User: "root@pam", At: w.time.Now(), Exit: "OK", Log: slices.Repeat([]string{"line"}, shownTaskLines+7)})
	done, err := w.OwnTasks(t.Context(), h.user.ID, h.node.Ref(101), proxmox.TaskPage{Limit: 10})
	if err != nil || len(done) != 1 {
		t.Fatalf("%+v, %v", done, err)
	}
	read := func(vmid int) (TaskLog, error) {
		return w.TaskLog(t.Context(), h.user.ID, h.node.Ref(vmid), done[0].UPID)
	}
	log, err := read(101)
	if err != nil || !log.Status.OK() || len(log.Lines) != shownTaskLines || log.First < 8 {
		t.Errorf("%d lines from %d, %+v, %v", len(log.Lines), log.First, log.Status, err)
	}
	if _, err := read(102); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("with another: %v", err)
	}
}
