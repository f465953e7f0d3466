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

// Timeframe is how far back figures reach.
type Timeframe string

// The timeframes that Proxmox keeps figures for.
const (
	LastHour  Timeframe = "hour"
	LastDay   Timeframe = "day"
	LastWeek  Timeframe = "week"
	LastMonth Timeframe = "month"
	LastYear  Timeframe = "year"
)

// Timeframes are all of them, the shortest first.
func Timeframes() []Timeframe {
	return []Timeframe{LastHour, LastDay, LastWeek, LastMonth, LastYear}
}

// NoFigure stands where the host has no value: the container did not run, or was not there yet.
const NoFigure = -1

// Figures are what a container took on average over a span of time. Each may be NoFigure.
type Figures struct {
	Time                time.Time // when the span begins
	CPU                 float64   // share of the cores, 0 to 1
	Memory, MaxMemory   float64   // bytes
	Disk, MaxDisk       float64   // bytes
	NetIn, NetOut       float64   // bytes a second
	DiskRead, DiskWrite float64   // bytes a second
}

// saysNoFigures is how rrdtool says that nothing was ever gathered of a guest.
var saysNoFigures = regexp.MustCompile(`\bRRD error: .*No such file or directory`)

// RRDData is GET …/rrddata?timeframe=&cf=AVERAGE: what a container took, the oldest first. A span is a minute for the last
// hour, and for longer timeframes as long as the release has it; on a host that was upgraded from Proxmox VE 8
// the older spans are longer. There are none while nothing was gathered.
func (c *Client) RRDData(ctx context.Context, node string, vmid int, frame Timeframe) ([]Figures, error) {
	var data []struct {
		Time      number `json:"time"`
		CPU       figure `json:"cpu"`
		Mem       figure `json:"mem"`
		MaxMem    figure `json:"maxmem"`
		Disk      figure `json:"disk"`
		MaxDisk   figure `json:"maxdisk"`
		NetIn     figure `json:"netin"`
		NetOut    figure `json:"netout"`
		DiskRead  figure `json:"diskread"`
		DiskWrite figure `json:"diskwrite"`
	}
	args := url.Values{"timeframe": {string(frame)}, "cf": {"AVERAGE"}}
	err := c.get(ctx, containerPath(node, vmid, "rrddata"), args, &data)
	if e, ok := errors.AsType[*Error](err); ok && e.Kind == KindOther && saysNoFigures.MatchString(e.Message) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	all := make([]Figures, 0, len(data))
	for _, d := range data {
		if at := d.Time.time(); !at.IsZero() {
			all = append(all, Figures{
				Time: at, CPU: min(d.CPU.float(), 1), Memory: d.Mem.float(), MaxMemory: d.MaxMem.float(), Disk: d.Disk.float(), MaxDisk: d.MaxDisk.float(),
				NetIn: d.NetIn.float(), NetOut: d.NetOut.float(), DiskRead: d.DiskRead.float(), DiskWrite: d.DiskWrite.float(),
			})
		}
	}
	slices.SortStableFunc(all, func(a, b Figures) int { return a.Time.Compare(b.Time) })
	return all, nil
}

// figure reads a value that is not negative. An absent key, null, and what is no number are none.
type figure struct {
	value float64
	there bool
}

func (f *figure) UnmarshalJSON(b []byte) error {
	s, ok := scalar(b)
	v, err := strconv.ParseFloat(s, 64)
	f.value, f.there = v, ok && err == nil && v >= 0 && !math.IsInf(v, 0)
	return nil
}

func (f figure) float() float64 {
	if !f.there {
		return NoFigure
	}
	return f.value
}
