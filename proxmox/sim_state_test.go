package proxmox_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"berth/proxmox"
	"berth/proxmox/sim"
)

// handClock is moved by hand.
type handClock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *handClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *handClock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// timed is one host whose tasks take four seconds of a clock, and a client with the rights.
func timed(t *testing.T, guests ...sim.Guest) (*handClock, *sim.Cluster, *proxmox.Client) {
	t.Helper()
	clock := &handClock{now: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)}
	cluster := sim.New(sim.Config{Members: []string{"pve1"}, Now: clock.Now, TaskTime: 4 * time.Second})
	t.Cleanup(cluster.Close)
	cluster.Add(guests...)
	host, err := cluster.Serve("pve1")
	if err != nil {
		t.Fatal(err)
	}
	return clock, cluster, connect(t, proxmox.Config{
		Host: "127.0.0.1", Port: host.Port, TokenID: tokenID, TokenSecret: cluster.AddToken(tokenID, sim.LeastRights()), Fingerprint: host.Fingerprint,
	})
}

func TestASimulatedHAManagerFollowsLater(t *testing.T) {
	t.Parallel()
	clock, _, c := timed(t, sim.Guest{VMID: 101, Name: "web", Status: "running", HA: "started", HATakes: 8 * time.Second})
	ctx := t.Context()
	status := func() proxmox.Guest { return must[proxmox.Guest](t)(c.Status(ctx, "pve1", 101)) }
	id := must[proxmox.UPID](t)(c.Stop(ctx, "pve1", 101))
	if id.Type() != "hastop" || status().HA != "started" {
		t.Errorf("the stop became %s of one in the HA state %q", id.Type(), status().HA)
	}
	clock.advance(2 * time.Second)
	if task := must[proxmox.TaskStatus](t)(c.TaskStatus(ctx, id)); !task.OK() || status().Status != "running" {
		t.Errorf("after 2 s the task is %+v and the container %s", task, status().Status)
	}
	if log := must[[]string](t)(c.TaskLog(ctx, id, 0)); strings.Join(log, "|") != "Requesting HA stop for CT 101|TASK OK" {
		t.Errorf("the log says %q", log)
	}
	clock.advance(8 * time.Second)
	if g := status(); g.Status != "stopped" || g.HA != "stopped" {
		t.Errorf("after 10 s it is %s, %s by HA", g.Status, g.HA)
	}
	if _, err := c.Delete(ctx, "pve1", 101, false); proxmox.KindOf(err) != proxmox.KindInUse {
		t.Errorf("a deletion without purge is %v", err)
	}
	must[proxmox.UPID](t)(c.Delete(ctx, "pve1", 101, true))
}

func TestASimulatedHostKeepsWhatIsProtectedOrReplicated(t *testing.T) {
	t.Parallel()
	_, cluster, c := timed(t, sim.Guest{VMID: 101, Config: map[string]string{"protection": "1"}}, sim.Guest{VMID: 102, Replication: "102-0"})
	ctx := t.Context()
	_, err := c.Delete(ctx, "pve1", 101, true)
	wantKind(t, err, proxmox.KindProtected)
	_, err = c.Delete(ctx, "pve1", 102, false)
	wantKind(t, err, proxmox.KindInUse)
	if jobs := must[[]string](t)(c.Replications(ctx, "pve1", 102)); len(jobs) != 1 || jobs[0] != "102-0" {
		t.Errorf("replication jobs %v", jobs)
	}
	must[proxmox.UPID](t)(c.Delete(ctx, "pve1", 102, true))
	cluster.FinishTasks()
	if len(cluster.Guests()) != 1 {
		t.Error("102 is not gone")
	}
}

func TestASimulatedShutdownThatDoesNotEndTakesTwiceItsTime(t *testing.T) {
	t.Parallel()
	clock, _, c := timed(t, sim.Guest{VMID: 101, Status: "running", HangsOnShutdown: true})
	ctx := t.Context()
	id := must[proxmox.UPID](t)(c.Shutdown(ctx, "pve1", 101, time.Minute))
	clock.advance(proxmox.ShutdownPatience(time.Minute) - time.Second)
	if task := must[proxmox.TaskStatus](t)(c.TaskStatus(ctx, id)); !task.Running {
		t.Errorf("it ended early: %+v", task)
	}
	clock.advance(3 * time.Second)
	if task := must[proxmox.TaskStatus](t)(c.TaskStatus(ctx, id)); task.Exit != "container did not stop" {
		t.Errorf("it ended as %+v", task)
	}
	id = must[proxmox.UPID](t)(c.Reboot(ctx, "pve1", 101, time.Minute))
	clock.advance(65 * time.Second)
	if task := must[proxmox.TaskStatus](t)(c.TaskStatus(ctx, id)); !task.OK() {
		t.Errorf("a reboot, which cuts off what does not end, is %+v", task)
	}
}

func TestASimulatedBackupThatIsAborted(t *testing.T) {
	t.Parallel()
	for mode, want := range map[proxmox.BackupMode]struct{ exit, lock string }{
		proxmox.ModeSnapshot: {"job errors", ""},
		proxmox.ModeStop:     {"unexpected status", "backup"},
	} {
		t.Run(string(mode), func(t *testing.T) {
			t.Parallel()
			clock, cluster, c := timed(t, sim.Guest{VMID: 101, Status: "running"})
			ctx := t.Context()
			id := must[proxmox.UPID](t)(c.Backup(ctx, "pve1", 101, proxmox.BackupParams{Storage: "local", Mode: mode}))
			clock.advance(time.Second)
			if err := c.AbortTask(ctx, id); err != nil {
				t.Fatal(err)
			}
			task, g := must[proxmox.TaskStatus](t)(c.TaskStatus(ctx, id)), must[proxmox.Guest](t)(c.Status(ctx, "pve1", 101))
			if task.Exit != want.exit || g.Lock != want.lock || len(cluster.Leftovers("pve1", "local")) != len(want.lock)/6 {
				t.Errorf("it ended as %q, with the lock %q and %v left", task.Exit, g.Lock, cluster.Leftovers("pve1", "local"))
			}
		})
	}
}

func TestASimulatedHostGrowsAVolumeWithoutItsFileSystem(t *testing.T) {
	t.Parallel()
	for _, status := range []string{"running", "stopped"} {
		clock, cluster, c := timed(t, sim.Guest{VMID: 101, Status: status, ResizeFails: true})
		ctx := t.Context()
		id := must[proxmox.UPID](t)(c.Resize(ctx, "pve1", 101, "rootfs", 9, ""))
		clock.advance(4 * time.Second)
		log := strings.Join(must[[]string](t)(c.TaskLog(ctx, id, 0)), "\n")
		if !strings.Contains(log, "Failed to update the container's filesystem: command '") || !strings.HasSuffix(log, "TASK OK") {
			t.Errorf("%s: the log is\n%s", status, log)
		}
		if got := cluster.ConfigOf(101)["rootfs"]; !strings.Contains(got, "size=9G") {
			t.Errorf("%s: the volume is %s", status, got)
		}
	}
}

func TestWhatMayBeDoneWithAContainer(t *testing.T) {
	t.Parallel()
	running, stopped := proxmox.Guest{Status: "running"}, proxmox.Guest{Status: "stopped"}
	template := proxmox.Guest{Status: "stopped", Template: true}
	locked := proxmox.Guest{Status: "running", Lock: "backup"}
	for _, c := range []struct {
		g    proxmox.Guest
		v    proxmox.Verb
		want proxmox.Hindrance
	}{
		{running, proxmox.VerbStart, proxmox.HindersRuns},
		{running, proxmox.VerbDelete, proxmox.HindersNothing},
		{stopped, proxmox.VerbStart, proxmox.HindersNothing},
		{stopped, proxmox.VerbReboot, proxmox.HindersStopped},
		{stopped, proxmox.VerbEnter, proxmox.HindersStopped},
		{template, proxmox.VerbStart, proxmox.HindersTemplate},
		{template, proxmox.VerbSnapshot, proxmox.HindersTemplate},
		{template, proxmox.VerbEnter, proxmox.HindersTemplate},
		{template, proxmox.VerbDelete, proxmox.HindersNothing},
		{template, "clone", proxmox.HindersNothing},
		{locked, proxmox.VerbAny, proxmox.HindersLock},
		{proxmox.Guest{Status: "stopped", Template: true, Lock: "disk"}, "clone", proxmox.HindersLock},
		{proxmox.Guest{Status: "stopped", Lock: "create"}, proxmox.VerbAny, proxmox.HindersCreation},
		{proxmox.Guest{Status: "unknown"}, proxmox.VerbAny, proxmox.HindersUnknown},
	} {
		if got := c.g.Hinders(c.v); got != c.want {
			t.Errorf("%q with %+v is hindered by %q, want %q", c.v, c.g, got, c.want)
		}
	}
	if got := (proxmox.ContainerConfig{Protection: true}).Hinders(proxmox.VerbDelete); got != proxmox.HindersProtected {
		t.Errorf("a deletion of a protected one is hindered by %q", got)
	}
}

func TestAChangeThatOtherWorkHoldsUpIsMadeAgain(t *testing.T) {
	t.Parallel()
	_, cluster, c := timed(t, sim.Guest{VMID: 101, Snapshots: []sim.Snapshot{{Name: "before"}}})
	ctx, note := t.Context(), "new"
	held := sim.Fault{Method: "PUT", Status: 500, Message: "can't lock file '/run/lock/lxc/pve-config-101.lock' - got timeout", Times: 1}
	cluster.Inject(held)
	if err := c.UpdateConfig(ctx, "pve1", 101, proxmox.ConfigUpdate{Description: &note}); err != nil {
		t.Error(err)
	}
	cluster.Inject(held)
	if err := c.SetSnapshotNote(ctx, "pve1", 101, "before", note); err != nil {
		t.Error(err)
	}
	held.Times = 0
	cluster.Inject(held)
	cluster.ResetCalls()
	wantKind(t, c.UpdateConfig(ctx, "pve1", 101, proxmox.ConfigUpdate{Description: &note}), proxmox.KindBusy)
	if n := len(cluster.Calls()); n != 2 {
		t.Errorf("%d calls were made, want 2", n)
	}
}
