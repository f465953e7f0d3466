package jobs

import (
	"context"
	"errors"
	"slices"

	"berth/pct"
	"berth/proxmox"
	"berth/store"
)

// neverBegan tells whether an error of this kind means that the program was not started.
func neverBegan(kind proxmox.Kind) bool {
	switch kind {
	case proxmox.KindNoSuchHost, proxmox.KindRefused, proxmox.KindUnreachable, proxmox.KindNoSession, proxmox.KindNotRunning, proxmox.KindNotFound:
		return true
	}
	return slices.Contains(notLetIn, kind)
}

// comeAgain waits before the next attempt to start a program where cause may pass, else it returns cause.
func (w *worker) comeAgain(p program, cause error) error {
	if p.fresh && proxmox.KindOf(cause) == proxmox.KindNotRunning && w.now().Sub(w.step().Started) < freshPatience {
		return w.wait(freshPause)
	}
	if silent(cause) {
		return w.silence(cause)
	}
	return cause
}

// host returns the SSH connection to the host that holds the container.
func (w *worker) host() (*pct.Host, error) {
	if _, _, err := w.client(); err != nil { // checks that the node is still the same host
		return nil, err
	}
	h, err := w.r.cfg.Host(w.job.UserID, w.job.Ref())
	if err == nil {
		return h, nil
	}
	if missing, ok := errors.AsType[*store.NoSSHError](err); ok {
		return nil, &failure{store.JobProblem{Message: NoSSH(missing)}}
	}
	if errors.Is(err, store.ErrNotFound) {
		return nil, fail(ProblemNodeRemoved, store.Args{})
	}
	return nil, err
}

// askHost is ask for calls over SSH. call may be made several times, so it must do no harm when repeated.
func (w *worker) askHost(call func(context.Context, *pct.Host) error) error {
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
