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
	return r.add(userID, at.NodeID, backupJob(at.VMID, name), p, r.cfg.Store.AddJob)
}

func backupJob(vmid int, name string) store.Job {
	return store.Job{Kind: store.JobBackup, VMID: vmid, Name: name, Steps: todo(StepBackup)}
}

// BackupOf returns the parameters of a backup job, for its page; the zero value for any other job.
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

// backedUp tells whether the storage has a backup made since the step's task began. It
// stands in for the task's end when the host has forgotten the task.
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

// saysNotBackedUp matches the line of vzdump's log with the reason of a failure: the task itself ends just with "job errors".
var saysNotBackedUp = regexp.MustCompile(`^ERROR: Backup of VM \d+ failed - (.+)$`)

// backupTail bounds the search for that line, in lines from the log's end.
const backupTail = 40

// whyNotBackedUp returns an error with the reason from the task's log in place of the task's own error err; err itself where
// the log has none, and for other errors.
func (w *worker) whyNotBackedUp(err error) error {
	if e, ok := refusal(err); !ok || e.Call != "task" {
		return err
	}
	tail := min(w.step().LogLine+1, backupTail) // no line of an earlier try
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
