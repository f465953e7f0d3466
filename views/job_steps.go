package views

import (
	"fmt"
	"time"

	"berth/store"
	"berth/views/explain"
	"berth/views/human"
	"berth/views/parts"
)

// stepStatus returns the status of a step's line; a step that was passed over is shown as one that was not reached.
func stepStatus(state store.StepState) parts.Status {
	switch state {
	case store.StepActive:
		return parts.StatusActive
	case store.StepDone:
		return parts.StatusDone
	case store.StepFailed:
		return parts.StatusFailed
	}
	return parts.StatusTodo
}

func stepIcon(state store.StepState) string {
	switch state {
	case store.StepDone:
		return "ok"
	case store.StepActive:
		return "working"
	case store.StepFailed:
		return "bad"
	}
	return "todo"
}

func stepStateWords(state store.StepState) string {
	switch state {
	case store.StepDone:
		return "done"
	case store.StepActive:
		return "running"
	case store.StepFailed:
		return "failed"
	case store.StepSkipped:
		return "left out"
	}
	return "not started"
}

// stepTook words the time that a step took, or takes so far; "" before it began.
func stepTook(s store.JobStep, now time.Time) string {
	switch {
	case s.Started.IsZero():
		return ""
	case !s.Ended.IsZero():
		return human.Duration(s.Ended.Sub(s.Started))
	case s.State == store.StepActive:
		return human.Elapsed(s.Started, now)
	}
	return ""
}

// stepStamp is stepTook for programs, as a time element has it: "PT72S".
func stepStamp(s store.JobStep, now time.Time) string {
	end := s.Ended
	if end.IsZero() {
		end = now
	}
	return fmt.Sprintf("PT%dS", int(max(end.Sub(s.Started), 0).Seconds()))
}

// stepPosition is "Step 2 of 4".
func stepPosition(j store.Job) string {
	return fmt.Sprintf("Step %d of %d", min(j.Step+1, len(j.Steps)), len(j.Steps))
}

// stepNow is the title of the current step, with its percent where that is known.
func stepNow(j store.Job) string {
	if j.Step >= len(j.Steps) {
		return ""
	}
	words := explain.Step(j, j.Steps[j.Step].Name)
	if j.Percent >= 0 {
		words += fmt.Sprintf(", %d %%", j.Percent)
	}
	return words
}

// hasChecks tells whether a job is a create that ended before its last step, after something of it was tried.
func hasChecks(j store.Job) bool {
	return j.Kind == store.JobCreate && (j.State == store.JobFailed || j.State == store.JobCancelled) && !j.Started.IsZero()
}

// checkState is how a check is marked: "yes" for a step that is done, "no" for one that failed, "" for any other.
func checkState(state store.StepState) string {
	switch state {
	case store.StepDone:
		return "yes"
	case store.StepFailed:
		return "no"
	}
	return ""
}

func checkWords(state store.StepState) string {
	switch state {
	case store.StepTodo:
		return "not begun"
	case store.StepSkipped: // it may have been broken off
		return "not done"
	}
	return stepStateWords(state)
}
