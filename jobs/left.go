package jobs

import (
	"errors"
	"time"

	"berth/proxmox"
	"berth/store"
)

// unlockLooks is how often a container is looked at that is still locked after its task was aborted.
const unlockLooks = 3

// leftBehind looks what a cancelled job left on the container that it worked on, with the Lock that stays on it. An
// aborted task cleans up after itself as a rule; a backup in mode stop that waits for the container does not.
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

// unlocked is the container, looked at again for some seconds while it is locked.
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

// leftOfBackup is how a cancelled backup left the container.
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
