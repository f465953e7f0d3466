package jobs

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"berth/proxmox"
	"berth/store"
)

// The errors by which a worker leaves its job, besides a *failure.
var (
	errStopped   = errors.New("jobs: the runner ends") // the job is taken up by the next Resume
	errCancelled = errors.New("jobs: cancelled")       // the job's owner asked for it
)

// worker goes through the steps of one job.
type worker struct {
	r            *Runner
	id           string
	cancelled    chan struct{} // closed by Runner.Cancel
	cancelClosed bool          // cancelled is closed; guarded by Runner.mu
	cancelSeen   bool          // wait has seen that

	job       store.Job        // as last written
	provision *store.Provision // of the job; nil: not read yet

	silentSince time.Time     // the node's first failure to answer in a row; zero: it answered
	pause       time.Duration // before it is asked again
	dropped     bool          // the last connection broke off under a program
}

// run works on the job until it has ended or the runner is closed. A panic ends the job, and nothing else.
func (w *worker) run() {
	j, err := w.r.cfg.Store.JobByID(w.id)
	if err != nil {
		w.r.log.Error("a job cannot be read", slog.String("job", w.id), slog.Any("error", err))
		return
	}
	w.job = j
	err = guard(w.runSteps)
	if crashed := guard(func() error { w.end(err); return nil }); crashed != nil {
		w.endBare(crashed)
	}
}

// runSteps goes through the steps that are left.
func (w *worker) runSteps() error {
	err := w.begin()
	for err == nil && !w.job.State.Final() {
		if err = w.checkStop(); err == nil {
			err = w.runStep()
		}
	}
	return err
}

// begin marks the job as running.
func (w *worker) begin() error {
	var lines []store.LogLine
	switch {
	case w.job.State == store.JobRunning:
		lines = w.tell(store.StreamStep, store.Message{Kind: MessageTaken})
	case w.step().Answer != "" || w.job.Cancel: // it waited, and says what follows itself
	case !w.job.Started.IsZero():
		lines = w.tell(store.StreamStep, store.Message{Kind: MessageAgain})
	}
	return w.save(lines, func(j *store.Job) {
		j.State = store.JobRunning
		j.Steps[j.Step].Detail = store.Message{}
		if j.Started.IsZero() {
			j.Started = w.now()
		}
	})
}

// checkStop returns nil, errStopped or errCancelled: whether to go on, between steps and before a call.
func (w *worker) checkStop() error {
	switch {
	case w.stopping():
		return errStopped
	case w.job.Cancel && !w.unsettled():
		return errCancelled
	}
	return nil
}

// runStep does the current step and marks it as done. With an error, the step is left as it is.
func (w *worker) runStep() error {
	if w.step().State != store.StepActive {
		err := w.saveStep(w.tell(store.StreamStep, begins(w.step())), func(s *store.JobStep) {
			s.State, s.Started, s.Ended, s.Detail = store.StepActive, w.now(), time.Time{}, store.Message{}
		})
		if err != nil {
			return err
		}
	}
	res, err := w.do(w.step().Name)
	if err != nil {
		return err
	}
	return w.finish(res)
}

// result of a step that succeeded, for finish to write.
type result struct {
	detail  store.Message    // shown with the step; may be zero
	said    bool             // the log has the detail already
	skipped bool             // the step was left out for good
	change  func(*store.Job) // made to the job with the step's end; may be nil
}

// do does the step of a name.
func (w *worker) do(name string) (result, error) {
	switch name {
	case StepCheck:
		if w.job.Kind == store.JobDelete {
			return w.checkMade()
		}
		return w.checkVMID()
	case StepCreate:
		return w.create()
	case StepAddress:
		return w.address()
	case StepStart:
		return w.start()
	case StepShutdown:
		return w.shutdown()
	case StepStop:
		return w.halt()
	case StepReboot:
		return w.reboot()
	case StepDelete:
		return w.delete()
	case StepDownload:
		return w.download()
	case StepTag:
		return w.tag()
	case StepSnapshot:
		return w.takeSnapshot()
	case StepRollback:
		return w.rollBack()
	case StepDeleteSnapshot:
		return w.deleteSnapshot()
	case StepClone:
		return w.clone()
	case StepBackup:
		return w.backUp()
	case StepResize:
		return w.resize()
	case StepInit:
		return w.awaitInit()
	case StepFiles:
		return w.putFiles()
	case StepPackages:
		return w.installPackages()
	case StepLook:
		return w.checkServices()
	}
	if script, ok := strings.CutPrefix(name, StepScript); ok {
		return w.runScript(script)
	}
	return result{}, fail(ProblemUnknownStep, store.Args{Name: name})
}

// finish marks the current step as done, and with the last one the job.
func (w *worker) finish(res result) error {
	last := w.job.Step == len(w.job.Steps)-1
	if last && w.job.Parent == "" {
		w.r.dropDraft(w.job)
	}
	var lines []store.LogLine
	if res.detail.Kind != "" && !res.said {
		lines = w.tell(store.StreamOut, res.detail)
	}
	state := store.StepDone
	if res.skipped {
		state = store.StepSkipped
	}
	err := w.save(lines, func(j *store.Job) {
		s := &j.Steps[j.Step]
		s.State, s.Ended, s.Detail = state, w.now(), res.detail
		if res.change != nil {
			res.change(j)
		}
		j.Step++
		j.Percent = -1
		if last {
			j.State, j.Ended = store.JobDone, w.now()
		}
	})
	if err == nil && last && w.job.Parent != "" {
		w.r.dropDraft(w.job)
	}
	return err
}

// end ends the job by the error that ended runSteps: failed, cancelled or waiting. It does nothing after the last step, nor
// for errStopped: that job is taken up by the next Resume.
func (w *worker) end(err error) {
	failed, isFailure := errors.AsType[*failure](err)
	asked, isQuestion := errors.AsType[*question](err)
	said, isRefusal := refusal(err)
	switch {
	case err == nil, errors.Is(err, errStopped):
		return
	case errors.Is(err, errCancelled):
		err = w.endCancelled()
	case isQuestion:
		err = w.endAsking(asked)
	case isFailure:
		err = w.endFailed(failed)
	case isRefusal:
		err = w.endFailed(w.refused(said))
	default:
		w.r.logFailure(w.id, err)
		err = w.endFailed(inside())
	}
	if err != nil && !errors.Is(err, errStopped) {
		w.r.log.Error("a job's end could not be written", slog.String("job", w.id), slog.Any("error", err))
	}
}

func (w *worker) endFailed(f *failure) error {
	w.markDraft(f)
	if f.Kind == ProblemExists {
		w.changed() // the inventory lacks the guest that has the VMID
	}
	p := f.JobProblem
	p.Unsettled = w.unsettled()
	return w.save(w.tell(store.StreamErr, p.Message), func(j *store.Job) {
		s := &j.Steps[j.Step]
		s.State, s.Ended = store.StepFailed, w.now()
		if !w.silentSince.IsZero() {
			s.Detail = store.Message{} // the problem tells it
		}
		p.Step = s.Name
		j.State, j.Ended, j.Problem, j.Percent = store.JobFailed, w.now(), &p, -1
	})
}

func (w *worker) endCancelled() error {
	left, err := w.leftBehind()
	if err != nil {
		return err
	}
	var lines []store.LogLine
	if left.Kind != "" {
		lines = w.tell(store.StreamOut, left)
	}
	return w.save(append(lines, w.tell(store.StreamStep, cancellation(w.job))...), func(j *store.Job) {
		cancelJob(j, w.now())
		j.Left = left
	})
}

// cancelJob marks a job as cancelled at its current step.
func cancelJob(j *store.Job, now time.Time) {
	s := &j.Steps[j.Step]
	switch s.State {
	case store.StepTodo:
		s.State = store.StepSkipped
	case store.StepActive:
		s.State, s.Ended = store.StepFailed, now
		if s.Exit == "" {
			s.State, s.Detail = store.StepSkipped, store.Message{Kind: MessageCancelled}
		}
	}
	j.State, j.Ended, j.Cancel, j.Percent = store.JobCancelled, now, true, -1
}

// step returns the current step, as last written.
func (w *worker) step() store.JobStep { return w.job.Steps[w.job.Step] }

// unsettled tells whether the current step has a call of an unknown outcome: see the function of that name.
func (w *worker) unsettled() bool { return unsettled(w.job) }

// spec decodes the job's parameters.
func (w *worker) spec(into any) error {
	if err := json.Unmarshal(w.job.Spec, into); err != nil {
		return fmt.Errorf("jobs: read what job %s is to do: %w", w.id, err)
	}
	return nil
}

// changed announces that the job changed, or may have changed, the node's guests or OS templates.
func (w *worker) changed() {
	if w.r.cfg.Changed != nil {
		w.r.cfg.Changed(w.job.NodeID)
	}
}

func (w *worker) now() time.Time { return w.r.clock.Now() }

// tell makes a line of the log of a message, for save.
func (w *worker) tell(stream store.Stream, m store.Message) []store.LogLine {
	return []store.LogLine{{At: w.now(), Stream: stream, Message: m}}
}

// log adds a message to the log.
func (w *worker) log(stream store.Stream, m store.Message) error {
	return w.save(w.tell(stream, m), func(*store.Job) {})
}

// note adds a message to the log and shows it as the current step's detail, until another takes its place.
func (w *worker) note(stream store.Stream, m store.Message) error {
	return w.saveStep(w.tell(stream, m), func(s *store.JobStep) { s.Detail = m })
}

// begins makes the message that opens a step in the log.
func begins(s store.JobStep) store.Message {
	return store.Message{Kind: MessageStep, Args: store.Args{Name: s.Name}}
}

// cancellation makes the last message in the log of a job that was cancelled.
func cancellation(j store.Job) store.Message {
	if j.Kind == store.JobCreate && j.Made {
		return store.Message{Kind: MessageCancelledYet, Args: store.Args{VMID: j.VMID}}
	}
	return store.Message{Kind: MessageCancelled}
}

// save changes the job and adds lines to its log in one transaction. While that fails, it
// tries again and the job does not go on: a call that is not noted must not be made.
// errStopped is its only error.
func (w *worker) save(lines []store.LogLine, change func(*store.Job)) error {
	for pause := time.Second; ; pause = min(2*pause, longestPause) {
		j, err := w.r.update(w.id, lines, func(j *store.Job) error {
			change(j)
			return nil
		})
		if err == nil {
			w.job = j
			return nil
		}
		w.r.log.Error("a job cannot be written", slog.String("job", w.id), slog.Any("error", err))
		if err := w.sleep(pause); err != nil {
			return err
		}
	}
}

// saveStep is save for the current step.
func (w *worker) saveStep(lines []store.LogLine, change func(*store.JobStep)) error {
	return w.save(lines, func(j *store.Job) { change(&j.Steps[j.Step]) })
}

func (w *worker) stopping() bool { return w.r.stop.Err() != nil }

// sleep waits for d. errStopped when the runner is closed meanwhile.
func (w *worker) sleep(d time.Duration) error {
	select {
	case <-w.r.clock.After(d):
		return nil
	case <-w.r.stop.Done():
		return errStopped
	}
}

// wait is sleep that ends early, once, when the job is cancelled. errCancelled when the
// job was cancelled and has no call of an unknown outcome.
func (w *worker) wait(d time.Duration) error {
	var cancelled <-chan struct{}
	if !w.cancelSeen {
		cancelled = w.cancelled
	}
	select {
	case <-w.r.clock.After(d):
	case <-w.r.stop.Done():
		return errStopped
	case <-cancelled:
		w.cancelSeen = true
		j, err := w.r.cfg.Store.JobByID(w.id)
		if err != nil {
			return err
		}
		w.job = j
	}
	if w.job.Cancel && !w.unsettled() {
		return errCancelled
	}
	return nil
}

// client returns the API client of the job's node. ProblemNodeRemoved; ProblemNodeElsewhere when the node is another host by
// now.
func (w *worker) client() (*proxmox.Client, store.Node, error) {
	c, node, err := w.r.cfg.Client(w.job.NodeID)
	if errors.Is(err, store.ErrNotFound) {
		return nil, store.Node{}, fail(ProblemNodeRemoved, store.Args{})
	}
	if err != nil {
		return nil, store.Node{}, fmt.Errorf("jobs: reach node %s: %w", w.job.NodeID, err)
	}
	if node.Scope != w.job.Scope {
		return nil, store.Node{}, fail(ProblemNodeElsewhere, store.Args{})
	}
	return c, node, nil
}

// ask makes a call that only reads, again and again while the node does not answer. Its
// errors are those of the host (refusal), a *failure, errStopped and errCancelled.
func (w *worker) ask(call func(context.Context, *proxmox.Client, store.Node) error) error {
	for {
		c, node, err := w.client()
		if err != nil {
			return err
		}
		err = call(w.r.stop, c, node)
		if w.stopping() && err != nil {
			return errStopped
		}
		if !silent(err) {
			if err := w.resetSilence(); err != nil {
				return err
			}
			return err
		}
		if err := w.silence(err); err != nil {
			return err
		}
	}
}
