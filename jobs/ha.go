package jobs

import (
	"fmt"
	"time"

	"berth/proxmox"
	"berth/store"
)

const (
	// haPatience is how long the HA manager may take to begin what it was asked for, and to do it. It goes round
	// every 10 s, and a member's own part follows as slowly.
	haPatience = 2 * time.Minute
	haPause    = 3 * time.Second
)

// handedToHA tells whether a task only asked the HA manager for something.
func handedToHA(upid string) bool {
	kind := proxmox.UPID(upid).Type()
	return kind == "hastart" || kind == "hastop"
}

// awaitHA waits until the container is as the HA manager was asked to make it: the end of the task was only the
// end of the request.
func (w *worker) awaitHA(c change, res result) (result, error) {
	if w.step().Handed.IsZero() {
		text := "Handed to HA. Proxmox's HA manager does it when its turn comes"
		if err := w.saveStep(w.line("step", text), func(s *store.JobStep) { s.Handed, s.Detail = w.now(), text }); err != nil {
			return result{}, err
		}
	}
	limit := haPatience
	if w.step().Name == StepShutdown {
		limit += proxmox.ShutdownPatience(shutdownTimeout)
	}
	for {
		g, err := w.guest()
		if err != nil {
			return result{}, err
		}
		waited := w.now().Sub(w.step().Handed)
		switch {
		case g.Status == c.ends && g.Lock == "":
			w.changed()
			res.detail = "HA did it after " + duration(waited)
			return res, nil
		case g.HA == "error":
			return result{}, fail(ProblemHA, fmt.Sprintf("HA could not do it with %s and gave up: it is in the HA state error, and %s", w.what(), statusNow(g)))
		case waited >= limit:
			return result{}, fail(ProblemHA, fmt.Sprintf("HA was asked %s ago and has not done it: %s %s", duration(waited), w.what(), statusNow(g)))
		}
		if err := w.wait(min(haPause, limit-waited)); err != nil {
			return result{}, err
		}
	}
}

// statusNow says how a container is.
func statusNow(g proxmox.Guest) string {
	switch g.Status {
	case "running":
		return "still runs"
	case "stopped":
		return "is stopped"
	}
	return "is in a state that is not known"
}
