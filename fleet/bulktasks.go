package fleet

import (
	"context"
	"regexp"
	"slices"
	"strings"

	"berth/proxmox"
	"berth/store"
)

// A bulk task guests has no ID in its UPID: a nightly backup of several is one. How each of them fared stands in
// its log only, which is read once for a task, a few in each survey, the newest first.
const (
	// maxBulkLogs is how many such logs a survey reads of a node.
	maxBulkLogs = 3
	// maxBulkPages is how much of a log is read, in calls of proxmox.TaskLogLimit lines: several hundred backups.
	maxBulkPages = 10
	// maxBulkTries is how often a log that cannot be read is tried.
	maxBulkTries = 3
	// maxReason is how much is kept of why one failed, in bytes.
	maxReason = 500
)

// bulkTypes are the tasks that may be about many guests and have no task of its own for each.
var bulkTypes = []string{"vzdump", "startall", "stopall", "suspendall", "migrateall"}

// bulkTask is how the guests of a task fared, by VMID: "" is well, anything else is why not.
type bulkTask struct {
	outcomes map[int]string
	tries    int // that failed
}

// maybeBulk tells whether a task may be about several guests, whose log names them.
func maybeBulk(id proxmox.UPID) bool { return id.ID() == "" && slices.Contains(bulkTypes, id.Type()) }

func isBulk(t proxmox.Task) bool { return maybeBulk(t.UPID) && !t.End.IsZero() }

// readBulkTasks reads the logs of those of a node's tasks that are about many and were not read before. What it returns
// has no task that is not in the list any more.
func (s surveyor) readBulkTasks(ctx context.Context, n store.Node, list []proxmox.Task, before map[proxmox.UPID]bulkTask) map[proxmox.UPID]bulkTask {
	found := make(map[proxmox.UPID]bulkTask)
	read := 0
	for _, t := range list { // the newest first
		if !isBulk(t) {
			continue
		}
		m, there := before[t.UPID]
		if wanted := !there || m.outcomes == nil && m.tries < maxBulkTries; wanted && read < maxBulkLogs {
			read++
			if fared, ok := s.readBulkTask(ctx, n, t); ok {
				m.outcomes = fared
			} else {
				m.tries++
			}
			there = true
		}
		if there {
			found[t.UPID] = m
		}
	}
	return found
}

// readBulkTask reads how the guests of a task fared; false when its log cannot be read.
func (s surveyor) readBulkTask(ctx context.Context, n store.Node, t proxmox.Task) (map[int]string, bool) {
	fared := make(map[int]string)
	var meant []int
	for page := range maxBulkPages {
		client, call, cancel, err := s.callTo(ctx, n)
		if err != nil {
			return nil, false
		}
		lines, err := client.TaskLog(call, t.UPID, page*proxmox.TaskLogLimit)
		cancel()
		if err != nil {
			s.f.log.Info("the log of a bulk task is not known", "node", n.ID, "task", t.UPID, "error", err)
			return nil, false
		}
		for _, line := range lines {
			if vmid, why, ok := outcomeIn(line); ok {
				fared[vmid] = why
			}
			meant = append(meant, guestsIn(line)...)
		}
		if len(lines) < proxmox.TaskLogLimit {
			break
		}
	}
	if len(fared) == 0 && failed(t) { // it came to none of them
		for _, vmid := range meant {
			fared[vmid] = t.Exit[:min(len(t.Exit), maxReason)]
		}
	}
	return fared, true
}

// guestsIn are the guests that a task is to back up, as it says at its beginning; none where it is for all.
func guestsIn(line string) (vmids []int) {
	rest, is := strings.CutPrefix(line, "INFO: starting new backup job: vzdump ")
	if !is {
		return nil
	}
	for _, word := range strings.Fields(rest) {
		vmid, ok := proxmox.ParseVMID(word)
		if !ok {
			return vmids // its options begin
		}
		vmids = append(vmids, vmid)
	}
	return vmids
}

var (
	// As vzdump says it, for machines and containers alike ("INFO: Finished Backup of VM 101 (00:00:12)").
	saysFinished = regexp.MustCompile(`^INFO: Finished Backup of VM (\d{3,9})\b`)
	saysFailed   = regexp.MustCompile(`^ERROR: Backup of VM (\d{3,9}) failed(?: - (.*))?$`)
	// As the tasks that start or stop all say it.
	saysNotDone = regexp.MustCompile(`^(?:Starting|Stopping|Suspending|Migrating) (?:CT|VM) (\d{3,9}) failed(?:: (.*))?$`)
)

// outcomeIn tells how a guest fared, if a line of a log says so: why is "" when it fared well.
func outcomeIn(line string) (vmid int, why string, ok bool) {
	if m := saysFinished.FindStringSubmatch(line); m != nil {
		vmid, ok := proxmox.ParseVMID(m[1])
		return vmid, "", ok
	}
	for _, says := range []*regexp.Regexp{saysFailed, saysNotDone} {
		if m := says.FindStringSubmatch(line); m != nil {
			why := m[2]
			if why == "" {
				why = "its log does not say why"
			}
			vmid, ok := proxmox.ParseVMID(m[1])
			return vmid, why[:min(len(why), maxReason)], ok
		}
	}
	return 0, "", false
}

// perGuest takes the bulk tasks apart: a task for each guest that their logs name, beside those that are about
// one guest each.
func perGuest(list []proxmox.Task, bulk map[proxmox.UPID]bulkTask) []guestTask {
	var all []guestTask
	for _, t := range list {
		if isBulk(t) {
			for vmid, why := range bulk[t.UPID].outcomes {
				one := t
				one.Exit = "OK"
				if why != "" {
					one.Exit = why
				}
				all = append(all, guestTask{vmid, one})
			}
			continue
		}
		if vmid, ok := proxmox.ParseVMID(t.UPID.ID()); ok && !t.End.IsZero() {
			all = append(all, guestTask{vmid, t})
		}
	}
	return all
}

// guestTask is a finished task of a guest.
type guestTask struct {
	vmid int
	task proxmox.Task
}
