package jobs_test

import (
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"berth/jobs"
	"berth/proxmox/sim"
	"berth/store"
	"berth/store/storetest"
)

// targets are containers of a node.
func targets(node store.Node, vmids ...int) []jobs.Target {
	var list []jobs.Target
	for _, vmid := range vmids {
		list = append(list, jobs.Target{Ref: node.Ref(vmid), Name: fmt.Sprint("ct", vmid)})
	}
	return list
}

func (h *house) bulk(kind store.JobKind, list []jobs.Target) store.Job {
	h.t.Helper()
	j, err := h.runner.Bulk("ada", jobs.Action{Kind: kind}, list)
	mustNot(h.t, err)
	return j
}

func (h *house) children(parent store.Job) []store.Job {
	h.t.Helper()
	list, err := h.store.Children("ada", parent.ID)
	mustNot(h.t, err)
	return list
}

// wantChildren checks the states of a parent and its children, as in "failed: 120 done, 121 failed".
func (h *house) wantChildren(parent store.Job, want string) {
	h.t.Helper()
	parent, err := h.store.Job("ada", parent.ID)
	mustNot(h.t, err)
	var got []string
	tally := map[store.JobState]int{}
	for _, j := range h.children(parent) {
		got = append(got, fmt.Sprint(j.VMID, " ", j.State))
		tally[j.State]++
	}
	if is := string(parent.State) + ": " + strings.Join(got, ", "); is != want {
		h.t.Errorf("it is %s\nwant %s", is, want)
	}
	for _, state := range []store.JobState{store.JobQueued, store.JobRunning, store.JobDone, store.JobFailed, store.JobCancelled} {
		if parent.Tally[state] != tally[state] {
			h.t.Errorf("it counts %v, want %v", parent.Tally, tally)
		}
	}
}

func running(vmids ...int) []sim.Guest {
	var guests []sim.Guest
	for _, vmid := range vmids {
		guests = append(guests, container(vmid, "running"))
	}
	return guests
}

func TestABulkJobOnTwoNodes(t *testing.T) {
	t.Parallel()
	var vmids []int
	for i := range 30 {
		vmids = append(vmids, 120+i)
	}
	h := newHouse(t, running(vmids...)...)
	other := h.addNode("ada", "attic")
	h.clock.Stop()
	parent := h.bulk(store.JobStop, append(targets(h.node, vmids[:20]...), targets(other, vmids[20:]...)...))
	if parent.Number != 1 || parent.Kind != store.JobBulk || parent.Does != store.JobStop || len(parent.Children) != 30 || parent.VMID != 0 {
		t.Errorf("parent %+v", parent)
	}
	h.clock.Await(t, 4)
	now, err := h.store.Job("ada", parent.ID)
	mustNot(t, err)
	if now.State != store.JobRunning || now.Tally[store.JobRunning] != 4 || now.Tally[store.JobQueued] != 26 || now.Started.IsZero() || !now.Ended.IsZero() {
		t.Errorf("with two at work on each of two nodes, it is %+v", now)
	}
	var at []string
	for _, j := range h.children(parent) {
		if j.State == store.JobRunning {
			at = append(at, j.NodeID)
		}
	}
	slices.Sort(at)
	want := []string{h.node.ID, h.node.ID, other.ID, other.ID}
	slices.Sort(want)
	if !slices.Equal(at, want) {
		t.Errorf("at work on %v, want %v", at, want)
	}
	h.clock.Hurry()
	if got := h.await(parent); got.State != store.JobDone || got.Tally[store.JobDone] != 30 || got.Ended.IsZero() {
		t.Errorf("it ended %+v", got)
	}
	for _, vmid := range vmids {
		h.wantGuest(vmid, "stopped")
	}
	if open, err := h.store.OpenJobs(); err != nil || len(open) != 0 {
		t.Errorf("%d are open: %v", len(open), err)
	}
}

func TestOneOfABulkJobFailsAlone(t *testing.T) {
	t.Parallel()
	h := newHouse(t, running(120, 121, 122, 123)...)
	h.clock.Stop()
	busy := h.act(121, store.JobStop)
	h.clock.Await(t, 1)
	parent := h.bulk(store.JobStop, targets(h.node, 120, 121, 122, 123, 124))
	h.cluster.SetLock(122, "backup")
	h.clock.Hurry()
	h.await(parent)
	h.await(busy)
	h.wantChildren(parent, "failed: 120 done, 121 failed, 122 failed, 123 done, 124 failed")
	list := h.children(parent)
	h.wantProblem(list[1], jobs.ProblemBusy, "stop", "Job "+busy.Label()+" is already working on it, so this was not started")
	h.wantProblem(list[2], jobs.ProblemLocked, "stop", "backup")
	h.wantProblem(list[4], jobs.ProblemGone, "stop", "no longer on tower")

	h.cluster.SetLock(122, "")
	parent, err := h.runner.Retry("ada", parent.ID, nil)
	mustNot(t, err)
	if parent.State.Final() {
		t.Errorf("it is %s after a retry", parent.State)
	}
	h.await(parent)
	h.wantChildren(parent, "failed: 120 done, 121 done, 122 done, 123 done, 124 failed")
	h.wantTasks(120, map[string]int{"vzstop": 1})
}

func TestARetryOfABulkJobPassesOverWhatIsBusy(t *testing.T) {
	t.Parallel()
	h := newHouse(t, running(120)...)
	parent := h.await(h.bulk(store.JobStart, targets(h.node, 121, 122)))
	h.wantChildren(parent, "failed: 121 failed, 122 failed")
	h.cluster.Add(container(121, "stopped"), container(122, "stopped"))
	h.clock.Stop()
	busy := h.act(121, store.JobStart)
	h.clock.Await(t, 1)
	parent, err := h.runner.Retry("ada", parent.ID, nil)
	mustNot(t, err)
	h.wantProblem(h.children(parent)[0], jobs.ProblemBusy, "start", "Job "+busy.Label())
	h.clock.Hurry()
	h.await(parent)
	h.wantChildren(parent, "failed: 121 failed, 122 done")
	child := h.children(parent)[0]
	h.await(busy)
	_, err = h.runner.Retry("ada", child.ID, nil) // alone, as any other job
	mustNot(t, err)
	h.await(child)
	h.wantChildren(parent, "done: 121 done, 122 done")
	_, err = h.runner.Retry("ada", parent.ID, nil)
	wantErr(t, err, jobs.ErrState)
}

func TestCancelOfABulkJob(t *testing.T) {
	t.Parallel()
	h := newHouse(t, running(120, 121, 122, 123)...)
	h.clock.Stop()
	parent := h.bulk(store.JobShutdown, targets(h.node, 120, 121, 122, 123))
	h.clock.Await(t, 2)
	_, err := h.runner.Cancel("eve", parent.ID)
	wantErr(t, err, store.ErrNotFound)
	_, err = h.runner.Answer("ada", parent.ID, jobs.AnswerAgain)
	wantErr(t, err, jobs.ErrState)
	_, err = h.runner.Keep("ada", parent.ID)
	wantErr(t, err, jobs.ErrState)
	cancelled, err := h.runner.Cancel("ada", parent.ID)
	mustNot(t, err)
	if !cancelled.Cancel || cancelled.Tally[store.JobCancelled] != 2 {
		t.Errorf("it is %+v", cancelled)
	}
	h.clock.Hurry()
	h.await(parent)
	h.wantChildren(parent, "cancelled: 120 cancelled, 121 cancelled, 122 cancelled, 123 cancelled")
	for vmid := 120; vmid < 124; vmid++ {
		h.wantGuest(vmid, "running")
	}
	_, err = h.runner.Cancel("ada", parent.ID)
	wantErr(t, err, jobs.ErrState)
	_, err = h.runner.Retry("ada", parent.ID, nil)
	mustNot(t, err)
	h.await(parent)
	h.wantChildren(parent, "done: 120 done, 121 done, 122 done, 123 done")
}

func TestACancelOfABulkJobGoesOnAfterARestart(t *testing.T) {
	t.Parallel()
	h := newHouse(t, running(120, 121, 122)...)
	h.close()
	h.runner = h.newRunner(h.clock)
	parent := h.bulk(store.JobStop, targets(h.node, 120, 121, 122))
	// As if it had died between writing this and cancelling the first.
	_, err := h.store.UpdateJob(parent.ID, nil, func(j *store.Job) error {
		j.Cancel = true
		return nil
	})
	mustNot(t, err)
	h.restart()
	h.await(parent)
	h.wantChildren(parent, "cancelled: 120 cancelled, 121 cancelled, 122 cancelled")
	h.wantGuest(120, "running")
}

func TestABulkJobSurvivesAKillAtEveryStep(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	killedEverywhere(t, h, func(r *jobs.Runner, vmid int) store.Job {
		var list []jobs.Target
		for i := range 3 {
			h.cluster.Add(container(10*vmid+i, "running"))
			list = append(list, targets(h.node, 10*vmid+i)...)
		}
		parent, err := r.Bulk("ada", jobs.Action{Kind: store.JobStop}, list)
		mustNot(t, err)
		return parent
	}, func(_ *testing.T, parent store.Job) {
		if parent.State != store.JobDone || parent.Tally[store.JobDone] != 3 {
			h.t.Errorf("it is %s: %v", parent.State, parent.Tally)
		}
		for _, j := range h.children(parent) {
			h.want(j, store.JobDone, "stop done")
			h.wantGuest(j.VMID, "stopped")
			h.wantTasks(j.VMID, map[string]int{"vzstop": 1})
		}
	})
}

func TestABulkJobTakesOnlyWhatItCan(t *testing.T) {
	t.Parallel()
	h := newHouse(t, running(120)...)
	eves := h.addNode("eve", "tower")
	_, err := h.runner.Bulk("ada", jobs.Action{Kind: store.JobStop}, append(targets(h.node, 120), targets(eves, 121)...))
	wantErr(t, err, store.ErrNotFound)
	for name, list := range map[string][]jobs.Target{"none": nil, "too many": make([]jobs.Target, jobs.MaxBulk+1)} {
		if _, err := h.runner.Bulk("ada", jobs.Action{Kind: store.JobStop}, list); err == nil {
			t.Error(name, "are taken")
		}
	}
	if all, err := h.store.Jobs("ada", "", 10); err != nil || len(all) != 0 {
		t.Errorf("%d jobs were kept: %v", len(all), err)
	}
	h.wantGuest(120, "running")
	h.close()
	_, err = h.runner.Bulk("ada", jobs.Action{Kind: store.JobStop}, targets(h.node, 120))
	wantErr(t, err, jobs.ErrClosed)
	h.runner = h.newRunner(h.clock)
}

func TestBulkSnapshots(t *testing.T) {
	t.Parallel()
	h := newHouse(t, running(120, 121)...)
	parent, err := h.runner.Bulk("ada", jobs.Action{Kind: store.JobSnapshot, Snapshot: jobs.SnapshotSpec{Snapshot: "before", Note: "the move"}}, targets(h.node, 120, 121))
	mustNot(t, err)
	h.await(parent)
	h.wantChildren(parent, "done: 120 done, 121 done")
	for _, vmid := range []int{120, 121} {
		h.wantTasks(vmid, map[string]int{"vzsnapshot": 1})
	}
	if spec := jobs.SnapshotOf(h.children(parent)[0]); spec.Snapshot != "before" || spec.Note != "the move" {
		t.Errorf("it is to do %+v", spec)
	}
}

// writes counts the transactions that changed a database so far: its first two pages hold the number of the latest.
func writes(t *testing.T, dir string) uint64 {
	t.Helper()
	db, err := os.ReadFile(filepath.Join(dir, "berth.db"))
	mustNot(t, err)
	var latest uint64
	for _, page := range [][]byte{db, db[os.Getpagesize():]} {
		const header, number = 16, 48
		latest = max(latest, binary.NativeEndian.Uint64(page[header+number:]))
	}
	return latest
}

// All others who begin, cancel or answer jobs wait meanwhile.
func TestABulkJobIsCancelledByOneWrite(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	var vmids []int
	for i := range 40 {
		vmids = append(vmids, 130+i)
	}
	h := newHouseOver(t, storetest.OpenAt(t, dir, store.Options{}), newClock(), running(append(vmids, 120, 121)...)...)
	h.clock.Stop()
	h.act(120, store.JobStop)
	h.act(121, store.JobStop)
	h.clock.Await(t, 2) // no other works on the node
	parent := h.bulk(store.JobStop, targets(h.node, vmids...))
	last := h.act(170, store.JobStop)
	before := writes(t, dir)
	parent, err := h.runner.Cancel("ada", parent.ID)
	mustNot(t, err)
	if n := writes(t, dir) - before; n != 1 {
		t.Errorf("%d containers were cancelled by %d writes", len(vmids), n)
	}
	if parent.State != store.JobCancelled || parent.Tally[store.JobCancelled] != len(vmids) || parent.Ended.IsZero() {
		t.Errorf("it is %+v", parent)
	}
	for _, j := range h.children(parent) {
		h.want(j, store.JobCancelled, "stop skipped")
		h.wantLog(j, "step: Cancelled")
	}
	if n := h.runner.Place(last); n != 1 {
		t.Errorf("the next is at place %d of the queue", n)
	}
}

func TestCancelOfABulkJobTakesUpWhatWaitsForAnAnswer(t *testing.T) {
	t.Parallel()
	h := newHouse(t, running(120, 121)...)
	h.clock.Stop()
	h.act(120, store.JobStop)
	h.act(121, store.JobStop)
	h.clock.Await(t, 2)
	parent := h.bulk(store.JobStop, targets(h.node, 122, 123))
	asks := h.children(parent)[0]
	h.close()
	_, err := h.store.UpdateJob(asks.ID, nil, func(j *store.Job) error {
		j.State = store.JobWaiting
		return nil
	})
	mustNot(t, err)
	h.runner = h.newRunner(h.clock)
	mustNot(t, h.runner.Resume())
	_, err = h.runner.Cancel("ada", parent.ID)
	mustNot(t, err)
	h.clock.Hurry()
	h.await(parent)
	h.wantChildren(parent, "cancelled: 122 cancelled, 123 cancelled")
}
