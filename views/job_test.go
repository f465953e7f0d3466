package views

import (
	"strings"
	"testing"
	"time"

	"berth/fleet"
	"berth/jobs"
	"berth/proxmox"
	"berth/store"
	"berth/views/cards"
	"berth/views/golden"
)

// createJob is a create job at its second step; change makes another of it.
func createJob(change func(*store.Job)) JobPage {
	now := golden.Now()
	begun := now.Add(-72 * time.Second)
	j := store.Job{
		ID: "214", NodeID: "n1", NodeName: "pve1", VMID: 141, Name: "paperless", Kind: store.JobCreate, State: store.JobRunning,
		Steps: []store.JobStep{
			{Name: jobs.StepCheck, State: store.StepDone, Started: begun, Ended: begun.Add(400 * time.Millisecond)},
			{Name: jobs.StepCreate, State: store.StepActive, Started: begun.Add(time.Second)},
			{Name: jobs.StepStart, State: store.StepTodo},
			{Name: jobs.StepAddress, State: store.StepTodo},
		},
		Step: 1, Percent: -1, DraftID: "d1", Created: begun, Started: begun, LogFirst: 1, LogLast: 3,
	}
	if change != nil {
		change(&j)
	}
	return JobPage{Job: j, Now: now, Lines: []store.LogLine{
		{N: 1, At: begun, Stream: store.StreamStep, Message: store.Message{Kind: jobs.MessageStep, Args: store.Args{Name: jobs.StepCreate}}},
		{N: 2, At: begun, Stream: "out", Text: "extracting archive '<debian-13>'"},
		{N: 3, At: begun, Stream: "err", Text: `a "warning"`},
	}}
}

// failed ends a job with a problem of its current step.
func failed(j *store.Job, m store.Message) {
	j.State, j.Ended = store.JobFailed, golden.Now()
	j.Steps[j.Step].State, j.Steps[j.Step].Ended = store.StepFailed, golden.Now()
	j.Problem = &store.JobProblem{Message: m, Step: j.Steps[j.Step].Name}
}

func TestJobStates(t *testing.T) {
	page := golden.Compare(t, "job", JobView(createJob(nil)))
	states := map[string]JobPage{
		"cancelling": createJob(func(j *store.Job) {
			j.Cancel = true
		}),
		"unsure": createJob(func(j *store.Job) {
			j.Made = true
			j.Steps = append(j.Steps, store.JobStep{Name: jobs.StepInit, State: store.StepDone}, store.JobStep{Name: jobs.StepScript + "database", State: store.StepActive}, store.JobStep{Name: jobs.StepLook, State: store.StepTodo})
			j.State, j.Step, j.LogFirst = store.JobWaiting, 5, 412
			j.Problem = &store.JobProblem{Message: store.Message{Kind: jobs.ProblemUnsure, Args: store.Args{Script: "database"}}, Step: jobs.StepScript + "database"}
		}),
	}
	ready := createJob(func(j *store.Job) { j.State, j.Ended = store.JobDone, golden.Now() })
	ready.Ready = Ready{Card: cards.New(golden.Container(linked), nil, golden.Now()), Login: true}
	states["ready"] = ready
	ready.Ready = Ready{Card: cards.New(golden.Container(func(c *fleet.Container) { c.Status = proxmox.GuestStopped }), nil, golden.Now()), Login: true}
	states["ready_stopped"] = ready
	ready.Ready = Ready{Card: cards.New(golden.Container(nil), nil, golden.Now())}
	states["ready_without_links"] = ready
	failures := map[string]JobPage{
		"leftover": createJob(func(j *store.Job) {
			j.Made = true
			failed(j, store.Message{Kind: jobs.ProblemTask, Args: store.Args{Said: "startup for container '141' failed"}})
		}),
		"hostile": createJob(func(j *store.Job) {
			j.Name, j.NodeName = `<script>alert("1")</script>`, `"><b>pve1`
			failed(j, store.Message{Kind: jobs.ProblemOther, Args: store.Args{Said: `<img src=x> & 'more'`}})
		}),
	}
	queued := createJob(func(j *store.Job) {
		j.State, j.Started, j.Step = store.JobQueued, time.Time{}, 0
		j.Steps[0], j.Steps[1] = store.JobStep{Name: jobs.StepCheck, State: store.StepTodo}, store.JobStep{Name: jobs.StepCreate, State: store.StepTodo}
	})
	queued.Place, queued.Lines = 3, nil
	states["queued"] = queued
	timeout := createJob(func(j *store.Job) {
		j.Kind, j.Step, j.Steps, j.DraftID = store.JobShutdown, 0, []store.JobStep{{Name: jobs.StepShutdown, Started: j.Started}}, ""
		failed(j, store.Message{Kind: jobs.ProblemTimeout, Args: store.Args{Took: 2 * time.Minute}})
	})
	failures["timeout"] = timeout
	secrets := createJob(func(j *store.Job) {
		j.Made = true
		j.Steps = append(j.Steps, store.JobStep{Name: jobs.StepFiles, State: store.StepDone}, store.JobStep{Name: jobs.StepPackages, State: store.StepDone}, store.JobStep{Name: jobs.StepScript + "samba"})
		j.Step = 6
		for i := range j.Steps[:j.Step] {
			j.Steps[i].State = store.StepDone
		}
		failed(j, store.Message{
			Kind: jobs.ProblemScript, Args: store.Args{Script: "samba"},
			Cause: &store.Message{Kind: jobs.CauseExit, Args: store.Args{Exit: 1, Took: 2 * time.Second}},
		})
	})
	secrets.Secrets = []store.Input{{Name: "SHARE_PASSWORD", Label: "Password of the share", Kind: store.InputSecret}, {Name: "WITHOUT_LABEL", Kind: store.InputSecret}}
	secrets.Wrong = map[string]string{"input_SHARE_PASSWORD": "It contains a character that does not fit on one line"}
	secrets.Template = "Samba share"
	failures["secrets"] = secrets
	ended := page.Variant(t, "done", JobView(createJob(func(j *store.Job) {
		for i := range j.Steps {
			j.Steps[i].State = store.StepDone
		}
		j.State, j.Step, j.Ended, j.Addresses = store.JobDone, 4, golden.Now(), []string{"192.168.1.71/24"}
	}))).Named("job")
	ended.Variant(t, "cancelled", JobView(createJob(func(j *store.Job) {
		j.State, j.Cancel, j.Ended = store.JobCancelled, true, golden.Now()
		j.Steps[1].State, j.Steps[1].Detail = store.StepSkipped, store.Message{Kind: jobs.MessageCancelled}
	})))
	failure := ended.Variant(t, "failed", JobView(createJob(func(j *store.Job) {
		failed(j, store.Message{Kind: jobs.ProblemExists, Args: store.Args{VMID: 141, Said: "CT 141 already exists on node 'pve1'"}})
	})))
	for name, p := range failures {
		t.Run("failed, "+name, func(t *testing.T) { failure.Variant(t, name, JobView(p)) })
	}
	for name, p := range states {
		t.Run(name, func(t *testing.T) { page.Variant(t, name, JobView(p)) })
	}
}

func TestJobEventsReplaceWhatIsThere(t *testing.T) {
	p := createJob(nil)
	page := golden.Compare(t, "job", JobView(p))
	page.Part(t, "job-head").Named("job_event").Variant(t, "head", JobHead(p, true))
	page.Part(t, "job-steps").Named("job_event").Variant(t, "steps", JobSteps(p, true))
	golden.Compare(t, "job_event_line", JobLogLines(p.Job, p.Lines[1:], p.Now))
}

func TestJobsList(t *testing.T) {
	running, done := createJob(nil).Job, createJob(func(j *store.Job) {
		j.ID, j.State, j.Ended = "88", store.JobDone, golden.Now()
	}).Job
	fetch := store.Job{ID: "90", NodeName: "pve1", Kind: store.JobFetch, Name: "debian-13.tar.zst", State: store.JobQueued, Created: golden.Now()}
	page := golden.Compare(t, "jobs", JobsList(JobsPage{
		Open: []store.Job{running, fetch}, Ended: []store.Job{done}, Places: map[string]int{"90": 2}, Older: "88", Now: golden.Now(),
	}))
	page.Variant(t, "none", JobsList(JobsPage{Now: golden.Now()}))
}

func TestWordsOfAQueueAndOfALogAgreeWithTheirNumbers(t *testing.T) {
	for got, want := range map[string]string{
		queueWords(0, "pve1"):                 "It begins in a moment.",
		queueWords(1, "pve1"):                 "It is the next to begin on pve1, which works on two jobs at a time.",
		queueWords(2, "pve1"):                 "1 other job on pve1 begins before it. A node works on two jobs at a time.",
		queueWords(3, "pve1"):                 "2 other jobs on pve1 begin before it. A node works on two jobs at a time.",
		logDropped(store.Job{LogFirst: 1}):    "",
		logDropped(store.Job{LogFirst: 2}):    "A log keeps its last 20000 lines; the first line of this one is gone.",
		logDropped(store.Job{LogFirst: 4012}): "A log keeps its last 20000 lines; the first 4011 of this one are gone.",
	} {
		if got != want {
			t.Errorf("says %q, want %q", got, want)
		}
	}
}

func TestAJobsHeadlineIsTheCauseAndSaysWhatToCheck(t *testing.T) {
	t.Parallel()
	p := createJob(func(j *store.Job) {
		failed(j, store.Message{Kind: jobs.ProblemPackages, Cause: &store.Message{
			Kind: jobs.CauseNames, Args: store.Args{Name: "deb.debian.org", Said: "Temporary failure resolving 'deb.debian.org'"},
		}})
	})
	o := failedOutcome(p.Job)
	if !strings.HasPrefix(o.Title, "The packages could not be installed: the container cannot resolve") || !strings.HasPrefix(o.Next, "Check its DNS servers (") ||
		!strings.Contains(o.Why, "Temporary failure resolving") {
		t.Errorf("%+v", o)
	}
	p = createJob(func(j *store.Job) {
		j.State = store.JobDone
		j.Steps[3].Detail = store.Message{Kind: jobs.MessageNoAddress, Args: store.Args{Took: time.Minute}}
	})
	if o := doneOutcome(p.Job); o.Kind != "warn" || !strings.Contains(o.Why, "It got no address") {
		t.Errorf("done without an address: %+v", o)
	}
}

func TestTheMessageOfAJobFollowsItToItsEnd(t *testing.T) {
	reboot := func(change func(*store.Job)) store.Job {
		j := store.Job{ID: "215", NodeID: "n1", NodeName: "pve1", VMID: 101, Name: "pihole", Kind: store.JobReboot, State: store.JobRunning, Steps: []store.JobStep{{Name: jobs.StepReboot}}, Started: golden.Now().Add(-5 * time.Second)}
		if change != nil {
			change(&j)
		}
		return j
	}
	said := golden.Compare(t, "said", JobSaid(reboot(nil)))
	said.Variant(t, "queued", JobSaid(reboot(func(j *store.Job) { j.State = store.JobQueued })))
	said.Variant(t, "done", JobSaid(reboot(func(j *store.Job) { j.State, j.Ended = store.JobDone, golden.Now() })))
	said.Variant(t, "failed", JobSaid(reboot(func(j *store.Job) {
		failed(j, store.Message{Kind: jobs.ProblemTask, Args: store.Args{Said: "command failed"}})
	})))
}
