package views

import (
	"fmt"
	"strconv"
	"time"

	"berth/store"
	"berth/views/explain"
	"berth/views/human"
	"berth/views/inputs"
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

// LogTail bounds the lines of a job's log on its page, the last ones; the whole log can be downloaded.
const LogTail = 500

// JobPage is one job with what its page shows.
type JobPage struct {
	Job      store.Job
	Place    int             // in the queue of its node: 1 is the next to begin; 0: it does not wait
	Lines    []store.LogLine // the last ones
	Children []store.Job     // of a bulk job
	Template string          // the name of the one that a create is from; "" for none
	Ready    Ready           // what a create that is done has made
	// Secrets are the inputs whose values must be typed again before it can be tried again.
	Secrets []store.Input
	Wrong   map[string]string // what is wrong with those that were typed, by field
	// Trouble says why nothing can be saved, so that the job waits, where that began after the page was sent. A page as a whole
	// has Frame.Trouble.
	Trouble string
	Now     time.Time
}

// Title of the page: "Failed: Create web · Job 12".
func (p JobPage) Title() string {
	return explain.JobStateWords(p.Job.State) + ": " + explain.JobTitle(p.Job) + " · Job " + p.Job.Label()
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
	f := inputs.OfTemplate(in, p.Wrong)
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

// jobEnd is a job's state as people read it, and the status of its badge.
func jobEnd(j store.Job) (badge parts.Status, words string) {
	if j.State == store.JobDone && len(j.Warnings) > 0 {
		return parts.StatusWarn, "Done, with warnings"
	}
	return jobBadge(j.State), explain.JobStateWords(j.State)
}

// jobBadge returns the status of the badge that a state is shown by.
func jobBadge(s store.JobState) parts.Status {
	switch s {
	case store.JobRunning:
		return parts.StatusActive
	case store.JobWaiting:
		return parts.StatusWarn
	case store.JobDone:
		return parts.StatusDone
	case store.JobFailed:
		return parts.StatusFailed
	case store.JobCancelled:
		return parts.StatusStopped
	}
	return parts.StatusUnknown
}

// jobPlate returns the status of the plate beside a job's title.
func jobPlate(j store.Job) parts.Status {
	switch j.State {
	case store.JobFailed:
		return parts.StatusTrouble
	case store.JobQueued, store.JobRunning, store.JobWaiting:
		return parts.StatusCreating
	}
	return parts.StatusStopped
}

// jobTook words the time that a job took, or takes so far; "" before it began.
func jobTook(j store.Job, now time.Time) string {
	switch {
	case j.Started.IsZero():
		return ""
	case !j.Ended.IsZero():
		return human.Duration(j.Ended.Sub(j.Started))
	}
	return human.Elapsed(j.Started, now) + " so far"
}

// endedWords tell when a job ended, and after how long.
func endedWords(p JobPage) string {
	words := "Ended " + human.When(p.Job.Ended, p.Now)
	if took := jobTook(p.Job, p.Now); took != "" {
		words += ", after " + took
	}
	return words
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

// jobListWords stand beside the state in the list of jobs: its place, its step, why it failed, or its first warning.
func jobListWords(j store.Job, place int) string {
	switch {
	case j.Kind == store.JobBulk && j.State != store.JobDone:
		return explain.TallyWords(j)
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
