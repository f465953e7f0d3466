package jobs

import (
	"regexp"
	"time"

	"berth/store"
)

const (
	// maxHeld is how often a change is tried in all while other work holds the container's configuration. Before each
	// refusal Proxmox itself waits 10 s for it.
	maxHeld = 5
	// heldPause is before the second try, and grows with each.
	heldPause = 2 * time.Second
)

// saysKeptOut is the end of a task that did not get the lock before all its work.
var saysKeptOut = regexp.MustCompile(`^can't lock file '[^']*' - got timeout$`)

// keptOut tells whether the step's task failed because other work held the container, and so did nothing.
func (w *worker) keptOut(err error) bool {
	e, ok := refusal(err)
	return ok && e.Call == "task" && !w.job.Cancel && saysKeptOut.MatchString(e.Message)
}

// letGo makes the step one to do again, after a pause. Its task did nothing.
func (w *worker) letGo(held int) error {
	err := w.saveStep(nil, func(s *store.JobStep) {
		*s = store.JobStep{Name: s.Name, State: s.State, Started: s.Started, Past: s.Tasks()}
	})
	if err != nil {
		return err
	}
	return w.waitHeld(held)
}

// waitHeld waits before the next try of what was refused because other work holds the container.
func (w *worker) waitHeld(held int) error {
	if err := w.note(store.StreamErr, store.Message{Kind: MessageHeld, Args: store.Args{Times: held, Count: maxHeld - 1}}); err != nil {
		return err
	}
	if err := w.wait(time.Duration(held) * heldPause); err != nil {
		return err
	}
	return w.saveStep(nil, func(s *store.JobStep) { s.Detail = store.Message{} })
}
