package jobs

import (
	"regexp"
	"time"

	"berth/store"
)

const (
	// maxHeld bounds the attempts of a change while other work holds the container's configuration. Before each refusal
	// Proxmox itself waits 10 s for its lock.
	maxHeld = 5
	// heldPause separates the first two attempts; before each further one it is longer by as much.
	heldPause = 2 * time.Second
)

// saysKeptOut matches the end of a task that did not get that lock.
var saysKeptOut = regexp.MustCompile(`^can't lock file '[^']*' - got timeout$`)

// keptOut tells whether err is that of the step's task which did nothing, as other work held the container.
func (w *worker) keptOut(err error) bool {
	e, ok := refusal(err)
	return ok && e.Call == "task" && !w.job.Cancel && saysKeptOut.MatchString(e.Message)
}

// letGo resets the step, whose task did nothing, and waits before the next attempt; held is the number of attempts so far.
func (w *worker) letGo(held int) error {
	err := w.saveStep(nil, func(s *store.JobStep) {
		*s = store.JobStep{Name: s.Name, State: s.State, Started: s.Started, Past: s.Tasks()}
	})
	if err != nil {
		return err
	}
	return w.waitHeld(held)
}

// waitHeld waits before the next attempt of a change, and says in the log why; held is the number of attempts so far.
func (w *worker) waitHeld(held int) error {
	if err := w.note(store.StreamErr, store.Message{Kind: MessageHeld, Args: store.Args{Times: held, Count: maxHeld - 1}}); err != nil {
		return err
	}
	if err := w.wait(time.Duration(held) * heldPause); err != nil {
		return err
	}
	return w.saveStep(nil, func(s *store.JobStep) { s.Detail = store.Message{} })
}
