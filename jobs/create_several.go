package jobs

import (
	"errors"
	"fmt"
	"log/slog"
	"slices"

	"berth/store"
)

// CreateSeveral begins a create job for each of specs, as CreateProvisioned does, and returns the bulk job that they belong
// to. One with a VMID that another job is at work on fails alone.
func (r *Runner) CreateSeveral(userID, nodeID, draftID string, specs []CreateSpec, provision store.Provision, secrets map[string]string) (store.Job, error) {
	if len(specs) == 0 || len(specs) > MaxBulk {
		return store.Job{}, fmt.Errorf("jobs: %d containers at once", len(specs))
	}
	children := make([]store.Job, len(specs))
	for i, spec := range specs {
		spec, steps := provisioned(spec, provision)
		var err error
		if children[i], err = r.on(userID, nodeID, createJob(draftID, spec, steps), spec); err != nil {
			return store.Job{}, err
		}
	}
	parent := store.Job{UserID: userID, NodeName: children[0].NodeName, Kind: store.JobBulk, Does: store.JobCreate, DraftID: draftID, Percent: -1}

	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return store.Job{}, ErrClosed
	}
	parent, children, err := r.cfg.Store.AddProvisionedJobs(parent, children, provision, valuesFor(provision, secrets), r.refuseBusy)
	if err != nil {
		return store.Job{}, err
	}
	r.queue(parent, children)
	return parent, nil
}

// secretsOfAny returns the secret inputs whose values a retry of several creates needs: they all have the same.
func (r *Runner) secretsOfAny(parent store.Job) ([]store.Input, error) {
	state, n := RetryOf(parent)
	if n == 0 || parent.Does != store.JobCreate {
		return nil, nil
	}
	children, err := r.cfg.Store.Children(parent.UserID, parent.ID)
	if err != nil {
		return nil, err
	}
	for _, j := range children {
		if j.State != state {
			continue
		}
		if asked, err := r.SecretsToType(j); err != nil || len(asked) > 0 {
			return asked, err
		}
	}
	return nil, nil
}

// giveSecrets keeps what was typed for the secret inputs with each of several jobs that needs it.
func (r *Runner) giveSecrets(queued []store.Job, values map[string]string) {
	if len(values) == 0 {
		return
	}
	for _, j := range queued {
		asked, err := r.SecretsToType(j)
		if err == nil && len(asked) > 0 {
			err = r.cfg.Store.PutJobSecrets(j.ID, values)
		}
		if err != nil {
			r.log.Error("the secrets of a job cannot be kept", slog.String("job", j.ID), slog.Any("error", err))
		}
	}
}

// typedFor picks the values of the inputs that were asked for. ErrSecrets where one is missing.
func typedFor(asked []store.Input, secrets map[string]string) (map[string]string, error) {
	values := make(map[string]string, len(asked))
	for _, in := range asked {
		value, typed := secrets[in.Name]
		if !typed {
			return nil, ErrSecrets
		}
		values[in.Name] = value
	}
	return values, nil
}

// isWanted tells whether the draft of a job is still led back to: by another of several that were made of it and are not
// done.
func (r *Runner) isWanted(j store.Job) bool {
	if j.Parent == "" {
		return false
	}
	all, err := r.cfg.Store.Children(j.UserID, j.Parent)
	if err != nil {
		if !errors.Is(err, store.ErrNotFound) {
			r.log.Error("the jobs beside a job cannot be read", slog.String("job", j.ID), slog.Any("error", err))
		}
		return true
	}
	return slices.ContainsFunc(all, func(o store.Job) bool { return o.State != store.JobDone })
}
