package jobs

import (
	"context"
	"errors"

	"berth/pct"
	"berth/proxmox"
	"berth/store"
)

// kill ends the program in the container with all that it started, and makes sure that
// nothing of it is left. It succeeds where the container does not run.
func (w *worker) kill(p program) error {
	err := w.askHost(func(ctx context.Context, h *pct.Host) error {
		return h.Kill(ctx, w.job.VMID, w.step().Run)
	})
	switch kind := proxmox.KindOf(err); {
	case kind == proxmox.KindNotRunning, kind == proxmox.KindNotFound:
		return nil
	case kind == proxmox.KindOther && err != nil:
		f := fail(ProblemNotEnded, store.Args{})
		if e, ok := errors.AsType[*proxmox.Error](err); ok {
			f.Said = saidBy(e)
		}
		return f
	}
	return err
}

// breakOff ends the program of a job that was cancelled, and returns errCancelled.
func (w *worker) breakOff(p program) error {
	if err := w.log(store.StreamStep, store.Message{Kind: MessageEndProgram}); err != nil {
		return err
	}
	if err := w.kill(p); err != nil {
		return err
	}
	if err := w.readRest(p); err != nil {
		return err
	}
	if err := w.settleRun(exitCancelled, w.tell(store.StreamOut, store.Message{Kind: MessageEnded})); err != nil {
		return err
	}
	return errCancelled
}

// overLimit ends a program that has exceeded its limit, and returns the failure.
func (w *worker) overLimit(p program) error {
	if err := w.kill(p); err != nil {
		return err
	}
	if err := w.readRest(p); err != nil {
		return err
	}
	if err := w.settleRun(exitLimit, nil); err != nil {
		return err
	}
	_, err := w.settled(p, words{})
	return err
}

// readRest takes the rest of the output of a program that was killed into the log, as far as it can be read.
func (w *worker) readRest(p program) error {
	host, err := w.host()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(w.r.stop, hostCall)
	defer cancel()
	if _, _, err := w.listen(ctx, host, p, false); err != nil && w.stopping() {
		return errStopped
	}
	return nil
}

// refreshCancel rereads the job if it was cancelled meanwhile.
func (w *worker) refreshCancel() error {
	select {
	case <-w.cancelled:
	default:
		return nil
	}
	w.cancelSeen = true
	j, err := w.r.cfg.Store.JobByID(w.id)
	if err != nil {
		return err
	}
	w.job = j
	return nil
}
