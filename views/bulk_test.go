package views

import (
	"testing"
	"time"

	"berth/fleet"
	"berth/forms"
	"berth/jobs"
	"berth/store"
	"berth/views/cards"
	"berth/views/golden"
)

func TestSeveral(t *testing.T) {
	stopped := cards.New(golden.Container(func(c *fleet.Container) { c.VMID, c.Name, c.Status = 104, "jellyfin", "stopped" }), nil, golden.Now())
	locked := cards.New(golden.Container(func(c *fleet.Container) { c.VMID, c.Name, c.Lock = 107, `<b>"vault"`, "backup" }), nil, golden.Now())
	p := BulkPage{Kind: store.JobStop, Do: []cards.Card{cards.New(golden.Container(nil), nil, golden.Now())}, Asked: true, LeftOut: []LeftOut{
		{stopped, stopped.WhyNot(store.JobStop)}, {locked, locked.WhyNot(store.JobStop)}, {locked, cards.NoRight("pve1", "VM.PowerMgmt", 107)},
	}}
	page := golden.Compare(t, "bulk_stop", Bulk(p))
	golden.Compare(t, "bulk_tag", Bulk(BulkPage{Kind: store.JobTag, Do: []cards.Card{cards.New(golden.Container(nil), nil, golden.Now())}, Typed: forms.Bulk{Add: `<b>`}, Errors: forms.Bulk{Add: `<b>`}.Check(store.JobTag, 1, nil)}))
	page.Variant(t, "none", Bulk(BulkPage{Kind: store.JobStart, LeftOut: []LeftOut{{locked, cards.Gone("pve1")}}}))
}

// bulkJob is a job of three stops in these states.
func bulkJob(states ...store.JobState) JobPage {
	begun := golden.Now().Add(-time.Minute)
	p := JobPage{Now: golden.Now(), Job: store.Job{
		ID: "20", NodeName: "pve1, attic", Kind: store.JobBulk, Does: store.JobStop, State: store.JobRunning,
		Created: begun, Started: begun, Tally: map[store.JobState]int{}, Percent: -1,
	}}
	for i, state := range states {
		j := store.Job{
			ID: string(rune('a' + i)), Parent: "20", NodeID: "n1", NodeName: "pve1", VMID: 101 + i, Name: "web", Kind: store.JobStop, State: state,
			Steps: []store.JobStep{{Name: jobs.StepStop, State: store.StepTodo}}, Created: begun, Percent: -1,
		}
		switch state {
		case store.JobRunning:
			j.Started, j.Steps[0].State = begun, store.StepActive
		case store.JobDone:
			j.Started, j.Ended, j.Steps[0].State, j.Steps[0].Detail, j.Step = begun, golden.Now(), store.StepDone, store.Message{Kind: jobs.MessageStopped}, 1
		case store.JobFailed:
			j.Started = begun
			failed(&j, store.Message{Kind: jobs.ProblemLocked, Args: store.Args{Lock: "<backup>"}})
		case store.JobCancelled:
			j.Ended = golden.Now()
		}
		p.Job.Tally[state]++
		p.Job.Children, p.Children = append(p.Job.Children, j.ID), append(p.Children, j)
	}
	return p
}

func TestAJobOfSeveral(t *testing.T) {
	running := bulkJob(store.JobDone, store.JobRunning, store.JobQueued)
	page := golden.Compare(t, "job_bulk", JobView(running))
	page.Part(t, "job-lines").Named("job_event").Variant(t, "lines", JobLines(running, true))
	end := func(p JobPage, state store.JobState) JobPage {
		p.Job.State, p.Job.Ended = state, golden.Now()
		return p
	}
	done := page.Variant(t, "done", JobView(end(bulkJob(store.JobDone, store.JobDone, store.JobDone), store.JobDone)))
	done.Variant(t, "but_one_failed", JobView(end(bulkJob(store.JobDone, store.JobFailed, store.JobDone), store.JobFailed)))
	done.Variant(t, "but_two_cancelled", JobView(end(bulkJob(store.JobDone, store.JobCancelled, store.JobCancelled), store.JobCancelled)))
	golden.Compare(t, "jobs_bulk", JobsList(JobsPage{Open: []store.Job{running.Job}, Now: golden.Now()}))
}

func TestJobsOfSeveralCountAsOne(t *testing.T) {
	p := bulkJob(store.JobRunning, store.JobQueued)
	if n := CountJobs(append(p.Children, p.Job, store.Job{ID: "9"})); n != 2 {
		t.Errorf("%d jobs, want 2", n)
	}
}
