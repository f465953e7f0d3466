package views

import (
	"slices"

	"berth/proxmox"
	"berth/views/human"
)

// FiguresPage is what a container took over a timeframe.
type FiguresPage struct {
	ContainerPage
	Timeframe proxmox.Timeframe
	Figures   []proxmox.Figures // the oldest first; none: nothing was gathered, or Why
	Why       Problem           // why there are none; zero when they could be asked for
}

// steps are the figures as they are drawn; none when nothing is known of any of them.
func (p FiguresPage) steps() []proxmox.Figures {
	steps := spanOf(p.Timeframe).evened(p.Figures)
	told := func(f proxmox.Figures) bool {
		return slices.ContainsFunc([]float64{f.CPU, f.Memory, f.NetIn, f.NetOut, f.DiskRead, f.DiskWrite}, func(v float64) bool { return v != proxmox.NoFigure })
	}
	if !slices.ContainsFunc(steps, told) {
		return nil
	}
	return steps
}

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
		return "Proxmox has gathered nothing of it over " + spanOf(p.Timeframe).over + " yet. The first figures are there a minute or two after it was started."
	}
	return "It did not run over " + spanOf(p.Timeframe).over + ", so there is nothing to draw. Figures are gathered while it runs."
}

// cells of a row of the table, in the order of its columns after the time.
func cells(f proxmox.Figures) []string {
	write := func(v float64, words func(float64) string) string {
		if v == proxmox.NoFigure {
			return "–"
		}
		return words(v)
	}
	return []string{
		write(f.CPU, human.Percent), write(f.Memory, bytesOf),
		write(f.NetIn, perSecond), write(f.NetOut, perSecond),
		write(f.DiskRead, perSecond), write(f.DiskWrite, perSecond),
	}
}
