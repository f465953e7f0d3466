package sim

import (
	"math"
	"time"
)

// period is a time during which a guest ran.
type period struct{ from, to time.Time } // to is zero while it runs

// restartTook is the time that a guest was off before its last start, where it is older than its uptime.
const restartTook = 12 * time.Minute

// lived makes up the past of a guest that exists from the start, by its Age and Uptime: when it ran.
func (g *guest) lived(now time.Time) {
	g.born = now.Add(-max(g.Age, g.Uptime))
	up := now.Add(-g.Uptime)
	if g.Status != "running" {
		up = now
	}
	if off := up.Add(-restartTook); g.born.Before(off) {
		g.runs = append(g.runs, period{g.born, off})
	}
	if g.Status == "running" {
		g.runs = append(g.runs, period{from: up})
	}
}

// noteRun remembers that a guest was started or stopped.
func (g *guest) noteRun(runs bool, now time.Time) {
	if last := len(g.runs) - 1; last >= 0 && g.runs[last].to.IsZero() {
		g.runs[last].to = now
	}
	if runs {
		g.runs = append(g.runs, period{from: now})
	}
}

// ranAt tells whether the guest ran at a moment.
func (g *guest) ranAt(t time.Time) bool {
	for _, r := range g.runs {
		if !t.Before(r.from) && (r.to.IsZero() || t.Before(r.to)) {
			return true
		}
	}
	return false
}

// flow has the rates of a running guest's network and disks, in bytes a second.
type flow struct{ netIn, netOut, diskRead, diskWrite float64 }

// flow returns the rates at a moment. They vary around the mean from which usage counts its bytes; without Live they
// are constant.
func (c *Cluster) flow(g *guest, t time.Time) flow {
	f := flow{2000 + 90_000*g.CPU, 1200 + 140_000*g.CPU, 800, 2600}
	if !c.cfg.Live {
		return f
	}
	s := float64(t.Unix()) + 131*float64(g.VMID)
	f.netIn *= 1 + 0.5*math.Sin(s/61) + 0.3*math.Sin(s/13)
	f.netOut *= 1 + 0.6*math.Sin(s/71) + 0.3*math.Sin(s/19)
	f.diskRead *= 1 + 0.9*math.Sin(s/167)
	f.diskWrite *= 1 + 0.5*math.Sin(s/83) + 0.4*math.Sin(s/29)
	return f
}

// archive is a round-robin archive: the length of a span, and the number of spans shown.
type archive struct {
	step  time.Duration
	count int
}

// archives are those of PVE::RRD, as they are from Proxmox VE 9 on.
func archives() map[string]archive {
	return map[string]archive{
		"hour":  {time.Minute, 60},
		"day":   {time.Minute, 1440},
		"week":  {30 * time.Minute, 336},
		"month": {30 * time.Minute, 1440},
		"year":  {6 * time.Hour, 1440},
	}
}

// olderArchives are those up to Proxmox VE 8.
func olderArchives() map[string]archive {
	return map[string]archive{
		"hour":  {time.Minute, 70},
		"day":   {30 * time.Minute, 70},
		"week":  {3 * time.Hour, 70},
		"month": {12 * time.Hour, 70},
		"year":  {7 * 24 * time.Hour, 70},
	}
}

// gatherEvery is the interval at which pvestatd gathers metrics for lists and archives.
const gatherEvery = 10 * time.Second

// samplesPerSpan is the number of moments that a span's figures are computed from.
const samplesPerSpan = 6

// rrdData answers from the archives, which every member of a cluster has. It fails for a guest of which nothing was
// gathered yet.
func (q *request) rrdData() (any, *failure) {
	c, older := q.cluster, q.cluster.cfg.Version < "9"
	all, file := archives(), "pve-vm-9.0"
	if older {
		all, file = olderArchives(), "pve2-vm"
	}
	g := c.guests[q.number("vmid", 0)]
	if g == nil || g.making || q.now.Sub(g.born) < gatherEvery {
		return nil, died("RRD error: opening '/var/lib/rrdcached/db/%s/%s': No such file or directory", file, q.params["vmid"])
	}
	a := all[q.params["timeframe"]]
	begin := q.now.Truncate(a.step).Add(-time.Duration(a.count) * a.step)
	spans := make([]map[string]any, a.count)
	for i := range spans {
		spans[i] = c.span(g, begin.Add(time.Duration(i)*a.step), a.step, q.now, q.params["cf"] == "MAX", older)
	}
	return spans, nil
}

// span makes one entry of an archive. While a guest does not run, only its sizes are there; before it existed, only the time.
func (c *Cluster) span(g *guest, at time.Time, step time.Duration, now time.Time, highest, older bool) map[string]any {
	e := map[string]any{"time": at.Unix()}
	if !at.Add(step).After(g.born) {
		return e
	}
	e["maxcpu"], e["maxmem"], e["maxdisk"] = g.Cores, g.MaxMemory, g.MaxDisk
	// A disk fills as the years go by: it was at two thirds in the beginning.
	e["disk"] = float64(g.Disk) * (1 - now.Sub(at).Seconds()/max(now.Sub(g.born).Seconds(), 1)/3)
	gathered, n := make(map[string]float64), 0.0
	for i := range samplesPerSpan {
		t := at.Add(time.Duration(i) * step / samplesPerSpan)
		if !g.ranAt(t) {
			continue
		}
		cpu, memory := c.load(g, t)
		f := c.flow(g, t)
		n++
		for key, v := range map[string]float64{"cpu": cpu, "mem": float64(memory), "netin": f.netIn, "netout": f.netOut, "diskread": f.diskRead, "diskwrite": f.diskWrite} {
			if highest {
				gathered[key] = max(gathered[key], v)
			} else {
				gathered[key] += (v - gathered[key]) / n
			}
		}
	}
	if n < samplesPerSpan/2 {
		return e // rrdtool takes a span as unknown of which more than half is
	}
	for key, v := range gathered {
		e[key] = v
	}
	if !older {
		for _, key := range []string{"pressurecpusome", "pressurecpufull", "pressureiosome", "pressureiofull", "pressurememorysome", "pressurememoryfull"} {
			e[key] = 0
		}
	}
	return e
}
