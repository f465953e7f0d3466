package jobs

import (
	"context"
	"regexp"
	"strconv"

	"berth/proxmox"
	"berth/store"
)

// Clone begins to clone a container; name is the container's, for people. It is a job on
// both: the container and the one that it makes. *store.BusyError.
func (r *Runner) Clone(userID string, at store.Ref, name string, p proxmox.CloneParams) (store.Job, error) {
	return r.add(userID, at.NodeID, store.Job{
		Kind:      store.JobClone,
		VMID:      at.VMID,
		Name:      name,
		CloneVMID: p.VMID,
		CloneName: p.Hostname,
		Steps:     todo(StepCheck, StepClone),
	}, p, r.cfg.Store.AddJob)
}

// CloneOf returns the parameters of a clone job, for its page; the zero value for any other job.
func CloneOf(j store.Job) proxmox.CloneParams {
	return specOf[proxmox.CloneParams](j, store.JobClone)
}

// clone makes the copy.
func (w *worker) clone() (result, error) {
	var p proxmox.CloneParams
	if err := w.spec(&p); err != nil {
		return result{}, err
	}
	made := func(j *store.Job) { j.Made = true }
	return w.change(change{
		types: []string{"vzclone"}, // a task of the container that is cloned
		post: func(ctx context.Context, c *proxmox.Client) (proxmox.UPID, error) {
			return c.Clone(ctx, w.job.Member, w.job.VMID, p)
		},
		matchesTask: w.clones,
		isDone: func() (result, bool, error) {
			if w.step().UPID == "" {
				return result{}, false, nil // a container with that VMID is another one
			}
			g, err := w.guestAt(p.VMID)
			if proxmox.KindOf(err) == proxmox.KindNotFound {
				return result{}, false, nil
			}
			return result{change: made}, err == nil && g.Lock == "", err
		},
		refused: func(err error) (result, error) {
			if proxmox.KindOf(err) == proxmox.KindStillRunning {
				return result{}, fail(ProblemCloneRuns, store.Args{})
			}
			return result{}, err
		},
		findLeftovers: w.findLeftovers,
		succeeded:     made,
	})
}

// namesClone matches the first line of a clone's log, which releases before 9.2 lack.
var namesClone = regexp.MustCompile(`^creating a clone of container \d+ with ID (\d+)$`)

// clones tells whether a task that clones the container makes this job's clone, by the VMID in
// its log, or where a log lacks that line, by having a log at all. A task whose log is still
// empty is none: it is looked at again.
func (w *worker) clones(t proxmox.Task) (bool, error) {
	lines, err := w.taskLog(t.UPID)
	for _, line := range lines {
		if m := namesClone.FindStringSubmatch(line); m != nil {
			return m[1] == strconv.Itoa(w.job.CloneVMID), err
		}
	}
	return len(lines) > 0, err
}
