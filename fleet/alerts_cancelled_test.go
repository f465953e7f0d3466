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
