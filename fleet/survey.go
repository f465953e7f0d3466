package fleet

import (
	"slices"
	"sync"
	"time"

	"berth/proxmox"
	"berth/store/live"
)

// survey of a cluster: what was found out for its alerts, and when to ask again. It has a lock of its own: it needs nothing of
// the inventory but each answer (note), and the inventory nothing of it.
type survey struct {
	mu   sync.Mutex           // guards what follows; taken after the fleet's
	call *live.Call[struct{}] // nil: none is under way
	due  time.Time
	findings
}

// findings of surveys. What the maps hold is never changed but replaced, so that a copy can be read without a lock.
type findings struct {
	tasks  map[string]nodeTasks // by node ID
	quorum quorum
	boots  map[int]boot       // by VMID: of those that are stopped
	memory map[int]fullMemory // by VMID: of those whose memory is full
}

// nodeTasks are the newest finished tasks of a node's containers.
type nodeTasks struct {
	due     time.Time
	newest  map[int]proxmox.Task // by VMID: of all but backups
	backups map[int]proxmox.Task // by VMID
	bulk    map[proxmox.UPID]bulkTask
}

// quorum is what a cluster says of itself.
type quorum struct {
	due   time.Time
	asked bool // and answered
	lost  bool
	since time.Time // when that was first seen
}

// boot is whether a stopped container starts on boot.
type boot struct {
	due    time.Time
	known  bool
	starts bool
}

// fullMemory is since when a container's memory is full.
type fullMemory struct {
	since time.Time // by its metrics, or when it was first seen
	asked bool      // its metrics were asked for
	at    time.Time // when it was last seen so
}

// begin returns the survey that is under way, or begins one by launch when it is due and the cluster answers; else nil.
func (v *survey) begin(now time.Time, answers bool, launch func() *live.Call[struct{}]) *live.Call[struct{}] {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.call == nil && answers && !now.Before(v.due) {
		v.due = now.Add(surveyEvery)
		v.call = launch()
	}
	return v.call
}

// end lets the next survey begin when it is due.
func (v *survey) end() {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.call = nil
}

// found so far.
func (v *survey) found() findings {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.findings
}

// change is called for what was found, to change it under the lock.
func (v *survey) change(do func(*findings)) {
	v.mu.Lock()
	defer v.mu.Unlock()
	do(&v.findings)
}

// askAt lets the next survey begin at a time.
func (v *survey) askAt(due time.Time) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.due = due
}

// guestsChanged lets be asked again what a change of a node's guests from here may have changed: its tasks, as the change was
// one, and whether those start on boot of which an alert said that they do. k is what is known of the cluster.
func (v *survey) guestsChanged(nodeID, member string, k *known, due time.Time) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if t, there := v.tasks[nodeID]; there {
		t.due = due
		v.tasks = put(v.tasks, nodeID, t)
	}
	for vmid, b := range v.boots {
		if g, there := k.guest(vmid); there && b.starts && g.Node == member {
			b.due = due
			v.boots = put(v.boots, vmid, b)
		}
	}
}

// note takes from an answer which containers are stopped, and whose memory is full since when.
func (v *survey) note(k *known) {
	v.mu.Lock()
	defer v.mu.Unlock()
	memory, boots := make(map[int]fullMemory), make(map[int]boot)
	for i := range k.Guests {
		g := &k.Guests[i]
		if g.Type != proxmox.TypeContainer {
			continue
		}
		if b, there := v.boots[g.VMID]; there && g.Status == proxmox.GuestStopped {
			boots[g.VMID] = b
		}
		if !isFull(g.Guest) {
			continue
		}
		m, was := v.memory[g.VMID]
		if !was || k.Seen.Sub(m.at) >= memoryGap {
			m = fullMemory{since: k.Seen}
		}
		m.at = k.Seen
		memory[g.VMID] = m
	}
	v.memory, v.boots = memory, boots
}

// newestTasks are the tasks that ended last of each guest, without those that only open a console. Backups are apart: that
// one failed is over with the next good one, and not when the guest is started.
func newestTasks(list []guestTask) (newest, backups map[int]proxmox.Task) {
	newest, backups = make(map[int]proxmox.Task), make(map[int]proxmox.Task)
	for _, g := range list {
		if slices.Contains([]string{"vncproxy", "spiceproxy", "termproxy", "vncshell"}, g.task.Type) {
			continue
		}
		into := newest
		if g.task.Type == backupTask {
			into = backups
		}
		if before, there := into[g.vmid]; !there || g.task.End.After(before.End) {
			into[g.vmid] = g.task
		}
	}
	return newest, backups
}

// backupTask is the type of a backup's task.
const backupTask = "vzdump"

// fullSince is since when the memory was full without a break up to the end; zero when it was not.
func fullSince(metrics []proxmox.Metrics) time.Time {
	var since time.Time
	for _, f := range slices.Backward(metrics) {
		if f.Memory == proxmox.NoMetric && since.IsZero() {
			continue // which the host has not gathered yet
		}
		if f.MaxMemory <= 0 || f.Memory < memoryFull*f.MaxMemory {
			break
		}
		since = f.Time
	}
	return since
}

// put is m with another value, as others may be reading m.
func put[K comparable, V any](m map[K]V, key K, value V) map[K]V {
	next := make(map[K]V, len(m)+1)
	for k, v := range m {
		next[k] = v
	}
	next[key] = value
	return next
}
