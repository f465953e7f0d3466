package fleet

import (
	"context"
	"fmt"
	"slices"
	"time"

	"berth/proxmox"
	"berth/store"
)

const (
	// figuresTime is how long a node may take to tell what a container took.
	figuresTime = proxmox.PageTime
	// figuresLife is how long that is kept: Proxmox adds to the last hour once a minute.
	figuresLife = 30 * time.Second
	// maxFigures bounds the answers that are kept. One of a month is about 130 KiB.
	maxFigures = 32
)

// frame names the figures of a container over a timeframe.
type frame struct {
	store.Ref
	timeframe proxmox.Timeframe
}

// keptFigures are figures, or the question for them.
type keptFigures struct {
	*flight[[]proxmox.Figures]
	at time.Time // when they were asked for
}

// good tells whether the figures need not be asked for again.
func (k *keptFigures) good(now time.Time) bool {
	return !k.hasLanded() || k.err == nil && now.Sub(k.at) < figuresLife
}

// Figures of a container over a timeframe, the oldest first, at most 3 s after they were asked for; kept for
// half a minute, for all who look. They are not to be changed. store.ErrNotFound for another user's node, else an *proxmox.Error.
func (f *Fleet) Figures(ctx context.Context, userID string, at store.Ref, timeframe proxmox.Timeframe) ([]proxmox.Figures, error) {
	i, err := f.inspector(userID, at)
	if err != nil {
		return nil, err
	}
	kept := f.keptFigures(i, frame{at, timeframe})
	return kept.wait(ctx, fmt.Sprintf("GET /nodes/%s/lxc/%d/rrddata", i.member, i.vmid))
}

// keptFigures are those that are kept, or else a new question.
func (f *Fleet) keptFigures(i inspection, of frame) *keptFigures {
	f.mu.Lock()
	defer f.mu.Unlock()
	now := f.clock.Now()
	if kept := f.figures[of]; kept != nil && kept.good(now) {
		return kept
	}
	f.forgetFigures(now)
	kept := &keptFigures{at: now}
	kept.flight = launch(f, func(ctx context.Context) ([]proxmox.Figures, error) {
		ctx, cancel := context.WithTimeout(ctx, figuresTime)
		defer cancel()
		return i.RRDData(ctx, i.member, i.vmid, of.timeframe)
	})
	f.figures[of] = kept
	return kept
}

// forgetFigures makes room for one more answer. f.mu is held.
func (f *Fleet) forgetFigures(now time.Time) {
	var kept []frame
	for of, k := range f.figures {
		if !k.good(now) {
			delete(f.figures, of)
		} else {
			kept = append(kept, of)
		}
	}
	if len(kept) < maxFigures {
		return
	}
	oldest := slices.MinFunc(kept, func(a, b frame) int { return f.figures[a].at.Compare(f.figures[b].at) })
	delete(f.figures, oldest)
}
