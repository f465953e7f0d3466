package jobs

import (
	"context"
	"regexp"
	"slices"

	"berth/proxmox"
	"berth/store"
)

// Backup begins to back a container up; name is the container's, for people. *store.BusyError.
func (r *Runner) Backup(userID string, at store.Ref, name string, p proxmox.BackupParams) (store.Job, error) {
	return r.add(userID, at.NodeID, store.Job{
		Kind:  store.JobBackup,
		VMID:  at.VMID,
		Name:  name,
		Steps: todo(StepBackup),
	}, p, r.cfg.Store.AddJob)
}

// BackupOf is what a backup job does; the zero value for any other job.
func BackupOf(j store.Job) proxmox.BackupParams {
	return specOf[proxmox.BackupParams](j, store.JobBackup)
}

// backUp makes a backup.
func (w *worker) backUp() (result, error) {
	var p proxmox.BackupParams
	if err := w.spec(&p); err != nil {
		return result{}, err
	}
	return w.change(change{
		types: []string{"vzdump"},
		post: func(ctx context.Context, c *proxmox.Client) (proxmox.UPID, error) {
			return c.Backup(ctx, w.job.Member, w.job.VMID, p)
		},
		isDone:  func() (result, bool, error) { return w.backedUp(p.Storage) },
		refused: func(err error) (result, error) { return result{}, w.whyNotBackedUp(err) },
	})
}

// backedUp tells whether the storage has a backup since the step's task began: what the
// task is not asked any more, because the host has forgotten it.
func (w *worker) backedUp(storage string) (result, bool, error) {
	id := proxmox.UPID(w.step().UPID)
	if id == "" {
		return result{}, false, nil // a backup that is there may be anybody's
	}
	var all []proxmox.Backup
	err := w.ask(func(ctx context.Context, c *proxmox.Client, _ store.Node) (err error) {
		all, err = c.Backups(ctx, w.job.Member, storage, w.job.VMID)
		return err
	})
	made := slices.ContainsFunc(all, func(b proxmox.Backup) bool { return !b.Created.Before(id.Started()) })
	return result{}, err == nil && made, err
}

// saysNotBackedUp is how vzdump's log gives the reason of a failure; its end is just "job errors".
var saysNotBackedUp = regexp.MustCompile(`^ERROR: Backup of VM \d+ failed - (.+)$`)

// backupTail is how many of the last lines of a log may have the reason.
const backupTail = 40

// whyNotBackedUp is the reason that the task's log gives, or err where it gives none.
func (w *worker) whyNotBackedUp(err error) error {
	if e, ok := refusal(err); !ok || e.Call != "task" {
		return err
	}
	tail := min(w.step().LogLine+1, backupTail) // and no line of an earlier try
	lines, failed := w.r.cfg.Store.Log(w.id, w.job.LogLast-tail, tail)
	if failed != nil {
		return failed
	}
	for _, l := range slices.Backward(lines) {
		if m := saysNotBackedUp.FindStringSubmatch(l.Text); m != nil {
			return proxmox.TaskStatus{Exit: m[1]}.Err()
		}
	}
	return err
}
