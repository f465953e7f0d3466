package views

import (
	"strings"
	"testing"

	"berth/jobs"
	"berth/store"
	"berth/views/container"
	"berth/views/explain"
)

func TestTheEndOfAJobThatTheHostWarnedIn(t *testing.T) {
	t.Parallel()
	j := store.Job{ID: "7", Kind: store.JobStart, State: store.JobDone, NodeID: "n", VMID: 101, Name: "web",
		Warnings: []string{"WARN: Systemd 257 detected. You may need to enable nesting.", "WARN: b", "WARN: c"}}
	o := outcomeOf(j)
	if o.Kind != "warn" || o.Title != "web runs" || o.Why != "The host warned: WARN: Systemd 257 detected. You may need to enable nesting." || o.Next != "The log has 2 other warnings." {
		t.Errorf("%+v", o)
	}
	if badge, words := jobEnd(j); badge != "warn" || words != "Done, with warnings" {
		t.Errorf("its badge is %s %q", badge, words)
	}
	if words := jobListWords(j, 0) + explain.LineWords(j); strings.Count(words, "Systemd 257") != 2 {
		t.Errorf("lists say %q", words)
	}
	j.Warnings = nil
	if badge, words := jobEnd(j); badge != "done" || words != "Done" || outcomeOf(j).Kind != "ok" {
		t.Errorf("without a warning it is %s %q", badge, words)
	}
}

func TestACancelledBackupThatLeavesItsLockHasTheCommand(t *testing.T) {
	t.Parallel()
	j := store.Job{Kind: store.JobBackup, State: store.JobCancelled, NodeID: "n", VMID: 101, Name: "web",
		Left: store.Message{Kind: jobs.LeftBackupLocked, Args: store.Args{VMID: 101, Lock: "backup", Name: "local"}}}
	o := outcomeOf(j)
	if o.Command != "pct unlock 101" || o.Retry || o.Title != "Cancelled, but web is still locked" || !strings.Contains(o.Why, "did not clean up") {
		t.Errorf("%+v", o)
	}
	j.Left = store.Message{Kind: jobs.LeftBackupCleaned}
	if o := outcomeOf(j); o.Command != "" || !o.Retry || o.Title != "Cancelled" || o.Why != "The host cleaned up after the backup: nothing is locked." {
		t.Errorf("one that left nothing: %+v", o)
	}
}

func TestAProblemThatAChoiceMendsOffersIt(t *testing.T) {
	t.Parallel()
	at := func(kind store.MessageKind) Outcome {
		return outcomeOf(store.Job{Kind: store.JobDelete, State: store.JobFailed, NodeID: "n", VMID: 101, Name: "web", Problem: &store.JobProblem{Message: store.Message{Kind: kind}}})
	}
	if o := at(jobs.ProblemInUse); o.Retry || o.Link.URL != "/containers/n/101/delete?purge=1" {
		t.Errorf("in use: %+v", o)
	}
	if o := at(jobs.ProblemProtected); o.Command != "pct set 101 --protection 0" {
		t.Errorf("protected: %+v", o)
	}
	if o := at(jobs.ProblemStillRuns); o.Link.URL != "/containers/n/101/delete" || strings.Contains(o.Why, "Somebody") {
		t.Errorf("one that runs: %+v", o)
	}
	if o := at(jobs.ProblemFileSystem); o.Retry || !strings.Contains(o.Next, "at least 1 GiB more") {
		t.Errorf("a file system that did not grow: %+v", o)
	}
}

func TestAShutdownSaysHowLongItMayTake(t *testing.T) {
	t.Parallel()
	step := store.JobStep{Name: jobs.StepShutdown, State: store.StepActive}
	for _, words := range []string{
		explain.StepDetail(store.Job{}, step), container.ConfirmPage{Kind: store.JobShutdown}.Words(), BulkPage{Kind: store.JobShutdown}.words(),
	} {
		if !strings.Contains(words, "up to about two minutes") {
			t.Errorf("it says %q", words)
		}
	}
	for _, words := range []string{container.ConfirmPage{Kind: store.JobReboot}.Words(), BulkPage{Kind: store.JobReboot}.words()} {
		if !strings.Contains(words, "after a minute is cut off") {
			t.Errorf("a reboot says %q", words)
		}
	}
}
