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

// exitUnknown is noted as the exit of a task that the host has forgotten, or of which it reports none.
const exitUnknown = "unknown"

// pollPause returns the pause before look n at a task, the first being 0.
func pollPause(n int) time.Duration {
	switch {
	case n == 0:
		return time.Second
	case n < 10:
		return 2 * time.Second
	}
	return 3 * time.Second
}

// follow copies the log of the step's task into the job's until the task has ended, and
// notes its exit. A task that was known before is looked at without delay.
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

// abort asks the host to end the task, unless the change is uninterruptible. The job goes on to follow the task to its end.
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

// readLog copies the new lines of the task's log into the job's, and takes the progress of a download from them.
func (w *worker) readLog(id proxmox.UPID) error {
	for {
		var texts []string
		err := w.ask(func(ctx context.Context, client *proxmox.Client, _ store.Node) (err error) {
			texts, err = client.TaskLog(ctx, id, w.step().LogLine)
			return err
		})
		if _, refused := refusal(err); refused {
			return nil // the task's status has its end
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

// saysPercent matches the progress of wget in the log of a download.
var saysPercent = regexp.MustCompile(`(?:^|\s)(\d{1,3})(?:\.\d+)?%`)

func percentIn(text string) (int, bool) {
	m := saysPercent.FindStringSubmatch(text)
	if m == nil {
		return 0, false
	}
	n, err := strconv.Atoi(m[1])
	return n, err == nil && n <= 100
}

// settle notes the task's exit. It adds the line that ends a task's log where the job's log
// lacks it, because the task's log could not be read.
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

// taskLine makes the line with which Proxmox ends a task's log.
func taskLine(exit string) string {
	switch {
	case exit == "OK":
		return "TASK OK"
	case (proxmox.TaskStatus{Exit: exit}).OK():
		return "TASK " + exit
	}
	return "TASK ERROR: " + exit
}

// outcome returns the step's result, or failure, by the exit of its task that is noted.
func (w *worker) outcome(c change) (result, error) {
	w.changed()
	exit := w.step().Exit
	if exit == exitUnknown && c.ends != "" && handedToHA(w.step().UPID) {
		return result{}, nil // awaitHA looks at the container in any case
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
