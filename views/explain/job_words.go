package explain

import (
	"fmt"
	"strconv"

	"berth/jobs"
	"berth/store"
	"berth/views/human"
)

// JobTitle says what a job does: "Create paperless", "Stop container 104".
func JobTitle(j store.Job) string {
	if j.Kind == store.JobBulk {
		return BulkVerb(j.Does) + " " + human.Count(len(j.Children), "container", "containers")
	}
	return JobVerb(j.Kind) + " " + JobObject(j)
}

func JobVerb(kind store.JobKind) string {
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
		return "Create a snapshot of"
	case store.JobRollback:
		return "Roll back"
	case store.JobDeleteSnapshot:
		return "Delete a snapshot of"
	case store.JobClone:
		return "Clone"
	case store.JobBackup:
		return "Back up"
	case store.JobResize:
		return "Grow a disk of"
	}
	return string(kind)
}

// JobDoing says what an unfinished job does to its container, at the end of a sentence: "being created".
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
	case store.JobResize:
		return "being given a larger disk"
	}
	return "being worked on"
}

func JobObject(j store.Job) string {
	switch {
	case j.Name != "":
		return j.Name
	case j.VMID != 0:
		return "container " + strconv.Itoa(j.VMID)
	}
	return "something"
}

// JobStateWords is a state as people read it.
func JobStateWords(s store.JobState) string {
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

// ShutdownWords tell how long a job waits for a shutdown, wherever one is asked for.
const ShutdownWords = "up to about two minutes"

// UnlockCommand takes a lock from a container, on its host.
func UnlockCommand(vmid int) string { return fmt.Sprintf("pct unlock %d", vmid) }

// UnprotectCommand switches a container's protection off, on its host.
func UnprotectCommand(vmid int) string { return fmt.Sprintf("pct set %d --protection 0", vmid) }

// JobPast returns the participle of what a job does, for the likes of "none can be shut down".
func JobPast(kind store.JobKind) string {
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
	case store.JobBackup:
		return "backed up"
	case store.JobDelete:
		return "deleted"
	}
	return "stopped"
}

// BulkVerb labels the button and the page of a bulk action.
func BulkVerb(kind store.JobKind) string {
	if kind == store.JobSnapshot {
		return "Snapshot"
	}
	return JobVerb(kind)
}

// BulkIcon is the icon of a kind.
func BulkIcon(kind store.JobKind) string {
	switch kind {
	case store.JobSnapshot:
		return "camera"
	case store.JobBackup:
		return "download"
	case store.JobDelete:
		return "trash"
	}
	return string(kind)
}

// TallyWords tell how far a bulk job is: "12 of 30 done, 1 failed".
func TallyWords(j store.Job) string {
	words := fmt.Sprintf("%d of %d done", j.Tally[store.JobDone], j.Jobs())
	if n := j.Tally[store.JobFailed]; n > 0 {
		words += fmt.Sprintf(", %d failed", n)
	}
	if n := j.Tally[store.JobCancelled]; n > 0 {
		words += fmt.Sprintf(", %d cancelled", n)
	}
	return words
}

// BulkEnded counts the containers that are through, whatever came of it.
func BulkEnded(j store.Job) int {
	return j.Tally[store.JobDone] + j.Tally[store.JobFailed] + j.Tally[store.JobCancelled]
}

// LineWords stand beside the state in a container's line of a bulk job: why it failed, what it warned of or left.
func LineWords(j store.Job) string {
	switch {
	case j.State == store.JobFailed && j.Problem != nil:
		return Title(j)
	case j.State == store.JobDone && len(j.Warnings) > 0:
		return human.Clause(j.Warnings[0])
	case j.State == store.JobCancelled && j.Left.Kind != "":
		return Left(j)
	case len(j.Steps) == 0 || j.State == store.JobQueued || j.State == store.JobCancelled:
		return ""
	}
	return StepDetail(j, j.Steps[min(j.Step, len(j.Steps)-1)])
}

// StepDetail is the small print of a step.
func StepDetail(j store.Job, s store.JobStep) string {
	switch {
	case Detail(j, s) != "":
		return Detail(j, s)
	case s.State == store.StepActive && s.Name == jobs.StepShutdown:
		return "This may take " + ShutdownWords + "."
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

// ProgressValue of the bar that goes from 0 to 100 times the number of steps.
func ProgressValue(j store.Job) string {
	return strconv.Itoa(100*stepsDone(j) + max(j.Percent, 0))
}

func ProgressMax(j store.Job) string { return strconv.Itoa(100 * max(len(j.Steps), 1)) }
