package jobs

import (
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
		m := store.Message{Kind: MessageHandedHA}
		if err := w.saveStep(w.tell(store.StreamStep, m), func(s *store.JobStep) { s.Handed, s.Detail = w.now(), m }); err != nil {
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
			res.detail = store.Message{Kind: MessageHADid, Args: store.Args{Took: waited}}
			return res, nil
		case g.HA == "error":
			return result{}, fail(ProblemHAGaveUp, store.Args{Runs: string(g.Status)})
		case waited >= limit:
			return result{}, fail(ProblemHALate, store.Args{Took: waited, Runs: string(g.Status)})
		}
		if err := w.wait(min(haPause, limit-waited)); err != nil {
			return result{}, err
		}
	}
}
