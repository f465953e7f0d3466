package fleet

import (
	"context"
	"fmt"
	"time"

	"berth/proxmox"
	"berth/store"
)

const (
	// metricsTime bounds the call for a container's metrics.
	metricsTime = proxmox.PageTime
	// metricsLife bounds the age of an answer that is used again: Proxmox adds to the last hour once a minute.
	metricsLife = 30 * time.Second
	// maxMetrics bounds the answers that are kept. One of a month is about 130 KiB.
	maxMetrics = 32
)

// metricsKey names the metrics of a container over a timeframe.
type metricsKey struct {
	store.Ref
	timeframe proxmox.Timeframe
}

// Metrics asks a container's node for its metrics over a timeframe, oldest first, for at most metricsTime; answers are
// shared and kept for metricsLife, and read-only. store.ErrNotFound for another user's node, else an *proxmox.Error.
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
