package jobs_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"berth/jobs"
	"berth/proxmox"
	"berth/proxmox/sim"
	"berth/store"
)

// killed begins a job under a Runner that dies as by kill -9: at the n-th look at its
// clock, or when fault's call is at hand. Then another Runner goes on over the same
// store. It reports at which step the first one died; "" when the job ended before.
func (h *house) killed(n int, fault *sim.Fault, begin func(*jobs.Runner) store.Job) (j store.Job, diedAt string) {
	h.t.Helper()
	clock := newDeadlyClock(h.t, h.clock, n)
	remove := func() {}
	if fault != nil {
		f := *fault
		f.Times, f.Then = 1, clock.die
		remove = h.cluster.Inject(f)
	}
	first := h.newRunner(clock)
	mustNot(h.t, first.Resume())
	j = begin(first)
	f, err := first.Follow(j.UserID, j.ID, 0)
	mustNot(h.t, err)
	defer f.Close()
	alive, cancel := context.WithTimeout(clock.life, testPatience)
	defer cancel()
	for ended := false; !ended && err == nil; {
		var u jobs.Update
		u, err = f.Next(alive)
		ended = u.Done
	}
	remove()
	mustNot(h.t, first.Close(context.Background()))
	if errors.Is(err, context.DeadlineExceeded) {
		h.t.Fatalf("the job came to no end and was not killed\n%s", h.log(j))
	}
	if clock.life.Err() != nil {
		kept, err := h.store.JobByID(j.ID)
		mustNot(h.t, err)
		diedAt = string(kept.Kind) // of one without steps
		if n := len(kept.Steps); n > 0 {
			diedAt = kept.Steps[min(kept.Step, n-1)].Name
		}
	}
	h.cutOff()
	h.runner = h.newRunner(h.clock)
	mustNot(h.t, h.runner.Resume())
	return h.await(j), diedAt
}

// killedEverywhere kills a Runner at each of its looks at the clock, of which there is
// one in nearly every change it writes and in every wait, until it comes to its end. It
// returns how often it died at each of the job's steps.
func killedEverywhere(t *testing.T, h *house, begin func(r *jobs.Runner, vmid int) store.Job, check func(t *testing.T, j store.Job)) map[string]int {
	t.Helper()
	return killedAtEvery(t, h, apart(1), begin, check)
}

// apart is the distance from one look at the clock at which a Runner dies to the next, whatever step that is in.
func apart(n int) func(step string) int { return func(string) int { return n } }

// firstKilled is the VMID of the job that dies at the first look at the clock; those that die later follow.
const firstKilled = 200

// killedAtEvery is killedEverywhere with as many looks at the clock to the next as apart says for the step in which it died.
func killedAtEvery(t *testing.T, h *house, apart func(step string) int, begin func(r *jobs.Runner, vmid int) store.Job, check func(t *testing.T, j store.Job)) map[string]int {
	t.Helper()
	const atLeast, atMost = 5, 300
	deaths := map[string]int{}
	for n := 0; n < atMost; {
		h.close()
		j, diedAt := h.killed(n, nil, func(r *jobs.Runner) store.Job { return begin(r, firstKilled+n) })
		check(t, j)
		if t.Failed() {
			t.Fatalf("killed at the look %d at the clock, in the step %s", n, diedAt)
		}
		if diedAt == "" {
			if n < atLeast {
				t.Errorf("it was over after %d looks at the clock", n)
			}
			return deaths
		}
		deaths[diedAt]++
		n += apart(diedAt)
	}
	t.Errorf("it was still dying after %d looks at the clock", atMost)
	return deaths
}

// wantOneContainer checks that a create ended well and was not made twice.
func (h *house) wantOneContainer(j store.Job) {
	h.t.Helper()
	h.want(j, store.JobDone, madeAndRuns)
	h.wantGuest(j.VMID, "running")
	h.wantTasks(j.VMID, map[string]int{"vzcreate": 1, "vzstart": 1})
	if !j.Made {
		h.t.Error("the job does not know that it made the container")
	}
}

// wantTasks counts the tasks that the host ran for a container, or for 0 all.
func (h *house) wantTasks(vmid int, want map[string]int) {
	h.t.Helper()
	tasks, err := h.client.Tasks(h.t.Context(), testMember, vmid, time.Time{})
	mustNot(h.t, err)
	got := map[string]int{}
	for _, task := range tasks {
		got[task.Type]++
	}
	for kind, n := range want {
		if got[kind] != n {
			h.t.Errorf("the host ran %d tasks %s for %d, want %d", got[kind], kind, vmid, n)
		}
	}
}

func TestACreateSurvivesAKillAtEveryStep(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	killedEverywhere(t, h, func(r *jobs.Runner, vmid int) store.Job {
		j, err := r.Create("ada", h.node.ID, "", spec(vmid))
		mustNot(t, err)
		return j
	}, func(_ *testing.T, j store.Job) { h.wantOneContainer(j) })
}

func TestACreateSurvivesAKillAtACall(t *testing.T) {
	t.Parallel()
	for _, path := range []string{"/nodes/{node}/lxc", "/nodes/{node}/lxc/{vmid}/status/start"} {
		for name, fault := range map[string]sim.Fault{
			"before it takes effect": {Drop: true},
			"after it took effect":   {DropAfter: true},
			"after its answer":       {},
		} {
			t.Run(path+" "+name, func(t *testing.T) {
				h := newHouse(t)
				h.close()
				fault.Method, fault.Path = "POST", path
				j, diedAt := h.killed(-1, &fault, func(r *jobs.Runner) store.Job {
					j, err := r.Create("ada", h.node.ID, "", spec(120))
					mustNot(t, err)
					return j
				})
				h.wantOneContainer(j)
				if diedAt == "" {
					t.Error("it was not killed")
				}
			})
		}
	}
}

func TestADeleteSurvivesAKillAtEveryStep(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	killedEverywhere(t, h, func(r *jobs.Runner, vmid int) store.Job {
		h.cluster.Add(container(vmid, "running"))
		j, err := r.Act("ada", h.node.Ref(vmid), jobs.Action{Kind: store.JobDelete, Name: "web", Stop: true})
		mustNot(t, err)
		return j
	}, func(_ *testing.T, j store.Job) {
		h.want(j, store.JobDone, "stop done, delete done")
		h.wantGuest(j.VMID, "")
		h.wantTasks(j.VMID, map[string]int{"vzstop": 1, "vzdestroy": 1})
	})
}

func TestARebootSurvivesAKillAtEveryStep(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	killedEverywhere(t, h, func(r *jobs.Runner, vmid int) store.Job {
		h.cluster.Add(container(vmid, "running"))
		j, err := r.Act("ada", h.node.Ref(vmid), jobs.Action{Kind: store.JobReboot, Name: "web"})
		mustNot(t, err)
		return j
	}, func(_ *testing.T, j store.Job) {
		h.want(j, store.JobDone, "reboot done")
		h.wantTasks(j.VMID, map[string]int{"vzreboot": 1})
	})
}

func TestACreateGoesOnAfterARestart(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.clock.Stop()
	j := h.create(spec(120))
	h.clock.Await(t, 1) // for the task
	h.close()
	kept, err := h.store.Job("ada", j.ID)
	mustNot(t, err)
	h.want(kept, store.JobRunning, "check done, create active, start todo, address todo")
	if kept.Steps[1].UPID == "" {
		t.Error("the task is not noted")
	}
	_, err = h.runner.Create("ada", h.node.ID, "", spec(121))
	wantErr(t, err, jobs.ErrClosed)
	_, err = h.runner.Cancel("ada", j.ID)
	wantErr(t, err, jobs.ErrClosed)

	h.clock.Hurry()
	h.restart()
	j = h.await(j)
	h.wantOneContainer(j)
	h.wantLog(j, "Berth was restarted and continues where it left off")
	lines, err := h.store.Log(j.ID, 0, store.MaxLogLines)
	mustNot(t, err)
	seen := map[string]int{}
	for i, l := range lines {
		if l.N != i+1 {
			t.Errorf("line %d has number %d", i+1, l.N)
		}
		seen[l.Text]++
	}
	if seen["TASK OK"] != 2 {
		t.Errorf("a task's log was read twice or not to its end:\n%s", texts(j, lines))
	}
}

func TestALostAnswerIsLookedUp(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		kind   store.JobKind
		method string
		path   string
		task   string
		guest  string
	}{
		{store.JobCreate, "POST", "/nodes/{node}/lxc", "vzcreate", ""},
		{store.JobStart, "POST", "/nodes/{node}/lxc/{vmid}/status/start", "vzstart", "stopped"},
		{store.JobShutdown, "POST", "/nodes/{node}/lxc/{vmid}/status/shutdown", "vzshutdown", "running"},
		{store.JobStop, "POST", "/nodes/{node}/lxc/{vmid}/status/stop", "vzstop", "running"},
		{store.JobReboot, "POST", "/nodes/{node}/lxc/{vmid}/status/reboot", "vzreboot", "running"},
		{store.JobDelete, "DELETE", "/nodes/{node}/lxc/{vmid}", "vzdestroy", "stopped"},
	} {
		for name, fault := range map[string]sim.Fault{
			"before it took effect": {Drop: true},
			"after it took effect":  {DropAfter: true},
			"by another member":     {Status: 595, Message: "No route to host"},
		} {
			t.Run(fmt.Sprint(c.kind, " ", name), func(t *testing.T) {
				h := newHouse(t)
				if c.guest != "" {
					h.cluster.Add(container(120, c.guest))
				}
				fault.Method, fault.Path, fault.Times = c.method, c.path, 1
				h.cluster.Inject(fault)
				var j store.Job
				if c.kind == store.JobCreate {
					j = h.create(spec(120))
				} else {
					j = h.act(120, c.kind)
				}
				j = h.await(j)
				if j.State != store.JobDone {
					t.Errorf("the job is %s: %+v\n%s", j.State, j.Problem, h.log(j))
				}
				h.wantLog(j, "No answer to the call")
				h.wantTasks(120, map[string]int{c.task: 1})
			})
		}
	}
}

func TestADownloadWhoseAnswerGotLostIsLookedUp(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]sim.Fault{
		"before it took effect": {Drop: true},
		"after it took effect":  {DropAfter: true},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			list, err := h.client.Appliances(t.Context(), testMember)
			mustNot(t, err)
			fault.Method, fault.Path, fault.Times = "POST", "/nodes/{node}/aplinfo", 1
			h.cluster.Inject(fault)
			j, err := h.runner.Fetch("ada", h.node.ID, "local", list[0].Template)
			mustNot(t, err)
			h.want(h.await(j), store.JobDone, "download done")
			h.wantTasks(0, map[string]int{"download": 1})
		})
	}
}

func TestAVMIDThatWasTakenWhileTheCallWasLost(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.cluster.Inject(sim.Fault{
		Method: "POST", Path: "/nodes/{node}/lxc", Times: 1, Drop: true,
		Then: func() { h.cluster.Add(sim.Guest{VMID: 120, Name: "db"}) },
	})
	j := h.await(h.create(spec(120)))
	h.wantProblem(j, jobs.ProblemExists, jobs.StepCreate, "VMID 120 is taken")
	if j.Made {
		t.Error("the job takes another's container for its own")
	}
}

func TestACallThatTookEffectVeryLate(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	calls := sim.Fault{Method: "POST", Path: "/nodes/{node}/lxc", Times: 1}
	lost, late := calls, calls
	lost.Status, lost.Message = 595, "No route to host"
	late.Then = func() {
		if _, err := h.client.Create(t.Context(), testMember, spec(120).Params); err != nil {
			t.Errorf("the first call: %v", err)
		}
	}
	h.cluster.Inject(lost)
	h.cluster.Inject(late)
	h.wantOneContainer(h.await(h.create(spec(120))))
}

func TestACallThatNeverReachedTheHost(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	nobody, err := h.cluster.Serve(testMember)
	mustNot(t, err)
	nobody.Stop()
	dead := proxmox.New(proxmox.Config{Host: "127.0.0.1", Port: nobody.Port, TokenID: testToken, TokenSecret: "x"})
	t.Cleanup(dead.Close)
	h.cluster.Inject(sim.Fault{Method: "GET", Path: "/nodes/{node}/tasks", Times: 1, Then: func() {
		h.clock.Stop()
		h.leadTo(dead)
	}})
	j := h.create(spec(120))
	h.clock.Await(t, 1)
	j, err = h.store.Job("ada", j.ID)
	mustNot(t, err)
	if s := j.Steps[j.Step]; s.Name != jobs.StepCreate || !s.Intent.IsZero() {
		t.Errorf("the step is %+v, want a create without an intent", s)
	}
	h.leadTo(nil)
	h.clock.Hurry()
	j = h.await(j)
	h.wantOneContainer(j)
	h.wantLog(j, "nothing listens on its port", "tower answers again")
}

func TestAShutdownThatCutsACallOff(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	closed := make(chan error, 1)
	h.cluster.Inject(sim.Fault{Method: "POST", Path: "/nodes/{node}/lxc", Times: 1, Then: func() {
		now, cancel := context.WithCancel(context.Background())
		cancel()
		closed <- h.runner.Close(now)
	}})
	j := h.create(spec(120))
	wantErr(t, <-closed, context.Canceled)
	kept, err := h.store.Job("ada", j.ID)
	mustNot(t, err)
	h.want(kept, store.JobRunning, "check done, create active, start todo, address todo")
	if s := kept.Steps[1]; s.Intent.IsZero() || s.UPID != "" {
		t.Errorf("the step is %+v, want an intent without a task", s)
	}
	h.restart()
	h.wantOneContainer(h.await(j))
}

func TestATaskThatTheHostForgot(t *testing.T) {
	t.Parallel()
	forgets := sim.Fault{Method: "GET", Path: "/nodes/{node}/tasks/{upid}/status", Times: 1, Status: 500, Message: "Configuration file 'tasks' does not exist"}
	for name, c := range map[string]struct {
		kind          store.JobKind
		before, after string
		fault         sim.Fault
	}{
		"delete": {store.JobDelete, "stopped", "", forgets},
		"start":  {store.JobStart, "stopped", "running", forgets},
		"reboot": {store.JobReboot, "running", "running", forgets},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t, container(120, c.before))
			f := c.fault
			f.Then = h.cluster.FinishTasks
			h.cluster.Inject(f)
			j := h.await(h.act(120, c.kind))
			h.want(j, store.JobDone, string(c.kind)+" done")
			h.wantGuest(120, c.after)
		})
	}
	h := newHouse(t, container(120, "running"))
	h.cluster.Inject(forgets)
	j := h.await(h.act(120, store.JobShutdown)) // which still goes on
	h.wantProblem(j, jobs.ProblemTaskLost, jobs.StepShutdown, "cannot tell how the task ended")

	f := forgets
	f.Then = h.cluster.FinishTasks
	h.cluster.Inject(f)
	j = h.await(h.create(spec(121)))
	h.want(j, store.JobDone, madeAndRuns)
	if !j.Made {
		t.Error("the job does not know that it made the container")
	}
}

func TestACallThatNeverHasAnEffectIsGivenUp(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	remove := h.cluster.Inject(sim.Fault{Method: "POST", Path: "/nodes/{node}/lxc", Drop: true})
	j := h.await(h.create(spec(120)))
	h.wantProblem(j, jobs.ProblemNoEffect, jobs.StepCreate, "3 times in a row, and the call had no effect")
	h.wantGuest(120, "")
	remove()
	j, err := h.runner.Retry("ada", j.ID, nil)
	mustNot(t, err)
	h.wantOneContainer(h.await(j))
}
