package jobs

import (
	"context"
	"regexp"
	"strconv"
	"strings"
	"time"

	"berth/proxmox"
	"berth/store"
)

// exitUnknown is the exit of a task of which the host cannot tell how it ended.
const exitUnknown = "unknown"

// pollPause is how long to wait before the n-th look at a task, the first being 0.
func pollPause(n int) time.Duration {
	switch {
	case n == 0:
		return time.Second
	case n < 10:
		return 2 * time.Second
	}
	return 3 * time.Second
}

// follow reads along until the step's task has ended, and notes how. A task that was
// known before is looked at without delay.
func (w *worker) follow(c change, known bool) error {
	id := proxmox.UPID(w.step().UPID)
	aborted := false
	for n := 0; ; n++ {
		if n > 0 || !known {
			if err := w.wait(pollPause(n)); err != nil {
				return err
			}
		}
		if w.job.Cancel && !aborted {
			aborted = true
			if err := w.abort(id, c); err != nil {
				return err
			}
		}
		var status proxmox.TaskStatus
		err := w.ask(func(ctx context.Context, client *proxmox.Client, _ store.Node) (err error) {
			status, err = client.TaskStatus(ctx, id)
			return err
		})
		if proxmox.KindOf(err) == proxmox.KindNotFound {
			return w.settle(exitUnknown)
		}
		if err != nil {
			return err
		}
		// After the status: the log of a task that has ended is whole.
		if err := w.readLog(id); err != nil {
			return err
		}
		if !status.Running {
			return w.settle(status.Exit)
		}
	}
}

// abort asks the host to end the task. The task's own end tells what came of it.
func (w *worker) abort(id proxmox.UPID, c change) error {
	if c.uninterruptible {
		return w.log(store.StreamErr, store.Message{Kind: MessageNotAborted})
	}
	if err := w.log(store.StreamStep, store.Message{Kind: MessageAbort}); err != nil {
		return err
	}
	err := w.ask(func(_ context.Context, client *proxmox.Client, _ store.Node) error {
		return client.AbortTask(w.r.kill, id)
	})
	if e, refused := refusal(err); refused {
		return w.log(store.StreamErr, store.Message{Kind: MessageAbortRefused, Args: store.Args{Said: saidBy(e)}})
	}
	return err
}

// readLog takes over what is new in the task's log.
func (w *worker) readLog(id proxmox.UPID) error {
	for {
		var texts []string
		err := w.ask(func(ctx context.Context, client *proxmox.Client, _ store.Node) (err error) {
			texts, err = client.TaskLog(ctx, id, w.step().LogLine)
			return err
		})
		if _, refused := refusal(err); refused {
			return nil // its end is told by the task's status
		}
		if err != nil || len(texts) == 0 {
			return err
		}
		now := w.now()
		lines := make([]store.LogLine, len(texts))
		percent := -1
		for i, text := range texts {
			lines[i] = store.LogLine{At: now, Stream: store.StreamOut, Text: text}
			if p, ok := percentIn(text); ok {
				percent = p
			}
		}
		err = w.save(lines, func(j *store.Job) {
			j.Steps[j.Step].LogLine += len(texts)
			if percent >= 0 && j.Kind == store.JobFetch {
				j.Percent = percent
			}
		})
		if err != nil || len(texts) < proxmox.TaskLogLimit {
			return err
		}
	}
}

// saysPercent is how wget tells its progress in the log of a download.
var saysPercent = regexp.MustCompile(`(?:^|\s)(\d{1,3})(?:\.\d+)?%`)

func percentIn(text string) (int, bool) {
	m := saysPercent.FindStringSubmatch(text)
	if m == nil {
		return 0, false
	}
	n, err := strconv.Atoi(m[1])
	return n, err == nil && n <= 100
}

// settle notes how the task ended. The job's log then ends with that, as the task's
// log does unless it could not be read.
func (w *worker) settle(exit string) error {
	if exit == "" {
		exit = exitUnknown
	}
	last, err := w.r.cfg.Store.Log(w.id, w.job.LogLast-1, 1)
	if err != nil {
		return err
	}
	var lines []store.LogLine
	if exit != exitUnknown && (len(last) == 0 || !strings.HasPrefix(last[0].Text, "TASK ")) {
		lines = []store.LogLine{{At: w.now(), Stream: store.StreamOut, Text: taskLine(exit)}}
	}
	return w.saveStep(lines, func(s *store.JobStep) { s.Exit = exit })
}

// taskLine is how Proxmox ends a task's log.
func taskLine(exit string) string {
	switch {
	case exit == "OK":
		return "TASK OK"
	case (proxmox.TaskStatus{Exit: exit}).OK():
		return "TASK " + exit
	}
	return "TASK ERROR: " + exit
}

// outcome judges how the step's task ended.
func (w *worker) outcome(c change) (result, error) {
	w.changed()
	exit := w.step().Exit
	if exit == exitUnknown && c.ends != "" && handedToHA(w.step().UPID) {
		return result{}, nil // what came of it is looked at in any case
	}
	if exit == exitUnknown {
		res, holds, err := c.isDone()
		if !holds && err == nil {
			err = fail(ProblemTaskLost, store.Args{})
		}
		return res, err
	}
	status := proxmox.TaskStatus{Exit: exit}
	err := status.Err()
	if err == nil {
		warnings := w.warnings()
		res := result{change: warned(c.succeeded, warnings)}
		if exit != "OK" || len(warnings) > 0 {
			res.detail = store.Message{Kind: MessageWarned}
		}
		return res, nil
	}
	res, failed := c.refused(err)
	if failed == nil {
		return res, nil
	}
	if c.findLeftovers != nil {
		left, err := c.findLeftovers()
		if err != nil {
			return result{}, err
		}
		err = w.save(w.tell(store.StreamOut, left.detail), func(j *store.Job) {
			j.Steps[j.Step].Detail = left.detail
			if left.change != nil {
				left.change(j)
			}
		})
		if err != nil {
			return result{}, err
		}
	}
	if w.job.Cancel {
		return result{}, errCancelled
	}
	return result{}, failed
}
