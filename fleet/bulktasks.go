package fleet

import (
	"context"
	"regexp"
	"slices"
	"strings"

	"berth/proxmox"
	"berth/store"
)

// A bulk task, as a nightly backup of many guests, has no guest's ID in its UPID. Only its log tells which guests failed;
// surveys read it once for each task, a few logs at a time, newest task first.
const (
	// maxBulkLogs bounds the logs that one survey reads of a node.
	maxBulkLogs = 3
	// maxBulkPages bounds the part of a log that is read, in calls of proxmox.TaskLogLimit lines: several hundred backups.
	maxBulkPages = 10
	// maxBulkTries bounds the attempts to read a log, one in each survey.
	maxBulkTries = 3
	// maxReason bounds the reason kept for a guest's failure, in bytes.
	maxReason = 500
)

// bulkTypes are the types of tasks that may be about many guests without starting a task for each.
var bulkTypes = []string{"vzdump", "startall", "stopall", "suspendall", "migrateall"}

// bulkTask holds the outcomes that were read from the log of a bulk task, so that no survey reads it again.
type bulkTask struct {
	outcomes map[int]string // by VMID: "" or the reason of the failure; nil: the log could not be read yet
	tries    int            // to read the log, that failed
}

// maybeBulk tells whether a task may be about several guests, which only its log names.
func maybeBulk(id proxmox.UPID) bool { return id.ID() == "" && slices.Contains(bulkTypes, id.Type()) }

func isBulk(t proxmox.Task) bool { return maybeBulk(t.UPID) && !t.End.IsZero() }

// readBulkTasks reads the logs of a node's bulk tasks that are not among before, and returns the outcomes of all bulk tasks
// in list: those that dropped out of it are forgotten.
func (s surveyor) readBulkTasks(ctx context.Context, n store.Node, list []proxmox.Task, before map[proxmox.UPID]bulkTask) map[proxmox.UPID]bulkTask {
	found := make(map[proxmox.UPID]bulkTask)
	read := 0
	for _, t := range list { // newest first
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

// readBulkTask reads the outcome of each guest from a task's log; false when that cannot be read.
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
	if len(fared) == 0 && failed(t) { // it failed before the first of them
		for _, vmid := range meant {
			fared[vmid] = t.Exit[:min(len(t.Exit), maxReason)]
		}
	}
	return fared, true
}

// guestsIn returns the guests named in the first line of a backup task's log; none in other lines, or where it backs up all.
func guestsIn(line string) (vmids []int) {
	rest, is := strings.CutPrefix(line, "INFO: starting new backup job: vzdump ")
	if !is {
		return nil
	}
	for _, word := range strings.Fields(rest) {
		vmid, ok := proxmox.ParseVMID(word)
		if !ok {
			return vmids // options follow
		}
		vmids = append(vmids, vmid)
	}
	return vmids
}

var (
	// Lines of vzdump, for machines and containers alike ("INFO: Finished Backup of VM 101 (00:00:12)").
	saysFinished = regexp.MustCompile(`^INFO: Finished Backup of VM (\d{3,9})\b`)
	saysFailed   = regexp.MustCompile(`^ERROR: Backup of VM (\d{3,9}) failed(?: - (.*))?$`)
	// Lines of startall, stopall, suspendall and migrateall.
	saysNotDone = regexp.MustCompile(`^(?:Starting|Stopping|Suspending|Migrating) (?:CT|VM) (\d{3,9}) failed(?:: (.*))?$`)
)

// outcomeIn reads a guest's outcome from a line of a bulk task's log; why is "" after success. ok is false for other lines.
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

// perGuest splits each finished bulk task into one task for each guest that its log names, and adds the finished tasks of
// single guests, so that both can be compared by guest.
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
