package events

import (
	"slices"
	"time"

	"berth/proxmox"
	"berth/store"
)

// Lately sums up what was last done to a container, as far as Berth knows it without asking a host: by its own jobs, and by
// the hosts' tasks that were last read for alerts. A zero time: not known.
type Lately struct {
	Backup    time.Time // the last one that went well
	NoBackup  time.Time // the last attempt, where it failed
	Snapshot  time.Time // the last one that was made, unless one was deleted or rolled back to since
	Stopped   time.Time // when it was turned off, unless it was turned on since
	StoppedBy string    // a user of Berth, or a user or token of Proxmox
}

// latelyJobs bounds the jobs on a container that Lately reads, newest first.
const latelyJobs = 20

// Lately returns what was last done to a container. It asks no host.
func (h History) Lately(n store.Node, vmid int) (Lately, error) {
	u, err := h.Store.User(n.UserID)
	if err != nil {
		return Lately{}, err
	}
	s := sources{node: n, user: u.Name}
	if s.jobs, err = h.Store.JobsOn(n.UserID, n.Scope, vmid, latelyJobs); err != nil {
		return Lately{}, err
	}
	s.jobs = onTheSame(s.jobs, vmid)
	past := h.Fleet.Past(n.Ref(vmid))
	l := Lately{Backup: past.Backup.End, NoBackup: past.NoBackup.End, Snapshot: past.Snapshot.End}
	if t := past.Power.Type; t == "vzstop" || t == "vzshutdown" {
		l.Stopped, l.StoppedBy = past.Power.End, past.Power.User
	}
	own := s.ownTasks()[past.Power.UPID]
	for _, j := range slices.Backward(s.jobs) {
		l.take(j, past.Power, own, u.Name)
	}
	if !l.NoBackup.After(l.Backup) {
		l.NoBackup = time.Time{}
	}
	return l, nil
}

// onTheSame cuts jobs, newest first, where another container had the VMID.
func onTheSame(jobs []store.Job, vmid int) []store.Job {
	i := slices.IndexFunc(jobs, func(j store.Job) bool {
		made, _ := j.Makes()
		return j.State == store.JobDone && (made == vmid || j.Kind == store.JobDelete)
	})
	if i < 0 {
		return jobs
	}
	return jobs[:i]
}

// take adds a finished job; they come in the order in which they were made. power is the last task that turned the container
// on or off, own that one of the jobs started it: then the job tells who did it, whatever the clocks say.
func (l *Lately) take(j store.Job, power proxmox.Task, own bool, user string) {
	if j.Kind == store.JobBackup && j.State == store.JobFailed {
		l.NoBackup = later(l.NoBackup, j.Ended)
	}
	if j.State != store.JobDone {
		return
	}
	switch j.Kind {
	case store.JobBackup:
		l.Backup = later(l.Backup, j.Ended)
	case store.JobSnapshot:
		l.Snapshot = later(l.Snapshot, j.Ended)
	case store.JobDeleteSnapshot, store.JobRollback:
		if j.Ended.After(l.Snapshot) {
			l.Snapshot = time.Time{}
		}
	case store.JobStop, store.JobShutdown:
		if own || j.Ended.After(power.End) {
			l.Stopped, l.StoppedBy = j.Ended, user
		}
	case store.JobStart, store.JobReboot:
		if own || j.Ended.After(power.End) {
			l.Stopped, l.StoppedBy = time.Time{}, ""
		}
	}
}
