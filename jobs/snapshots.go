package jobs

import (
	"context"
	"encoding/json"
	"slices"

	"berth/proxmox"
	"berth/store"
)

// SnapshotSpec holds the parameters of a job on a snapshot of a container; the job keeps it as JSON.
type SnapshotSpec struct {
	Snapshot string `json:"snapshot"`        // its name
	Note     string `json:"note,omitempty"`  // of one to make
	Start    bool   `json:"start,omitempty"` // roll back: start the container afterwards
}

// Snapshot begins to make a snapshot of a container; name is the container's, for
// people. *store.BusyError.
func (r *Runner) Snapshot(userID string, at store.Ref, name string, spec SnapshotSpec) (store.Job, error) {
	return r.add(userID, at.NodeID, snapshotJob(store.JobSnapshot, at.VMID, name, StepSnapshot), spec, r.cfg.Store.AddJob)
}

// RollBack begins to take a container back to a snapshot. *store.BusyError.
func (r *Runner) RollBack(userID string, at store.Ref, name string, spec SnapshotSpec) (store.Job, error) {
	steps := []string{StepRollback}
	if spec.Start {
		steps = append(steps, StepStart)
	}
	return r.add(userID, at.NodeID, snapshotJob(store.JobRollback, at.VMID, name, steps...), spec, r.cfg.Store.AddJob)
}

// DeleteSnapshot begins to delete a snapshot of a container. *store.BusyError.
func (r *Runner) DeleteSnapshot(userID string, at store.Ref, name string, spec SnapshotSpec) (store.Job, error) {
	return r.add(userID, at.NodeID, snapshotJob(store.JobDeleteSnapshot, at.VMID, name, StepDeleteSnapshot), spec, r.cfg.Store.AddJob)
}

func snapshotJob(kind store.JobKind, vmid int, name string, steps ...string) store.Job {
	return store.Job{Kind: kind, VMID: vmid, Name: name, Steps: todo(steps...)}
}

// SnapshotOf returns the parameters of a job on a snapshot, for its page; the zero value for any other job.
func SnapshotOf(j store.Job) SnapshotSpec {
	return specOf[SnapshotSpec](j, store.JobSnapshot, store.JobRollback, store.JobDeleteSnapshot)
}

// specOf decodes the parameters of a job of one of the kinds; the zero value for any other job.
func specOf[T any](j store.Job, kinds ...store.JobKind) (spec T) {
	if !slices.Contains(kinds, j.Kind) || json.Unmarshal(j.Spec, &spec) != nil {
		return *new(T)
	}
	return spec
}

// snapshots asks for the container's snapshots.
func (w *worker) snapshots() (s proxmox.Snapshots, err error) {
	err = w.ask(func(ctx context.Context, c *proxmox.Client, _ store.Node) error {
		s, err = c.Snapshots(ctx, w.job.Member, w.job.VMID)
		return err
	})
	return s, err
}

// hasSnapshot tells whether the container has a snapshot of that name, and whether it is complete.
func (w *worker) hasSnapshot(name string) (there, whole bool, err error) {
	s, err := w.snapshots()
	i := slices.IndexFunc(s.All, func(s proxmox.Snapshot) bool { return s.Name == name })
	return i >= 0, i >= 0 && s.All[i].State == "", err
}

// takeSnapshot makes a snapshot. Before the call it makes sure that there is none of that
// name, so that one which is there after a lost answer is this job's.
func (w *worker) takeSnapshot() (result, error) {
	var spec SnapshotSpec
	if err := w.spec(&spec); err != nil {
		return result{}, err
	}
	if s := w.step(); s.Intent.IsZero() && s.UPID == "" {
		there, _, err := w.hasSnapshot(spec.Snapshot)
		if err != nil {
			return result{}, err
		}
		if there {
			return result{}, nameTaken()
		}
	}
	return w.change(change{
		types: []string{"vzsnapshot"},
		post: func(ctx context.Context, c *proxmox.Client) (proxmox.UPID, error) {
			return c.Snapshot(ctx, w.job.Member, w.job.VMID, spec.Snapshot, spec.Note)
		},
		isDone: func() (result, bool, error) {
			_, whole, err := w.hasSnapshot(spec.Snapshot)
			return result{}, whole, err
		},
		refused: func(err error) (result, error) {
			if proxmox.KindOf(err) == proxmox.KindNameTaken {
				return result{}, nameTaken()
			}
			return result{}, err
		},
		uninterruptible: true,
	})
}

// nameTaken makes the failure of a snapshot for a name that another snapshot of the container has.
func nameTaken() *failure {
	f := fail(ProblemSnapshotTaken, store.Args{})
	f.Properties = map[store.Property]string{store.PropertySnapshot: ""}
	return f
}

// rollBack takes the container back to a snapshot, for which the host stops it at once. It is
// started by a step of its own, as the same call would start it in another task, whose UPID
// the host does not return.
func (w *worker) rollBack() (result, error) {
	var spec SnapshotSpec
	if err := w.spec(&spec); err != nil {
		return result{}, err
	}
	return w.change(change{
		types: []string{"vzrollback"},
		post: func(ctx context.Context, c *proxmox.Client) (proxmox.UPID, error) {
			return c.Rollback(ctx, w.job.Member, w.job.VMID, spec.Snapshot)
		},
		isDone: func() (result, bool, error) {
			if w.step().UPID == "" {
				return result{}, false, nil // it may have been at that snapshot before
			}
			s, err := w.snapshots()
			if err != nil {
				return result{}, false, err
			}
			g, err := w.guest()
			return result{}, err == nil && g.Lock == "" && s.Current == spec.Snapshot, err
		},
		refused:         func(err error) (result, error) { return result{}, err },
		uninterruptible: true,
	})
}

// deleteSnapshot deletes a snapshot. That it is gone already is a success.
func (w *worker) deleteSnapshot() (result, error) {
	var spec SnapshotSpec
	if err := w.spec(&spec); err != nil {
		return result{}, err
	}
	return w.change(change{
		types: []string{"vzdelsnapshot"},
		post: func(ctx context.Context, c *proxmox.Client) (proxmox.UPID, error) {
			return c.DeleteSnapshot(ctx, w.job.Member, w.job.VMID, spec.Snapshot)
		},
		isDone: func() (result, bool, error) {
			there, _, err := w.hasSnapshot(spec.Snapshot)
			return result{}, err == nil && !there, err
		},
		refused: func(err error) (result, error) {
			if proxmox.KindOf(err) == proxmox.KindNoSnapshot {
				return result{detail: store.Message{Kind: MessageNoSnapshot}}, nil
			}
			return result{}, err
		},
		uninterruptible: true,
	})
}
