package fleet

import (
	"time"

	"berth/proxmox"
)

// trafficSpan is the least time between two looks that tell a rate.
const trafficSpan = 5 * time.Second

// Traffic is how much a container receives and sends, by its counters at two moments. Its
// uptime dates them: whatever host tells it, it does so in one breath with the counters.
type Traffic struct {
	Known   bool
	In, Out float64 // bytes a second

	at            time.Duration // uptime at the last look; zero: there was none
	sumIn, sumOut uint64        // then
}

// next is the traffic after another look at the counters.
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
