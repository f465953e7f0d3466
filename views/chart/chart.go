// Package chart draws what a container took: metrics over a span as SVG with axes and a table of the same, and the
// line of a card. It writes numbers and words of its own; the only text from elsewhere is a title, which templ escapes.
package chart

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"berth/proxmox"
	"berth/views/human"
)

// drawing is one or two lines over one time.
type drawing struct {
	name  string // "CPU"; also what its title begins with
	id    string
	lines []line
	top   float64 // the value at the upper edge
	write func(float64) string
	marks []mark
	span  Span
	begin time.Time
	steps int
}

// line of a drawing: a value of each step, or proxmox.NoFigure.
type line struct {
	name   string // "in"; empty where it is the only one
	column int    // of the table that has the same values
	values []float64
}

// mark is a level from which on a figure is high.
type mark struct {
	level float64
	class string // "warn" or "bad"
}

// trends are the drawings that stand below the figures of a container.
func (m Metrics) trends() []drawing {
	all := m.drawings()
	cpu, memory, network := all[0], all[1], all[2]
	cpu.top = 1
	used := drawing{name: "Disk", id: "used", write: bytesOf, span: m.Span, begin: m.steps[0].Time, steps: len(m.steps)}
	values := make([]float64, len(m.steps))
	for i, f := range m.steps {
		values[i] = f.Disk
		used.top = max(used.top, f.MaxDisk, f.Disk, 1)
	}
	used.lines = []line{{values: values}}
	return []drawing{cpu, memory, used, network}
}

// peak is the highest value in words: "highest 47 %"; "" where nothing is known.
func (d drawing) peak() string {
	for _, l := range d.lines {
		if l.known() > 0 {
			return "highest " + d.write(d.highest())
		}
	}
	return ""
}

// drawings of metrics that are not empty.
func (m Metrics) drawings() []drawing {
	draw := func(id, name string, write func(float64) string, lines ...line) drawing {
		return drawing{name: name, id: id, lines: lines, write: write, span: m.Span, begin: m.steps[0].Time, steps: len(m.steps)}
	}
	line := func(column int, name string, value func(proxmox.Metrics) float64) line {
		l := line{name: name, column: column, values: make([]float64, len(m.steps))}
		for i, f := range m.steps {
			l.values[i] = value(f)
		}
		return l
	}
	cpu := draw("cpu", "CPU", human.Percent, line(1, "", func(f proxmox.Metrics) float64 { return f.CPU }))
	cpu.top = shareTop(cpu.highest())
	cpu.marks = []mark{{0.75, "warn"}, {0.9, "bad"}}

	memory := draw("memory", "Memory", bytesOf, line(2, "", func(f proxmox.Metrics) float64 { return f.Memory }))
	size := 0.0
	for _, f := range m.steps {
		size = max(size, f.MaxMemory)
	}
	memory.top = max(size, memory.highest(), 1)
	memory.marks = []mark{{0.75 * size, "warn"}, {0.9 * size, "bad"}}

	network := draw("network", "Network", perSecond,
		line(3, "in", func(f proxmox.Metrics) float64 { return f.NetIn }), line(4, "out", func(f proxmox.Metrics) float64 { return f.NetOut }))
	network.top = bytesTop(network.highest())
	disk := draw("disk", "Disk traffic", perSecond,
		line(5, "read", func(f proxmox.Metrics) float64 { return f.DiskRead }), line(6, "written", func(f proxmox.Metrics) float64 { return f.DiskWrite }))
	disk.top = bytesTop(disk.highest())
	return []drawing{cpu, memory, network, disk}
}

func bytesOf(v float64) string   { return human.Bytes(uint64(max(v, 0))) }
func perSecond(v float64) string { return bytesOf(v) + "/s" }

// shareTop is the scale of a share: what is little is not a line at the bottom.
func shareTop(highest float64) float64 {
	for _, top := range []float64{0.1, 0.2, 0.5} {
		if highest <= top {
			return top
		}
	}
	return 1
}

// bytesTop is the next power of two from 1 KiB on, so that the half of it can be read too.
func bytesTop(highest float64) float64 {
	top := 1024.0
	for top < highest {
		top *= 2
	}
	return top
}

// highest of all lines; 0 where there is nothing.
func (d drawing) highest() float64 {
	highest := 0.0
	for _, l := range d.lines {
		highest = max(highest, slices.Max(l.values))
	}
	return highest
}

// known is of how many steps there is a value.
func (l line) known() int {
	n := 0
	for _, v := range l.values {
		if v != proxmox.NoMetric {
			n++
		}
	}
	return n
}

// A drawing is 1000 wide and 100 high, and stretched to the room there is.
const (
	plotWide = 1000
	plotHigh = 100
)

// path is the line as SVG draws it: a step's value stands in its middle, a gap is left out.
func (d drawing) path(l line) string { return pathOf(l.values, d.top, false) }

// area returns the closed path of the ground between the line and the axis, as the attribute d has it.
func (d drawing) area(l line) string { return pathOf(l.values, d.top, true) }

func pathOf(values []float64, top float64, filled bool) string {
	b := make([]byte, 0, 12*len(values))
	wide := plotWide / float64(len(values))
	begun := -1
	finish := func(end int) {
		if begun < 0 {
			return
		}
		if end == begun+1 && !filled {
			b = append(b, "h0"...) // a dot, with a round end
		}
		if filled {
			b = append(b, 'V')
			b = strconv.AppendInt(b, plotHigh, 10)
			b = append(b, 'H')
			b = strconv.AppendFloat(b, (float64(begun)+0.5)*wide, 'f', 1, 64)
			b = append(b, 'Z')
		}
		begun = -1
	}
	for i, v := range values {
		if v == proxmox.NoMetric {
			finish(i)
			continue
		}
		if begun < 0 {
			begun = i
			b = append(b, 'M')
		} else {
			b = append(b, ' ')
		}
		b = strconv.AppendFloat(b, (float64(i)+0.5)*wide, 'f', 1, 64)
		b = append(b, ' ')
		b = strconv.AppendFloat(b, plotHigh*(1-min(v/top, 1)), 'f', 1, 64)
	}
	finish(len(values))
	return string(b)
}

// tick is a label at a place on one of the axes.
type tick struct {
	at    string // "37.5%"
	words string
	class string // "minor": left out where there is little room
}

func percentOf(part, whole float64) string {
	return strconv.FormatFloat(100*part/whole, 'f', 2, 64) + "%"
}

// levels are the ticks of the upright axis, from above.
func (d drawing) levels() []tick {
	return []tick{{"0%", d.write(d.top), ""}, {"50%", d.write(d.top / 2), ""}, {"100%", "0", ""}}
}

// high are the levels from which on a value is high, as far as they are in the picture.
func (d drawing) high() []tick {
	var list []tick
	for _, m := range d.marks {
		if m.level > 0 && m.level < d.top {
			list = append(list, tick{percentOf(d.top-m.level, d.top), "▲ " + d.write(m.level), m.class})
		}
	}
	return list
}

// end of the last step.
func (d drawing) end() time.Time { return d.begin.Add(time.Duration(d.steps) * d.span.step) }

// moments are the ticks of time: round ones, in the server's time zone.
func (d drawing) moments() []tick {
	end := d.end()
	var list []tick
	for at, n := d.span.firstTick(d.begin), 0; at.Before(end); at, n = d.span.nextTick(at), n+1 {
		share := float64(at.Sub(d.begin)) / float64(end.Sub(d.begin))
		if share < 0.03 || share > 0.97 {
			continue // its words would stand outside
		}
		t := tick{at: percentOf(share, 1), words: d.span.tickWords(at)}
		if n%2 == 1 {
			t.class = "minor"
		}
		list = append(list, t)
	}
	return list
}

// title of the drawing.
func (d drawing) title() string { return d.name + " over " + d.span.Over }

// words say what the drawing shows.
func (d drawing) words() string {
	var parts []string
	for _, l := range d.lines {
		words := d.summary(l)
		if l.name != "" {
			words = l.name + ": " + words
		}
		parts = append(parts, words)
	}
	return human.Capital(strings.Join(parts, "; ")) + "."
}

// summary is "now 3 %, 2 % on average, highest 12 % at 21:04".
func (d drawing) summary(l line) string {
	known := l.known()
	if known == 0 {
		return "nothing is known"
	}
	now := "not known"
	if v := l.values[len(l.values)-1]; v != proxmox.NoMetric {
		now = d.write(v)
	}
	sum, highest := 0.0, 0
	for i, v := range l.values {
		if v != proxmox.NoMetric {
			sum += v
		}
		if v > l.values[highest] {
			highest = i
		}
	}
	when := d.span.when(d.begin.Add(time.Duration(highest) * d.span.step))
	words := "now " + now + ", " + d.write(sum/float64(known)) + " on average, highest " + d.write(math.Max(l.values[highest], 0)) + " " + when
	if gap := len(l.values) - known; gap > 0 {
		words += "; not known for " + human.Duration(time.Duration(gap)*d.span.step)
	}
	return words
}

// now is the last value of a line in words.
func (d drawing) now(l line) string {
	v := l.values[len(l.values)-1]
	if v == proxmox.NoMetric {
		return "–"
	}
	return d.write(v)
}

// columns of the table that have the lines' values, as in "3 4".
func (d drawing) columns() string {
	var list []string
	for _, l := range d.lines {
		list = append(list, strconv.Itoa(l.column))
	}
	return strings.Join(list, " ")
}
