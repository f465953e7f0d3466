package views

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"berth/jobs"
	"berth/store"
	"berth/views/human"
)

// stepTitleOf is a step as people read it.
func stepTitleOf(j store.Job, name string) string {
	switch name {
	case jobs.StepCheck:
		if j.Kind == store.JobDelete {
			return "Look whether it is still the same container"
		}
		return "Check the VMID"
	case jobs.StepCreate:
		return "Create the container"
	case jobs.StepStart:
		return "Start it"
	case jobs.StepAddress:
		return "Wait for an address"
	case jobs.StepShutdown:
		return "Shut it down"
	case jobs.StepStop:
		return "Stop it"
	case jobs.StepReboot:
		return "Reboot it"
	case jobs.StepDelete:
		return "Delete it"
	case jobs.StepDownload:
		return "Download the OS template"
	case jobs.StepTag:
		return "Change its tags"
	case jobs.StepSnapshot:
		return "Make the snapshot " + jobs.SnapshotOf(j).Snapshot
	case jobs.StepRollback:
		return "Go back to the snapshot " + jobs.SnapshotOf(j).Snapshot
	case jobs.StepDeleteSnapshot:
		return "Delete the snapshot " + jobs.SnapshotOf(j).Snapshot
	case jobs.StepClone:
		return fmt.Sprintf("Clone it as %d", j.CloneVMID)
	case jobs.StepBackup:
		return "Back it up"
	case jobs.StepGrow:
		g := jobs.GrowthOf(j)
		return fmt.Sprintf("Make %s %d GiB large", g.Disk, g.Size)
	case jobs.StepInit:
		return "Wait until its system is up"
	case jobs.StepFiles:
		return "Put the files in place"
	case jobs.StepPackages:
		return "Install the packages"
	case jobs.StepLook:
		return "Look what runs"
	}
	if script, ok := strings.CutPrefix(name, jobs.StepScript); ok {
		return "Run the script " + script
	}
	return name
}

// stepStatus is the status of a step's line; a step that was passed over is one that was not reached.
func stepStatus(state store.StepState) string {
	if state == store.StepSkipped {
		return string(store.StepTodo)
	}
	return string(state)
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

// stepTook is how long a step took, or takes so far; "" before it began.
func stepTook(s store.JobStep, now time.Time) string {
	switch {
	case s.Started.IsZero():
		return ""
	case !s.Ended.IsZero():
		return human.Duration(s.Ended.Sub(s.Started))
	case s.State == store.StepActive:
		return elapsed(s.Started, now)
	}
	return ""
}

// stepDetail is the small print of a step.
func stepDetail(j store.Job, s store.JobStep) string {
	switch {
	case s.Detail != "":
		return s.Detail
	case s.State == store.StepActive && s.Name == jobs.StepShutdown:
		return "This may take " + shutdownWords + "."
	case s.State == store.StepSkipped && j.State.Final():
		return "not reached"
	}
	return ""
}

// stepsDone counts the steps that are through.
func stepsDone(j store.Job) int {
	n := 0
	for _, s := range j.Steps {
		if s.State == store.StepDone {
			n++
		}
	}
	return n
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
	words := stepTitleOf(j, j.Steps[j.Step].Name)
	if j.Percent >= 0 {
		words += fmt.Sprintf(", %d %%", j.Percent)
	}
	return words
}

// progressValue of the bar that goes from 0 to 100 times the number of steps.
func progressValue(j store.Job) string {
	return strconv.Itoa(100*stepsDone(j) + max(j.Percent, 0))
}

func progressMax(j store.Job) string { return strconv.Itoa(100 * max(len(j.Steps), 1)) }
