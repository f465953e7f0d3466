package jobs_test

import (
	"strings"
	"testing"

	"berth/jobs"
	"berth/proxmox/sim"
	"berth/store"
)

const insideBerth = "Something failed inside Berth; its log has the cause"

// wantStack checks that a panic was logged, with where it happened.
func (h *house) wantStack(j store.Job, times int) {
	h.t.Helper()
	var found int
	for line := range strings.Lines(h.logged.String()) {
		if strings.HasPrefix(line[strings.Index(line, "level="):], "level=ERROR") && strings.Contains(line, "job="+j.ID) && strings.Contains(line, "crash_test.go") {
			found++
		}
	}
	if found != times {
		h.t.Errorf("the panic of job %s is logged %d times, want %d:\n%s", j.ID, found, times, h.logged.String())
	}
}

func TestAPanicFailsItsJobAndNothingElse(t *testing.T) {
	t.Parallel()
	h := newHouse(t, running(120, 121, 122, 123)...)
	h.inject("client", func() { panic("a fault of Berth's") })
	var crashed []store.Job
	for _, vmid := range []int{120, 121, 122} { // more than work on a node at a time
		crashed = append(crashed, h.act(vmid, store.JobStop))
	}
	for _, j := range crashed {
		j = h.await(j)
		h.want(j, store.JobFailed, "stop failed")
		h.wantProblem(j, jobs.ProblemInside, jobs.StepStop, insideBerth)
		h.wantLog(j, "err: "+insideBerth)
		h.wantStack(j, 1)
	}
	h.inject("client", nil)
	h.want(h.await(h.act(123, store.JobStop)), store.JobDone, "stop done")

	h.restart() // and none of them is begun again
	for _, j := range crashed {
		h.want(h.await(j), store.JobFailed, "stop failed")
	}
	again, err := h.runner.Retry("ada", crashed[0].ID, nil)
	mustNot(t, err)
	h.want(h.await(again), store.JobDone, "stop done")
}

func TestAPanicBehindACallSaysThatItMayGoOn(t *testing.T) {
	t.Parallel()
	h := newHouse(t, running(120)...)
	h.cluster.Inject(sim.Fault{Method: "POST", Path: "/nodes/{node}/lxc/{vmid}/status/stop", Times: 1, Then: func() {
		h.inject("client", func() { panic("a fault of Berth's") })
	}})
	j := h.await(h.act(120, store.JobStop))
	h.wantProblem(j, jobs.ProblemInside, jobs.StepStop, insideBerth)
	h.wantProblem(j, jobs.ProblemInside, jobs.StepStop, "What was started there may still be running")
	h.inject("client", nil)
	_, err := h.runner.Retry("ada", j.ID, nil)
	mustNot(t, err)
	h.want(h.await(j), store.JobDone, "stop done")
	h.wantTasks(120, map[string]int{"vzstop": 1})
}

func TestAPanicWhileAJobIsEndedEndsItToo(t *testing.T) {
	t.Parallel()
	h := newHouse(t, container(120, "stopped"))
	h.inject("changed", func() { panic("a fault of Berth's") })
	j := h.await(h.create(spec(120)))
	if j.State != store.JobFailed || j.Problem == nil || j.Problem.Kind != jobs.ProblemInside || j.Ended.IsZero() {
		t.Errorf("the job is %s: %+v", j.State, j.Problem)
	}
	h.wantStack(j, 1)
	h.restart()
	if open, err := h.store.OpenJobs(); err != nil || len(open) != 0 {
		t.Errorf("%d jobs are begun again, %v", len(open), err)
	}
}
