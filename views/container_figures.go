package views

import (
	"berth/proxmox"
	"berth/views/chart"
)

// FiguresPage is what a container took over a timeframe.
type FiguresPage struct {
	ContainerPage
	Timeframe proxmox.Timeframe
	Figures   []proxmox.Metrics // the oldest first; none: nothing was gathered, or Why
	Why       Problem           // why there are none; zero when they could be asked for
}

// metrics are the figures as they are drawn.
func (p FiguresPage) metrics() chart.Metrics { return chart.Of(p.Timeframe, p.Figures) }

// figuresURL is the page of a container's figures over a timeframe.
func (c Card) figuresURL(timeframe proxmox.Timeframe) string {
	url := c.tabURL(TabFigures)
	if timeframe == proxmox.LastHour {
		return url
	}
	return url + "?timeframe=" + string(timeframe)
}

// emptyWords say why there is nothing to draw though the node was asked.
func (p FiguresPage) emptyWords() string {
	if p.Card.runs() {
		return "Proxmox has gathered nothing of it over " + chart.SpanOf(p.Timeframe).Over + " yet. The first figures are there a minute or two after it was started."
	}
	return "It did not run over " + chart.SpanOf(p.Timeframe).Over + ", so there is nothing to draw. Figures are gathered while it runs."
}
