package jobs

import (
	"time"

	"berth/proxmox"
	"berth/store"
)

const (
	// haPatience bounds the wait for the HA manager to begin and do what it was asked for. It acts every 10 s, and
	// so does its part on each member.
	haPatience = 2 * time.Minute
	haPause    = 3 * time.Second // between two looks at the container
)

// handedToHA tells whether a task only handed a request to the HA manager.
func handedToHA(upid string) bool {
	kind := proxmox.UPID(upid).Type()
	return kind == "hastart" || kind == "hastop"
}

// awaitHA waits until the HA manager has brought the container into the status c.ends, since the task only handed
// it the request. ProblemHAGaveUp, or ProblemHALate after haPatience.
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
