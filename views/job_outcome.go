package views

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"

	"berth/jobs"
	"berth/store"
	"berth/views/human"
)

// Outcome is how a job ended and what to do next.
type Outcome struct {
	Kind  string // of the banner: ok, info, warn, bad; "" for a job that has not ended
	Title string
	Why   string // whole sentences
	Next  string // whole sentences
	Link  Link
	// What may be done with the job now.
	Stop, Retry, Destroy, Keep, Answer bool
	RetryWords                         string // on the button; "" for the usual ones
	Command                            string // to paste on the host; "" for none
}

// OutcomeOf finds the words for the end of a job.
func OutcomeOf(j store.Job) Outcome {
	if j.Kind == store.JobSeveral && j.State.Final() {
		return severalOutcome(j)
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
		o.leaves(j)
		o.stays(j)
		if !j.Made && j.DraftID != "" {
			o.Link = Link{WizardURL(j.DraftID, "configure"), "Back to the draft"}
		}
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
		o.Link = Link{ContainerURL(j.NodeID, j.VMID), "Open " + jobObject(j)}
	}
	switch j.Kind {
	case store.JobCreate:
		o.Title = fmt.Sprintf("%s is there, as container %d on %s", jobObject(j), j.VMID, j.NodeName)
		if len(j.Addresses) > 0 {
			o.Why = "Its address is " + human.List(j.Addresses) + "."
		} else if none := detailOf(j, jobs.StepAddress); none != "" {
			o.Kind, o.Why = "warn", human.Clause(none)+"."
		}
	case store.JobDelete:
		o.Title = fmt.Sprintf("%s is deleted, its disks too", jobObject(j))
		o.Link = Link{"/", "Containers"}
	case store.JobFetch:
		o.Title = fmt.Sprintf("%s is on %s", j.Name, j.NodeName)
	case store.JobGrow:
		g := jobs.GrowthOf(j)
		o.Title = fmt.Sprintf("%s of %s has %d GiB now", g.Disk, jobObject(j), g.Size)
	case store.JobStart:
		o.Title = jobObject(j) + " runs"
	case store.JobReboot:
		o.Title = jobObject(j) + " runs again"
	case store.JobTag:
		o.Title = "The tags of " + jobObject(j) + " are changed"
	case store.JobSnapshot, store.JobRollback, store.JobDeleteSnapshot, store.JobClone, store.JobBackup:
		o.kept(j)
	default:
		o.Title = jobObject(j) + " is stopped"
	}
	return o
}

// detailOf is what came of a job's step; "" when it has none such.
func detailOf(j store.Job, step string) string {
	for _, s := range j.Steps {
		if s.Name == step {
			return s.Detail
		}
	}
	return ""
}

// kept is the end of a job on a container's snapshots, of a clone or of a backup.
func (o *Outcome) kept(j store.Job) {
	spec, at := jobs.SnapshotOf(j), ContainerURL(j.NodeID, j.VMID)
	switch j.Kind {
	case store.JobSnapshot:
		o.Title = fmt.Sprintf("The snapshot %s of %s is made", spec.Snapshot, jobObject(j))
		o.Link = Link{at + "/snapshots", "Snapshots"}
	case store.JobRollback:
		o.Title = fmt.Sprintf("%s is as it was at the snapshot %s", jobObject(j), spec.Snapshot)
		if !spec.Start {
			o.Why = "It is stopped."
		}
	case store.JobDeleteSnapshot:
		o.Title = fmt.Sprintf("The snapshot %s of %s is deleted", spec.Snapshot, jobObject(j))
		o.Link = Link{at + "/snapshots", "Snapshots"}
	case store.JobClone:
		name := cmp.Or(j.CloneName, "The clone")
		o.Title = fmt.Sprintf("%s is there, as container %d on %s", name, j.CloneVMID, j.NodeName)
		o.Why = fmt.Sprintf("It is not started yet. Where %s has a fixed address, the clone has the same one: change it before both run.", jobObject(j))
		o.Link = Link{ContainerURL(j.NodeID, j.CloneVMID), "Open " + cmp.Or(j.CloneName, "the clone")}
	case store.JobBackup:
		o.Title = jobObject(j) + " is backed up"
		o.Link = Link{at + "/backups", "Backups"}
	}
}

// formOf leads to the form that a job came from, with what was typed in it; the zero Link for one that came
// from none, or from a draft.
func formOf(j store.Job) Link {
	at := ContainerURL(j.NodeID, j.VMID)
	switch j.Kind {
	case store.JobSnapshot:
		return Link{at + "/snapshots?job=" + j.ID, "Back to the form"}
	case store.JobClone:
		return Link{at + "/clone?job=" + j.ID, "Back to the form"}
	case store.JobBackup:
		return Link{at + "/backups?job=" + j.ID, "Back to the form"}
	}
	return Link{}
}

// failedOutcome has a next step for every kind of problem.
func failedOutcome(j store.Job) Outcome {
	o := Outcome{Kind: "bad", Title: human.Clause(j.Problem.Message), Retry: true}
	draft := Link{WizardURL(j.DraftID, "configure"), "Back to the draft"}
	switch j.Problem.Kind {
	case jobs.ProblemExists:
		o.Why, o.Retry = "Nothing was created.", false
		o.Next, o.Link = "Begin again with another VMID.", Link{"/containers/new", "New container"}
		switch {
		case j.Kind == store.JobClone:
			o.Next, o.Link = "Choose another VMID; all that was typed is kept.", formOf(j)
		case j.DraftID != "":
			o.Next, o.Link = "Choose another VMID; all that was typed is kept.", draft
		}
	case jobs.ProblemInvalid:
		switch {
		case formOf(j) != Link{}:
			o.Why, o.Retry = "Nothing was changed.", false
			o.Next, o.Link = "Correct it in the form, where the fields are marked.", formOf(j)
		case j.Kind != store.JobCreate:
			o.Why = "Nothing was changed."
		case j.DraftID == "":
			o.Why, o.Retry = "Nothing was created.", false
			o.Next, o.Link = "Begin again with other values.", Link{"/containers/new", "New container"}
		default:
			o.Why, o.Retry = "Nothing was created.", false
			o.Next, o.Link = "Correct it in the draft, where the fields are marked.", draft
		}
	case jobs.ProblemTimeout:
		o.Why = "Something inside it does not end, or does not listen to the request."
		o.Next = "Wait and try again, or stop it: that pulls the plug, and what is not written to disk is lost."
		o.Stop = true
	case jobs.ProblemGone:
		o.Next = "The list of containers shows what is there now."
		o.Link, o.Retry = Link{"/", "Containers"}, false
	case jobs.ProblemForbidden:
		o.Next = "The node's page shows which rights its token has, and the commands that give more. Then try again."
		o.Link = Link{NodeURL(j.NodeID), "Settings of " + j.NodeName}
	case jobs.ProblemSilent:
		o.Next = "Check that it is switched on and connected, then try again."
		o.Link = Link{NodeURL(j.NodeID), "Settings of " + j.NodeName}
	case jobs.ProblemLocked:
		o.Why = "Proxmox holds it for other work, such as a backup or a snapshot."
		o.Next, o.Command = "Try again when that has ended. If nothing is at work on it, this on the host removes the lock:", unlockCommand(j.VMID)
	case jobs.ProblemBusy:
		o.Next = "Try again when that job has ended."
	case jobs.ProblemPower:
		o.Why = "Somebody or something else changed it meanwhile."
		o.Next, o.Retry = "Look at how it is now.", j.Kind == store.JobCreate
		o.Link = Link{ContainerURL(j.NodeID, j.VMID), "Open " + jobObject(j)}
		if j.Kind == store.JobDelete {
			o.Why, o.Next = "It was started after this began. Nothing was deleted.", "Delete it again: it is stopped first."
			o.Link = Link{deleteURL(j, false), "Delete it…"}
		}
		if j.Kind == store.JobClone {
			o.Why, o.Next = "Nothing was created.", "Clone it from a snapshot, or shut it down first."
			o.Link = formOf(j)
		}
	case jobs.ProblemSnapshot:
		o.Why, o.Retry = "Nothing was changed.", false
		o.Next, o.Link = "Look at the snapshots as they are now.", Link{ContainerURL(j.NodeID, j.VMID) + "/snapshots", "Snapshots"}
		if j.Kind == store.JobSnapshot || j.Kind == store.JobClone {
			o.Next, o.Link = "Correct it in the form.", formOf(j)
		}
	case jobs.ProblemStorage:
		o.Why, o.Retry = "Nothing was changed.", false
		o.Next, o.Link = "The page of its snapshots says which disk it is.", Link{ContainerURL(j.NodeID, j.VMID) + "/snapshots", "Snapshots"}
	case jobs.ProblemNode:
		o.Link, o.Retry = Link{"/settings/nodes", "Nodes"}, false
	case jobs.ProblemTask:
		o.Next = "The log below has what the host said. Mend it there and try again."
	case jobs.ProblemHost:
		o.Link = Link{NodeURL(j.NodeID) + "#ssh", "SSH of " + j.NodeName}
	case jobs.ProblemInit:
		o.Next = "The log below has what was waited for. Look at its console in Proxmox, then try again: it goes on from here."
	case jobs.ProblemFiles, jobs.ProblemPackages:
		o.Next = "The log below has what was said. Try again when it is mended: the step is done once more, and what came before stays."
	case jobs.ProblemScript:
		o.Next = "The log below has all that it said. Try again when it is mended: this script is run from its beginning, those before it are not."
	case jobs.ProblemLimit:
		o.Next = "The log below shows where it stood still. Try again: the step is done once more."
	case jobs.ProblemSecrets:
		o.Next = "They are kept only until a job ends."
	case jobs.ProblemUnsure:
		o.Kind, o.Retry, o.Answer = "warn", false, true
		o.Next = "A script that is run twice may do something twice. The log below shows how far it came."
		return o
	case jobs.ProblemTemplate, jobs.ProblemProtected, jobs.ProblemInUse, jobs.ProblemHA, jobs.ProblemFileSystem, jobs.ProblemHeld:
		o.hinders(j)
	default:
		o.Next = "The log below has what is known. Try again; it goes on from the step that failed."
	}
	if check := j.Problem.Check; check != "" {
		o.Next = check + " " + o.Next
	}
	o.leaves(j)
	if said := j.Problem.Said; said != "" {
		o.Why = strings.TrimSpace(o.Why + " It said: " + said)
	}
	return o
}

// leaves says what a create that did not come to its end left on the host.
func (o *Outcome) leaves(j store.Job) {
	if j.Kind == store.JobClone && j.Made {
		o.Why = fmt.Sprintf("Container %d is on %s, but it is not whole: delete it.", j.CloneVMID, j.NodeName)
		o.Link = Link{ContainerURL(j.NodeID, j.CloneVMID), "Open container " + strconv.Itoa(j.CloneVMID)}
	}
	if j.Kind != store.JobCreate || !j.Made {
		return
	}
	o.Why = fmt.Sprintf("Container %d was made and is on %s.", j.VMID, j.NodeName)
	o.Destroy, o.Keep = true, true
}
