package jobs_test

import (
	"strings"
	"testing"
	"time"

	"berth/jobs"
	"berth/proxmox"
	"berth/proxmox/sim"
	"berth/store"
	"berth/views/explain"
)

// managed is a container that HA manages, and acts on after some time.
func managed(status string, takes time.Duration) sim.Guest {
	g := container(120, status)
	g.HA, g.HATakes = map[string]string{"running": "started", "stopped": "stopped"}[status], takes
	return g
}

func TestWhatHAIsAskedForIsDoneWhenItIsSo(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		kind          store.JobKind
		before, after string
	}{
		{store.JobStart, "stopped", "running"},
		{store.JobShutdown, "running", "stopped"},
		{store.JobStop, "running", "stopped"},
	} {
		t.Run(string(c.kind), func(t *testing.T) {
			h := newHouse(t, managed(c.before, 8*time.Second))
			j := h.act(120, c.kind)
			handed, _ := h.watch(j, func(u jobs.Update) bool {
				return u.Done || u.Job.Steps[0].Detail.Kind == jobs.MessageHandedHA
			})
			if handed.State != store.JobRunning {
				t.Errorf("it was not said that HA has it: %s", handed.State)
			}
			j = h.await(j)
			h.want(j, store.JobDone, string(c.kind)+" done")
			h.wantGuest(120, c.after)
			h.wantLog(j, "Requesting HA", "Handed to Proxmox's HA manager", "HA did it after")
		})
	}
}

func TestADeletionOfOneThatRunsUnderHA(t *testing.T) {
	t.Parallel()
	h := newHouse(t, managed("running", 8*time.Second))
	j, err := h.runner.Act("ada", h.node.Ref(120), jobs.Action{Kind: store.JobDelete, Name: "web", Stop: true, Purge: true})
	mustNot(t, err)
	h.want(h.await(j), store.JobDone, "stop done, delete done")
	h.wantGuest(120, "")
}

func TestHAThatDoesNotAct(t *testing.T) {
	t.Parallel()
	h := newHouse(t, managed("running", -1))
	j := h.await(h.act(120, store.JobStop))
	h.wantProblem(j, jobs.ProblemHALate, jobs.StepStop, "HA was asked 2 minutes ago and has not done it yet: web (120) still runs")

	g := managed("running", time.Second)
	g.VMID, g.HangsOnShutdown = 121, true
	h.cluster.Add(g)
	h.wantProblem(h.await(h.act(121, store.JobShutdown)), jobs.ProblemHAGaveUp, jobs.StepShutdown, "it is in the HA state error, and still runs")
}

func TestAWaitForHAGoesOnAfterARestart(t *testing.T) {
	t.Parallel()
	h := newHouse(t, managed("running", 30*time.Second))
	h.clock.Stop()
	j := h.act(120, store.JobStop)
	h.clock.Await(t, 1)
	h.clock.Advance(2 * time.Second) // the request has ended
	h.clock.Await(t, 1)              // the wait for HA
	h.restart()
	h.clock.Hurry()
	h.want(h.await(j), store.JobDone, "stop done")
	h.wantTasks(120, map[string]int{"hastop": 1, "vzstop": 1})
}

func TestACancelledWaitForHASaysThatHAGoesOn(t *testing.T) {
	t.Parallel()
	h := newHouse(t, managed("running", -1))
	h.clock.Stop()
	j := h.act(120, store.JobStop)
	h.clock.Await(t, 1)
	h.clock.Advance(2 * time.Second)
	h.clock.Await(t, 1)
	j = h.cancel(j)
	if j.State != store.JobCancelled || j.Left.Kind != jobs.LeftHA {
		t.Errorf("it is %s and left %+v", j.State, j.Left)
	}
}

func TestADeletionThatAChoiceWouldMend(t *testing.T) {
	t.Parallel()
	replicated := container(121, "stopped")
	replicated.Replication = "121-0"
	h := newHouse(t, managed("stopped", 0), replicated)
	for vmid, said := range map[int]string{120: "used in HA resources", 121: "There is a replication job '121-0'"} {
		j := h.await(h.act(vmid, store.JobDelete))
		h.wantProblem(j, jobs.ProblemInUse, jobs.StepDelete, "is still used elsewhere on tower")
		if !strings.Contains(j.Problem.Said, said) {
			t.Errorf("%d: the host said %q", vmid, j.Problem.Said)
		}
	}
}

func TestWhatCannotBeDoneIsToldByItsReason(t *testing.T) {
	t.Parallel()
	template, protected := container(120, "stopped"), container(121, "stopped")
	template.Template = true
	protected.Config = map[string]string{"protection": "1"}
	h := newHouse(t, template, protected)
	h.wantProblem(h.await(h.act(120, store.JobStart)), jobs.ProblemTemplate, jobs.StepStart, "web (120) is a template")
	h.wantProblem(h.await(h.act(121, store.JobDelete)), jobs.ProblemProtected, jobs.StepDelete, "web (121) is protected")
}

const lockTimeout = "can't lock file '/run/lock/lxc/pve-config-120.lock' - got timeout"

func TestWhatOtherWorkHoldsIsTriedAgain(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		kind          store.JobKind
		method, path  string
		before, after string
	}{
		{store.JobStart, "POST", "/status/start", "stopped", "running"},
		{store.JobShutdown, "POST", "/status/shutdown", "running", "stopped"},
		{store.JobStop, "POST", "/status/stop", "running", "stopped"},
		{store.JobReboot, "POST", "/status/reboot", "running", "running"},
		{store.JobDelete, "DELETE", "", "stopped", ""},
	} {
		for where, fault := range map[string]sim.Fault{"call": {Status: 500, Message: lockTimeout}, "task": {Task: lockTimeout}} {
			t.Run(string(c.kind)+" by its "+where, func(t *testing.T) {
				h := newHouse(t, container(120, c.before))
				fault.Method, fault.Path, fault.Times = c.method, "/nodes/{node}/lxc/{vmid}"+c.path, 1
				h.cluster.Inject(fault)
				j := h.await(h.act(120, c.kind))
				h.want(j, store.JobDone, string(c.kind)+" done")
				h.wantGuest(120, c.after)
				h.wantLog(j, "Other work on tower keeps the container locked. Trying again (1 of 4)")
				if n := h.calls(c.method, "/nodes/pve1/lxc/120"+c.path); n != 2 {
					t.Errorf("the call was made %d times", n)
				}
			})
		}
	}
}

func TestOtherCallsAreTriedAgainToo(t *testing.T) {
	t.Parallel()
	h := newHouse(t, container(120, "stopped"))
	for _, path := range []string{"/nodes/{node}/lxc", "/nodes/{node}/lxc/{vmid}/snapshot", "/nodes/{node}/lxc/{vmid}/clone", "/nodes/{node}/lxc/{vmid}/config"} {
		h.cluster.Inject(sim.Fault{Path: path, Method: map[bool]string{true: "PUT", false: "POST"}[strings.HasSuffix(path, "config")], Status: 500,
			Message: "cfs-lock 'file-user_cfg' error: got lock request timeout", Times: 1})
	}
	h.want(h.await(h.create(spec(121))), store.JobDone, "check done, create done, start done, address done")
	j, err := h.runner.Snapshot("ada", h.node.Ref(120), "web", jobs.SnapshotSpec{Snapshot: "before"})
	mustNot(t, err)
	h.want(h.await(j), store.JobDone, "snapshot done")
	j, err = h.runner.Clone("ada", h.node.Ref(120), "web", proxmox.CloneParams{VMID: 122, Hostname: "copy"})
	mustNot(t, err)
	h.want(h.await(j), store.JobDone, "check done, clone done")
	j, err = h.runner.Act("ada", h.node.Ref(120), jobs.Action{Kind: store.JobTag, Name: "web", Add: []string{"new"}})
	mustNot(t, err)
	h.want(h.await(j), store.JobDone, "tag done")
}

func TestWhatOtherWorkHoldsForLongFailsInTheEnd(t *testing.T) {
	t.Parallel()
	h := newHouse(t, container(120, "stopped"))
	h.cluster.Inject(sim.Fault{Method: "POST", Path: "/nodes/{node}/lxc/{vmid}/status/start", Task: lockTimeout})
	begun := h.clock.Now()
	j := h.await(h.act(120, store.JobStart))
	h.wantProblem(j, jobs.ProblemHeld, jobs.StepStart, "Other work on tower keeps web (120) locked")
	if n := h.calls("POST", "/nodes/pve1/lxc/120/status/start"); n != 5 {
		t.Errorf("it was tried %d times", n)
	}
	if took := h.clock.Now().Sub(begun); took > 2*time.Minute {
		t.Errorf("that took %s", took)
	}
}

func TestATaskThatMayHaveDoneHalfIsNotTriedAgain(t *testing.T) {
	t.Parallel()
	h := newHouse(t, container(120, "stopped"))
	h.cluster.Inject(sim.Fault{Method: "POST", Path: "/nodes/{node}/lxc/{vmid}/clone", Task: lockTimeout, Times: 1})
	j, err := h.runner.Clone("ada", h.node.Ref(120), "web", proxmox.CloneParams{VMID: 121, Hostname: "copy"})
	mustNot(t, err)
	h.wantProblem(h.await(j), jobs.ProblemHeld, jobs.StepClone, "Other work")
	if n := h.calls("POST", "/nodes/pve1/lxc/120/clone"); n != 1 {
		t.Errorf("it was cloned %d times", n)
	}
}

func TestADiskWhoseFileSystemDidNotGrow(t *testing.T) {
	t.Parallel()
	for _, status := range []string{"running", "stopped"} {
		g := container(120, status)
		g.ResizeFails = true
		h := newHouse(t, g)
		j := h.await(growth(h, h.runner, 120))
		h.wantProblem(j, jobs.ProblemFileSystem, jobs.StepResize, "has 16 GiB now, but the file system on it did not grow")
		if !strings.HasPrefix(j.Problem.Said, "Failed to update the container's filesystem: command '") {
			t.Errorf("the host said %q", j.Problem.Said)
		}
		_, err := h.runner.Retry("ada", j.ID, nil)
		wantErr(t, err, jobs.ErrState)
	}
}

func TestATaskThatEndsWellWithAWarning(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		exit string
		log  []string
		want int
	}{
		"counted":     {"WARNINGS: 1", []string{"WARN: Systemd 257 detected. You may need to enable nesting."}, 1},
		"not counted": {"", []string{"Failed to update the container's filesystem: command 'x' failed"}, 1},
		"of LVM":      {"", []string{"  WARNING: You have not turned on protection against thin pools running out of space."}, 0},
		"many":        {"WARNINGS: 9", []string{"WARN: a", "WARN: b", "WARN: c", "WARN: d", "WARN: e", "WARN: f", "WARN: a", "WARN: g", "WARN: h"}, 5},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t, container(120, "stopped"))
			h.cluster.Inject(sim.Fault{Method: "POST", Path: "/nodes/{node}/lxc/{vmid}/status/start", Task: c.exit, TaskLog: c.log})
			j := h.await(h.act(120, store.JobStart))
			h.want(j, store.JobDone, "start done")
			if len(j.Warnings) != c.want || c.want > 0 && j.Warnings[0] != c.log[0] {
				t.Errorf("the job keeps %q", j.Warnings)
			}
		})
	}
}

func TestACancelledBackupSaysWhatStays(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		mode       proxmox.BackupMode
		lock, says string
	}{
		{proxmox.ModeSnapshot, "", "The host cleaned up after the backup"},
		{proxmox.ModeStop, "backup", "web (120) is still locked (backup), and a folder vzdump-lxc-120-….tmp may lie in the dump folder of the storage local"},
	} {
		t.Run(string(c.mode), func(t *testing.T) {
			h := newHouse(t, container(120, "running"))
			h.clock.Stop()
			j, err := h.runner.Backup("ada", h.node.Ref(120), "web", proxmox.BackupParams{Storage: "local", Mode: c.mode})
			mustNot(t, err)
			h.clock.Await(t, 1)
			j = h.cancel(j)
			h.want(j, store.JobCancelled, "backup failed")
			if j.Left.Lock != c.lock || !strings.Contains(explain.Left(j), c.says) {
				t.Errorf("the lock %q stays, and it says %q", j.Left.Lock, explain.Left(j))
			}
			h.wantLog(j, c.says, "Cancelled")
		})
	}
}
