package views

import (
	"fmt"
	"strconv"

	"berth/jobs"
	"berth/store"
	"berth/views/explain"
	"berth/views/human"
)

// JobTitle says what a job does: "Create paperless", "Stop container 104".
func JobTitle(j store.Job) string {
	if j.Kind == store.JobSeveral {
		return severalVerb(j.Does) + " " + human.Count(len(j.Children), "container", "containers")
	}
	return jobVerb(j.Kind) + " " + jobObject(j)
}

func jobVerb(kind store.JobKind) string {
	switch kind {
	case store.JobCreate:
		return "Create"
	case store.JobStart:
		return "Start"
	case store.JobShutdown:
		return "Shut down"
	case store.JobStop:
		return "Stop"
	case store.JobReboot:
		return "Reboot"
	case store.JobDelete:
		return "Delete"
	case store.JobTag:
		return "Tag"
	case store.JobFetch:
		return "Download"
	case store.JobSnapshot:
		return "Make a snapshot of"
	case store.JobRollback:
		return "Roll back"
	case store.JobDeleteSnapshot:
		return "Delete a snapshot of"
	case store.JobClone:
		return "Clone"
	case store.JobBackup:
		return "Back up"
	case store.JobGrow:
		return "Grow a disk of"
	}
	return string(kind)
}

// JobDoing is what a job does while it does it: "being created".
func JobDoing(kind store.JobKind) string {
	switch kind {
	case store.JobCreate:
		return "being created"
	case store.JobStart:
		return "being started"
	case store.JobShutdown:
		return "being shut down"
	case store.JobStop:
		return "being stopped"
	case store.JobReboot:
		return "being rebooted"
	case store.JobDelete:
		return "being deleted"
	case store.JobTag:
		return "being tagged"
	case store.JobFetch:
		return "being downloaded"
	case store.JobSnapshot:
		return "being snapshotted"
	case store.JobRollback:
		return "being rolled back"
	case store.JobDeleteSnapshot:
		return "having a snapshot deleted"
	case store.JobClone:
		return "being cloned"
	case store.JobBackup:
		return "being backed up"
	case store.JobGrow:
		return "being given a larger disk"
	}
	return "being worked on"
}

func jobObject(j store.Job) string {
	switch {
	case j.Name != "":
		return j.Name
	case j.VMID != 0:
		return "container " + strconv.Itoa(j.VMID)
	}
	return "something"
}

// jobStateWords is a state as people read it.
func jobStateWords(s store.JobState) string {
	switch s {
	case store.JobQueued:
		return "Queued"
	case store.JobRunning:
		return "Running"
	case store.JobWaiting:
		return "Waits for you"
	case store.JobDone:
		return "Done"
	case store.JobFailed:
		return "Failed"
	case store.JobCancelled:
		return "Cancelled"
	}
	return string(s)
}

// shutdownWords are how long a job waits for a shutdown.
const shutdownWords = "up to about two minutes"

// unlockCommand takes a lock from a container, on its host.
func unlockCommand(vmid int) string { return fmt.Sprintf("pct unlock %d", vmid) }

// unprotectCommand switches a container's protection off, on its host.
func unprotectCommand(vmid int) string { return fmt.Sprintf("pct set %d --protection 0", vmid) }

// jobPast is what has been done when a job has ended: "shut down".
func jobPast(kind store.JobKind) string {
	switch kind {
	case store.JobStart:
		return "started"
	case store.JobShutdown:
		return "shut down"
	case store.JobReboot:
		return "rebooted"
	case store.JobTag:
		return "tagged"
	case store.JobSnapshot:
		return "snapshotted"
	}
	return "stopped"
}

// severalVerb is what is done to several containers, as on its button.
func severalVerb(kind store.JobKind) string {
	if kind == store.JobSnapshot {
		return "Snapshot"
	}
	return jobVerb(kind)
}

// severalIcon is the icon of a kind.
func severalIcon(kind store.JobKind) string {
	if kind == store.JobSnapshot {
		return "camera"
	}
	return string(kind)
}

// tallyWords tell how far a job of several is: "12 of 30 done, 1 failed".
func tallyWords(j store.Job) string {
	words := fmt.Sprintf("%d of %d done", j.Tally[store.JobDone], j.Jobs())
	if n := j.Tally[store.JobFailed]; n > 0 {
		words += fmt.Sprintf(", %d failed", n)
	}
	if n := j.Tally[store.JobCancelled]; n > 0 {
		words += fmt.Sprintf(", %d cancelled", n)
	}
	return words
}

// severalEnded counts the containers that are through, whatever came of it.
func severalEnded(j store.Job) int {
	return j.Tally[store.JobDone] + j.Tally[store.JobFailed] + j.Tally[store.JobCancelled]
}

// lineWords are what a job of several says of one container beside its state.
func lineWords(j store.Job) string {
	switch {
	case j.State == store.JobFailed && j.Problem != nil:
		return explain.Title(j)
	case j.State == store.JobDone && len(j.Warnings) > 0:
		return human.Clause(j.Warnings[0])
	case j.State == store.JobCancelled && j.Left.Kind != "":
		return explain.Left(j)
	case len(j.Steps) == 0 || j.State == store.JobQueued || j.State == store.JobCancelled:
		return ""
	}
	return stepDetail(j, j.Steps[min(j.Step, len(j.Steps)-1)])
}

// stepDetail is the small print of a step.
func stepDetail(j store.Job, s store.JobStep) string {
	switch {
	case explain.Detail(j, s) != "":
		return explain.Detail(j, s)
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

// progressValue of the bar that goes from 0 to 100 times the number of steps.
func progressValue(j store.Job) string {
	return strconv.Itoa(100*stepsDone(j) + max(j.Percent, 0))
}

func progressMax(j store.Job) string { return strconv.Itoa(100 * max(len(j.Steps), 1)) }
