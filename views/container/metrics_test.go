package container

import (
	"math"
	"testing"
	"time"

	"berth/fleet"
	"berth/proxmox"
	"berth/store"
	"berth/views/cards"
	"berth/views/golden"
	"berth/views/layout"
)

// taken are n spans of that length that end at jobNow; value makes each, by how many come after it.
func taken(n int, step time.Duration, value func(left int) proxmox.Metrics) []proxmox.Metrics {
	all := make([]proxmox.Metrics, n)
	for i := range all {
		all[i] = value(n - 1 - i)
		all[i].Time = golden.Now().Truncate(time.Minute).Add(-time.Duration(n-i) * step)
	}
	return all
}

// nothing is known of a container that is off.
func nothing() proxmox.Metrics {
	const no = proxmox.NoMetric
	return proxmox.Metrics{CPU: no, Memory: no, MaxMemory: no, Disk: no, MaxDisk: no, NetIn: no, NetOut: no, DiskRead: no, DiskWrite: no}
}

// busy returns samples of a container that works hard, and was off for a tenth of the time.
func busy(n int, step time.Duration) []proxmox.Metrics {
	return taken(n, step, func(left int) proxmox.Metrics {
		if left >= n/2 && left < n/2+n/10 {
			return nothing()
		}
		wave := math.Sin(float64(left) / float64(n) * 20)
		return proxmox.Metrics{CPU: 0.5 + 0.45*wave, Memory: (300 + 90*wave) * golden.MiB, MaxMemory: 512 * golden.MiB, Disk: 2 * golden.GiB, MaxDisk: 8 * golden.GiB,
			NetIn: 4000 + 3000*wave, NetOut: 90_000 * (1 + wave), DiskRead: 0, DiskWrite: 1200}
	})
}

func metricsOf(timeframe proxmox.Timeframe, samples []proxmox.Metrics, why layout.Problem) MetricsPage {
	c := cards.New(golden.Container(nil), nil, golden.Now())
	return MetricsPage{Page: Page{Card: c, Node: store.Node{ID: "n1", Name: "pve1"}, Now: golden.Now()}, Timeframe: timeframe, Samples: samples, Why: why}
}

func TestContainerMetrics(t *testing.T) {
	page := golden.Compare(t, "container_metrics", metricsBody(metricsOf(proxmox.LastHour, busy(60, time.Minute), layout.Problem{})))
	page.Variant(t, "none", metricsBody(metricsOf(proxmox.LastDay, nil, layout.Problem{})))
	page.Variant(t, "silent", metricsBody(metricsOf(proxmox.LastHour, nil, layout.Problem{Title: "pve1 does not answer", Why: "No answer came in time.", Next: "Check that it is on."})))
	recent := golden.Compare(t, "container_metrics_recent", RecentMetrics(metricsOf(proxmox.LastHour, busy(60, time.Minute), layout.Problem{})))
	recent.Variant(t, "silent", RecentMetrics(metricsOf(proxmox.LastHour, nil, layout.Problem{Title: "pve1 does not answer"})))
	recent.Variant(t, "to_come", metricsToCome(cards.New(golden.Container(nil), nil, golden.Now())))
	off := metricsOf(proxmox.LastWeek, taken(336, 30*time.Minute, func(int) proxmox.Metrics {
		f := nothing()
		f.MaxMemory, f.Disk = 512*golden.MiB, golden.GiB
		return f
	}), layout.Problem{})
	off.Card = cards.New(golden.Container(func(c *fleet.Container) { c.Status = "stopped" }), nil, golden.Now())
	page.Variant(t, "off", metricsBody(off))
}
