package jobs

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"time"

	"berth/proxmox"
	"berth/store"
)

// guest asks for the current status of the job's container.
func (w *worker) guest() (proxmox.Guest, error) { return w.guestAt(w.job.VMID) }

// guestAt asks for the current status of the container with a VMID on the job's member.
func (w *worker) guestAt(vmid int) (g proxmox.Guest, err error) {
	err = w.ask(func(ctx context.Context, c *proxmox.Client, _ store.Node) error {
		g, err = c.Status(ctx, w.job.Member, vmid)
		return err
	})
	return g, err
}

// statusIs makes the isDone of a change after which the container has a status.
func (w *worker) statusIs(want proxmox.GuestStatus) func() (result, bool, error) {
	return func() (result, bool, error) {
		g, err := w.guest()
		return result{}, err == nil && g.Status == want, err
	}
}

// start starts the container. That it runs already is a success.
func (w *worker) start() (result, error) {
	return w.change(change{
		types:    []string{"vzstart", "hastart"},
		outright: true,
		ends:     proxmox.GuestRunning,
		post: func(ctx context.Context, c *proxmox.Client) (proxmox.UPID, error) {
			return c.Start(ctx, w.job.Member, w.job.VMID)
		},
		isDone: w.statusIs(proxmox.GuestRunning),
		refused: func(err error) (result, error) {
			if proxmox.KindOf(err) == proxmox.KindAlreadyRunning {
				return result{detail: store.Message{Kind: MessageRanAlready}}, nil
			}
			return result{}, err
		},
	})
}

// shutdown asks the container to shut down by itself, and waits as long as the host does.
func (w *worker) shutdown() (result, error) {
	return w.change(change{
		types:    []string{"vzshutdown", "hastop"},
		outright: true,
		ends:     proxmox.GuestStopped,
		post: func(ctx context.Context, c *proxmox.Client) (proxmox.UPID, error) {
			return c.Shutdown(ctx, w.job.Member, w.job.VMID, shutdownTimeout)
		},
		isDone: w.statusIs(proxmox.GuestStopped),
		refused: func(err error) (result, error) {
			if proxmox.KindOf(err) == proxmox.KindNotRunning {
				return result{detail: store.Message{Kind: MessageStopped}}, nil
			}
			return result{}, w.inTime(err)
		},
	})
}

// reboot is a shutdown and a start in one.
func (w *worker) reboot() (result, error) {
	return w.change(change{
		types:    []string{"vzreboot"},
		outright: true,
		post: func(ctx context.Context, c *proxmox.Client) (proxmox.UPID, error) {
			return c.Reboot(ctx, w.job.Member, w.job.VMID, shutdownTimeout)
		},
		isDone: func() (result, bool, error) {
			since := w.step().Intent
			if since.IsZero() {
				return result{}, false, nil // it may have been running all the time
			}
			g, err := w.guest()
			return result{}, err == nil && g.Status == proxmox.GuestRunning && g.Uptime < w.now().Sub(since), err
		},
		refused: func(err error) (result, error) { return result{}, w.inTime(err) },
	})
}

// halt stops the container at once.
func (w *worker) halt() (result, error) {
	return w.change(change{
		types:    []string{"vzstop", "hastop"},
		outright: true,
		ends:     proxmox.GuestStopped,
		post: func(ctx context.Context, c *proxmox.Client) (proxmox.UPID, error) {
			return c.Stop(ctx, w.job.Member, w.job.VMID)
		},
		isDone: w.statusIs(proxmox.GuestStopped),
		refused: func(err error) (result, error) {
			kind := proxmox.KindOf(err)
			if kind == proxmox.KindNotRunning || kind == proxmox.KindNotFound && w.job.Kind == store.JobDelete {
				return result{detail: store.Message{Kind: MessageStopped}}, nil
			}
			return result{}, err
		},
		uninterruptible: true,
	})
}

// delete deletes the container and its volumes. That it is gone already is a success.
func (w *worker) delete() (result, error) {
	var spec actionSpec
	if err := w.spec(&spec); err != nil {
		return result{}, err
	}
	res, err := w.change(change{
		types:    []string{"vzdestroy"},
		outright: true,
		post: func(ctx context.Context, c *proxmox.Client) (proxmox.UPID, error) {
			return c.Delete(ctx, w.job.Member, w.job.VMID, spec.Purge)
		},
		isDone: func() (result, bool, error) {
			_, err := w.guest()
			if proxmox.KindOf(err) == proxmox.KindNotFound {
				return result{}, true, nil
			}
			return result{}, false, err
		},
		refused: func(err error) (result, error) {
			if proxmox.KindOf(err) == proxmox.KindNotFound {
				return result{detail: store.Message{Kind: MessageNotThere}}, nil
			}
			return result{}, err
		},
		uninterruptible: true,
	})
	if err == nil && spec.CreateJob != "" {
		err = w.disown(spec.CreateJob)
	}
	return res, err
}

// disown notes in a create job, and its log, that the container it made was deleted, so that it is offered no more for
// deletion.
func (w *worker) disown(createJob string) error {
	line := w.tell(store.StreamStep, store.Message{Kind: MessageDeleted, Args: store.Args{VMID: w.job.VMID, Job: w.job.Label()}})
	_, err := w.r.update(createJob, line, func(j *store.Job) error {
		j.Made = false
		return nil
	})
	if err != nil {
		return fmt.Errorf("jobs: note the deletion with job %s: %w", createJob, err)
	}
	return nil
}

// checkMade makes sure that the container is still the one that the create job made,
// and not another that has its VMID now.
func (w *worker) checkMade() (result, error) {
	var spec actionSpec
	if err := w.spec(&spec); err != nil {
		return result{}, err
	}
	g, err := w.guest()
	if proxmox.KindOf(err) == proxmox.KindNotFound {
		return result{detail: store.Message{Kind: MessageNotThere}}, nil
	}
	if err != nil {
		return result{}, err
	}
	var tasks []proxmox.Task
	err = w.ask(func(ctx context.Context, c *proxmox.Client, _ store.Node) error {
		tasks, err = c.Tasks(ctx, w.job.Member, w.job.VMID, time.Time{})
		return err
	})
	if err != nil {
		return result{}, err
	}
	if madeSince(spec.CreateUPID, tasks) || g.Name != "" && w.job.Name != "" && g.Name != w.job.Name {
		return result{}, fail(ProblemAnother, store.Args{VMID: w.job.VMID, Name: g.Name})
	}
	return result{}, nil
}

// madeSince tells whether one of the tasks, begun after the task made, has made a container
// or is doing so.
func madeSince(made proxmox.UPID, tasks []proxmox.Task) bool {
	return slices.ContainsFunc(tasks, func(t proxmox.Task) bool {
		makes := t.Type == "vzcreate" || t.Type == "vzrestore"
		failed := !t.End.IsZero() && !(proxmox.TaskStatus{Exit: t.Exit}).OK()
		return makes && !failed && t.UPID != made && t.Start.After(made.Started())
	})
}

// saysTimeout matches the error of a shutdown task whose container did not shut down in time.
var saysTimeout = regexp.MustCompile(`(?i)time-?out|timed out|did not stop|lxc-stop`)

// inTime turns the error of a shutdown or reboot that timed out into ProblemTimeout, whose
// page offers to stop the container. Other errors are returned as they are.
func (w *worker) inTime(err error) error {
	e, ok := refusal(err)
	if !ok || e.Kind != proxmox.KindOther || !saysTimeout.MatchString(e.Message) {
		return err
	}
	return fail(ProblemTimeout, store.Args{Took: proxmox.ShutdownPatience(shutdownTimeout)})
}
