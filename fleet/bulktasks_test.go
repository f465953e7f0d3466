package fleet

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"berth/proxmox/sim"
)

// nightly is a backup of several guests, with a line for each.
func nightly(at time.Time, exit string, said ...string) sim.Ended {
	log := append([]string{"INFO: starting new backup job: vzdump 101 102 103 --mode snapshot --storage nas --all 0"}, said...)
	return sim.Ended{Kind: "vzdump", User: "root@pam", At: at, Took: time.Minute, Exit: exit, Log: log}
}

const (
	said101 = "INFO: Finished Backup of VM 101 (00:00:12)"
	said102 = "ERROR: Backup of VM 102 failed - command 'set -o pipefail && tar cpf -' failed: exit code 2"
)

func threeGuests() []sim.Guest {
	return []sim.Guest{{VMID: 101, Name: "web", Status: "running"}, {VMID: 102, Name: "db", Status: "running"}, {VMID: 103, Name: "files", Status: "running"}}
}

func TestABackupOfSeveralIsToldForThoseThatItsLogNames(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	h := w.harbour("pve1", threeGuests()...)
	now := w.time.Now()
	add := func(e sim.Ended) { h.cluster.AddTask("pve1", e) }
	add(nightly(now.Add(-8*time.Hour), "job errors", said101, said102))
	add(sim.Ended{Kind: "vzstart", VMID: 102, User: "root@pam", At: now.Add(-time.Hour), Exit: "OK"}) // which is no backup
	d := w.watched(h.user)
	list := d.all()
	if len(list) != 1 || list[0].VMID != 102 || list[0].Kind != AlertTask || !strings.Contains(list[0].Task.Exit, "exit code 2") {
		t.Fatalf("alerts %+v", list)
	}
	d.minutes(30)
	if n := logsRead(h); n != 1 {
		t.Errorf("the log was read %d times", n)
	}

	add(nightly(w.time.Now(), "job errors", said101, "INFO: Finished Backup of VM 102 (00:00:40)", "ERROR: Backup of VM 103 failed - no space left on device"))
	d.minutes(2)
	if got := d.alerts(); got != "task 103" {
		t.Errorf("after a night that was good for 102 and bad for 103: %s", got)
	}
	add(sim.Ended{Kind: "vzdump", VMID: 103, User: "root@pam", At: w.time.Now(), Exit: "OK"})
	d.minutes(2)
	if got := d.alerts(); got != "" {
		t.Errorf("after a good backup of 103 alone: %s", got)
	}
	add(nightly(w.time.Now(), "job errors", said102))
	d.minutes(2)
	add(nightly(w.time.Now(), "OK", said101, "INFO: Finished Backup of VM 102 (00:00:40)", "INFO: Finished Backup of VM 103 (00:00:40)"))
	d.minutes(2)
	if got := d.alerts(); got != "" {
		t.Errorf("after a good night: %s", got)
	}
}

func TestABackupOfSeveralThatNeverBeganIsToldForAllOfThem(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	h := w.harbour("pve1", threeGuests()...)
	h.cluster.AddTask("pve1", nightly(w.time.Now().Add(-time.Hour), "could not activate storage 'nas'"))
	h.cluster.AddTask("pve1", nightly(w.time.Now().Add(-30*time.Minute), "unexpected status", said101)) // somebody stopped it
	if got := w.watched(h.user).alerts(); got != "task 103, task 102" && got != "task 102, task 103" {
		t.Errorf("alerts %s, want those of 102 and 103", got)
	}
}

func TestLogsOfTasksAboutManyAreReadWithinBounds(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	h := w.harbour("pve1", threeGuests()...)
	now := w.time.Now()
	var long []string
	for i := range 7000 {
		long = append(long, fmt.Sprintf("INFO: %d: what nobody reads", i))
	}
	h.cluster.AddTask("pve1", nightly(now.Add(-time.Minute), "job errors", append(long, said102)...))
	for day := range 6 {
		h.cluster.AddTask("pve1", nightly(now.Add(-time.Duration(day+1)*24*time.Hour), "OK", said101))
	}
	d := w.watched(h.user)
	d.all()
	if n := logsRead(h); n != maxBulkPages+maxBulkLogs-1 {
		t.Errorf("%d pages of logs were read at once", n)
	}
	d.minutes(60)
	if n := logsRead(h); n != maxBulkPages+6 {
		t.Errorf("%d pages of logs were read in an hour", n)
	}
}

func TestALogThatCannotBeReadIsTriedAFewTimes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	h := w.harbour("pve1", threeGuests()...)
	h.cluster.AddTask("pve1", nightly(w.time.Now().Add(-time.Minute), "job errors", said102))
	h.cluster.Inject(sim.Fault{Path: "/nodes/{node}/tasks/{upid}/log", Status: 500, Message: "no such file"})
	d := w.watched(h.user)
	d.minutes(60)
	if n := logsRead(h); n != maxBulkTries {
		t.Errorf("tried %d times", n)
	}
	if got := d.alerts(); got != "" {
		t.Errorf("alerts %s", got)
	}
}

// logsRead counts the requests for a task's log.
func logsRead(h harbour) (n int) {
	for _, call := range h.cluster.Calls() {
		if strings.HasSuffix(call.Path, "/log") {
			n++
		}
	}
	return n
}
