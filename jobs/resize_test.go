package jobs_test

import (
	"testing"

	"berth/jobs"
	"berth/proxmox"
	"berth/proxmox/sim"
	"berth/store"
)

// growth makes the root disk of a container 16 GiB large.
func growth(h *house, r *jobs.Runner, vmid int) store.Job {
	h.t.Helper()
	cfg, err := h.client.ContainerConfig(h.t.Context(), testMember, vmid)
	mustNot(h.t, err)
	j, err := r.Resize("ada", h.node.Ref(vmid), jobs.DiskResize{Name: "web", Disk: "rootfs", Volume: proxmox.ParseVolume(cfg.RootFS).Source, Size: 16})
	mustNot(h.t, err)
	return j
}

// wantDisk checks the size of a container's root disk in GiB.
func (h *house) wantDisk(vmid int, size uint64) {
	h.t.Helper()
	if v := proxmox.ParseVolume(h.cluster.ConfigOf(vmid)["rootfs"]); v.Size != size<<30 {
		h.t.Errorf("the disk of %d has %d GiB, want %d", vmid, v.Size>>30, size)
	}
}

func TestADiskGrows(t *testing.T) {
	t.Parallel()
	h := newHouse(t, container(120, "running"))
	j := h.await(growth(h, h.runner, 120))
	h.want(j, store.JobDone, "grow done")
	h.wantDisk(120, 16)
	h.wantTasks(120, map[string]int{"resize": 1})
	h.wantLog(j, "Resize rootfs to 16 GiB", "successfully resized", "TASK OK")
	if h.changed() == 0 {
		t.Error("nobody was told of the change")
	}
	again := h.await(growth(h, h.runner, 120))
	h.want(again, store.JobDone, "grow done")
	h.wantLog(again, "It already had that size")
	if got := jobs.DiskResizeOf(j); got.Disk != "rootfs" || got.Size != 16 {
		t.Errorf("it did %+v", got)
	}
	if got := jobs.DiskResizeOf(store.Job{Kind: store.JobStart}); got != (jobs.DiskResize{}) {
		t.Errorf("a start did %+v", got)
	}
}

func TestADiskThatCannotGrow(t *testing.T) {
	t.Parallel()
	h := newHouse(t, container(120, "stopped"))
	h.clock.Stop()
	j := growth(h, h.runner, 120)
	_, err := h.runner.Resize("ada", h.node.Ref(120), jobs.DiskResize{Disk: "mp0", Size: 9})
	wantBusy(t, err, j)
	h.cluster.SetConfig(120, "rootfs", "local-lvm:vm-120-disk-7,size=8G")
	h.clock.Hurry()
	h.wantProblem(h.await(j), jobs.ProblemVolume, jobs.StepResize, "rootfs of web (120) is a different volume now")
	h.wantDisk(120, 8)

	rights := sim.LeastRights()
	rights["/storage"] = []string{"Datastore.Audit"}
	h.cluster.SetRights(testToken, rights)
	h.wantProblem(h.await(growth(h, h.runner, 120)), jobs.ProblemForbidden, jobs.StepResize, "lacks the right Datastore.AllocateSpace on /storage/local-lvm")
	h.cluster.SetRights(testToken, sim.LeastRights())
	h.cluster.SetLock(120, "backup")
	h.wantProblem(h.await(growth(h, h.runner, 120)), jobs.ProblemLocked, jobs.StepResize, "locked on tower (backup)")
	h.cluster.SetLock(120, "")
	h.cluster.Inject(sim.Fault{Method: "PUT", Path: "/nodes/{node}/lxc/{vmid}/resize", Times: 1, Task: "lvresize failed: no space left"})
	h.wantProblem(h.await(growth(h, h.runner, 120)), jobs.ProblemTask, jobs.StepResize, "no space left")
	h.wantDisk(120, 8)
}

func TestAGrowthSurvivesAKillAtEveryStep(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	killedEverywhere(t, h, func(r *jobs.Runner, vmid int) store.Job {
		h.cluster.Add(container(vmid, "running"))
		return growth(h, r, vmid)
	}, func(_ *testing.T, j store.Job) {
		if j.State != store.JobDone {
			h.t.Errorf("it ended %s: %+v\n%s", j.State, j.Problem, h.log(j))
		}
		h.wantDisk(j.VMID, 16)
		h.wantTasks(j.VMID, map[string]int{"resize": 1})
	})
}
