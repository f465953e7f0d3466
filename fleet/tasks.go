package fleet

import (
	"context"
	"slices"
	"strconv"
	"sync"

	"berth/proxmox"
	"berth/store"
)

const (
	// tasksTime is how long hosts may take to tell of their tasks.
	tasksTime = proxmox.PageTime
	// mostMembers is how many members of a cluster are asked at most: a container may have been moved.
	mostMembers = 8
	// shownTaskLines are how many lines of a task's log are told, the last ones.
	shownTaskLines = 1000
	// readTaskLines are how many are read for that at most.
	readTaskLines = 10_000
)

// MemberTasks are the tasks of a container on a member of its cluster.
type MemberTasks struct {
	Member string
	Tasks  []proxmox.Task // the newest first
	Err    error          // why they are not known
}

// OwnTasks asks a container's node for a page of its tasks there, the newest first. store.ErrNotFound for another user's
// node, else an *proxmox.Error.
func (f *Fleet) OwnTasks(ctx context.Context, userID string, at store.Ref, page proxmox.TaskPage) ([]proxmox.Task, error) {
	return inspectOne(ctx, f, userID, at, tasksTime, func(ctx context.Context, i inspection) ([]proxmox.Task, error) {
		return i.GuestTasks(ctx, i.member, i.vmid, page)
	})
}

// Tasks asks the members of a container's cluster, side by side, for a page of its tasks. That of its own node comes
// first: through it go all the others. store.ErrNotFound for another user's node.
func (f *Fleet) Tasks(ctx context.Context, userID string, at store.Ref, page proxmox.TaskPage) ([]MemberTasks, error) {
	return inspectOne(ctx, f, userID, at, tasksTime, func(ctx context.Context, i inspection) ([]MemberTasks, error) {
		members := membersOf(i.node)
		told := make([]MemberTasks, len(members))
		var asking sync.WaitGroup
		for n, member := range members {
			asking.Go(func() {
				tasks, err := i.GuestTasks(ctx, member, i.vmid, page)
				told[n] = MemberTasks{member, tasks, err}
			})
		}
		asking.Wait()
		return told, nil
	})
}

// SeesOnlyOwnTasks tells whether a node's token may not see what others do on the host; false where that is not told.
// store.ErrNotFound for another user's node.
func (f *Fleet) SeesOnlyOwnTasks(ctx context.Context, userID, nodeID string) (bool, error) {
	node, err := f.store.Node(userID, nodeID)
	if err != nil {
		return false, err
	}
	rights, err := f.Rights(ctx, userID, nodeID)
	return rights != nil && !rights.Has("/nodes/"+node.Member, "Sys.Audit"), err
}

// membersOf are the names of those that may have run tasks of a node's container, its own first.
func membersOf(n store.Node) []string {
	members := []string{n.Member}
	for _, m := range n.Members {
		if m.Name != n.Member && len(members) < mostMembers {
			members = append(members, m.Name)
		}
	}
	return members
}

// TaskLog is a task of a host and the last lines of its log.
type TaskLog struct {
	Status proxmox.TaskStatus
	Lines  []string
	First  int // number of the first of Lines, from 1
}

// TaskLog reads a task about a container, as far as that is possible: what was read before an error is told with it.
// store.ErrNotFound for another user's node, and for a task that is not about that container; else an *proxmox.Error.
func (f *Fleet) TaskLog(ctx context.Context, userID string, at store.Ref, id proxmox.UPID) (TaskLog, error) {
	return inspectOne(ctx, f, userID, at, tasksTime, func(ctx context.Context, i inspection) (TaskLog, error) {
		if id.ID() != strconv.Itoa(i.vmid) && !maybeBulk(id) || !slices.Contains(membersOf(i.node), id.Node()) {
			return TaskLog{}, store.ErrNotFound
		}
		return i.readTask(ctx, id)
	})
}

func (i inspection) readTask(ctx context.Context, id proxmox.UPID) (log TaskLog, err error) {
	log.First = 1
	if log.Status, err = i.TaskStatus(ctx, id); err != nil {
		return log, err
	}
	for read := 0; read < readTaskLines; {
		lines, err := i.Client.TaskLog(ctx, id, read)
		if err != nil {
			return log, err
		}
		read += len(lines)
		log.Lines = append(log.Lines, lines...)
		if over := len(log.Lines) - shownTaskLines; over > 0 {
			log.Lines, log.First = log.Lines[over:], log.First+over
		}
		if len(lines) < proxmox.TaskLogLimit {
			break
		}
	}
	return log, nil
}
