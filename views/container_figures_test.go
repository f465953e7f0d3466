package views

import (
	"math"
	"testing"
	"time"

	"berth/fleet"
	"berth/proxmox"
	"berth/store"
)

// taken are n spans of that length that end at jobNow; value makes each, by how many come after it.
func taken(n int, step time.Duration, value func(left int) proxmox.Metrics) []proxmox.Metrics {
	all := make([]proxmox.Metrics, n)
	for i := range all {
		all[i] = value(n - 1 - i)
		all[i].Time = jobNow().Truncate(time.Minute).Add(-time.Duration(n-i) * step)
	}
	return all
}

// nothing is known of a container that is off.
func nothing() proxmox.Metrics {
	const no = proxmox.NoMetric
	return proxmox.Metrics{CPU: no, Memory: no, MaxMemory: no, Disk: no, MaxDisk: no, NetIn: no, NetOut: no, DiskRead: no, DiskWrite: no}
}

// busy is what a container took that was off for a while.
func busy(n int, step time.Duration) []proxmox.Metrics {
	return taken(n, step, func(left int) proxmox.Metrics {
		if left >= n/2 && left < n/2+n/10 {
			return nothing()
		}
		wave := math.Sin(float64(left) / float64(n) * 20)
		return proxmox.Metrics{CPU: 0.5 + 0.45*wave, Memory: (300 + 90*wave) * mib, MaxMemory: 512 * mib, Disk: 2 * gib, MaxDisk: 8 * gib,
			NetIn: 4000 + 3000*wave, NetOut: 90_000 * (1 + wave), DiskRead: 0, DiskWrite: 1200}
	})
}

func figuresOf(timeframe proxmox.Timeframe, figures []proxmox.Metrics, why Problem) FiguresPage {
	c := NewCard(lying(nil), nil, jobNow())
	return FiguresPage{ContainerPage: ContainerPage{Card: c, Node: store.Node{ID: "n1", Name: "pve1"}, Now: jobNow()}, Timeframe: timeframe, Figures: figures, Why: why}
}

func TestContainerFigures(t *testing.T) {
	page := golden(t, "container_metrics", figuresBody(figuresOf(proxmox.LastHour, busy(60, time.Minute), Problem{})))
	page.variant(t, "none", figuresBody(figuresOf(proxmox.LastDay, nil, Problem{})))
	page.variant(t, "silent", figuresBody(figuresOf(proxmox.LastHour, nil, Problem{Title: "pve1 does not answer", Why: "No answer came in time.", Next: "Check that it is on."})))
	recent := golden(t, "container_metrics_recent", RecentFigures(figuresOf(proxmox.LastHour, busy(60, time.Minute), Problem{})))
	recent.variant(t, "silent", RecentFigures(figuresOf(proxmox.LastHour, nil, Problem{Title: "pve1 does not answer"})))
	recent.variant(t, "to_come", FiguresToCome(NewCard(lying(nil), nil, jobNow())))
	off := figuresOf(proxmox.LastWeek, taken(336, 30*time.Minute, func(int) proxmox.Metrics {
		f := nothing()
		f.MaxMemory, f.Disk = 512*mib, gib
		return f
	}), Problem{})
	off.Card = NewCard(lying(func(c *fleet.Container) { c.Status = "stopped" }), nil, jobNow())
	page.variant(t, "off", figuresBody(off))
}
