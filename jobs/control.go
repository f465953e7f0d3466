package jobs

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"berth/proxmox"
	"berth/store"
)

// Cancel asks a job to end, and aborts its task on the host. A job that has not begun
// ends at once; of a bulk job, all that have not ended are cancelled. ErrState when the job
// has ended already.
func (r *Runner) Cancel(userID, jobID string) (store.Job, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	j, err := r.owned(userID, jobID)
	if err != nil {
		return store.Job{}, err
	}
	if j.Kind == store.JobBulk {
		return r.cancelBulk(j, askToEnd)
	}
	return r.cancel(j)
}

// cancel is Cancel for a job that works. r.mu is held.
func (r *Runner) cancel(j store.Job) (store.Job, error) {
	if r.waits(j) {
		return r.cancelQueued(j)
	}
	if j.State == store.JobWaiting {
		return r.goOn(j, func(j *store.Job) { j.Cancel = true })
	}
	j, err := r.update(j.ID, nil, askToEnd)
	if err != nil {
		return store.Job{}, err
	}
	r.tellCancel(j.ID)
	return j, nil
}

// waits tells whether a job is in a queue with no call of an unknown outcome, so that it can be ended at once. r.mu is held.
func (r *Runner) waits(j store.Job) bool {
	q := r.nodes[j.NodeID]
	return q != nil && slices.Contains(q.waiting, j.ID) && !unsettled(j)
}

// tellCancel wakes the worker of a job, if it has one, after Cancel was written to the store. r.mu is held.
func (r *Runner) tellCancel(jobID string) {
	if w := r.active[jobID]; w != nil && !w.cancelClosed {
		w.cancelClosed = true
		close(w.cancelled)
	}
}

// askToEnd notes that the job's owner asked to cancel. ErrState when it has ended.
func askToEnd(j *store.Job) error {
	if j.State.Final() {
		return ErrState
	}
	j.Cancel = true
	return nil
}

// cancelQueued ends a job that has no worker. r.mu is held.
func (r *Runner) cancelQueued(j store.Job) (store.Job, error) {
	j, err := r.update(j.ID, r.cancelLine(j), func(j *store.Job) error {
		cancelJob(j, r.clock.Now())
		return nil
	})
	if err != nil {
		return store.Job{}, err
	}
	r.unqueue(j)
	return j, nil
}

// cancelLine makes the last line of the log of a job that is cancelled in the queue.
func (r *Runner) cancelLine(j store.Job) []store.LogLine {
	return []store.LogLine{{At: r.clock.Now(), Stream: store.StreamStep, Message: cancellation(j)}}
}

// unqueue takes the jobs of list that have ended out of the queues. r.mu is held.
func (r *Runner) unqueue(list ...store.Job) {
	ended := make(map[string]bool, len(list))
	for _, j := range list {
		ended[j.ID] = j.State.Final()
	}
	for _, q := range r.nodes {
		before := len(q.waiting)
		q.waiting = slices.DeleteFunc(q.waiting, func(id string) bool { return ended[id] })
		if len(q.waiting) < before {
			r.hub.jobs.Tell(q.waiting...)
		}
	}
}

// The answers to a job that waits because it is not known whether a script ran to its end.
const (
	AnswerAgain = "again" // run it again from its beginning
	AnswerSkip  = "skip"  // take it as done
	AnswerStop  = "stop"  // cancel the job
)

// Answer lets a waiting job go on. ErrState when it does not wait.
func (r *Runner) Answer(userID, jobID, answer string) (store.Job, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	j, err := r.owned(userID, jobID)
	if err != nil {
		return store.Job{}, err
	}
	if j.State != store.JobWaiting || j.Kind == store.JobBulk {
		return store.Job{}, ErrState
	}
	switch answer {
	case AnswerAgain, AnswerSkip:
		return r.goOn(j, func(j *store.Job) { j.Steps[j.Step].Answer = answer })
	case AnswerStop:
		return r.goOn(j, func(j *store.Job) { j.Cancel = true })
	}
	return store.Job{}, fmt.Errorf("jobs: %q answers nothing", answer)
}

// goOn changes a job that waits for an answer, and puts it back in the queue. r.mu is held.
func (r *Runner) goOn(j store.Job, change func(*store.Job)) (store.Job, error) {
	j, err := r.update(j.ID, nil, func(j *store.Job) error {
		j.State, j.Problem = store.JobQueued, nil
		change(j)
		return nil
	})
	if err != nil {
		return store.Job{}, err
	}
	r.dispatch(r.enqueue(j))
	return j, nil
}

// SecretsToType returns the secret inputs whose values have to be typed again for a retry of
// a failed or cancelled job; none when no script is left to run.
func (r *Runner) SecretsToType(j store.Job) ([]store.Input, error) {
	if j.Kind == store.JobBulk {
		return r.secretsOfAny(j)
	}
	left := j.Steps[min(j.Step, len(j.Steps)):]
	if !slices.ContainsFunc(left, func(s store.JobStep) bool { return strings.HasPrefix(s.Name, StepScript) }) {
		return nil, nil
	}
	provision, err := r.cfg.Store.JobProvision(j.ID)
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	}
	return provision.SecretInputs(), err
}

// Retry begins a failed or cancelled job again from the step that failed. secrets are the
// values that SecretsToType names: with a job's end they are forgotten. ErrState for
// any other job; ErrSecrets; *store.BusyError when another job is at work on the container.
// Of a bulk job, those that RetryOf names are begun again.
func (r *Runner) Retry(userID, jobID string, secrets map[string]string) (store.Job, error) {
	j, err := r.cfg.Store.Job(userID, jobID)
	if err != nil {
		return store.Job{}, err
	}
	if j.Kind == store.JobBulk {
		return r.retryBulk(userID, jobID, secrets)
	}
	return r.admit(func() (store.Job, error) {
		j, err := r.owned(userID, jobID)
		if err != nil {
			return store.Job{}, err
		}
		if !ended(j) || j.Problem != nil && j.Problem.Kind == ProblemFileSystem {
			return store.Job{}, ErrState // the disk has its size: a second try would do nothing, and call it done
		}
		asked, err := r.SecretsToType(j)
		if err != nil {
			return store.Job{}, err
		}
		values, err := typedFor(asked, secrets)
		if err != nil {
			return store.Job{}, err
		}
		j, err = r.cfg.Store.ReopenJob(jobID, func(j *store.Job) error {
			reopen(j)
			return nil
		})
		if err != nil {
			return store.Job{}, err
		}
		// Only now, so that no ended job is left with them.
		if err := r.cfg.Store.PutJobSecrets(jobID, values); err != nil {
			r.log.Error("the secrets of a job cannot be kept", slog.String("job", jobID), slog.Any("error", err))
		}
		return j, nil
	})
}

// reopen resets a job so that its failed step is done again. A call of that step with an
// unknown outcome stays noted, to be looked up first: see worker.call.
func reopen(j *store.Job) {
	j.Left = store.Message{}
	j.Cancel, j.Problem, j.Ended, j.Percent = false, nil, time.Time{}, -1
	s := &j.Steps[j.Step]
	if unsettled(*j) {
		s.State, s.Detail, s.Ended = store.StepTodo, store.Message{}, time.Time{}
		return
	}
	run := s.Run
	if s.Exit != "" {
		run = "" // it has ended
	}
	*s = store.JobStep{Name: s.Name, State: store.StepTodo, Run: run, Past: s.Tasks()}
}

// Keep ends a failed or cancelled create whose container exists: the container stays,
// and the job is done. ErrState when there is none.
func (r *Runner) Keep(userID, jobID string) (store.Job, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	j, err := r.left(userID, jobID)
	if err != nil {
		return store.Job{}, err
	}
	if err := r.idle(j); err != nil {
		return store.Job{}, err
	}
	line := []store.LogLine{{At: r.clock.Now(), Stream: store.StreamStep, Message: store.Message{Kind: MessageKept, Args: store.Args{VMID: j.VMID}}}}
	j, err = r.update(jobID, line, func(j *store.Job) error {
		for i := range j.Steps {
			if j.Steps[i].State == store.StepTodo {
				j.Steps[i].State = store.StepSkipped
			}
		}
		j.State, j.Problem = store.JobDone, nil
		return nil
	})
	if err != nil {
		return store.Job{}, err
	}
	r.dropDraft(j)
	return j, nil
}

// Destroy begins the deletion of what a failed or cancelled create made, with purge also out of HA, replication and backup
// jobs, and returns the delete job. ErrState when it made nothing; *store.BusyError when another job is at work on the
// container.
func (r *Runner) Destroy(userID, jobID string, purge bool) (store.Job, error) {
	return r.admit(func() (store.Job, error) {
		made, err := r.left(userID, jobID)
		if err != nil {
			return store.Job{}, err
		}
		spec := actionSpec{CreateJob: made.ID, Purge: purge}
		for _, s := range made.Steps {
			if tasks := s.Tasks(); s.Name == StepCreate && len(tasks) > 0 { // a later try may have been refused
				spec.CreateUPID = proxmox.UPID(tasks[len(tasks)-1])
			}
		}
		raw, err := json.Marshal(spec)
		if err != nil {
			return store.Job{}, fmt.Errorf("jobs: keep what to do: %w", err)
		}
		return r.cfg.Store.AddJob(store.Job{
			UserID: userID, NodeID: made.NodeID, NodeName: made.NodeName, Member: made.Member, Scope: made.Scope,
			Kind: store.JobDelete, VMID: made.VMID, Name: made.Name,
			Steps: todo(StepCheck, StepStop, StepDelete), Spec: raw, Percent: -1,
		})
	})
}

// owned returns a job of the user. ErrClosed when the runner is; store.ErrNotFound. r.mu is held.
func (r *Runner) owned(userID, jobID string) (store.Job, error) {
	if r.closed {
		return store.Job{}, ErrClosed
	}
	return r.cfg.Store.Job(userID, jobID)
}

// left returns a create job of the user that failed or was cancelled and left a container. ErrState for any other. r.mu is
// held.
func (r *Runner) left(userID, jobID string) (store.Job, error) {
	j, err := r.owned(userID, jobID)
	if err == nil && (j.Kind != store.JobCreate || !j.Made || !ended(j)) {
		err = ErrState
	}
	return j, err
}

// idle returns a *store.BusyError when an unfinished job of the user works on the container of j.
func (r *Runner) idle(j store.Job) error {
	open, err := r.cfg.Store.OpenJobsOf(j.UserID)
	if err != nil {
		return err
	}
	for _, other := range open {
		if other.WorksOn(j.Scope, j.VMID) {
			return &store.BusyError{Job: other}
		}
	}
	return nil
}

// ended tells whether a job ended before its last step was done: it failed or was cancelled.
func ended(j store.Job) bool {
	return j.State == store.JobFailed || j.State == store.JobCancelled
}

// unsettled tells whether the current step of a job has made, or may have made, a call
// whose outcome is not noted yet. Such a job is not cancelled before that is looked up.
func unsettled(j store.Job) bool {
	if j.Step >= len(j.Steps) {
		return false
	}
	s := j.Steps[j.Step]
	return (!s.Intent.IsZero() || s.Run != "") && s.Exit == ""
}
