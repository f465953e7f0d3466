package jobs

import (
	"errors"
	"fmt"
	"time"

	"berth/proxmox"
	"berth/store"
)

const (
	// patience is how long a node may be silent in the middle of a job: long enough
	// for a host that is started again.
	patience = 10 * time.Minute
	// cancelPatience is the same once the job is to be cancelled, but its task cannot
	// be reached to end it.
	cancelPatience = 30 * time.Second
	// longestPause bounds the time between two tries.
	longestPause = 30 * time.Second
)

// silent tells whether err says that the node cannot be reached now, which may pass.
func silent(err error) bool {
	if err == nil {
		return false
	}
	switch proxmox.KindOf(err) {
	case proxmox.KindNoSuchHost, proxmox.KindRefused, proxmox.KindUnreachable, proxmox.KindTimeout, proxmox.KindNoSession,
		proxmox.KindMemberDown, proxmox.KindDaemonDown, proxmox.KindProxy, proxmox.KindNotProxmox, proxmox.KindCancelled:
		return true
	}
	return false
}

// unsent tells whether err means that the call never reached the host.
func unsent(err error) bool {
	kind := proxmox.KindOf(err)
	return kind == proxmox.KindNoSuchHost || kind == proxmox.KindRefused || kind == proxmox.KindDaemonDown
}

// silence notes that the node did not answer and waits before the next try; the job
// says so meanwhile. A *failure when that has gone on for too long.
func (w *worker) silence(cause error) error {
	if w.silentSince.IsZero() {
		w.silentSince, w.pause = w.now(), time.Second
		text := fmt.Sprintf("%s does not answer: %s. Trying again for up to %d minutes",
			w.job.NodeName, w.silenceWords(cause), int(patience.Minutes()))
		if err := w.saveStep(w.line("err", text), func(s *store.JobStep) { s.Detail = text }); err != nil {
			return err
		}
	}
	limit := patience
	if w.job.Cancel {
		limit = cancelPatience
	}
	if silent := w.now().Sub(w.silentSince); silent >= limit {
		return fail(ProblemSilent, fmt.Sprintf("%s has not answered for %s: %s", w.job.NodeName, duration(silent), w.silenceWords(cause)))
	}
	pause := w.pause
	w.pause = min(2*w.pause, longestPause)
	return w.wait(pause)
}

// duration in words.
func duration(d time.Duration) string {
	switch seconds := int(d.Seconds()); {
	case seconds == 0:
		return "less than a second"
	case seconds == 1:
		return "1 second"
	case d < 2*time.Minute:
		return fmt.Sprintf("%d seconds", seconds)
	}
	return fmt.Sprintf("%d minutes", int(d.Minutes()))
}

// heard notes that the node answered.
func (w *worker) heard() error {
	if w.silentSince.IsZero() {
		return nil
	}
	w.silentSince = time.Time{}
	return w.saveStep(w.line("out", w.job.NodeName+" answers again"), func(s *store.JobStep) { s.Detail = "" })
}

func (w *worker) silenceWords(err error) string {
	switch proxmox.KindOf(err) {
	case proxmox.KindNoSuchHost:
		return "its name does not resolve"
	case proxmox.KindRefused:
		return "nothing listens on its port"
	case proxmox.KindTimeout:
		return "no answer came in time"
	case proxmox.KindNoSession:
		return "its SSH server opens no session"
	case proxmox.KindMemberDown:
		return "its cluster does not reach it"
	case proxmox.KindDaemonDown:
		return w.daemonWords(err)
	case proxmox.KindProxy:
		return "a proxy answers, Proxmox VE behind it does not"
	case proxmox.KindNotProxmox:
		return "what answers is not Proxmox VE"
	}
	return "the connection broke off"
}

// daemonWords say which service of Proxmox's does not run, and the command that starts it.
func (w *worker) daemonWords(err error) string {
	e, ok := errors.AsType[*proxmox.Error](err)
	n, unread := w.r.cfg.Store.NodeByID(w.job.NodeID)
	if !ok || unread != nil {
		return proxmox.KindOf(err).String()
	}
	service, member, restart := e.StoppedService(n.Member)
	if member == n.Member {
		member = w.job.NodeName
	}
	return fmt.Sprintf("%s does not run on %s; run %s there", service, member, restart)
}
