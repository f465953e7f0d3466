package jobs_test

import (
	"testing"

	"berth/jobs"
	"berth/proxmox/sim"
	"berth/store"
)

// cancel asks a job to end and follows it there.
func (h *house) cancel(j store.Job) store.Job {
	h.t.Helper()
	j, err := h.runner.Cancel("ada", j.ID)
	mustNot(h.t, err)
	h.clock.Hurry()
	return h.await(j)
}

func TestCancelOfAQueuedJob(t *testing.T) {
	t.Parallel()
	h := newHouse(t, container(120, "running"), container(121, "running"), container(122, "running"), container(123, "running"))
	h.clock.Stop()
	h.act(120, store.JobStop)
	h.act(121, store.JobStop)
	third, fourth := h.act(122, store.JobStop), h.act(123, store.JobStop)
	if n := h.runner.Place(fourth); n != 2 {
		t.Errorf("place %d, want 2", n)
	}
	_, err := h.runner.Cancel("eve", third.ID)
	wantErr(t, err, store.ErrNotFound)
	third, err = h.runner.Cancel("ada", third.ID)
	mustNot(t, err)
	h.want(third, store.JobCancelled, "stop skipped")
	if n := h.runner.Place(fourth); n != 1 {
		t.Errorf("place %d after the one before was cancelled, want 1", n)
	}
	h.clock.Hurry()
	h.want(h.await(fourth), store.JobDone, "stop done")
	h.wantGuest(122, "running")
	_, err = h.runner.Cancel("ada", third.ID)
	wantErr(t, err, jobs.ErrState)

	third, err = h.runner.Retry("ada", third.ID, nil)
	mustNot(t, err)
	h.want(h.await(third), store.JobDone, "stop done")
}

func TestCancelAbortsTheTask(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.clock.Stop()
	j := h.create(spec(120))
	h.clock.Await(t, 1)
	j = h.cancel(j)
	h.want(j, store.JobCancelled, "check done, create failed, start todo, address todo")
	h.wantGuest(120, "")
	h.wantLog(j, "Abort the task on the host", "Nothing of it was left on tower", "Cancelled")
	if j.Made {
		t.Error("the job says that it made a container")
	}
	j, err := h.runner.Retry("ada", j.ID, nil)
	mustNot(t, err)
	h.want(h.await(j), store.JobDone, madeAndRuns)
}

func TestCancelLeavesWhatWasMade(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.cluster.Inject(sim.Fault{Method: "GET", Path: "/nodes/{node}/lxc/{vmid}/interfaces", Times: 1, Then: h.clock.Stop, Status: 595, Message: "No route to host"})
	j := h.awaitStep(h.create(spec(120)), jobs.StepAddress)
	h.clock.Await(t, 1)
	j = h.cancel(j)
	h.want(j, store.JobCancelled, "check done, create done, start done, address skipped")
	h.wantGuest(120, "running")
	h.wantLog(j, "Cancelled. Container 120 was created and stays on tower")

	gone, err := h.destroy("ada", j.ID)
	mustNot(t, err)
	h.want(h.await(gone), store.JobDone, "check done, stop done, delete done")
	h.wantGuest(120, "")
}

func TestCancelDoesNotBreakOffADelete(t *testing.T) {
	t.Parallel()
	h := newHouse(t, container(120, "stopped"))
	h.clock.Stop()
	j := h.act(120, store.JobDelete)
	h.clock.Await(t, 1)
	j = h.cancel(j)
	h.want(j, store.JobDone, "delete done")
	h.wantLog(j, "This is not interrupted")
	h.wantGuest(120, "")
}

func TestCancelOfAShutdown(t *testing.T) {
	t.Parallel()
	g := container(120, "running")
	g.HangsOnShutdown = true
	h := newHouse(t, g)
	h.clock.Stop()
	j := h.act(120, store.JobShutdown)
	h.clock.Await(t, 1)
	h.want(h.cancel(j), store.JobCancelled, "shutdown failed")
	h.wantGuest(120, "running")
}

func TestCancelWhileTheNodeIsSilent(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.host.Stop()
	h.clock.Stop()
	j := h.create(spec(120))
	h.clock.Await(t, 1)
	h.want(h.cancel(j), store.JobCancelled, "check skipped, create todo, start todo, address todo")
	mustNot(t, h.host.Start())

	h.clock.Stop()
	j = h.create(spec(121))
	h.clock.Await(t, 1) // for the task
	h.host.Stop()
	j = h.cancel(j)
	h.wantProblem(j, jobs.ProblemSilent, jobs.StepCreate, "a retry checks that first")

	mustNot(t, h.host.Start())
	j, err := h.runner.Retry("ada", j.ID, nil)
	mustNot(t, err)
	h.wantOneContainer(h.await(j))
}
