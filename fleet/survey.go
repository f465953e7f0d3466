package fleet

import (
	"slices"
	"sync"
	"time"

	"berth/proxmox"
	"berth/store/live"
)

// survey of a cluster holds the findings for its alerts and the time to ask again; surveyor does the asking. It has a lock of
// its own: it takes only the answers (note) from the inventory, which takes nothing from it.
type survey struct {
	mu   sync.Mutex           // guards what follows; taken after the fleet's
	call *live.Call[struct{}] // nil: none is under way
	due  time.Time
	findings
}

// findings of surveys. What the maps hold is never changed but replaced, so that a copy can be read without a lock.
type findings struct {
	tasks   map[string]nodeTasks // by node ID
	quorum  quorum
	colours time.Time          // from when on those of the tags may be asked for
	boots   map[int]boot       // by VMID: of those that are stopped
	memory  map[int]fullMemory // by VMID: of those whose memory is full
	// by VMID: of those that run and were asked for their addresses since
	addresses map[int]addressSearch
}

// nodeTasks are the newest finished tasks of a node's containers.
type nodeTasks struct {
	due    time.Time
	newest map[int][]proxmox.Task // by VMID: the last of each purpose, the newest first
	past   map[int]Past           // by VMID
	bulk   map[proxmox.UPID]bulkTask
}

// quorum of a cluster, as the cluster itself reports it.
type quorum struct {
	due   time.Time // to be asked again
	asked bool      // and answered
	lost  bool
	since time.Time // lost: when that was first seen
}

// boot holds the start-on-boot setting of a stopped container, for AlertOff.
type boot struct {
	due    time.Time // to be asked again
	known  bool
	starts bool
}

// addressSearch paces the questions for a running container's addresses.
type addressSearch struct {
	due   time.Time // to be asked again
	tries int       // in a row that found none
}

// fullMemory dates the time for which a container's memory has been full, for AlertMemory.
type fullMemory struct {
	since time.Time // by its metrics, or when it was first seen
	asked bool      // its metrics were asked for
	at    time.Time // when it was last seen so
}

// begin returns the survey under way, or starts one by launch when it is due and the cluster answers; else nil.
func (v *survey) begin(now time.Time, answers bool, launch func() *live.Call[struct{}]) *live.Call[struct{}] {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.call == nil && answers && !now.Before(v.due) {
		v.due = now.Add(surveyEvery)
		v.call = launch()
	}
	return v.call
}

// end notes that the survey is over, so that the next one can begin.
func (v *survey) end() {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.call = nil
}

// found returns a copy of the findings so far, to be read without the lock.
func (v *survey) found() findings {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.findings
}

// change calls do with the findings under the lock. do must not change a map, but put another in its place.
func (v *survey) change(do func(*findings)) {
	v.mu.Lock()
	defer v.mu.Unlock()
	do(&v.findings)
}

// askAt sets the time from which the next survey may begin.
func (v *survey) askAt(due time.Time) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.due = due
}

// guestsChanged is called after Berth changed a guest of a node. It makes due at once what that may have changed: the node's
// tasks, and the configurations of those of its stopped containers that are known to start on boot.
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

// note updates the findings by an answer of the cluster: it drops boots of containers that are not stopped any more, and
// searches for addresses of those that do not run any more, and notes since when a memory has been full. Each refresh calls it.
func (v *survey) note(k *known) {
	v.mu.Lock()
	defer v.mu.Unlock()
	memory, boots, addresses := make(map[int]fullMemory), make(map[int]boot), make(map[int]addressSearch)
	for i := range k.Guests {
		g := &k.Guests[i]
		if g.Type != proxmox.TypeContainer {
			continue
		}
		if b, there := v.boots[g.VMID]; there && g.Status == proxmox.GuestStopped {
			boots[g.VMID] = b
		}
		if a, there := v.addresses[g.VMID]; there && g.Status == proxmox.GuestRunning {
			addresses[g.VMID] = a
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
	v.memory, v.boots, v.addresses = memory, boots, addresses
}

// newestTasks returns the tasks of each guest that ended last, by VMID, but for consoles: one for each purpose, the newest
// first. The alert of a failed one ends with the next good one of its purpose, not with any later task.
func newestTasks(list []guestTask) map[int][]proxmox.Task {
	newest := make(map[int][]proxmox.Task)
	for _, g := range list {
		if slices.Contains([]string{"vncproxy", "spiceproxy", "termproxy", "vncshell"}, g.task.Type) {
			continue
		}
		of := newest[g.vmid]
		i := slices.IndexFunc(of, func(t proxmox.Task) bool { return purpose(t) == purpose(g.task) })
		switch {
		case i < 0:
			newest[g.vmid] = append(of, g.task)
		case g.task.End.After(of[i].End):
			of[i] = g.task
		}
	}
	for _, of := range newest {
		slices.SortStableFunc(of, func(a, b proxmox.Task) int { return b.End.Compare(a.End) })
	}
	return newest
}

// purpose tells tasks apart that cannot make up for one another: who starts a container has not made its backup. All that
// turns it on or off is one.
func purpose(t proxmox.Task) string {
	switch t.Type {
	case "vzstart", "vzstop", "vzshutdown", "vzreboot", "vzsuspend", "vzresume":
		return "power"
	case backupTask:
		return "backup"
	}
	return t.Type
}

// backupTask is the type of a backup's task.
const backupTask = "vzdump"

// fullSince returns the start of the time, up to the last of metrics, for which the memory was full without a break; zero
// when it is not full at the end.
func fullSince(metrics []proxmox.Metrics) time.Time {
	var since time.Time
	for _, f := range slices.Backward(metrics) {
		if f.Memory == proxmox.NoMetric && since.IsZero() {
			continue // the host has not gathered it yet
		}
		if f.MaxMemory <= 0 || f.Memory < memoryFull*f.MaxMemory {
			break
		}
		since = f.Time
	}
	return since
}

// put returns a copy of m with a value set, as others may be reading m.
func put[K comparable, V any](m map[K]V, key K, value V) map[K]V {
	next := make(map[K]V, len(m)+1)
	for k, v := range m {
		next[k] = v
	}
	next[key] = value
	return next
}
