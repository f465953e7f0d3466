package sim

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// task is work on a member that outlives its call.
type task struct {
	upid, node, kind, id, user string
	start                      time.Time
	takes                      time.Duration
	log                        []string // if it succeeds, without the last line
	run                        func() (exit string)
	failed                     []string                                        // the log if it fails; nil: half of log
	undo                       func()                                          // called when it is aborted or made to fail; may be nil
	aborted                    func(now time.Time) (exit string, log []string) // called in place of undo when it is aborted; may be nil
	end                        time.Time                                       // zero while it runs
	exit                       string
}

// begin starts a task that ends after takes. run is its effect, called at its end; it returns "OK", or the error that the
// task ends with.
func (q *request) begin(kind, id string, takes time.Duration, log []string, run func() string) *task {
	c := q.cluster
	c.pid++
	t := &task{
		node: q.member.name, kind: kind, id: id, user: q.token.id, start: q.now, takes: takes, log: log, run: run,
		upid: fmt.Sprintf("UPID:%s:%08X:%08X:%08X:%s:%s:%s:", q.member.name, c.pid, uint32(q.now.Sub(q.member.started)/(10*time.Millisecond)), q.now.Unix(), kind, id, q.token.id),
	}
	switch text := q.fault.Task; {
	case text == "" || strings.HasPrefix(text, "WARNINGS: "):
		t.log = append(slices.Clone(t.log), q.fault.TaskLog...)
		t.run = func() string {
			if exit := run(); exit != "OK" || text == "" {
				return exit
			}
			return text
		}
	default:
		if q.fault.TaskLog != nil {
			t.log, t.failed = q.fault.TaskLog, q.fault.TaskLog
		}
		t.run = func() string {
			if t.undo != nil {
				t.undo()
			}
			return text
		}
	}
	c.tasks = append(c.tasks, t)
	return t
}

// Ended is a task of the past, for AddTask.
type Ended struct {
	Kind, User string // "vzdump", "root@pam"
	VMID       int    // 0: about many guests, or the host
	At         time.Time
	Took       time.Duration
	Exit       string // "OK", or an error's text
	Log        []string
}

// AddTask puts a task that has ended into a member's list.
func (c *Cluster) AddTask(member string, e Ended) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.pid++
	begun, id := e.At.Add(-e.Took), strconv.Itoa(e.VMID)
	if e.VMID == 0 { // it is about many
		id = ""
	}
	c.tasks = append(c.tasks, &task{
		node: member, kind: e.Kind, id: id, user: e.User, start: begun, takes: e.Took, log: e.Log, failed: e.Log, end: e.At, exit: e.Exit,
		upid: fmt.Sprintf("UPID:%s:%08X:%08X:%08X:%s:%s:%s:", member, c.pid, c.pid, begun.Unix(), e.Kind, id, e.User),
	})
	slices.SortStableFunc(c.tasks, func(a, b *task) int { return a.start.Compare(b.start) })
}

// taskTime is the time from a task's start to its end, as configured; some tasks take twice as long.
func (q *request) taskTime() time.Duration { return q.cluster.cfg.TaskTime }

// settle ends the tasks that are due, and makes the HA manager's changes that are due. It is called before anything is
// read. c.mu is held.
func (c *Cluster) settle(now time.Time) {
	for _, t := range c.tasks {
		if t.end.IsZero() && !now.Before(t.start.Add(t.takes)) {
			t.finish(t.start.Add(t.takes))
		}
	}
	c.manageHA(now)
}

func (t *task) finish(at time.Time) {
	t.end = at
	t.exit = t.run()
}

// FinishTasks ends all running tasks now.
func (c *Cluster) FinishTasks() {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.cfg.Now()
	for _, t := range c.tasks {
		if t.end.IsZero() {
			t.finish(now)
		}
	}
}

// abort ends a task before its time.
func (t *task) abort(now time.Time) {
	t.end, t.exit = now, "unexpected status"
	if t.aborted != nil {
		t.exit, t.failed = t.aborted(now)
	} else if t.undo != nil {
		t.undo()
	}
}

// lines returns the log at a moment: while the task runs, the share of it that corresponds to the time passed.
func (t *task) lines(now time.Time) []string {
	if t.end.IsZero() {
		return t.log[:int(float64(len(t.log))*min(float64(now.Sub(t.start))/float64(max(t.takes, 1)), 1))]
	}
	if t.exit == "OK" || strings.HasPrefix(t.exit, "WARNINGS: ") {
		return append(slices.Clone(t.log), "TASK "+t.exit)
	}
	said := t.failed
	if said == nil {
		said = t.log[:len(t.log)/2]
	}
	return append(slices.Clone(said), "TASK ERROR: "+t.exit)
}

// findTask finds the task {upid}, which must be the token's own unless the token has the privilege on the member.
func (q *request) findTask(privilege string) (*task, *failure) {
	i := slices.IndexFunc(q.cluster.tasks, func(t *task) bool { return t.upid == q.params["upid"] && t.node == q.member.name })
	if i < 0 {
		return nil, refused(map[string]string{"upid": "unable to parse worker upid '" + q.params["upid"] + "' or no such task"})
	}
	t := q.cluster.tasks[i]
	if at := "/nodes/" + t.node; t.user != q.token.id && !q.token.has(at, privilege) {
		return nil, forbidden(at, privilege)
	}
	return t, nil
}

func (q *request) taskStatus() (any, *failure) {
	t, fail := q.findTask("Sys.Audit")
	if fail != nil {
		return nil, fail
	}
	e := map[string]any{"upid": t.upid, "node": t.node, "type": t.kind, "id": t.id, "user": userOf(t.user), "tokenid": tokenName(t.user),
		"starttime": t.start.Unix(), "pid": 1, "pstart": 1, "status": "running"}
	if !t.end.IsZero() {
		e["status"], e["exitstatus"] = "stopped", t.exit
	}
	return e, nil
}

// taskLog answers with the line "no content" for an empty log, as Proxmox does.
func (q *request) taskLog() (any, *failure) {
	t, fail := q.findTask("Sys.Audit")
	if fail != nil {
		return nil, fail
	}
	start, limit := q.number("start", 0), q.number("limit", 50)
	all := t.lines(q.now)
	lines := []map[string]any{}
	for i := start; i < len(all) && (limit == 0 || i < start+limit); i++ {
		lines = append(lines, map[string]any{"n": i + 1, "t": all[i]})
	}
	if len(all) == 0 {
		lines = append(lines, map[string]any{"n": 1, "t": "no content"})
	}
	return lines, nil
}

// number reads an integer parameter, which the schema has checked; otherwise when the call has none.
func (q *request) number(name string, otherwise int) int {
	n, err := strconv.Atoi(q.params[name])
	if err != nil {
		return otherwise
	}
	return n
}

func (q *request) abortTask() (any, *failure) {
	t, fail := q.findTask("Sys.Modify")
	if fail != nil {
		return nil, fail
	}
	if t.end.IsZero() {
		t.abort(q.now)
	}
	return nil, nil
}

// taskList answers with the newest tasks first, 50 without a limit.
func (q *request) taskList() (any, *failure) {
	all := []map[string]any{}
	since, until := q.number("since", 0), q.number("until", 1<<60)
	for _, t := range slices.Backward(q.cluster.tasks) {
		started := int(t.start.Unix())
		switch {
		case t.node != q.member.name,
			q.params["vmid"] != "" && t.id != q.params["vmid"],
			q.params["typefilter"] != "" && t.kind != q.params["typefilter"],
			started < since, started > until,
			t.user != q.token.id && !q.token.has("/nodes/"+t.node, "Sys.Audit"):
			continue
		case t.end.IsZero() && q.params["source"] != "active" && q.params["source"] != "all",
			!t.end.IsZero() && q.params["source"] == "active":
			continue
		case q.params["errors"] == "1" && (t.end.IsZero() || t.exit == "OK"):
			continue
		}
		e := map[string]any{"upid": t.upid, "node": t.node, "type": t.kind, "id": t.id, "user": userOf(t.user), "tokenid": tokenName(t.user),
			"starttime": started, "pid": 1, "pstart": 1, "status": "RUNNING"}
		if !t.end.IsZero() {
			e["endtime"], e["status"] = t.end.Unix(), t.exit
		}
		all = append(all, e)
	}
	start := min(q.number("start", 0), len(all))
	return all[start:min(start+q.number("limit", 50), len(all))], nil
}

// userOf is a token's user, as task lists show it.
func userOf(tokenID string) string {
	user, _, _ := strings.Cut(tokenID, "!")
	return user
}

func tokenName(tokenID string) string {
	_, name, _ := strings.Cut(tokenID, "!")
	return name
}
