package views

import (
	"cmp"
	"fmt"
	"strconv"

	"berth/jobs"
	"berth/store"
	"berth/views/explain"
	"berth/views/layout"
	"berth/views/parts"
)

// Outcome is the banner of a job that has ended or waits: the result, and the ways on from there.
type Outcome struct {
	Kind  string // of the banner: ok, info, warn, bad; "" for a job that has not ended
	Title string
	Why   string // whole sentences
	Next  string // whole sentences
	Link  layout.Link
	// LikeIt leads a create that did not come to its end back to what was typed; the zero Link where that is gone, or Link does.
	LikeIt layout.Link
	// What may be done with the job now.
	Stop, Retry, Destroy, Keep, Answer bool
	RetryWords                         string // on the button; "" for the usual ones
	Command                            string // to paste on the host; "" for none
}

// outcomeOf finds the words for the end of a job.
func outcomeOf(j store.Job) Outcome {
	if j.Kind == store.JobBulk && j.State.Final() {
		return bulkOutcome(j)
	}
	switch j.State {
	case store.JobDone:
		o := doneOutcome(j)
		o.warns(j)
		return o
	case store.JobCancelled:
		o := Outcome{Kind: "info", Title: "Cancelled", Why: "Nothing was changed, or what was begun was undone.", Retry: true}
		switch j.Kind {
		case store.JobCreate, store.JobFetch, store.JobClone, store.JobBackup:
		default:
			o.Why = "The container stays as it is now."
		}
		if why, see := explain.Leftover(j); why != "" {
			o.Why, o.Link = why, seeOfJob(see, j)
			o.Destroy, o.Keep = madeAndLeft(j), madeAndLeft(j)
		}
		o.stays(j)
		o.LikeIt = likeIt(j, o.Link)
		return o
	case store.JobFailed, store.JobWaiting:
		if j.Problem != nil {
			return failedOutcome(j)
		}
		return Outcome{Kind: "bad", Title: "It failed", Why: "The log has what is known.", Retry: j.State == store.JobFailed}
	}
	return Outcome{}
}

func doneOutcome(j store.Job) Outcome {
	o := Outcome{Kind: "ok"}
	if j.VMID != 0 && j.Kind != store.JobDelete {
		o.Link = layout.Link{URL: parts.ContainerURL(j.NodeID, j.VMID), Text: "Show " + explain.JobObject(j)}
	}
	switch j.Kind {
	case store.JobCreate:
		o.Title = fmt.Sprintf("%s is created, as container %d on %s", explain.JobObject(j), j.VMID, j.NodeName)
		if none := detailOf(j, jobs.StepAddress); len(j.Addresses) == 0 && none != "" {
			o.Kind, o.Why = "warn", none+"."
		}
	case store.JobDelete:
		o.Title = fmt.Sprintf("%s is deleted, its disks too", explain.JobObject(j))
		o.Link = layout.Link{URL: "/", Text: "Containers"}
	case store.JobFetch:
		o.Title = fmt.Sprintf("%s is on %s", j.Name, j.NodeName)
	case store.JobResize:
		g := jobs.DiskResizeOf(j)
		o.Title = fmt.Sprintf("%s of %s has %d GiB now", g.Disk, explain.JobObject(j), g.Size)
	case store.JobStart:
		o.Title = explain.JobObject(j) + " runs"
	case store.JobReboot:
		o.Title = explain.JobObject(j) + " runs again"
	case store.JobTag:
		o.Title = "The tags of " + explain.JobObject(j) + " are changed"
	case store.JobSnapshot, store.JobRollback, store.JobDeleteSnapshot, store.JobClone, store.JobBackup:
		o.kept(j)
	default:
		o.Title = explain.JobObject(j) + " is stopped"
	}
	return o
}

// detailOf returns the detail of a job's step by its name; "" when it has no such step.
func detailOf(j store.Job, step string) string {
	for _, s := range j.Steps {
		if s.Name == step {
			return explain.Detail(j, s)
		}
	}
	return ""
}

// kept is the end of a job on a container's snapshots, of a clone or of a backup.
func (o *Outcome) kept(j store.Job) {
	spec, at := jobs.SnapshotOf(j), parts.ContainerURL(j.NodeID, j.VMID)
	switch j.Kind {
	case store.JobSnapshot:
		o.Title = fmt.Sprintf("The snapshot %s of %s is made", spec.Snapshot, explain.JobObject(j))
		o.Link = layout.Link{URL: at + "/snapshots", Text: "Snapshots"}
	case store.JobRollback:
		o.Title = fmt.Sprintf("%s is as it was at the snapshot %s", explain.JobObject(j), spec.Snapshot)
		if !spec.Start {
			o.Why = "It is stopped."
		}
	case store.JobDeleteSnapshot:
		o.Title = fmt.Sprintf("The snapshot %s of %s is deleted", spec.Snapshot, explain.JobObject(j))
		o.Link = layout.Link{URL: at + "/snapshots", Text: "Snapshots"}
	case store.JobClone:
		name := cmp.Or(j.CloneName, "The clone")
		o.Title = fmt.Sprintf("%s is there, as container %d on %s", name, j.CloneVMID, j.NodeName)
		o.Why = fmt.Sprintf("It is not started yet. Where %s has a fixed address, the clone has the same one: change it before both run.", explain.JobObject(j))
		o.Link = layout.Link{URL: parts.ContainerURL(j.NodeID, j.CloneVMID), Text: "Show " + cmp.Or(j.CloneName, "the clone")}
	case store.JobBackup:
		o.Title = explain.JobObject(j) + " is backed up"
		o.Link = layout.Link{URL: at + "/backups", Text: "Backups"}
	}
}

// failedOutcome is the end of a job that failed, or its waiting for an answer, with what may be done now.
func failedOutcome(j store.Job) Outcome {
	f := explain.Job(j)
	o := Outcome{Kind: "bad", Title: f.Title, Why: f.Why, Next: f.Next, Link: seeOfJob(f.See, j), Command: f.Command, Retry: !f.Final}
	switch j.Problem.Kind {
	case jobs.ProblemTimeout:
		o.Stop = true
	case jobs.ProblemUnsure:
		o.Kind, o.Answer = "warn", true
		return o
	}
	o.Destroy, o.Keep = madeAndLeft(j), madeAndLeft(j)
	o.LikeIt = likeIt(j, o.Link)
	return o
}

// likeIt leads back to what was typed for a create, unless beside it another link does.
func likeIt(j store.Job, beside layout.Link) layout.Link {
	draft := parts.WizardURL(j.DraftID, "configure")
	switch {
	case j.Kind != store.JobCreate || j.DraftID == "" || beside.URL == draft:
		return layout.Link{}
	case j.Made:
		return layout.Link{URL: draft, Text: "Create another like it"}
	}
	return layout.Link{URL: draft, Text: "Back to the draft"}
}

// seeOfJob leads to a page about a job or its container; the zero Link where the job came from no such page.
func seeOfJob(see explain.See, j store.Job) layout.Link {
	at := parts.ContainerURL(j.NodeID, j.VMID)
	switch see {
	case explain.SeeContainer:
		return layout.Link{URL: at, Text: "Show " + explain.JobObject(j)}
	case explain.SeeMade:
		return layout.Link{URL: parts.ContainerURL(j.NodeID, j.CloneVMID), Text: "Show container " + strconv.Itoa(j.CloneVMID)}
	case explain.SeeSnapshots:
		return layout.Link{URL: at + "/snapshots", Text: "Snapshots"}
	case explain.SeeClone:
		return layout.Link{URL: at + "/clone", Text: "Clone it"}
	case explain.SeeDelete:
		return layout.Link{URL: at + "/delete", Text: "Delete it…"}
	case explain.SeePurge:
		return layout.Link{URL: at + "/delete?purge=1", Text: "Delete it there too…"}
	case explain.SeeForm:
		return formOf(j)
	case explain.SeeDraft:
		return layout.Link{URL: parts.WizardURL(j.DraftID, "configure"), Text: "Back to the draft"}
	case explain.SeeNew:
		return layout.Link{URL: "/containers/new", Text: "New container"}
	}
	return layout.SeeOf(see, store.Node{ID: j.NodeID, Name: j.NodeName})
}

// formOf leads to the form that a job came from, with what was typed in it; the zero Link for one that came
// from none, or from a draft.
func formOf(j store.Job) layout.Link {
	page := map[store.JobKind]string{store.JobSnapshot: "/snapshots", store.JobClone: "/clone", store.JobBackup: "/backups"}[j.Kind]
	if page == "" {
		return layout.Link{}
	}
	return layout.Link{URL: parts.ContainerURL(j.NodeID, j.VMID) + page + "?job=" + j.ID, Text: "Back to the form"}
}
