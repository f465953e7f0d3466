package container

import (
	"cmp"
	"strings"

	"berth/events"
	"berth/views/human"
)

// OverviewPage is the page that a container's card leads to.
type OverviewPage struct {
	ConfigurationPage
	Latest events.Page // what Berth knows by itself
}

// loadWords tell of when the values are.
func (p OverviewPage) loadWords() string {
	if p.Card.Seen.IsZero() {
		return ""
	}
	return "as of " + human.Clock(p.Card.Seen, p.Now)
}

// lineSpeed stands for the limit of a network that has none, in bytes a second: a gigabit.
const lineSpeed = 125e6

// networkLimit adds up the limits of the container's networks, in bytes a second of either direction.
func (p OverviewPage) networkLimit() float64 {
	limit := 0.0
	for _, n := range p.networks() {
		if n.Rate > 0 {
			limit += n.Rate * 1e6
		} else {
			limit += lineSpeed
		}
	}
	return cmp.Or(limit, lineSpeed)
}

// networkPercent returns the share of networkLimit in use, in the busier direction, for the network's meter.
func (p OverviewPage) networkPercent() float64 {
	return 100 * max(p.Card.Traffic.In, p.Card.Traffic.Out) / p.networkLimit()
}

// perSecond writes a rate in bytes.
func perSecond(rate float64) string { return human.Bytes(uint64(rate)) + "/s" }

// coresWords follow the share of the CPU that is used: "of 4 cores".
func (p OverviewPage) coresWords() string {
	return strings.TrimPrefix(p.Card.CpuWords(), human.Percent(p.Card.CPU)+" ")
}
