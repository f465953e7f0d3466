package main

import (
	"context"
	"errors"
	"time"
)

const (
	sweepEvery  = time.Hour      // between two calls of berth.sweep
	forgetEvery = 24 * time.Hour // between two calls of berth.forget
)

// every does work at once and then again and again, until ctx ends.
func every(ctx context.Context, pause time.Duration, work func(context.Context)) {
	tick := time.NewTicker(pause)
	defer tick.Stop()
	for ctx.Err() == nil {
		work(ctx)
		select {
		case <-tick.C:
		case <-ctx.Done():
		}
	}
}

// sweep forgets the sessions and invitations that have expired.
func (b *berth) sweep(context.Context) {
	if err := b.store.SweepExpired(); err != nil {
		b.log.Error("expired sessions were not forgotten", "error", err)
	}
}

// forget forgets the jobs and drafts beyond the bounds of retention. It works in small transactions, and ends with ctx.
func (b *berth) forget(ctx context.Context) {
	jobs, err := b.store.ForgetJobs(ctx)
	drafts, errDrafts := b.store.ForgetDrafts(ctx)
	if err := errors.Join(err, errDrafts); err != nil && ctx.Err() == nil {
		b.log.Error("old jobs and drafts were not forgotten", "error", err)
	}
	if jobs+drafts > 0 {
		b.log.Info("old jobs and drafts were forgotten", "jobs", jobs, "drafts", drafts)
	}
}
