package container

import (
	"berth/proxmox"
	"berth/views/cards"
	"berth/views/chart"
	"berth/views/layout"
)

// MetricsPage draws a container's metrics over a timeframe.
type MetricsPage struct {
	Page
	Timeframe proxmox.Timeframe
	Samples   []proxmox.Metrics // the oldest first; none: nothing was gathered, or Why
	Why       layout.Problem    // why there are none; zero when they could be asked for
}

// metrics are the samples as they are drawn.
func (p MetricsPage) metrics() chart.Metrics {
	return chart.Of(p.Timeframe, p.Samples, p.Now.Location())
}

// metricsURL is the page of a container's metrics over a timeframe.
func metricsURL(c cards.Card, timeframe proxmox.Timeframe) string {
	url := c.TabURL(cards.TabMetrics)
	if timeframe == proxmox.LastHour {
		return url
	}
	return url + "?timeframe=" + string(timeframe)
}

// emptyWords say why there is nothing to draw though the node was asked.
func (p MetricsPage) emptyWords() string {
	if p.Card.Runs() {
		return "Proxmox has gathered nothing of it over " + chart.SpanOf(p.Timeframe).Over + " yet. The first metrics appear a minute or two after it was started."
	}
	return "It did not run over " + chart.SpanOf(p.Timeframe).Over + ", so there is nothing to draw. Metrics are gathered while it runs."
}
