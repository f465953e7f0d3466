package jobs

import (
	"context"
	"slices"
	"time"

	"berth/proxmox"
	"berth/store"
)

const (
	// settling bounds the time after which a call whose answer was lost can still take
	// effect: pveproxy itself gives a call that it passes on 30 seconds.
	settling = 30 * time.Second
	// maxCalls bounds the attempts of a call whose answers get lost.
	maxCalls = 3
)

// change is a call that changes something on the host, with the ways to find out its outcome.
type change struct {
	types []string // of the task that it becomes, as in UPIDs
	post  func(context.Context, *proxmox.Client) (proxmox.UPID, error)
	// matchesTask tells whether a task of these types that the token began belongs to this
	// step; nil: all that work on the job's VMID do.
	matchesTask func(proxmox.Task) (bool, error)
	// isDone tells whether the host is in the state that the change wants. It is called when
	// there is no task to ask: after a lost answer, or when the host has forgotten the task.
	isDone func() (result, bool, error)
	// refused judges the error of the call, or of its task: it returns a result when there
	// is nothing left to do, else the error to fail with.
	refused func(error) (result, error)
	// findLeftovers looks for remains of a task that failed; may be nil.
	findLeftovers func() (result, error)
	// succeeded changes the job together with its success; may be nil.
	succeeded func(*store.Job)
	// uninterruptible changes are not aborted once their task runs.
	uninterruptible bool
	// outright changes do all their work under the lock of the container's configuration: a task that did not
	// get it changed nothing, and the change is made again.
	outright bool
	// ends is the status that the container is to have, which is awaited where HA brings it about later. "": HA
	// has no part in the change.
	ends proxmox.GuestStatus
}

// change makes a change: it makes the call if that was not made yet, follows its task to the end, tries again while
// other work holds the container, and waits for HA where that was handed the rest.
func (w *worker) change(c change) (result, error) {
	for held := 1; ; held++ {
		res, err := w.changeOnce(c)
		if err == nil && c.ends != "" && handedToHA(w.step().UPID) {
			return w.awaitHA(c, res)
		}
		if !c.outright || held >= maxHeld || !w.keptOut(err) {
			return res, err
		}
		if err := w.letGo(held); err != nil {
			return result{}, err
		}
	}
}

// changeOnce makes a change as far as its task's end.
func (w *worker) changeOnce(c change) (result, error) {
	known := w.step().UPID != ""
	if !known {
		if res, over, err := w.call(c); over || err != nil {
			return res, err
		}
	}
	if w.step().Exit == "" {
		if err := w.follow(c, known); err != nil {
			return result{}, err
		}
	}
	return w.outcome(c)
}

// call makes the call of a change. After it the step has its UPID, unless it is over:
// there was nothing to do.
//
// An intent without a UPID means that the call was perhaps made, by this process or by
// one before it. Then the host is looked at first, until the call cannot take effect
// any more, and only then it is made again.
func (w *worker) call(c change) (res result, over bool, err error) {
	doubt := false
	for calls, held := 0, 1; ; {
		if !w.step().Intent.IsZero() {
			doubt = true
			if found, err := w.find(c); found || err != nil {
				return result{}, false, err
			}
			if err := w.clearIntent(); err != nil {
				return result{}, false, err
			}
			if res, holds, err := c.isDone(); holds || err != nil {
				return res, holds, err
			}
			if calls >= maxCalls {
				return result{}, false, fail(ProblemNoEffect, store.Args{Times: calls})
			}
		}
		if err := w.checkStop(); err != nil {
			return result{}, false, err
		}
		client, err := w.recordIntent(c)
		if err != nil {
			return result{}, false, err
		}
		upid, err := c.post(w.r.kill, client)
		calls++
		switch {
		case err == nil:
			return result{}, false, w.setTask(upid)
		case w.r.kill.Err() != nil:
			return result{}, false, errStopped
		case unsent(err):
			calls--
			if err := w.clearIntent(); err != nil {
				return result{}, false, err
			}
			if err := w.silence(err); err != nil {
				return result{}, false, err
			}
		case silent(err):
			if err := w.note(store.StreamErr, w.silenceOf(err, MessageNoAnswer)); err != nil {
				return result{}, false, err
			}
		default:
			if doubt {
				// An earlier call may have taken effect so late that it was missed,
				// and be the very reason of the refusal.
				if found, err := w.findTask(c); found || err != nil {
					return result{}, false, err
				}
			}
			if err := w.clearIntent(); err != nil {
				return result{}, false, err
			}
			if proxmox.KindOf(err) == proxmox.KindBusy && held < maxHeld {
				if err := w.waitHeld(held); err != nil {
					return result{}, false, err
				}
				held++
				continue
			}
			res, err := c.refused(err)
			return res, err == nil, err
		}
	}
}

// recordIntent writes the intent of a call and returns the client to make it with. With the
// first intent of the step it notes the tasks that are there already: the one that the
// call becomes is then known by its being new, whatever the clocks of Berth and the
// host say.
func (w *worker) recordIntent(c change) (*proxmox.Client, error) {
	known := w.step().Known
	if known == nil {
		tasks, _, err := w.tasks(c)
		if err != nil {
			return nil, err
		}
		known = make([]string, 0, len(tasks)) // not nil, however few
		for _, t := range tasks {
			known = append(known, string(t.UPID))
		}
	}
	client, _, err := w.client()
	if err != nil {
		return nil, err
	}
	err = w.saveStep(nil, func(s *store.JobStep) { s.Known, s.Intent = known, w.now() })
	return client, err
}

// clearIntent notes that the call is not under way and has no effect to come.
func (w *worker) clearIntent() error {
	return w.saveStep(nil, func(s *store.JobStep) { s.Intent = time.Time{} })
}

// setTask notes the task that the call became.
func (w *worker) setTask(id proxmox.UPID) error {
	err := w.saveStep(nil, func(s *store.JobStep) { s.UPID, s.Detail = string(id), store.Message{} })
	if err == nil {
		w.changed() // the VMID of a create is taken as soon as it answers
	}
	return err
}

// find looks for the task of a call without an answer, for as long as the call can still
// take effect, and adopts it; false when there is none.
func (w *worker) find(c change) (bool, error) {
	until := w.step().Intent.Add(settling)
	for pause := time.Second; ; pause *= 2 {
		found, err := w.findTask(c)
		if found || err != nil {
			return found, err
		}
		left := until.Sub(w.now())
		if left <= 0 {
			return false, nil
		}
		if err := w.wait(min(pause, left)); err != nil {
			return false, err
		}
	}
}

// findTask looks once for that task, among those that the step did not know before, and adopts it.
func (w *worker) findTask(c change) (bool, error) {
	tasks, token, err := w.tasks(c)
	if err != nil {
		return false, err
	}
	for _, t := range tasks {
		if t.User != token || slices.Contains(w.step().Known, string(t.UPID)) {
			continue
		}
		if c.matchesTask != nil {
			owns, err := c.matchesTask(t)
			if err != nil {
				return false, err
			}
			if !owns {
				continue
			}
		}
		return true, w.setTask(t.UPID)
	}
	return false, nil
}

// taskLog reads the first lines of a task's log, at most proxmox.TaskLogLimit, to see what the task is about; none when the
// host refuses it.
func (w *worker) taskLog(id proxmox.UPID) (lines []string, err error) {
	err = w.ask(func(ctx context.Context, c *proxmox.Client, _ store.Node) error {
		lines, err = c.TaskLog(ctx, id, 0)
		return err
	})
	if _, refused := refusal(err); refused {
		return nil, nil
	}
	return lines, err
}

// tasks lists the host's tasks of the change's types, newest first; token is the ID of
// the token in use, which Berth's own tasks bear as their user.
func (w *worker) tasks(c change) (tasks []proxmox.Task, token string, err error) {
	err = w.ask(func(ctx context.Context, client *proxmox.Client, node store.Node) error {
		token = node.TokenID
		tasks, err = client.Tasks(ctx, w.job.Member, w.job.VMID, time.Time{})
		return err
	})
	tasks = slices.DeleteFunc(tasks, func(t proxmox.Task) bool { return !slices.Contains(c.types, t.Type) })
	return tasks, token, err
}
