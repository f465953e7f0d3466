package jobs

import (
	"errors"
	"time"

	"berth/proxmox"
	"berth/store"
)

const (
	// patience bounds the silence of a node in the middle of a job: long enough for a
	// host to restart.
	patience = 10 * time.Minute
	// cancelPatience bounds it once the job was cancelled, while its task cannot be
	// reached to abort it.
	cancelPatience = 30 * time.Second
	// longestPause bounds the time between two attempts.
	longestPause = 30 * time.Second
)

// silent tells whether err means that the node cannot be reached now, which may pass.
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

// silence is called when the node did not answer, and waits before the next attempt; the
// job says so meanwhile. ProblemSilent when patience is over.
func (w *worker) silence(cause error) error {
	if w.silentSince.IsZero() {
		w.silentSince, w.pause = w.now(), time.Second
		m := w.silenceOf(cause, MessageSilent)
		m.Took = patience
		if err := w.note(store.StreamErr, m); err != nil {
			return err
		}
	}
	limit := patience
	if w.job.Cancel {
		limit = cancelPatience
	}
	if silent := w.now().Sub(w.silentSince); silent >= limit {
		m := w.silenceOf(cause, ProblemSilent)
		m.Took = silent
		return &failure{store.JobProblem{Message: m}}
	}
	pause := w.pause
	w.pause = min(2*w.pause, longestPause)
	return w.wait(pause)
}

// resetSilence is called when the node has answered, and says so in the log if it was silent before.
func (w *worker) resetSilence() error {
	if w.silentSince.IsZero() {
		return nil
	}
	w.silentSince = time.Time{}
	return w.saveStep(w.tell(store.StreamOut, store.Message{Kind: MessageAnswers}), func(s *store.JobStep) { s.Detail = store.Message{} })
}

// silenceOf makes a message of a kind with the Reason of a node's silence.
func (w *worker) silenceOf(err error, kind store.MessageKind) store.Message {
	e, ok := errors.AsType[*proxmox.Error](err)
	if !ok {
		return store.Message{Kind: kind, Args: store.Args{Reason: ProblemCut}}
	}
	m := Refusal(e, w.member())
	m.Kind, m.Reason = kind, m.Kind
	return m
}
