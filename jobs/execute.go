package jobs

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"berth/pct"
	"berth/proxmox"
	"berth/proxmox/shell"
	"berth/store"
)

const (
	// freshPatience bounds the time for which a container that was just started is tried again though it is said not to run,
	// and a program that was just begun though it is not found.
	freshPatience = time.Minute
	// hostCall bounds a call over SSH that starts no program.
	hostCall = time.Minute
	// freshPause separates two of those tries.
	freshPause = 2 * time.Second
	// leastRoom bounds from below the time that a program is attended for, even when its limit is over, to read its end.
	leastRoom = 30 * time.Second
	// maxLooks bounds the looks for a program that was just begun.
	maxLooks = 3
	// maxLost bounds the repetitions of a program that vanishes before its end.
	maxLost = 3
)

// Ends of a program in store.JobStep.Exit, besides "exit" and its status.
const (
	exitCancelled = "cancelled"
	exitLimit     = "limit"
	exitMissing   = "missing" // it did not begin: its interpreter is not in the container
)

// program runs in the container as one step of a job: see worker.execute.
type program struct {
	text    string
	name    string // of its file in the container
	prelude string // shell text that is read before it; may be ""
	runBy   shell.Interpreter
	env     []string          // NAME=value
	secrets *secrets          // to mask in the log; may be nil
	limit   time.Duration     // after which it is ended
	once    bool              // it must not be run again when it may have run
	fresh   bool              // the container has just been started and may not take programs yet
	problem store.MessageKind // of the job, when the program fails
	script  string            // the template's name for it; "" for a program of Berth's own
}

// question makes a job wait for its owner's answer.
type question struct{ store.Message }

func (q *question) Error() string { return "jobs: asks: " + string(q.Kind) }

// endAsking makes the job wait for the answer to a question; until then it has no worker.
func (w *worker) endAsking(q *question) error {
	return w.save(w.tell(store.StreamStep, q.Message), func(j *store.Job) {
		j.Steps[j.Step].Detail = q.Message
		j.State, j.Percent = store.JobWaiting, -1
		j.Problem = &store.JobProblem{Message: q.Message, Step: j.Steps[j.Step].Name}
	})
}

// execute runs a program in the container to its end, and returns the step's result. The
// program does not depend on the connection, and its output is kept in the container. The
// step notes the program's name before it is started, the part of the output that is in the
// log, and the exit status: after a restart of Berth or a broken connection, reading goes on
// where it stopped. A program whose end the container does not know any more is run again,
// unless it is to run only once: then the owner is asked.
func (w *worker) execute(p program) (result, error) {
	for again, lost := 0, 0; ; {
		res, over, err := w.resume(p)
		if over || err != nil {
			return res, err
		}
		if err := w.checkStop(); err != nil {
			return result{}, err
		}
		host, err := w.host()
		if err != nil {
			return result{}, err
		}
		anew := w.step().Run == ""
		if anew {
			if err := w.noteRun(p); err != nil {
				return result{}, err
			}
		}
		begun := w.now()
		state, said, err := w.runOn(host, p, anew)
		if err == nil {
			if err := w.resetSilence(); err != nil {
				return result{}, err
			}
			if state.Ended || state.Missing != "" {
				return w.judge(p, state, said)
			}
			if lost++; lost < maxLooks && w.now().Sub(begun) < freshPatience && w.now().Sub(w.since(p)) < freshPatience {
				if err := w.wait(freshPause); err != nil { // it may be about to begin
					return result{}, err
				}
				continue
			}
			if p.once {
				return result{}, w.unsure()
			}
			if again++; again > maxLost {
				return result{}, p.fail(store.Message{Kind: CauseVanished})
			}
			err = w.forgetRun() // and run it again
		} else {
			err = w.left(p, anew, begun, err)
		}
		if err != nil {
			return result{}, err
		}
	}
}

// left is called with the error that ended the attendance of a program before its end. When
// it returns nil, execute goes on: it starts the program again, or attends it further,
// depending on the step's Run.
func (w *worker) left(p program, anew bool, begun time.Time, cause error) error {
	if w.stopping() {
		return errStopped
	}
	if err := w.refreshCancel(); err != nil {
		return err
	}
	kind := proxmox.KindOf(cause)
	switch {
	case w.job.Cancel:
		return nil // resume ends it
	case anew && neverBegan(kind):
		if err := w.forgetRun(); err != nil {
			return err
		}
		return w.comeAgain(p, cause)
	case kind == proxmox.KindNotRunning || kind == proxmox.KindNotFound:
		if p.once {
			return w.unsure()
		}
		if err := w.forgetRun(); err != nil {
			return err
		}
		return cause
	case kind == proxmox.KindTimeout && w.now().Sub(begun) >= w.room(p, begun):
		return w.overLimit(p)
	case kind == proxmox.KindDropped && (!w.dropped || w.now().Sub(begun) > longestPause):
		w.dropped = true
		if err := w.note(store.StreamErr, store.Message{Kind: MessageLineCut}); err != nil {
			return err
		}
		return w.wait(freshPause)
	case kind == proxmox.KindDropped:
		return w.silence(cause)
	case silent(cause):
		return w.silence(cause)
	}
	return cause
}

// room returns the time that a program has left, at a moment, of its limit, and at least
// leastRoom.
func (w *worker) room(p program, at time.Time) time.Duration {
	return max(p.limit-at.Sub(w.since(p)), leastRoom)
}

// runOn starts the program, or attends it further when anew is false, and takes its output
// into the log, until it ends or the job is cancelled. said has the last line of each stream.
func (w *worker) runOn(host *pct.Host, p program, anew bool) (state pct.RunState, said words, err error) {
	ctx, end := context.WithCancel(w.r.stop)
	var listening sync.WaitGroup
	listening.Go(func() {
		select {
		case <-w.cancelled:
			end()
		case <-ctx.Done():
		}
	})
	defer func() {
		end()
		listening.Wait()
	}()
	return w.listen(ctx, host, p, anew)
}

// listen is runOn within ctx.
func (w *worker) listen(ctx context.Context, host *pct.Host, p program, anew bool) (state pct.RunState, said words, err error) {
	shown := p.secrets
	if shown == nil {
		shown = &secrets{}
	}
	step := w.step()
	ctx, hangUp := context.WithCancel(ctx)
	defer hangUp()
	o := newOutput(w.r, w.id, hangUp, shown, step.Out, step.Err)
	defer func() {
		var crashed error
		said, crashed = o.close(err == nil)
		err = w.reread(cmp.Or(crashed, err))
	}()
	l := pct.Detached{
		ID: step.Run, VMID: w.job.VMID, Limit: w.room(p, w.now()), Out: step.Out.Bytes, Err: step.Err.Bytes, Stdout: o.out(), Stderr: o.err(),
	}
	if !anew {
		state, err = host.Attend(ctx, l)
		return state, said, err
	}
	l.Script, l.Prelude, l.Name, l.Env, l.Over = p.text, p.prelude, p.name, p.env, w.runs()
	l.Command, l.Wrap = p.runBy.Words, p.runBy.Env
	state, err = host.Start(ctx, l)
	return state, said, err
}

// reread reads the job from the store, as the output has changed it there. It returns err, with its own error if any.
func (w *worker) reread(err error) error {
	j, failed := w.r.cfg.Store.JobByID(w.id)
	if failed != nil {
		return errors.Join(err, fmt.Errorf("jobs: read job %s: %w", w.id, failed))
	}
	w.job = j
	return err
}

// words are the last lines of a program's output and errors.
type words struct{ out, err string }

// recalled bounds the search for them in the job's log, in lines from its end.
const recalled = 200

// runs returns the prefix of the names of all programs of the job, and of no other job's. The "-" at its end matters, as an
// ID of an earlier version may be the beginning of a newer one.
func (w *worker) runs() string { return "job" + strings.ReplaceAll(w.id, "-", "x") + "-" }

// noteRun notes, before the program is started, the name of its run, which no other run has.
func (w *worker) noteRun(p program) error {
	name := fmt.Sprintf("%s%d-%s", w.runs(), w.job.Step, strings.ToLower(rand.Text()[:8]))
	return w.saveStep(nil, func(s *store.JobStep) {
		s.Run, s.Exit, s.Answer, s.Out, s.Err = name, "", "", store.Heard{}, store.Heard{}
		if p.once {
			s.Intent = w.now()
		}
	})
}

// forgetRun notes that no program is under way, so that execute starts one.
func (w *worker) forgetRun() error {
	return w.saveStep(nil, func(s *store.JobStep) { s.Run, s.Exit, s.Answer, s.Intent = "", "", "", time.Time{} })
}

// settleRun notes the end of the program in the step.
func (w *worker) settleRun(exit string, lines []store.LogLine) error {
	return w.saveStep(lines, func(s *store.JobStep) { s.Exit, s.Answer = exit, "" })
}

// judge notes the end of the program in the step and returns the step's result.
func (w *worker) judge(p program, state pct.RunState, said words) (result, error) {
	if state.Missing != "" {
		if err := w.settleRun(exitMissing, nil); err != nil {
			return result{}, err
		}
		return w.settled(p, said)
	}
	var lines []store.LogLine
	if state.Mute {
		lines = w.tell(store.StreamStep, store.Message{Kind: MessageMute})
	}
	if err := w.settleRun(fmt.Sprint("exit ", state.Exit), lines); err != nil {
		return result{}, err
	}
	return w.settled(p, said)
}

// settled returns the step's result, or failure, by the end of the program that the step has noted.
func (w *worker) settled(p program, said words) (result, error) {
	s := w.step()
	switch s.Exit {
	case exitCancelled:
		return result{}, errCancelled
	case exitLimit:
		return result{}, fail(ProblemLimit, store.Args{Reason: p.problem, Script: p.script, Took: p.limit})
	case exitMissing:
		return result{}, p.fail(p.missing())
	case AnswerSkip:
		return result{detail: store.Message{Kind: MessageScriptDone}, skipped: true}, nil
	}
	exit, err := strconv.Atoi(strings.TrimPrefix(s.Exit, "exit "))
	if err != nil {
		return result{}, fmt.Errorf("jobs: how a program of job %s ended: %w", w.id, err)
	}
	if err := w.recall(&said); err != nil {
		return result{}, err
	}
	took := w.now().Sub(w.since(p))
	switch {
	case exit != 0:
		return result{}, w.exited(p, exit, took, said.err)
	case p.once:
		return result{detail: store.Message{Kind: MessageExited, Args: store.Args{Took: took}}}, nil
	case said.out == "":
		return result{}, nil
	}
	return result{detail: store.Message{Kind: MessageSaid, Args: store.Args{Said: said.out}}, said: true}, nil
}

// exited makes the failure of a program that ended with an exit status, with the cause from its output, or else with last,
// the last line of its errors.
func (w *worker) exited(p program, exit int, took time.Duration, last string) *failure {
	lines := lastLines
	if p.once {
		lines = lastOfScript
	}
	if c := w.causeInside(lines); c != nil {
		return p.fail(*c)
	}
	return p.fail(store.Message{Kind: CauseExit, Args: store.Args{Exit: exit, Took: took, Said: last}})
}

// fail makes the failure of a job by the program, with its cause.
func (p program) fail(cause store.Message) *failure {
	f := fail(p.problem, store.Args{Script: p.script})
	f.Cause = &cause
	return f
}

// since returns the time from which the program's limit counts: the start of a script, the start of the step for others.
func (w *worker) since(p program) time.Time {
	if s := w.step(); !p.once || s.Intent.IsZero() {
		return s.Started
	}
	return w.step().Intent
}

// recall fills in those of said that are empty from the job's log, where an earlier attendance has put them.
func (w *worker) recall(said *words) error {
	lines, err := w.r.cfg.Store.Log(w.id, max(0, w.job.LogLast-recalled), recalled)
	if err != nil {
		return fmt.Errorf("jobs: read the log of job %s: %w", w.id, err)
	}
	out, errs := "", ""
	for _, l := range lines {
		switch {
		case l.Text == "" || l.At.Before(w.step().Started):
		case l.Stream == store.StreamOut:
			out = l.Text
		case l.Stream == store.StreamErr:
			errs = l.Text
		}
	}
	said.out, said.err = cmp.Or(said.out, out), cmp.Or(said.err, errs)
	return nil
}

// resume is called before a program is started or attended, and deals with one that was
// started before: it ends one whose job was cancelled, applies the owner's answer, and
// returns the result of one whose end is noted. over is true when the step ends with that.
func (w *worker) resume(p program) (res result, over bool, err error) {
	s := w.step()
	switch {
	case s.Run == "":
		return result{}, false, nil
	case s.Exit != "": // its end is noted, but not what follows from it
		res, err := w.settled(p, words{})
		return res, true, err
	case w.job.Cancel:
		return result{}, true, w.breakOff(p)
	case s.Answer == AnswerAgain:
		if err := w.kill(p); err != nil {
			return result{}, false, err
		}
		if err := w.log(store.StreamStep, store.Message{Kind: MessageScriptAgain}); err != nil {
			return result{}, false, err
		}
		return result{}, false, w.forgetRun()
	case s.Answer == AnswerSkip:
		if err := w.kill(p); err != nil {
			return result{}, false, err
		}
		if err := w.settleRun(AnswerSkip, nil); err != nil {
			return result{}, false, err
		}
		res, err := w.settled(p, words{})
		return res, true, err
	}
	return result{}, false, nil
}

// unsure asks the job's owner whether a script ran to its end.
func (w *worker) unsure() error {
	return &question{store.Message{Kind: ProblemUnsure, Args: store.Args{Script: strings.TrimPrefix(w.step().Name, StepScript)}}}
}

// notLetIn has the kinds of errors by which SSH to a host fails before anything is run there.
var notLetIn = []proxmox.Kind{
	proxmox.KindHostKeyUnknown, proxmox.KindHostKeyChanged, proxmox.KindNotSSH, proxmox.KindKeyRefused,
	proxmox.KindNoForcedCommand, proxmox.KindOldForcedCommand, proxmox.KindNoPct, proxmox.KindTooMuch,
}
