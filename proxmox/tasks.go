package proxmox

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"time"

	"berth/proxmox/shell"
)

// TaskStatus tells whether a task runs, and how it ended. While Running, Exit is empty.
type TaskStatus struct {
	Running bool
	Exit    string // "OK", "WARNINGS: 2", or the error's text
}

var saysWarnings = regexp.MustCompile(`^WARNINGS: \d+$`)

// OK tells whether an ended task succeeded; warnings are a success.
func (s TaskStatus) OK() bool {
	return !s.Running && (s.Exit == "OK" || saysWarnings.MatchString(s.Exit))
}

// Err is nil while a task runs and when it succeeded. Otherwise it is an
// *Error with the task's words, whose Kind is told from them as for a call:
// start, for one, finds only in its task that a container is gone or locked.
func (s TaskStatus) Err() error {
	if s.Running || s.OK() {
		return nil
	}
	e := &Error{Call: "task", Message: s.Exit}
	if saysForbidden.MatchString(s.Exit) { // vzdump asks for a right in its task only
		e.forbid()
	} else {
		e.Kind, e.Lock = kindOfWords(s.Exit)
	}
	return e
}

// TaskStatus is GET /nodes/{node}/tasks/{upid}/status; the node is the UPID's.
// KindNotFound: the host knows no such task.
func (c *Client) TaskStatus(ctx context.Context, id UPID) (TaskStatus, error) {
	var data struct {
		Status     text `json:"status"`
		ExitStatus text `json:"exitstatus"`
	}
	path, err := taskPath(id, "status")
	if err != nil {
		return TaskStatus{}, err
	}
	if err := c.get(ctx, path, nil, &data); err != nil {
		return TaskStatus{}, err
	}
	switch {
	case data.Status == "running":
		return TaskStatus{Running: true}, nil
	case data.Status == "" && data.ExitStatus == "": // not a task that ended
		return TaskStatus{}, &Error{Kind: KindNotProxmox, Call: "GET " + unescaped(path), Status: http.StatusOK, Cause: errors.New("the answer has no status")}
	}
	return TaskStatus{Exit: shell.OneLine(string(data.ExitStatus))}, nil
}

// TaskLogLimit bounds the lines that one TaskLog reads.
const TaskLogLimit = 500

// TaskLog is GET …/log?start=&limit=500: the lines from start (0 is the first), as a terminal shows them,
// without Proxmox's "no content". When it returns TaskLogLimit lines, there may be more.
func (c *Client) TaskLog(ctx context.Context, id UPID, start int) ([]string, error) {
	var data []struct {
		N number `json:"n"`
		T text   `json:"t"`
	}
	args := url.Values{"start": {strconv.Itoa(start)}, "limit": {strconv.Itoa(TaskLogLimit)}}
	path, err := taskPath(id, "log")
	if err != nil {
		return nil, err
	}
	if err := c.get(ctx, path, args, &data); err != nil {
		return nil, err
	}
	if len(data) == 1 && data[0].N == 1 && data[0].T == "no content" {
		return nil, nil
	}
	lines := make([]string, len(data))
	for i, d := range data {
		lines[i] = shell.OneLine(string(d.T))
	}
	return lines, nil
}

// AbortTask is DELETE /nodes/{node}/tasks/{upid}.
func (c *Client) AbortTask(ctx context.Context, id UPID) error {
	path, err := taskPath(id)
	if err != nil {
		return err
	}
	return c.call(ctx, http.MethodDelete, path, nil, nil)
}

// taskPath returns a path below a task. An id that is not a UPID names no task on
// any host: that is KindNotFound, without a call.
func taskPath(id UPID, elements ...string) (string, error) {
	if _, err := ParseUPID(string(id)); err != nil {
		return "", &Error{Kind: KindNotFound, Call: "task", Cause: err}
	}
	return nodePath(id.Node(), append([]string{"tasks", string(id)}, elements...)...), nil
}

// A Task in a node's list.
type Task struct {
	UPID  UPID
	Type  string // "vzcreate", "vzstart", …
	User  string // "berth@pve!app"
	Start time.Time
	End   time.Time // zero while it runs
	Exit  string    // as in TaskStatus
}

// Tasks is GET /nodes/{node}/tasks?vmid=&since=&source=all, newest first, at
// most the newest 50. A vmid of 0 and a zero since ask for all. A task of the
// token itself needs no right.
func (c *Client) Tasks(ctx context.Context, node string, vmid int, since time.Time) ([]Task, error) {
	args := url.Values{"source": {"all"}}
	if vmid != 0 {
		args.Set("vmid", strconv.Itoa(vmid))
	}
	return c.tasks(ctx, node, args, since)
}

// finishedLimit bounds the tasks that FinishedTasks reads: about 75 KiB.
const finishedLimit = 300

// FinishedTasks is GET /nodes/{node}/tasks?since=&source=archive&limit=300: the tasks of all guests and of the host
// that began at since or later and have ended, newest first.
func (c *Client) FinishedTasks(ctx context.Context, node string, since time.Time) ([]Task, error) {
	return c.tasks(ctx, node, url.Values{"source": {"archive"}, "limit": {strconv.Itoa(finishedLimit)}}, since)
}

// TaskPage selects the tasks that GuestTasks lists.
type TaskPage struct {
	Until  time.Time // only tasks that began then or before, to the second; zero: all
	Limit  int       // the most tasks to list
	Failed bool      // only failed tasks; the host may count warnings among them
}

// GuestTasks is GET /nodes/{node}/tasks?vmid=&until=&limit=&errors=&source=all: a page of the
// history of a guest on a member, newest first. To see the tasks of others takes Sys.Audit
// on the member; without it they are left out.
func (c *Client) GuestTasks(ctx context.Context, node string, vmid int, p TaskPage) ([]Task, error) {
	args := url.Values{"source": {"all"}, "vmid": {strconv.Itoa(vmid)}, "limit": {strconv.Itoa(p.Limit)}}
	if !p.Until.IsZero() {
		args.Set("until", strconv.FormatInt(p.Until.Unix(), 10))
	}
	if p.Failed {
		args.Set("errors", "1")
	}
	return c.tasks(ctx, node, args, time.Time{})
}

func (c *Client) tasks(ctx context.Context, node string, args url.Values, since time.Time) ([]Task, error) {
	var data []struct {
		UPID      text   `json:"upid"`
		StartTime number `json:"starttime"`
		EndTime   number `json:"endtime"`
		Status    text   `json:"status"`
	}
	if !since.IsZero() {
		args.Set("since", strconv.FormatInt(since.Unix(), 10))
	}
	if err := c.get(ctx, nodePath(node, "tasks"), args, &data); err != nil {
		return nil, err
	}
	tasks := make([]Task, 0, len(data))
	for _, d := range data {
		id, err := ParseUPID(string(d.UPID))
		if err != nil {
			continue
		}
		// The entry's own user lacks the token's name: take the UPID's.
		t := Task{UPID: id, Type: id.Type(), User: id.User(), Start: d.StartTime.time(), End: d.EndTime.time()}
		if !t.End.IsZero() {
			t.Exit = shell.OneLine(string(d.Status)) // "RUNNING" before
		}
		tasks = append(tasks, t)
	}
	slices.SortStableFunc(tasks, func(a, b Task) int { return cmp.Compare(b.Start.Unix(), a.Start.Unix()) })
	return tasks, nil
}
