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
	// tasksTime bounds the calls for a container's tasks, and for one's log, together.
	tasksTime = proxmox.PageTime
	// mostMembers bounds the members of a cluster that are asked for a container's tasks, as it may have been moved.
	mostMembers = 8
	// shownTaskLines bounds TaskLog.Lines; the last ones are shown.
	shownTaskLines = 1000
	// readTaskLines bounds the lines that are read from the log's beginning to get there: a longer log is cut off.
	readTaskLines = 10_000
)

// MemberTasks are the tasks of a container on a member of its cluster.
type MemberTasks struct {
	Member string
	Tasks  []proxmox.Task // newest first
	Err    error          // of the call; an *proxmox.Error
}

// OwnTasks asks a container's node for a page of its tasks there, newest first. store.ErrNotFound for another user's node,
// else an *proxmox.Error.
func (f *Fleet) OwnTasks(ctx context.Context, userID string, at store.Ref, page proxmox.TaskPage) ([]proxmox.Task, error) {
	return inspectOne(ctx, f, userID, at, tasksTime, func(ctx context.Context, i inspection) ([]proxmox.Task, error) {
		return i.GuestTasks(ctx, i.member, i.vmid, page)
	})
}

// Tasks asks the members of a container's cluster, side by side, for a page of its tasks each. Its own node comes first:
// the calls for all others go through it too. store.ErrNotFound for another user's node.
func (f *Fleet) Tasks(ctx context.Context, userID string, at store.Ref, page proxmox.TaskPage) ([]MemberTasks, error) {
	return inspectOne(ctx, f, userID, at, tasksTime, func(ctx context.Context, i inspection) ([]MemberTasks, error) {
		members := membersOf(i.node)
		answers := make([]MemberTasks, len(members))
		var asking sync.WaitGroup
		for n, member := range members {
			asking.Go(func() {
				tasks, err := i.GuestTasks(ctx, member, i.vmid, page)
				answers[n] = MemberTasks{member, tasks, err}
			})
		}
		asking.Wait()
		return answers, nil
	})
}

// SeesOnlyOwnTasks tells whether a node's token cannot see the tasks of others on the host; false where its rights are
// unknown. store.ErrNotFound for another user's node.
func (f *Fleet) SeesOnlyOwnTasks(ctx context.Context, userID, nodeID string) (bool, error) {
	node, err := f.store.Node(userID, nodeID)
	if err != nil {
		return false, err
	}
	rights, err := f.Rights(ctx, userID, nodeID)
	return rights != nil && !rights.Has("/nodes/"+node.Member, "Sys.Audit"), err
}

// membersOf returns the names of the members to ask for tasks of a node's container, at most mostMembers, its own first.
func membersOf(n store.Node) []string {
	members := []string{n.Member}
	for _, m := range n.Members {
		if m.Name != n.Member && len(members) < mostMembers {
			members = append(members, m.Name)
		}
	}
	return members
}

// TaskLog has the status of a host's task and the last lines of its log.
type TaskLog struct {
	Status proxmox.TaskStatus
	Lines  []string
	First  int // number of the first of Lines, from 1
}

// TaskLog reads the status and log of a task about a container. With an error comes what was read before it.
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
