package jobs

import (
	"errors"
	"fmt"
	"time"

	"berth/proxmox"
	"berth/store"
)

// unlockLooks is how often a container is looked at that is still locked after its task was aborted.
const unlockLooks = 3

// leftBehind looks what a cancelled job left on the container that it worked on: a few sentences, and the lock that
// stays on it. An aborted task cleans up after itself as a rule; a backup in mode stop that waits for the container
// does not.
func (w *worker) leftBehind() (words, lock string, err error) {
	s := w.step()
	switch {
	case !s.Handed.IsZero():
		return "HA was asked for it already, and goes on with it", "", nil
	case s.UPID == "" || w.job.Kind == store.JobCreate || w.job.VMID == 0:
		return "", "", nil
	}
	g, err := w.unlocked()
	switch {
	case errors.Is(err, errStopped):
		return "", "", err
	case err != nil:
		return fmt.Sprintf("%s does not tell what is left of it on %s", w.job.NodeName, w.what()), "", nil
	case w.job.Kind == store.JobBackup:
		return w.leftOfBackup(g), g.Lock, nil
	case g.Lock != "":
		return fmt.Sprintf("%s is still locked on %s (%s)", w.what(), w.job.NodeName, g.Lock), g.Lock, nil
	}
	return "", "", nil
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

// leftOfBackup says how a cancelled backup left the container.
func (w *worker) leftOfBackup(g proxmox.Guest) string {
	p := BackupOf(w.job)
	words := "The host cleaned up after the backup: nothing is locked"
	if g.Lock != "" {
		words = fmt.Sprintf("The host did not clean up after the backup: %s is still locked (%s), and a folder vzdump-lxc-%d-….tmp may lie in the dump folder of the storage %s",
			w.what(), g.Lock, w.job.VMID, p.Storage)
	}
	if p.Mode == proxmox.ModeStop && g.Status == "stopped" {
		words += ". It is stopped now, and is not started again by itself if it ran before"
	}
	return words
}
