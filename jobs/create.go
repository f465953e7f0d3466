package jobs

import (
	"context"
	"errors"
	"net/netip"
	"time"

	"berth/proxmox"
	"berth/store"
)

const (
	// addressPatience is how long a new container may take to get an address.
	addressPatience = time.Minute
	addressPause    = 2 * time.Second
	// cleanupLooks is how often to look, a second apart, whether the host has removed
	// what a failed create made.
	cleanupLooks = 10
)

// createSteps are those of a create job. What nobody asked for is no step.
func createSteps(spec CreateSpec) []string {
	steps := []string{StepCheck, StepCreate}
	if len(spec.AddTags) > 0 {
		steps = append(steps, StepTag)
	}
	if !spec.Start {
		return steps
	}
	steps = append(steps, StepStart)
	if p := spec.Params; p.Bridge != "" && (p.IP != "" || p.IP6 != "") {
		steps = append(steps, StepAddress)
	}
	return steps
}

// CreationOf is what a create job does; the zero value for any other job.
func CreationOf(j store.Job) CreateSpec { return specOf[CreateSpec](j, store.JobCreate) }

// checkVMID asks the host whether the VMID is free, before anything is begun.
func (w *worker) checkVMID() (result, error) {
	vmid, _ := w.job.Makes()
	err := w.ask(func(ctx context.Context, c *proxmox.Client, _ store.Node) error {
		return c.CheckVMID(ctx, vmid)
	})
	if err != nil {
		return result{}, err
	}
	return result{detail: store.Message{Kind: MessageFree, Args: store.Args{VMID: vmid}}}, nil
}

// create makes the container. It is not started by the same call: whether that works
// would stand in the log of another task, which nobody names.
func (w *worker) create() (result, error) {
	var spec CreateSpec
	if err := w.spec(&spec); err != nil {
		return result{}, err
	}
	made := func(j *store.Job) { j.Made = true }
	return w.change(change{
		types: []string{"vzcreate"},
		post: func(ctx context.Context, c *proxmox.Client) (proxmox.UPID, error) {
			return c.Create(ctx, w.job.Member, spec.Params)
		},
		isDone: func() (result, bool, error) {
			if w.step().UPID == "" {
				return result{}, false, nil // whoever has the VMID, it is not this job
			}
			g, err := w.guest()
			if proxmox.KindOf(err) == proxmox.KindNotFound {
				return result{}, false, nil
			}
			return result{change: made}, g.Lock == "", err
		},
		refused:       w.refusedCreate,
		findLeftovers: w.findLeftovers,
		succeeded:     made,
	})
}

func (w *worker) refusedCreate(err error) (result, error) {
	if proxmox.KindOf(err) == proxmox.KindExists && w.job.Made {
		return result{}, fail(ProblemLeftover, store.Args{VMID: w.job.VMID})
	}
	return result{}, err
}

// findLeftovers looks what a create or a clone left that failed or was aborted: the host
// removes it, but takes its time.
func (w *worker) findLeftovers() (result, error) {
	vmid, _ := w.job.Makes()
	for looks := 1; ; looks++ {
		_, err := w.guestAt(vmid)
		if proxmox.KindOf(err) == proxmox.KindNotFound {
			return result{
				detail: store.Message{Kind: MessageNoLeftover},
				change: func(j *store.Job) { j.Made = false },
			}, nil
		}
		if err != nil {
			return result{}, err
		}
		if looks == cleanupLooks {
			return result{
				detail: store.Message{Kind: MessageLeftover, Args: store.Args{VMID: vmid}},
				change: func(j *store.Job) { j.Made = true },
			}, nil
		}
		if err := w.sleep(time.Second); err != nil {
			return result{}, err
		}
	}
}

// address waits until the container has one. That none comes is no failure: the
// container is there and runs.
func (w *worker) address() (result, error) {
	var spec CreateSpec
	if err := w.spec(&spec); err != nil {
		return result{}, err
	}
	until := w.step().Started.Add(addressPatience)
	for {
		found, err := w.addresses()
		if failed, ok := errors.AsType[*failure](err); ok && failed.Kind == ProblemSilent {
			return result{detail: store.Message{Kind: MessageAddressSilent}}, nil
		}
		if e, ok := refusal(err); ok {
			switch e.Kind {
			case proxmox.KindForbidden:
				return result{detail: store.Message{Kind: MessageAddressNoRight}}, nil
			case proxmox.KindNotRunning:
				return result{detail: store.Message{Kind: MessageAddressStopped}}, nil
			}
		}
		if err != nil {
			return result{}, err
		}
		late := !w.now().Before(until)
		if len(found) > 0 && (late || spec.Params.IP == "" || hasIPv4(found)) {
			return w.addressed(found), nil
		}
		if late {
			return result{detail: store.Message{Kind: MessageNoAddress, Args: store.Args{Took: addressPatience}}}, nil
		}
		if err := w.wait(addressPause); err != nil {
			return result{}, err
		}
	}
}

// addresses are those that the container has now.
func (w *worker) addresses() (found []netip.Prefix, err error) {
	err = w.ask(func(ctx context.Context, c *proxmox.Client, _ store.Node) error {
		interfaces, err := c.Interfaces(ctx, w.job.Member, w.job.VMID)
		found = proxmox.Addresses(interfaces, madeNetwork)
		return err
	})
	return found, err
}

func (w *worker) addressed(found []netip.Prefix) result {
	if w.r.cfg.Addressed != nil {
		w.r.cfg.Addressed(w.job.Ref(), found)
	}
	addresses := textsOf(found)
	return result{
		detail: store.Message{Kind: MessageAddresses, Args: store.Args{Addresses: addresses}},
		change: func(j *store.Job) { j.Addresses = addresses },
	}
}

func hasIPv4(prefixes []netip.Prefix) bool {
	for _, p := range prefixes {
		if p.Addr().Is4() {
			return true
		}
	}
	return false
}
