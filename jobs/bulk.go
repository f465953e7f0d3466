package jobs

import (
	"fmt"
	"slices"
	"strings"

	"berth/store"
)

// A bulk job has no steps and no worker of its own: it is a parent whose children
// are ordinary jobs, one for each container. They wait in the queues of their nodes, are
// taken up after a restart, cancelled and tried again as all others are; the parent's
// state follows from theirs in the store.

// MaxBulk bounds the containers of a bulk job.
const MaxBulk = 200

// Target is a container that a bulk job is for.
type Target struct {
	store.Ref
	Name    string // for people
	Storage string // backup: where it goes, in the place of the Action's
}

// Bulk begins the same action on several containers, and returns the parent. A
// container that another job is at work on fails its own child and no other.
// store.ErrNotFound for another user's node.
func (r *Runner) Bulk(userID string, a Action, targets []Target) (store.Job, error) {
	if len(targets) == 0 || len(targets) > MaxBulk {
		return store.Job{}, fmt.Errorf("jobs: %d containers at once", len(targets))
	}
	parent := store.Job{UserID: userID, Kind: store.JobBulk, Does: a.Kind, Percent: -1}
	children := make([]store.Job, 0, len(targets))
	var nodes []string
	for _, t := range targets {
		a.Name, a.Backup.Storage = t.Name, t.Storage
		j, spec, err := actionJob(t.VMID, a)
		if err != nil {
			return store.Job{}, err
		}
		if j, err = r.on(userID, t.NodeID, j, spec); err != nil {
			return store.Job{}, err
		}
		if !slices.Contains(nodes, j.NodeName) {
			nodes = append(nodes, j.NodeName)
		}
		children = append(children, j)
	}
	parent.NodeName = strings.Join(nodes, ", ")

	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return store.Job{}, ErrClosed
	}
	parent, children, err := r.cfg.Store.AddJobs(parent, children, r.refuseBusy)
	if err != nil {
		return store.Job{}, err
	}
	r.queue(parent, children)
	return parent, nil
}

// queue puts the children that have not ended in the queues of their nodes, starts work, and wakes followers. r.mu is held.
func (r *Runner) queue(parent store.Job, children []store.Job) {
	for _, j := range children {
		if !j.State.Final() {
			r.enqueue(j)
		}
	}
	for _, q := range r.nodes {
		r.dispatch(q)
	}
	r.hub.changed(parent, true)
}

// refuseBusy fails a child whose container another job works on.
func (r *Runner) refuseBusy(j *store.Job, busy *store.BusyError) {
	s := &j.Steps[j.Step]
	s.State = store.StepFailed
	j.State, j.Ended = store.JobFailed, r.clock.Now()
	j.Problem = &store.JobProblem{Message: store.Message{Kind: ProblemBusy, Args: store.Args{Job: busy.Job.Label()}}, Step: s.Name}
}

// cancelBulk makes a change to a bulk job and cancels its children that have not ended, all in one transaction:
// r.mu is held meanwhile.
func (r *Runner) cancelBulk(parent store.Job, change func(*store.Job) error) (store.Job, error) {
	asked := make(map[string]bool) // children that waited for an answer, by ID
	parent, children, err := r.cfg.Store.UpdateJobs(parent.ID, change, func(j *store.Job) []store.LogLine {
		asked[j.ID] = j.State == store.JobWaiting
		return r.cancelChild(j)
	})
	if err != nil {
		return store.Job{}, err
	}
	r.unqueue(children...) // before work on one is started
	for _, j := range children {
		r.hub.changed(j, true)
		switch {
		case asked[j.ID]:
			r.dispatch(r.enqueue(j))
		case !j.State.Final():
			r.tellCancel(j.ID)
		}
	}
	r.hub.changed(parent, true)
	return parent, nil
}

// cancelChild cancels a job that has not ended, and returns the lines for its log. r.mu is held.
func (r *Runner) cancelChild(j *store.Job) []store.LogLine {
	switch {
	case r.waits(*j):
		line := r.cancelLine(*j)
		cancelJob(j, r.clock.Now())
		return line
	case j.State == store.JobWaiting:
		j.State, j.Problem = store.JobQueued, nil
	}
	j.Cancel = true
	return nil
}

// RetryOf returns the state and number of the children that Retry would begin again, of a
// bulk job that has ended: the failed ones, or where none failed the cancelled ones.
// "" when there is nothing to try again.
func RetryOf(parent store.Job) (state store.JobState, n int) {
	switch {
	case !parent.State.Final():
		return "", 0
	case parent.Tally[store.JobFailed] > 0:
		state = store.JobFailed
	default:
		state = store.JobCancelled
	}
	if n = parent.Tally[state] - parent.Forgotten[state]; n == 0 {
		return "", 0
	}
	return state, n
}

func (r *Runner) retryBulk(userID, parentID string, secrets map[string]string) (store.Job, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	parent, err := r.owned(userID, parentID)
	if err != nil {
		return store.Job{}, err
	}
	state, n := RetryOf(parent)
	if n == 0 {
		return store.Job{}, ErrState
	}
	asked, err := r.secretsOfAny(parent)
	if err != nil {
		return store.Job{}, err
	}
	values, err := typedFor(asked, secrets)
	if err != nil {
		return store.Job{}, err
	}
	queued, err := r.cfg.Store.ReopenJobs(parentID, state, func(j *store.Job) error {
		reopen(j)
		return nil
	}, r.refuseBusy)
	if err != nil {
		return store.Job{}, err
	}
	r.giveSecrets(queued, values)
	if parent, err = r.cfg.Store.JobByID(parentID); err != nil {
		return store.Job{}, err
	}
	r.queue(parent, queued)
	return parent, nil
}
