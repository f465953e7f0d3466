package fleet

import (
	"context"
	"fmt"
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

// Figures of a container over a timeframe, the oldest first, at most 3 s after they were asked for; kept for
// half a minute, for all who look. They are not to be changed. store.ErrNotFound for another user's node, else an *proxmox.Error.
func (f *Fleet) Figures(ctx context.Context, userID string, at store.Ref, timeframe proxmox.Timeframe) ([]proxmox.Figures, error) {
	i, err := f.inspector(userID, at)
	if err != nil {
		return nil, err
	}
	asked := f.figures.Get(frame{at, timeframe}, func(ctx context.Context) ([]proxmox.Figures, error) {
		ctx, cancel := context.WithTimeout(ctx, figuresTime)
		defer cancel()
		return i.RRDData(ctx, i.member, i.vmid, timeframe)
	})
	return wait(ctx, asked, fmt.Sprintf("GET /nodes/%s/lxc/%d/rrddata", i.member, i.vmid))
}
