package jobs

import (
	"errors"
	"time"

	"berth/proxmox"
	"berth/store"
)

// unlockLooks bounds the wait for the lock of an aborted task to go, in looks two seconds apart.
const unlockLooks = 3

// leftBehind looks at the container of a cancelled job and returns a message about the state it is left in, as a lock that
// stays on it; zero when there is nothing to say. An aborted task cleans up after itself as a rule; a backup in mode stop
// that waits for the container does not.
func (w *worker) leftBehind() (store.Message, error) {
	s := w.step()
	switch {
	case !s.Handed.IsZero():
		return store.Message{Kind: LeftHA}, nil
	case s.UPID == "" || w.job.Kind == store.JobCreate || w.job.VMID == 0:
		return store.Message{}, nil
	}
	g, err := w.unlocked()
	switch {
	case errors.Is(err, errStopped):
		return store.Message{}, err
	case err != nil:
		return store.Message{Kind: LeftUnknown}, nil
	case w.job.Kind == store.JobBackup:
		return w.leftOfBackup(g), nil
	case g.Lock != "":
		return store.Message{Kind: LeftLocked, Args: store.Args{Lock: g.Lock}}, nil
	}
	return store.Message{}, nil
}

// unlocked asks for the container's status until it is not locked, for some seconds, and returns the last answer.
func (w *worker) unlocked() (g proxmox.Guest, err error) {
	for looks := 1; ; looks++ {
		g, err = w.guest()
		if err != nil || g.Lock == "" || looks == unlockLooks {
			return g, err
		}
		if err := w.sleep(2 * time.Second); err != nil {
			return g, err
		}
	}
}

// leftOfBackup is leftBehind for a backup, by the status of its container.
func (w *worker) leftOfBackup(g proxmox.Guest) store.Message {
	p := BackupOf(w.job)
	m := store.Message{Kind: LeftBackupCleaned, Args: store.Args{VMID: w.job.VMID, Lock: g.Lock}}
	if g.Lock != "" {
		m.Kind, m.Name = LeftBackupLocked, p.Storage
	}
	if p.Mode == proxmox.ModeStop {
		m.Runs = string(g.Status)
	}
	return m
}
