package fleet

import (
	"testing"
	"time"

	"berth/proxmox/sim"
	"berth/store"
)

func TestNobodyIsToldOfABackupThatItsOwnerCancelled(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	h := w.harbour("pve1", sim.Guest{VMID: 101, Name: "mine", Status: "running"}, sim.Guest{VMID: 102, Name: "failed", Status: "running"})
	now := w.time.Now()
	for _, vmid := range []int{101, 102} {
		h.cluster.AddTask("pve1", sim.Ended{Kind: "vzdump", VMID: vmid, User: "root@pam", At: now.Add(-time.Hour), Took: time.Minute, Exit: "job errors"})
	}
	d := w.watched(h.user)
	if got := d.alerts(); got != "task 102, task 101" && got != "task 101, task 102" {
		t.Fatalf("at first: %s", got)
	}
	for _, n := range d.all() {
		j, err := w.db.AddJob(store.Job{
			UserID: h.user.ID, NodeID: n.NodeID, Scope: n.ClusterID, VMID: n.VMID, Kind: store.JobBackup,
			Steps: []store.JobStep{{Name: "backup", UPID: string(n.Task.UPID), Exit: "job errors"}},
		})
		if err != nil {
			t.Fatal(err)
		}
		end := map[int]store.JobState{101: store.JobCancelled, 102: store.JobFailed}[n.VMID]
		if _, err := w.db.UpdateJob(j.ID, nil, func(j *store.Job) error { j.State = end; return nil }); err != nil {
			t.Fatal(err)
		}
	}
	if got := d.alerts(); got != "task 102" {
		t.Errorf("after 101's was cancelled: %s", got)
	}
}

func TestAFailureEndsWithTheNextGoodTaskOfItsPurpose(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	h := w.harbour("pve1", sim.Guest{VMID: 101, Name: "web", Status: "running"})
	d := w.watched(h.user)
	add := func(kind, exit string) {
		t.Helper()
		h.cluster.AddTask("pve1", sim.Ended{Kind: kind, VMID: 101, User: "root@pam", At: w.time.Now(), Exit: exit})
		d.minutes(3)
	}
	for _, c := range []struct{ kind, exit, want string }{
		{"vzsnapshot", "snapshot feature is not available", "task 101"},
		{"vzstart", "OK", "task 101"},
		{"vzdump", "no space left", "task 101, task 101"},
		{"vzsnapshot", "OK", "task 101"},
		{"vzreboot", "command failed", "task 101, task 101"},
		{"vzstart", "OK", "task 101"},
		{"vzdump", "WARNINGS: 1", ""},
		{"vzshutdown", "timeout", "task 101"},
		{"vzrestore", "OK", ""},
	} {
		add(c.kind, c.exit)
		if got := d.alerts(); got != c.want {
			t.Errorf("after %s %q: %q, want %q", c.kind, c.exit, got, c.want)
		}
	}
}

func TestNobodyIsToldThatWhatTheyStoppedIsOff(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	h := w.harbour("pve1", sim.Guest{VMID: 101, Name: "mine"}, sim.Guest{VMID: 102, Name: "theirs"})
	for _, vmid := range []int{101, 102} {
		h.cluster.AddTask("pve1", sim.Ended{Kind: "vzshutdown", VMID: vmid, User: "root@pam", At: w.time.Now().Add(-time.Hour), Exit: "OK"})
	}
	d := w.watched(h.user)
	if got := d.alerts(); got != "off 101, off 102" {
		t.Fatalf("at first: %s", got)
	}
	for _, a := range d.all() {
		if a.VMID != 101 {
			continue
		}
		_, err := w.db.AddJob(store.Job{
			UserID: h.user.ID, NodeID: a.NodeID, Scope: a.ClusterID, VMID: a.VMID, Kind: store.JobShutdown, State: store.JobDone,
			Steps: []store.JobStep{{Name: "shutdown", UPID: string(a.Task.UPID), Exit: "OK"}},
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if got := d.alerts(); got != "off 102" {
		t.Errorf("after their owner stopped 101: %s", got)
	}
	h.cluster.AddTask("pve1", sim.Ended{Kind: "vzstart", VMID: 101, User: "root@pam", At: w.time.Now(), Exit: "OK"})
	d.minutes(3)
	if got := d.alerts(); got != "off 102, off 101" {
		t.Errorf("once it was started and is off again: %s", got)
	}
}

func TestAnAlertThatWasHiddenCanBeSeenAndBroughtBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	h := w.harbour("pve1", sim.Guest{VMID: 101, Name: "full", Status: "running", Disk: 95, MaxDisk: 100})
	d := w.watched(h.user)
	key := d.all()[0].Key()
	w.must(w.Dismiss(t.Context(), h.user.ID, key))
	shown, hidden, err := w.Alerts(t.Context(), h.user.ID, w.inventory(h.user), 0)
	if err != nil || len(shown) != 0 || len(hidden) != 1 || hidden[0].Key() != key {
		t.Errorf("shown %v, hidden %v, %v", shown, hidden, err)
	}
	w.must(w.Undismiss(h.user.ID, key))
	if got := d.alerts(); got != "disk 101" {
		t.Errorf("after it was brought back: %s", got)
	}
}
