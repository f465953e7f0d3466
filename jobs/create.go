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
	// addressPatience bounds the wait for the address of a new container.
	addressPatience = time.Minute
	addressPause    = 2 * time.Second // between two questions for it
	// cleanupLooks bounds the wait for the host to remove the remains of a failed create, in
	// looks a second apart.
	cleanupLooks = 10
)

// createSteps returns the steps that a create job needs for what was asked for.
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

// CreationOf returns the parameters of a create job, for its page; the zero value for any other job.
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

// create makes the container. It is started by a step of its own, as the same call would
// start it in another task, whose UPID the host does not return.
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
				return result{}, false, nil // a container with that VMID is another one
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

// findLeftovers looks for the container of a create or clone that failed or was aborted.
// The host removes it, but takes its time; after cleanupLooks the container counts as made.
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

// address waits until the container has an address, for addressPatience. Without one the
// step still succeeds: the container is there and runs.
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

// addresses asks for the container's current addresses.
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
