package views

import (
	"fmt"
	"strings"

	"berth/jobs"
	"berth/store"
	"berth/views/explain"
	"berth/views/human"
	"berth/views/layout"
	"berth/views/parts"
)

// LogHeading is the line above the log of one of several, in the file that has the logs of all.
func LogHeading(j store.Job) string {
	_, state := jobEnd(j)
	words := fmt.Sprintf("%s (%d) on %s, job %s: %s", explain.JobTitle(j), j.VMID, j.NodeName, j.Label(), state)
	if j.Problem != nil {
		words += ". " + explain.Title(j)
	}
	return strings.Join(strings.Fields(words), " ") // one line, whatever the host said
}

// bulkOutcome words the end of a bulk job, and offers to try again for those containers that it was not done to.
func bulkOutcome(j store.Job) Outcome {
	o := Outcome{Link: layout.Link{URL: "/", Text: "Containers"}}
	_, again := jobs.RetryOf(j)
	o.Retry = again > 0
	switch j.State {
	case store.JobFailed:
		o.Kind, o.Title = "bad", fmt.Sprintf("It did not work for %d of %s", j.Tally[j.State], human.Count(j.Jobs(), "container", "containers"))
		if o.Retry {
			o.Why = "The lines below say why."
			o.Next = "Try again when it is mended: those that are done are left alone."
			o.RetryWords = "Try again for " + human.Count(again, "container", "containers")
		}
	case store.JobCancelled:
		o.Kind, o.Title = "info", "Cancelled"
		o.Why = fmt.Sprintf("%s done before; the others stay as they are now.", human.Count(j.Tally[store.JobDone], "container was", "containers were"))
		if j.Does == store.JobCreate {
			o.Why = fmt.Sprintf("%s created before; the others were not, or not to the end.", human.Count(j.Tally[store.JobDone], "container was", "containers were"))
		}
		if o.Retry {
			o.RetryWords = "Begin again for " + human.Count(again, "container", "containers")
		}
	default:
		o.Kind, o.Title = "ok", bulkDone(j)
	}
	if j.State != store.JobDone && j.DraftID != "" {
		o.LikeIt = layout.Link{URL: parts.WizardURL(j.DraftID, "configure"), Text: "Back to the draft"}
	}
	return o
}

// forgottenWords tell that lines are missing; "": none is.
func forgottenWords(j store.Job) string {
	n := j.Jobs() - len(j.Children)
	if n == 0 {
		return ""
	}
	return ". " + human.Count(n, "job of it is", "jobs of it are") + " not kept any more"
}

func bulkDone(j store.Job) string {
	n := j.Jobs()
	switch j.Does {
	case store.JobCreate:
		return human.Count(n, "container is created", "containers are created")
	case store.JobStart:
		return human.Count(n, "container runs", "containers run")
	case store.JobReboot:
		return human.Count(n, "container runs again", "containers run again")
	case store.JobSnapshot:
		return human.Count(n, "container has", "containers have") + " a new snapshot"
	case store.JobBackup:
		return human.Count(n, "container has", "containers have") + " a new backup"
	case store.JobDelete:
		return human.Count(n, "container is deleted", "containers are deleted")
	case store.JobTag:
		return "The tags of " + human.Count(n, "container", "containers") + " are changed"
	}
	return human.Count(n, "container is stopped", "containers are stopped")
}

// CountJobs counts unfinished jobs as people do: those of several are one.
func CountJobs(open []store.Job) int {
	n := 0
	for _, j := range open {
		if j.Parent == "" {
			n++
		}
	}
	return n
}
