package proxmox

import (
	"context"
	"errors"
	"math"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"time"
)

// Timeframe selects how far back RRDData reaches, in Proxmox's words.
type Timeframe string

// The timeframes that Proxmox keeps metrics for.
const (
	LastHour  Timeframe = "hour"
	LastDay   Timeframe = "day"
	LastWeek  Timeframe = "week"
	LastMonth Timeframe = "month"
	LastYear  Timeframe = "year"
)

// Timeframes lists all of them, the shortest first.
func Timeframes() []Timeframe {
	return []Timeframe{LastHour, LastDay, LastWeek, LastMonth, LastYear}
}

// NoMetric stands where the host has no value: the container did not run, or was not there yet.
const NoMetric = -1

// Metrics are a container's averages over a span of time. Each but Time may be NoMetric.
type Metrics struct {
	Time                time.Time // when the span begins
	CPU                 float64   // share of the cores, 0 to 1
	Memory, MaxMemory   float64   // bytes
	Disk, MaxDisk       float64   // bytes
	NetIn, NetOut       float64   // bytes a second
	DiskRead, DiskWrite float64   // bytes a second
}

// saysNoMetrics matches rrdtool's error for a guest of which nothing was ever gathered.
var saysNoMetrics = regexp.MustCompile(`\bRRD error: .*No such file or directory`)

// RRDData is GET …/rrddata?timeframe=&cf=AVERAGE: a container's metrics, the oldest first; nil while nothing was gathered.
// A span is a minute for the last hour. For longer timeframes it depends on the release, and on a host that was upgraded
// from Proxmox VE 8 the older spans are longer.
func (c *Client) RRDData(ctx context.Context, node string, vmid int, frame Timeframe) ([]Metrics, error) {
	var data []struct {
		Time      number `json:"time"`
		CPU       metric `json:"cpu"`
		Mem       metric `json:"mem"`
		MaxMem    metric `json:"maxmem"`
		Disk      metric `json:"disk"`
		MaxDisk   metric `json:"maxdisk"`
		NetIn     metric `json:"netin"`
		NetOut    metric `json:"netout"`
		DiskRead  metric `json:"diskread"`
		DiskWrite metric `json:"diskwrite"`
	}
	args := url.Values{"timeframe": {string(frame)}, "cf": {"AVERAGE"}}
	err := c.get(ctx, containerPath(node, vmid, "rrddata"), args, &data)
	if e, ok := errors.AsType[*Error](err); ok && e.Kind == KindOther && saysNoMetrics.MatchString(e.Message) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	all := make([]Metrics, 0, len(data))
	for _, d := range data {
		if at := d.Time.time(); !at.IsZero() {
			all = append(all, Metrics{
				Time: at, CPU: min(d.CPU.float(), 1), Memory: d.Mem.float(), MaxMemory: d.MaxMem.float(), Disk: d.Disk.float(), MaxDisk: d.MaxDisk.float(),
				NetIn: d.NetIn.float(), NetOut: d.NetOut.float(), DiskRead: d.DiskRead.float(), DiskWrite: d.DiskWrite.float(),
			})
		}
	}
	slices.SortStableFunc(all, func(a, b Metrics) int { return a.Time.Compare(b.Time) })
	return all, nil
}

// metric reads a number that is not negative. It is not there for an absent key, null, and anything else.
type metric struct {
	value float64
	there bool
}

func (f *metric) UnmarshalJSON(b []byte) error {
	s, ok := scalar(b)
	v, err := strconv.ParseFloat(s, 64)
	f.value, f.there = v, ok && err == nil && v >= 0 && !math.IsInf(v, 0)
	return nil
}

func (f metric) float() float64 {
	if !f.there {
		return NoMetric
	}
	return f.value
}
