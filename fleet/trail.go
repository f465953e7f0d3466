package fleet

import (
	"math"
	"slices"
	"time"

	"berth/proxmox"
)

// A trail records a container's CPU for the line on its card, about an hour in little memory: it begins with a point for
// every poll, and whenever it is full, two points become one, until a point spans trailCoarse. Then the oldest goes. It is
// gone after a restart, and has gaps where nobody looked.
const (
	trailPoints = 45 // bytes for each container
	trailFinest = Interval
	trailCoarse = 8 * Interval // 45 of which are an hour
)

// A point is a share in half percent, so that it fits a byte.
const (
	pointFull  = 200
	pointNone  = 255 // nobody looked, or it did not run
	trailWorth = 5   // points that make a line to look at
)

// Trail of a container's CPU. Points are never changed, so that an inventory can share them.
type Trail struct {
	Points []uint8       // half percents of its cores, the oldest first; 255: not known
	Step   time.Duration // of a point
	slot   int64         // the last point's place, in steps since 1970
	mean   float64       // of the last point
	polls  int           // that it was made of
}

// Share of the cores at a point; false where it is not known.
func (t Trail) Share(i int) (float64, bool) {
	return float64(t.Points[i]) / pointFull, t.Points[i] != pointNone
}

// Worth tells whether the trail has enough points to be drawn.
func (t Trail) Worth() bool {
	known := 0
	for _, p := range t.Points {
		if p != pointNone {
			known++
		}
		if known >= trailWorth {
			return true
		}
	}
	return false
}

// Highest share of all points.
func (t Trail) Highest() float64 {
	highest := uint8(0)
	for _, p := range t.Points {
		if p != pointNone && p > highest {
			highest = p
		}
	}
	return float64(highest) / pointFull
}

// with returns t after a poll at a time that found a share of the cores in use.
func (t Trail) with(share float64, at time.Time) Trail {
	if t.Step == 0 {
		t.Step = trailFinest
	}
	slot := at.UnixNano() / int64(t.Step)
	for len(t.Points) > 0 && slot-t.slot+int64(len(t.Points)) > trailPoints && t.Step < trailCoarse {
		t = t.coarser()
		slot = at.UnixNano() / int64(t.Step)
	}
	gap := slot - t.slot
	switch {
	case len(t.Points) == 0 || gap >= trailPoints:
		return Trail{Points: []uint8{point(share)}, Step: trailFinest, slot: at.UnixNano() / int64(trailFinest), mean: share, polls: 1}
	case gap <= 0: // also when the clock was set back
		t.polls++
		t.mean += (share - t.mean) / float64(t.polls)
		t.Points = slices.Clone(t.Points)
		t.Points[len(t.Points)-1] = point(t.mean)
		return t
	}
	keep := t.Points[max(0, len(t.Points)+int(gap)-trailPoints):]
	points := make([]uint8, 0, len(keep)+int(gap))
	points = append(points, keep...)
	for range gap - 1 {
		points = append(points, pointNone)
	}
	return Trail{Points: append(points, point(share)), Step: t.Step, slot: slot, mean: share, polls: 1}
}

func point(share float64) uint8 {
	return uint8(math.Round(min(max(share, 0), 1) * pointFull))
}

// coarser returns t with one point for every two, the mean of them.
func (t Trail) coarser() Trail {
	first := t.slot - int64(len(t.Points)) + 1
	c := Trail{Step: 2 * t.Step, slot: t.slot / 2, mean: t.mean, polls: t.polls}
	c.Points = slices.Repeat([]uint8{pointNone}, int(c.slot-first/2+1))
	for i, p := range t.Points {
		to := &c.Points[(first+int64(i))/2-first/2]
		switch {
		case p == pointNone:
		case *to == pointNone:
			*to = p
		default:
			*to = uint8((int(*to) + int(p) + 1) / 2)
		}
	}
	if last := len(t.Points) - 1; t.slot%2 == 1 && last > 0 && t.Points[last-1] != pointNone {
		c.mean, c.polls = float64(c.Points[len(c.Points)-1])/pointFull, 2*t.polls
	}
	return c
}

// addToTrails adds the CPU of each running container in k to its trail, and forgets containers that are gone. f.mu is held.
func (c *cluster) addToTrails(k *known) {
	trails := make(map[int]Trail, len(k.Guests))
	for i := range k.Guests {
		g := &k.Guests[i]
		t, there := c.trails[g.VMID]
		if g.Type == proxmox.TypeContainer && g.Status == proxmox.GuestRunning && g.Seen.Equal(k.Seen) {
			t, there = t.with(g.CPU, k.Seen), true
		}
		if there {
			trails[g.VMID] = t
		}
	}
	c.trails = trails
}
