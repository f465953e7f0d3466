package views

import (
	"cmp"
	"fmt"
	"strconv"
	"time"

	"berth/jobs"
	"berth/store"
	"berth/views/explain"
	"berth/views/human"
	"berth/views/parts"
)

// logDropped says which lines a log has lost; "" when it is whole.
func logDropped(j store.Job) string {
	if j.LogFirst <= 1 {
		return ""
	}
	gone := "line of this one is gone"
	if n := j.LogFirst - 1; n > 1 {
		gone = fmt.Sprintf("%d of this one are gone", n)
	}
	return fmt.Sprintf("A log keeps its last %d lines; the first %s.", store.MaxLogLines, gone)
}

// LogTail is how many of a job's last lines its page shows; the whole log can be downloaded.
const LogTail = 500

// JobPage is one job with what its page shows.
type JobPage struct {
	Job      store.Job
	Place    int             // in the queue of its node: 1 is the next to begin; 0: it does not wait
	Lines    []store.LogLine // the last ones
	Children []store.Job     // of a job of several
	Template string          // the name of the one that a create is from; "" for none
	// Secrets are the inputs whose values must be typed again before it can be tried again.
	Secrets []store.Input
	Wrong   map[string]string // what is wrong with those that were typed, by field
	// Trouble is why it cannot be saved, and so does not go on, as learned after the page was sent; a page as a whole has Frame.Trouble.
	Trouble string
	Now     time.Time
}

// where says on which node it is done, from which template, and since when.
func (p JobPage) where() string {
	words := "on " + p.Job.NodeName + ", "
	if p.Template != "" {
		words += "from the template " + p.Template + ", "
	}
	return words + human.When(p.Job.Created, p.Now)
}

// secretField is the field of a secret input that must be typed again.
func (p JobPage) secretField(in store.Input) parts.Field {
	f := fieldOfInput(in, p.Wrong)
	f.Hint = "Secret values are kept only until a job ends: type it again."
	return f
}

// JobsPage is the list of jobs.
type JobsPage struct {
	Open   []store.Job // oldest first
	Ended  []store.Job // newest first
	Places map[string]int
	Older  string // the ID before which the next page begins; "" when there is none
	Paged  bool   // it is not the first page
	Now    time.Time
}

// JobURL is the address of a job's page.
func JobURL(id string) string { return "/jobs/" + id }

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

// jobEnd is a job's state as people read it, and the status of its badge.
func jobEnd(j store.Job) (badge, words string) {
	if j.State == store.JobDone && len(j.Warnings) > 0 {
		return "warn", "Done, with warnings"
	}
	return jobBadge(j.State), jobStateWords(j.State)
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

// jobBadge is the status of the badge that a state is shown by.
func jobBadge(s store.JobState) string {
	switch s {
	case store.JobRunning:
		return "active"
	case store.JobWaiting:
		return "warn"
	case store.JobDone:
		return "done"
	case store.JobFailed:
		return "failed"
	case store.JobCancelled:
		return "stopped"
	}
	return "unknown"
}

// jobPlate is the status of the plate beside a job's title.
func jobPlate(j store.Job) string {
	switch j.State {
	case store.JobFailed:
		return "trouble"
	case store.JobQueued, store.JobRunning, store.JobWaiting:
		return "creating"
	}
	return "stopped"
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

// progressValue of the bar that goes from 0 to 100 times the number of steps.
func progressValue(j store.Job) string {
	return strconv.Itoa(100*stepsDone(j) + max(j.Percent, 0))
}

func progressMax(j store.Job) string { return strconv.Itoa(100 * max(len(j.Steps), 1)) }

// jobTook is how long a job took, or has been at work.
func jobTook(j store.Job, now time.Time) string {
	switch {
	case j.Started.IsZero():
		return ""
	case !j.Ended.IsZero():
		return human.Duration(j.Ended.Sub(j.Started))
	}
	return elapsed(j.Started, now) + " so far"
}

// endedWords tell when a job ended, and after how long.
func endedWords(p JobPage) string {
	words := "Ended " + human.When(p.Job.Ended, p.Now)
	if took := jobTook(p.Job, p.Now); took != "" {
		words += ", after " + took
	}
	return words
}

// elapsed is how long something has been at work, in whole seconds.
func elapsed(since, now time.Time) string {
	if d := now.Sub(since); d >= time.Second {
		return human.Duration(d.Truncate(time.Second))
	}
	return "0 s"
}

// queueWords tells a queued job's place.
func queueWords(place int, node string) string {
	switch {
	case place <= 0:
		return "It begins in a moment."
	case place == 1:
		return fmt.Sprintf("It is the next to begin on %s, which works on two jobs at a time.", node)
	}
	return fmt.Sprintf("%s before it. A node works on two jobs at a time.", human.Count(place-1, "other job on "+node+" begins", "other jobs on "+node+" begin"))
}

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
		if why, see := explain.Leftover(j); why != "" {
			o.Why, o.Link = why, seeOfJob(see, j)
			o.Destroy, o.Keep = madeAndLeft(j), madeAndLeft(j)
		}
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
			o.Kind, o.Why = "warn", none+"."
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
			return explain.Detail(j, s)
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
	return o
}

// madeAndLeft tells whether a create that did not come to its end left its container on the host.
func madeAndLeft(j store.Job) bool { return j.Kind == store.JobCreate && j.Made }

// canCancel tells whether cancelling does something.
func canCancel(j store.Job) bool { return !j.State.Final() && !j.Cancel }

// streamWords names a line's stream: in the log, and in full.
func streamWords(stream store.Stream) (short, long string) {
	switch stream {
	case store.StreamErr:
		return "err", "standard error"
	case store.StreamStep:
		return "»", "step"
	}
	return "out", "standard output"
}

func streamShort(stream store.Stream) string {
	short, _ := streamWords(stream)
	return short
}

func streamLong(stream store.Stream) string {
	_, long := streamWords(stream)
	return long
}

// jobListWords is what the list adds to a job's state.
func jobListWords(j store.Job, place int) string {
	switch {
	case j.Kind == store.JobSeveral && j.State != store.JobDone:
		return tallyWords(j)
	case j.State == store.JobQueued && place > 0:
		return fmt.Sprintf("place %d", place)
	case j.State == store.JobRunning:
		return stepNow(j)
	case j.State == store.JobWaiting:
		return "needs your answer"
	case j.State == store.JobFailed && j.Problem != nil:
		return explain.Title(j)
	case j.State == store.JobDone && len(j.Warnings) > 0:
		return human.Clause(j.Warnings[0])
	}
	return ""
}

func vmidWords(j store.Job) string {
	if j.VMID == 0 {
		return ""
	}
	return strconv.Itoa(j.VMID)
}
