package jobs_test

import (
	"strings"
	"testing"
	"time"

	"berth/jobs"
	"berth/proxmox"
	"berth/proxmox/sim"
	"berth/store"
)

// kept is a container with two snapshots.
func kept(vmid int, status string) sim.Guest {
	g := container(vmid, status)
	g.Snapshots = []sim.Snapshot{{Name: "first", Age: 2 * time.Hour}, {Name: "second", Parent: "first", Age: time.Hour}}
	return g
}

// aftercare is a job on a container that is there, besides its power.
type aftercare struct {
	kind   store.JobKind
	status string // of the container before
	method string // of its call, and the call's path
	path   string
	task   string
	steps  string // at its end
	begin  func(h *house, r *jobs.Runner, vmid int) (store.Job, error)
	check  func(h *house, vmid int)
}

func aftercares() []aftercare {
	const guest = "/nodes/{node}/lxc/{vmid}"
	return []aftercare{
		{
			store.JobSnapshot, "running", "POST", guest + "/snapshot", "vzsnapshot", "snapshot done",
			func(h *house, r *jobs.Runner, vmid int) (store.Job, error) {
				return r.Snapshot("ada", h.node.Ref(vmid), "web", jobs.SnapshotSpec{Snapshot: "third", Note: "before the upgrade"})
			},
			func(h *house, vmid int) {
				h.wantSnapshots(vmid, "first second third", "third")
				h.wantGuest(vmid, "running")
			},
		},
		{
			store.JobRollback, "running", "POST", guest + "/snapshot/{snapname}/rollback", "vzrollback", "rollback done, start done",
			func(h *house, r *jobs.Runner, vmid int) (store.Job, error) {
				return r.RollBack("ada", h.node.Ref(vmid), "web", jobs.SnapshotSpec{Snapshot: "first", Start: true})
			},
			func(h *house, vmid int) {
				h.wantSnapshots(vmid, "first second", "first")
				h.wantGuest(vmid, "running")
			},
		},
		{
			store.JobDeleteSnapshot, "stopped", "DELETE", guest + "/snapshot/{snapname}", "vzdelsnapshot", "delete-snapshot done",
			func(h *house, r *jobs.Runner, vmid int) (store.Job, error) {
				return r.DeleteSnapshot("ada", h.node.Ref(vmid), "web", jobs.SnapshotSpec{Snapshot: "first"})
			},
			func(h *house, vmid int) { h.wantSnapshots(vmid, "second", "second") },
		},
		{
			store.JobClone, "stopped", "POST", guest + "/clone", "vzclone", "check done, clone done",
			func(h *house, r *jobs.Runner, vmid int) (store.Job, error) {
				return r.Clone("ada", h.node.Ref(vmid), "web", proxmox.CloneParams{VMID: vmid + 1000, Hostname: "twin"})
			},
			func(h *house, vmid int) {
				h.wantGuest(vmid+1000, "stopped")
				if g := h.guest(vmid + 1000); g != nil && (g.Name != "twin" || g.Lock != "") {
					h.t.Errorf("the clone is %+v", g)
				}
			},
		},
		{
			store.JobBackup, "running", "POST", "/nodes/{node}/vzdump", "vzdump", "backup done",
			func(h *house, r *jobs.Runner, vmid int) (store.Job, error) {
				return r.Backup("ada", h.node.Ref(vmid), "web", proxmox.BackupParams{Storage: "local", Mode: proxmox.ModeSnapshot, Note: "now"})
			},
			func(h *house, vmid int) {
				all, err := h.client.Backups(h.t.Context(), testMember, "local", vmid)
				mustNot(h.t, err)
				if len(all) != 1 || all[0].Note != "now" {
					h.t.Errorf("backups %+v", all)
				}
			},
		},
	}
}

// wantSnapshots checks the names of a container's snapshots, and at which it is.
func (h *house) wantSnapshots(vmid int, names, current string) {
	h.t.Helper()
	s, err := h.client.Snapshots(h.t.Context(), testMember, vmid)
	mustNot(h.t, err)
	var got []string
	for _, x := range s.All {
		got = append(got, x.Name+x.State)
	}
	if strings.Join(got, " ") != names || s.Current != current {
		h.t.Errorf("snapshots of %d: %s at %s, want %s at %s", vmid, got, s.Current, names, current)
	}
}

func (h *house) began(a aftercare, vmid int) store.Job {
	h.t.Helper()
	j, err := a.begin(h, h.runner, vmid)
	mustNot(h.t, err)
	return j
}

func TestSnapshotsClonesAndBackups(t *testing.T) {
	t.Parallel()
	for _, a := range aftercares() {
		t.Run(string(a.kind), func(t *testing.T) {
			h := newHouse(t, kept(120, a.status))
			j := h.await(h.began(a, 120))
			h.want(j, store.JobDone, a.steps)
			h.wantLog(j, "TASK OK")
			h.wantTasks(120, map[string]int{a.task: 1})
			a.check(h, 120)
			if h.changed() == 0 {
				t.Error("nobody was told of the change")
			}
		})
	}
}

func TestSnapshotsClonesAndBackupsSurviveAKillAtEveryStep(t *testing.T) {
	t.Parallel()
	for _, a := range aftercares() {
		t.Run(string(a.kind), func(t *testing.T) {
			h := newHouse(t)
			killedEverywhere(t, h, func(r *jobs.Runner, vmid int) store.Job {
				h.cluster.Add(kept(vmid, a.status))
				j, err := a.begin(h, r, vmid)
				mustNot(t, err)
				return j
			}, func(_ *testing.T, j store.Job) {
				h.want(j, store.JobDone, a.steps)
				h.wantTasks(j.VMID, map[string]int{a.task: 1})
				a.check(h, j.VMID)
			})
		})
	}
}

func TestALostAnswerOfASnapshotCloneOrBackupIsLookedUp(t *testing.T) {
	t.Parallel()
	for _, a := range aftercares() {
		for name, fault := range map[string]sim.Fault{
			"before it took effect": {Drop: true},
			"after it took effect":  {DropAfter: true},
			"by another member":     {Status: 595, Message: "No route to host"},
		} {
			t.Run(string(a.kind)+" "+name, func(t *testing.T) {
				h := newHouse(t, kept(120, a.status))
				fault.Method, fault.Path, fault.Times = a.method, a.path, 1
				h.cluster.Inject(fault)
				j := h.await(h.began(a, 120))
				h.want(j, store.JobDone, a.steps)
				h.wantLog(j, "No answer to the call")
				h.wantTasks(120, map[string]int{a.task: 1})
				a.check(h, 120)
			})
		}
	}
}

func TestATaskOfASnapshotCloneOrBackupThatTheHostForgot(t *testing.T) {
	t.Parallel()
	forgets := sim.Fault{Method: "GET", Path: "/nodes/{node}/tasks/{upid}/status", Times: 1, Status: 500, Message: "Configuration file 'tasks' does not exist"}
	for _, a := range aftercares() {
		t.Run(string(a.kind), func(t *testing.T) {
			h := newHouse(t, kept(120, a.status))
			f := forgets
			f.Then = h.cluster.FinishTasks
			h.cluster.Inject(f)
			h.want(h.await(h.began(a, 120)), store.JobDone, a.steps)
			a.check(h, 120)

			h = newHouse(t, kept(120, a.status))
			h.cluster.Inject(forgets)
			j := h.await(h.began(a, 120)) // whose task still goes on
			if j.State != store.JobFailed || j.Problem.Kind != jobs.ProblemTaskLost {
				t.Errorf("the job is %s: %+v\n%s", j.State, j.Problem, h.log(j))
			}
		})
	}
}

func TestWhatStandsInTheWayOfSnapshotsClonesAndBackups(t *testing.T) {
	t.Parallel()
	shelf := func(h *house) {
		h.cluster.AddStorage(testMember, sim.Storage{Name: "shelf", Kind: "dir", Contents: []string{"rootdir"}, Size: 1 << 40})
		g := container(120, "running")
		g.Storage = "shelf"
		h.cluster.Add(g)
	}
	tank := func(h *house) {
		h.cluster.AddStorage(testMember, sim.Storage{Name: "tank", Kind: "zfspool", Contents: []string{"rootdir"}, Size: 1 << 40})
		g := kept(120, "running")
		g.Storage = "tank"
		h.cluster.Add(g)
	}
	here := func(status, lock string) func(*house) {
		return func(h *house) {
			h.cluster.Add(kept(120, status))
			h.cluster.SetLock(120, lock)
		}
	}
	without := func(path string, privilege string) func(*house) {
		return func(h *house) {
			h.cluster.Add(kept(120, "stopped"))
			rights := sim.LeastRights()
			var left []string
			for _, p := range rights[path] {
				if p != privilege {
					left = append(left, p)
				}
			}
			rights[path] = left
			h.cluster.SetRights(testToken, rights)
		}
	}
	byKind := map[store.JobKind]aftercare{}
	for _, a := range aftercares() {
		byKind[a.kind] = a
	}
	for name, c := range map[string]struct {
		kind    store.JobKind
		before  func(*house)
		problem store.MessageKind
		step    string
		says    string
	}{
		"a snapshot on a plain folder":        {store.JobSnapshot, shelf, jobs.ProblemStorage, jobs.StepSnapshot, "snapshot feature is not available"},
		"a snapshot of one that vanished":     {store.JobSnapshot, func(*house) {}, jobs.ProblemGone, jobs.StepSnapshot, "is no longer on tower"},
		"a snapshot of a locked one":          {store.JobSnapshot, here("running", "backup"), jobs.ProblemLocked, jobs.StepSnapshot, "locked on tower (backup)"},
		"a snapshot without the right":        {store.JobSnapshot, without("/vms", "VM.Snapshot"), jobs.ProblemForbidden, jobs.StepSnapshot, "VM.Snapshot on /vms/120"},
		"a snapshot whose name is taken":      {store.JobSnapshot, func(h *house) { g := kept(120, "running"); g.Snapshots[0].Name = "third"; h.cluster.Add(g) }, jobs.ProblemSnapshotTaken, jobs.StepSnapshot, "A snapshot with that name already exists: third"},
		"a roll-back on ZFS to an older one":  {store.JobRollback, tank, jobs.ProblemNotNewest, jobs.StepRollback, "can be rolled back to the newest snapshot only"},
		"a roll-back to one that vanished":    {store.JobRollback, func(h *house) { h.cluster.Add(container(120, "running")) }, jobs.ProblemNoSnapshot, jobs.StepRollback, "The snapshot first no longer exists"},
		"a roll-back of a locked one":         {store.JobRollback, here("running", "snapshot"), jobs.ProblemLocked, jobs.StepRollback, "locked on tower (snapshot)"},
		"deleting of a locked one":            {store.JobDeleteSnapshot, here("stopped", "backup"), jobs.ProblemLocked, jobs.StepDeleteSnapshot, "locked on tower (backup)"},
		"a clone of one that runs":            {store.JobClone, here("running", ""), jobs.ProblemCloneRuns, jobs.StepClone, "can be copied only from a snapshot"},
		"a clone of a locked one":             {store.JobClone, here("stopped", "backup"), jobs.ProblemLocked, jobs.StepClone, "locked on tower (backup)"},
		"a clone without the right":           {store.JobClone, without("/vms", "VM.Clone"), jobs.ProblemForbidden, jobs.StepClone, "VM.Clone on /vms/120"},
		"a clone without room on its storage": {store.JobClone, without("/storage", "Datastore.AllocateSpace"), jobs.ProblemForbidden, jobs.StepClone, "Datastore.AllocateSpace on /storage/local-lvm"},
		"a clone of which the VMID is taken":  {store.JobClone, func(h *house) { h.cluster.Add(kept(120, "stopped"), container(1120, "stopped")) }, jobs.ProblemExists, jobs.StepCheck, "VMID 1120 is taken"},
		"a backup without the right":          {store.JobBackup, without("/vms", "VM.Backup"), jobs.ProblemForbidden, jobs.StepBackup, "VM.Backup on /vms/120"},
		"a backup of a locked one":            {store.JobBackup, here("running", "snapshot"), jobs.ProblemLocked, jobs.StepBackup, "locked on tower (snapshot)"},
		"a backup of one that vanished":       {store.JobBackup, func(*house) {}, jobs.ProblemGone, jobs.StepBackup, "is no longer on tower"},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			c.before(h)
			h.wantProblem(h.await(h.began(byKind[c.kind], 120)), c.problem, c.step, c.says)
		})
	}
	h := newHouse(t, container(120, "stopped"))
	h.want(h.await(h.began(byKind[store.JobDeleteSnapshot], 120)), store.JobDone, "delete-snapshot done")
}

func TestACloneIsAtWorkOnBothContainers(t *testing.T) {
	t.Parallel()
	h := newHouse(t, kept(120, "stopped"), container(121, "stopped"))
	h.clock.Stop()
	clone, err := h.runner.Clone("ada", h.node.Ref(120), "web", proxmox.CloneParams{VMID: 130})
	mustNot(t, err)
	for _, vmid := range []int{120, 130} {
		_, err := h.runner.Act("ada", h.node.Ref(vmid), jobs.Action{Kind: store.JobStart})
		wantBusy(t, err, clone)
	}
	for _, other := range []struct{ from, to int }{{121, 130}, {121, 120}, {130, 140}} {
		_, err := h.runner.Clone("ada", h.node.Ref(other.from), "db", proxmox.CloneParams{VMID: other.to})
		wantBusy(t, err, clone)
	}
	_, err = h.runner.Create("ada", h.node.ID, "", spec(130))
	wantBusy(t, err, clone)
	h.clock.Hurry()
	h.want(h.await(clone), store.JobDone, "check done, clone done")
	h.want(h.await(h.act(130, store.JobStart)), store.JobDone, "start done")
}

func TestACloneOfAnotherIsNotTakenForThisOne(t *testing.T) {
	t.Parallel()
	h := newHouse(t, kept(120, "running"))
	lost := sim.Fault{Method: "POST", Path: "/nodes/{node}/lxc/{vmid}/clone", Times: 1, Drop: true}
	lost.Then = func() { // the same token is used from elsewhere
		if _, err := h.client.Clone(t.Context(), testMember, 120, proxmox.CloneParams{VMID: 131, Snapshot: "first"}); err != nil {
			t.Errorf("the other clone: %v", err)
		}
	}
	h.cluster.Inject(lost)
	j, err := h.runner.Clone("ada", h.node.Ref(120), "web", proxmox.CloneParams{VMID: 130, Snapshot: "first"})
	mustNot(t, err)
	h.want(h.await(j), store.JobDone, "check done, clone done")
	h.wantGuest(130, "stopped")
	h.wantGuest(131, "stopped")
}

func TestACancelledCloneLeavesNothing(t *testing.T) {
	t.Parallel()
	h := newHouse(t, kept(120, "stopped"))
	h.clock.Stop()
	j, err := h.runner.Clone("ada", h.node.Ref(120), "web", proxmox.CloneParams{VMID: 130})
	mustNot(t, err)
	h.clock.Await(t, 1) // for the task
	_, err = h.runner.Cancel("ada", j.ID)
	mustNot(t, err)
	h.clock.Hurry()
	j = h.await(j)
	h.want(j, store.JobCancelled, "check done, clone failed")
	h.wantLog(j, "Abort the task on the host", "Nothing of it was left on tower")
	h.wantGuest(130, "")
	if g := h.guest(120); g.Lock != "" {
		t.Errorf("the container that was cloned is locked: %s", g.Lock)
	}
	j, err = h.runner.Retry("ada", j.ID, nil)
	mustNot(t, err)
	h.want(h.await(j), store.JobDone, "check done, clone done")
}

func TestABackupThatFailsGivesTheReasonOfItsLog(t *testing.T) {
	t.Parallel()
	h := newHouse(t, container(120, "running"))
	a := aftercares()[4]
	h.cluster.SetLock(120, "disk")
	j := h.await(h.began(a, 120))
	h.wantProblem(j, jobs.ProblemLocked, jobs.StepBackup, "locked on tower (disk)")
	h.wantLog(j, "ERROR: Backup of VM 120 failed - CT is locked (disk)", "TASK ERROR: job errors")
	h.cluster.SetLock(120, "")
	h.cluster.Inject(sim.Fault{Method: "POST", Path: "/nodes/{node}/vzdump", Times: 1, Task: "job errors"})
	j, err := h.runner.Retry("ada", j.ID, nil)
	mustNot(t, err)
	h.wantProblem(h.await(j), jobs.ProblemTask, jobs.StepBackup, "job errors") // and not the reason of before
}
