package fleet

import (
	"time"

	"berth/proxmox"
)

// trafficSpan is the least time between two readings of the counters that a rate is computed from.
const trafficSpan = 5 * time.Second

// Traffic is the rate at which a container receives and sends, from its counters in two
// answers. Its uptime dates them, as each answer has both from the same moment.
type Traffic struct {
	Known   bool
	In, Out float64 // bytes a second

	at            time.Duration // uptime at the last reading; zero: there was none
	sumIn, sumOut uint64        // counters then
}

// next returns the traffic after another reading of the counters; unknown again when the container stopped or restarted.
func (t Traffic) next(g proxmox.Guest) Traffic {
	span := g.Uptime - t.at
	switch {
	case g.Status != proxmox.GuestRunning:
		return Traffic{}
	case t.at == 0, span < 0, g.NetIn < t.sumIn, g.NetOut < t.sumOut: // started anew
		return Traffic{at: g.Uptime, sumIn: g.NetIn, sumOut: g.NetOut}
	case span < trafficSpan:
		return t
	}
	return Traffic{
		Known: true,
		In:    float64(g.NetIn-t.sumIn) / span.Seconds(),
		Out:   float64(g.NetOut-t.sumOut) / span.Seconds(),
		at:    g.Uptime, sumIn: g.NetIn, sumOut: g.NetOut,
	}
}
