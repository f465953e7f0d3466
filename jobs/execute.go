package jobs

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"berth/proxmox"
	"berth/store"
)

const (
	// freshPatience is how long a container that was just started may be said not to run.
	freshPatience = time.Minute
	// hostCall bounds a question to the host that runs no program of a template.
	hostCall = time.Minute
	// lookPause is between two looks at a program that nobody listens to any more.
	lookPause = 2 * time.Second
	// maxDrops is how often a connection may break off under a program that can be repeated.
	maxDrops = 3
)

// How a program ended, as in store.JobStep.Exit, besides "exit" and its status.
const (
	exitCancelled = "cancelled"
	exitLimit     = "limit"
)

// program is what a step runs in the container.
type program struct {
	text    string
	env     []string
	secrets *secrets // that the log must not show; may be nil
	limit   time.Duration
	once    bool   // it must not be run again when it may have run
	fresh   bool   // the container has just been started and may need its time
	problem string // the problem when it fails
	failed  string // that in words
}

// question makes a job wait for its owner's answer.
type question struct{ message string }

func (q *question) Error() string { return "jobs: asks: " + q.message }

// endAsking lets the job wait.
func (w *worker) endAsking(q *question) error {
	return w.save(w.line("step", q.message), func(j *store.Job) {
		j.Steps[j.Step].Detail = q.message
		j.State, j.Percent = store.JobWaiting, -1
		j.Problem = &store.JobProblem{Kind: ProblemUnsure, Step: j.Steps[j.Step].Name, Message: q.message}
	})
}

// execute runs a program in the container to its end and judges that. The step notes the
// program's name before it is run and its exit status afterwards; where the status is
// missing when the process dies or the connection breaks off, a program that can be
// repeated is ended and run again, and any other is looked at first.
func (w *worker) execute(p program) (result, error) {
	begun := w.now()
	for drops := 0; ; {
		if w.step().Run != "" {
			res, over, err := w.resume(p)
			if over || err != nil {
				return res, err
			}
		}
		if err := w.edge(); err != nil {
			return result{}, err
		}
		host, err := w.host()
		if err != nil {
			return result{}, err
		}
		if err := w.noteRun(p); err != nil {
			return result{}, err
		}
		exit, said, err := w.runOn(host, p)
		if err == nil {
			if err := w.heard(); err != nil {
				return result{}, err
			}
			return w.judge(p, exit, said, w.now().Sub(begun))
		}
		if w.r.kill.Err() != nil || !p.once && w.stopping() {
			return result{}, errStopped
		}
		if err := w.hear(); err != nil {
			return result{}, err
		}
		switch kind := proxmox.KindOf(err); {
		case w.job.Cancel:
			continue // ends it
		case neverBegan(kind):
			if err := w.forgetRun(); err != nil {
				return result{}, err
			}
			if err := w.comeAgain(p, err); err != nil {
				return result{}, err
			}
		case kind == proxmox.KindTimeout && w.now().Sub(begun) >= p.limit:
			return result{}, w.overLimit(p)
		case !p.once:
			if drops++; drops > maxDrops || !silent(err) && kind != proxmox.KindDropped {
				return result{}, err
			}
			if err := w.silence(err); err != nil {
				return result{}, err
			}
		default:
			text := "The connection to the host broke off. Looking what became of the script"
			if err := w.saveStep(w.line("err", text), func(s *store.JobStep) { s.Detail = text }); err != nil {
				return result{}, err
			}
		}
	}
}

// runOn runs the program and takes what it says into the log. said are its last words.
func (w *worker) runOn(host *proxmox.Host, p program) (exit int, said words, err error) {
	base := w.r.stop
	if p.once {
		base = w.r.kill // it gets the time that there is to come to its end
	}
	ctx, end := context.WithCancel(base)
	var listening sync.WaitGroup
	listening.Go(func() {
		select {
		case <-w.cancelled:
			end()
		case <-ctx.Done():
		}
	})
	shown := p.secrets
	if shown == nil {
		shown = &secrets{}
	}
	o := newOutput(w.r, w.id, shown)
	defer func() {
		said.out, said.err = o.close()
		end()
		listening.Wait()
	}()
	exit, err = host.Run(ctx, proxmox.Run{
		ID: w.step().Run, VMID: w.job.VMID, Script: p.text, Env: p.env, Limit: p.limit, Stdout: o.out(), Stderr: o.err(),
	})
	return exit, said, err
}

// words are the last ones that a program said.
type words struct{ out, err string }

// noteRun notes that the program is about to be run, by a name that no other run has.
func (w *worker) noteRun(p program) error {
	name := fmt.Sprintf("job%s-%d-%s", w.id, w.job.Step, strings.ToLower(rand.Text()[:8]))
	return w.saveStep(nil, func(s *store.JobStep) {
		s.Run, s.Exit, s.Answer = name, "", ""
		if p.once {
			s.Intent = w.now()
		}
	})
}

// forgetRun notes that no program is under way.
func (w *worker) forgetRun() error {
	return w.saveStep(nil, func(s *store.JobStep) { s.Run, s.Exit, s.Answer, s.Intent = "", "", "", time.Time{} })
}

// settleRun notes how the program ended.
func (w *worker) settleRun(exit string, lines []store.LogLine) error {
	return w.saveStep(lines, func(s *store.JobStep) { s.Exit, s.Answer = exit, "" })
}

// judge notes the exit status and says what it means for the job.
func (w *worker) judge(p program, exit int, said words, took time.Duration) (result, error) {
	if err := w.settleRun(fmt.Sprint("exit ", exit), nil); err != nil {
		return result{}, err
	}
	if exit != 0 {
		lines := lastLines
		if p.once {
			lines = lastOfScript
		}
		if f, ok := w.causeInside(p.problem, p.failed, lines); ok {
			return result{}, f
		}
		message := fmt.Sprintf("%s: exit status %d after %s", p.failed, exit, duration(took))
		if said.err != "" {
			message += ". It said last: " + said.err
		}
		return result{}, fail(p.problem, message)
	}
	if p.once {
		return result{detail: "exit status 0 after " + duration(took)}, nil
	}
	return result{detail: said.out, said: true}, nil
}

// resume deals with a program that was run before: by a process that is gone, over a
// connection that broke off, or until the job was cancelled. It is over when it need
// not be run (again).
func (w *worker) resume(p program) (res result, over bool, err error) {
	s := w.step()
	if status, ok := strings.CutPrefix(s.Exit, "exit "); ok { // noted, but no more than that
		exit, err := strconv.Atoi(status)
		if err != nil {
			return result{}, false, fmt.Errorf("jobs: the exit status of job %s: %w", w.id, err)
		}
		res, err := w.judge(p, exit, words{}, w.now().Sub(s.Started))
		return res, true, err
	}
	switch {
	case w.job.Cancel:
		return result{}, true, w.breakOff()
	case !p.once:
		if err := w.kill(); err != nil {
			return result{}, false, err
		}
		return result{}, false, w.forgetRun()
	case s.Answer == AnswerAgain:
		if err := w.kill(); err != nil {
			return result{}, false, err
		}
		if err := w.save(w.line("step", "Run the script again from its beginning"), func(*store.Job) {}); err != nil {
			return result{}, false, err
		}
		return result{}, false, w.forgetRun()
	case s.Answer == AnswerSkip:
		if err := w.kill(); err != nil {
			return result{}, false, err
		}
		return result{detail: "The script is taken as done", skipped: true}, true, w.settleRun(AnswerSkip, nil)
	}
	return w.lookAtRun(p)
}

// lookAtRun finds out what became of a script. While it still runs, its end is awaited.
func (w *worker) lookAtRun(p program) (res result, over bool, err error) {
	told, unknown := false, 0
	for {
		state, err := w.lookOnce()
		if err != nil {
			return result{}, false, err
		}
		switch {
		case state.Running:
		case state.Ended:
			text := fmt.Sprintf("The script ended with exit status %d. What it said while nobody listened is not known", state.Exit)
			if err := w.save(w.line("step", text), func(*store.Job) {}); err != nil {
				return result{}, false, err
			}
			res, err := w.judge(p, state.Exit, words{}, w.now().Sub(w.step().Intent))
			return res, true, err
		case unknown < 2: // its status is written just after its end
			unknown++
			if err := w.wait(lookPause); err != nil {
				return result{}, false, err
			}
			continue
		default:
			return result{}, false, &question{fmt.Sprintf("It is not known whether the script %s ran to its end. Run it again, skip it, or stop here?",
				strings.TrimPrefix(w.step().Name, StepScript))}
		}
		if !told {
			told = true
			text := "The script still runs in the container. Waiting for its end; what it says meanwhile is not known"
			if err := w.saveStep(w.line("step", text), func(s *store.JobStep) { s.Detail = text }); err != nil {
				return result{}, false, err
			}
		}
		if w.now().Sub(w.step().Intent) >= p.limit {
			return result{}, false, w.overLimit(p)
		}
		if err := w.wait(lookPause); err != nil {
			return result{}, false, err
		}
		if w.job.Cancel {
			return result{}, false, w.breakOff()
		}
	}
}

// lookOnce asks for the program. A container that does not run, runs no program.
func (w *worker) lookOnce() (state proxmox.RunState, err error) {
	err = w.askHost(func(ctx context.Context, h *proxmox.Host) error {
		state, err = h.Look(ctx, w.job.VMID, w.step().Run)
		return err
	})
	if kind := proxmox.KindOf(err); kind == proxmox.KindNotRunning || kind == proxmox.KindNotFound {
		return proxmox.RunState{}, nil
	}
	return state, err
}

// kill ends the program in the container if it runs.
func (w *worker) kill() error {
	err := w.askHost(func(ctx context.Context, h *proxmox.Host) error {
		return h.Kill(ctx, w.job.VMID, w.step().Run)
	})
	if kind := proxmox.KindOf(err); kind == proxmox.KindNotRunning || kind == proxmox.KindNotFound {
		return nil
	}
	return err
}

// breakOff ends the program of a job that was cancelled.
func (w *worker) breakOff() error {
	if err := w.save(w.line("step", "End the program in the container"), func(*store.Job) {}); err != nil {
		return err
	}
	if err := w.kill(); err != nil {
		return err
	}
	if err := w.settleRun(exitCancelled, w.line("out", "It has ended")); err != nil {
		return err
	}
	return errCancelled
}

// overLimit ends the program that took too long.
func (w *worker) overLimit(p program) error {
	if err := w.kill(); err != nil {
		return err
	}
	if err := w.settleRun(exitLimit, nil); err != nil {
		return err
	}
	return fail(ProblemLimit, fmt.Sprintf("%s: it was ended after %s", p.failed, duration(p.limit)))
}

// hear takes note that the job was cancelled meanwhile.
func (w *worker) hear() error {
	select {
	case <-w.cancelled:
	default:
		return nil
	}
	w.heardOf = true
	j, err := w.r.cfg.Store.JobByID(w.id)
	if err != nil {
		return err
	}
	w.job = j
	return nil
}

// neverBegan tells whether a program that was refused with this kind was not run.
func neverBegan(kind proxmox.Kind) bool {
	switch kind {
	case proxmox.KindNoSuchHost, proxmox.KindRefused, proxmox.KindUnreachable, proxmox.KindNoSession, proxmox.KindNotRunning, proxmox.KindNotFound:
		return true
	}
	_, ok := hostProblem(kind)
	return ok
}

// comeAgain waits before the next try where that may help, else it gives cause.
func (w *worker) comeAgain(p program, cause error) error {
	if p.fresh && proxmox.KindOf(cause) == proxmox.KindNotRunning && w.now().Sub(w.step().Started) < freshPatience {
		return w.wait(lookPause)
	}
	if silent(cause) {
		return w.silence(cause)
	}
	return cause
}

// host is the way to the one that holds the container.
func (w *worker) host() (*proxmox.Host, error) {
	if _, _, err := w.client(); err != nil { // the node's record, if it still leads to the same host
		return nil, err
	}
	h, err := w.r.cfg.Host(w.job.UserID, w.job.NodeID, w.job.VMID)
	if err == nil {
		return h, nil
	}
	missing, ok := errors.AsType[*store.NoSSHError](err)
	switch {
	case ok && missing.Member != "":
		return nil, fail(ProblemHost, fmt.Sprintf("%s is on %s, which is no node of yours yet. Setting it up from within needs SSH to that host: "+
			"add %[2]s as a node, set SSH up on its page in the settings, then try again", w.what(), missing.Member))
	case ok:
		return nil, fail(ProblemHost, fmt.Sprintf("%s runs, but setting it up from within needs SSH to %s, and that is not set up. "+
			"Set it up on the page of %[2]s in the settings, then try again", w.what(), missing.Node))
	case errors.Is(err, store.ErrNotFound):
		return nil, fail(ProblemNode, w.job.NodeName+" was removed from Berth")
	}
	return nil, err
}

// askHost is ask for what goes over SSH and does no harm when it is done twice.
func (w *worker) askHost(call func(context.Context, *proxmox.Host) error) error {
	for {
		host, err := w.host()
		if err != nil {
			return err
		}
		ctx, cancel := context.WithTimeout(w.r.stop, hostCall)
		err = call(ctx, host)
		cancel()
		if w.stopping() && err != nil {
			return errStopped
		}
		if !silent(err) && proxmox.KindOf(err) != proxmox.KindDropped {
			if err := w.heard(); err != nil {
				return err
			}
			return err
		}
		if err := w.silence(err); err != nil {
			return err
		}
	}
}
