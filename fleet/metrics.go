package fleet

import (
	"context"
	"fmt"
	"time"

	"berth/proxmox"
	"berth/store"
)

const (
	// metricsTime is how long a node may take to tell what a container took.
	metricsTime = proxmox.PageTime
	// metricsLife is how long that is kept: Proxmox adds to the last hour once a minute.
	metricsLife = 30 * time.Second
	// maxMetrics bounds the answers that are kept. One of a month is about 130 KiB.
	maxMetrics = 32
)

// metricsKey names the metrics of a container over a timeframe.
type metricsKey struct {
	store.Ref
	timeframe proxmox.Timeframe
}

// Metrics of a container over a timeframe, the oldest first, at most 3 s after they were asked for; kept for
// half a minute, for all who look. They are not to be changed. store.ErrNotFound for another user's node, else an *proxmox.Error.
func (f *Fleet) Metrics(ctx context.Context, userID string, at store.Ref, timeframe proxmox.Timeframe) ([]proxmox.Metrics, error) {
	i, err := f.inspector(userID, at)
	if err != nil {
		return nil, err
	}
	asked := f.metrics.Get(metricsKey{at, timeframe}, func(ctx context.Context) ([]proxmox.Metrics, error) {
		ctx, cancel := context.WithTimeout(ctx, metricsTime)
		defer cancel()
		return i.RRDData(ctx, i.member, i.vmid, timeframe)
	})
	return wait(ctx, asked, fmt.Sprintf("GET /nodes/%s/lxc/%d/rrddata", i.member, i.vmid))
}
