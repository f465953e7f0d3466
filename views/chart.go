package views

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"berth/proxmox"
	"berth/views/human"
)

// span is how a timeframe is drawn.
type span struct {
	timeframe proxmox.Timeframe
	words     string        // what its link says
	over      string        // as in "CPU over the last hour"
	length    time.Duration // of the whole; Proxmox keeps 360 days of a year
	step      time.Duration // of one value
	layout    string        // how a moment of it is written
}

// spans are those that figures are shown over, the shortest first.
var spans = []span{
	{proxmox.LastHour, "Hour", "the last hour", time.Hour, time.Minute, "15:04"},
	{proxmox.LastDay, "Day", "the last day", 24 * time.Hour, 15 * time.Minute, "Mon 15:04"},
	{proxmox.LastWeek, "Week", "the last week", 7 * 24 * time.Hour, time.Hour, "Mon 2 Jan 15:04"},
	{proxmox.LastMonth, "Month", "the last 30 days", 30 * 24 * time.Hour, 6 * time.Hour, "Mon 2 Jan 15:04"},
	{proxmox.LastYear, "Year", "the last year", 360 * 24 * time.Hour, 2 * 24 * time.Hour, "2 Jan 2006"},
}

func spanOf(timeframe proxmox.Timeframe) span {
	i := slices.IndexFunc(spans, func(s span) bool { return s.timeframe == timeframe })
	return spans[max(i, 0)]
}

// at writes a moment, in the server's time zone.
func (s span) at(t time.Time) string { return t.Local().Format(s.layout) }

// when is at within a sentence.
func (s span) when(t time.Time) string {
	if s.timeframe == proxmox.LastHour {
		return "at " + s.at(t)
	}
	return "on " + s.at(t)
}

// evened are figures in steps of s, the last of which ends where they end. A step has the mean of what begins
// in it; where the host has but one value for several steps, each of them has it.
func (s span) evened(figures []proxmox.Figures) []proxmox.Figures {
	if len(figures) == 0 {
		return nil
	}
	end := figures[len(figures)-1].Time.Add(s.step)
	if n := len(figures); n > 1 {
		end = figures[n-1].Time.Add(figures[n-1].Time.Sub(figures[n-2].Time))
	}
	steps := make([]proxmox.Figures, s.length/s.step)
	begin := end.Add(-time.Duration(len(steps)) * s.step)
	next := 0 // of figures, the first that begins after the step before
	for next < len(figures) && figures[next].Time.Before(begin) {
		next++
	}
	for i := range steps {
		at := begin.Add(time.Duration(i) * s.step)
		first := next
		for next < len(figures) && figures[next].Time.Before(at.Add(s.step)) {
			next++
		}
		switch {
		case next > first:
			steps[i] = meanOf(figures[first:next])
		case first > 0:
			steps[i] = figures[first-1] // which reaches until the next begins
		default:
			steps[i] = meanOf(nil)
		}
		steps[i].Time = at
	}
	return steps
}

// values are the parts of figures that have one.
func values(f *proxmox.Figures) []*float64 {
	return []*float64{&f.CPU, &f.Memory, &f.MaxMemory, &f.Disk, &f.MaxDisk, &f.NetIn, &f.NetOut, &f.DiskRead, &f.DiskWrite}
}

// meanOf figures is each value's mean over those that have it.
func meanOf(figures []proxmox.Figures) proxmox.Figures {
	var mean proxmox.Figures
	for i, to := range values(&mean) {
		sum, n := 0.0, 0
		for j := range figures {
			if v := *values(&figures[j])[i]; v != proxmox.NoFigure {
				sum, n = sum+v, n+1
			}
		}
		*to = proxmox.NoFigure
		if n > 0 {
			*to = sum / float64(n)
		}
	}
	return mean
}

// Chart is one or two lines over one time.
type Chart struct {
	Name  string // "CPU"; also what its title begins with
	ID    string
	Lines []Line
	top   float64 // the value at the upper edge
	write func(float64) string
	marks []mark
	span  span
	begin time.Time
	steps int
}

// Line of a chart: a value of each step, or proxmox.NoFigure.
type Line struct {
	Name   string // "in"; empty where it is the only one
	Column int    // of the table that has the same figures
	values []float64
}

// mark is a level from which on a figure is high.
type mark struct {
	level float64
	class string // "warn" or "bad"
}

// newCharts draws steps, which are not none.
func newCharts(steps []proxmox.Figures, s span) []Chart {
	chart := func(id, name string, write func(float64) string, lines ...Line) Chart {
		return Chart{Name: name, ID: id, Lines: lines, write: write, span: s, begin: steps[0].Time, steps: len(steps)}
	}
	line := func(column int, name string, value func(proxmox.Figures) float64) Line {
		l := Line{Name: name, Column: column, values: make([]float64, len(steps))}
		for i, f := range steps {
			l.values[i] = value(f)
		}
		return l
	}
	cpu := chart("cpu", "CPU", human.Percent, line(1, "", func(f proxmox.Figures) float64 { return f.CPU }))
	cpu.top = shareTop(cpu.highest())
	cpu.marks = []mark{{0.75, "warn"}, {0.9, "bad"}}

	memory := chart("memory", "Memory", bytesOf, line(2, "", func(f proxmox.Figures) float64 { return f.Memory }))
	size := 0.0
	for _, f := range steps {
		size = max(size, f.MaxMemory)
	}
	memory.top = max(size, memory.highest(), 1)
	memory.marks = []mark{{0.75 * size, "warn"}, {0.9 * size, "bad"}}

	network := chart("network", "Network", perSecond,
		line(3, "in", func(f proxmox.Figures) float64 { return f.NetIn }), line(4, "out", func(f proxmox.Figures) float64 { return f.NetOut }))
	network.top = bytesTop(network.highest())
	disk := chart("disk", "Disk traffic", perSecond,
		line(5, "read", func(f proxmox.Figures) float64 { return f.DiskRead }), line(6, "written", func(f proxmox.Figures) float64 { return f.DiskWrite }))
	disk.top = bytesTop(disk.highest())
	return []Chart{cpu, memory, network, disk}
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
func (c Chart) highest() float64 {
	highest := 0.0
	for _, l := range c.Lines {
		highest = max(highest, slices.Max(l.values))
	}
	return highest
}

// known is of how many steps there is a value.
func (l Line) known() int {
	n := 0
	for _, v := range l.values {
		if v != proxmox.NoFigure {
			n++
		}
	}
	return n
}

// The drawing is 1000 wide and 100 high, and stretched to the room there is.
const (
	plotWide = 1000
	plotHigh = 100
)

// path is the line as SVG draws it: a step's value stands in its middle, a gap is left out.
func (c Chart) path(l Line) string { return pathOf(l.values, c.top, false) }

// area is what lies below the line.
func (c Chart) area(l Line) string { return pathOf(l.values, c.top, true) }

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
		if v == proxmox.NoFigure {
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

// tick is where something stands along an axis.
type tick struct {
	at    string // "37.5%"
	words string
	class string // "minor": left out where there is little room
}

func percentOf(part, whole float64) string {
	return strconv.FormatFloat(100*part/whole, 'f', 2, 64) + "%"
}

// levels are the ticks of the upright axis, from above.
func (c Chart) levels() []tick {
	return []tick{{"0%", c.write(c.top), ""}, {"50%", c.write(c.top / 2), ""}, {"100%", "0", ""}}
}

// high are the levels from which on figures are high, as far as they are in the picture.
func (c Chart) high() []tick {
	var list []tick
	for _, m := range c.marks {
		if m.level > 0 && m.level < c.top {
			list = append(list, tick{percentOf(c.top-m.level, c.top), "▲ " + c.write(m.level), m.class})
		}
	}
	return list
}

// end of the last step.
func (c Chart) end() time.Time { return c.begin.Add(time.Duration(c.steps) * c.span.step) }

// moments are the ticks of time: round ones, in the server's time zone.
func (c Chart) moments() []tick {
	end := c.end()
	var list []tick
	for at, n := c.span.firstTick(c.begin), 0; at.Before(end); at, n = c.span.nextTick(at), n+1 {
		share := float64(at.Sub(c.begin)) / float64(end.Sub(c.begin))
		if share < 0.03 || share > 0.97 {
			continue // its words would stand outside
		}
		t := tick{at: percentOf(share, 1), words: c.span.tickWords(at)}
		if n%2 == 1 {
			t.class = "minor"
		}
		list = append(list, t)
	}
	return list
}

// firstTick is the first round moment from t on.
func (s span) firstTick(t time.Time) time.Time {
	t = t.Local()
	year, month, day := t.Date()
	var at time.Time
	switch s.timeframe {
	case proxmox.LastHour, proxmox.LastDay, proxmox.LastWeek:
		at = time.Date(year, month, day, 0, 0, 0, 0, t.Location())
	case proxmox.LastMonth: // a Monday
		at = time.Date(year, month, day-(int(t.Weekday())+6)%7, 0, 0, 0, 0, t.Location())
	default:
		at = time.Date(year, month, 1, 0, 0, 0, 0, t.Location())
	}
	for at.Before(t) {
		at = s.nextTick(at)
	}
	return at
}

func (s span) nextTick(t time.Time) time.Time {
	switch s.timeframe {
	case proxmox.LastHour:
		return t.Add(10 * time.Minute)
	case proxmox.LastDay:
		return t.Add(3 * time.Hour)
	case proxmox.LastWeek:
		return t.AddDate(0, 0, 1)
	case proxmox.LastMonth:
		return t.AddDate(0, 0, 7)
	}
	return t.AddDate(0, 2, 0)
}

func (s span) tickWords(t time.Time) string {
	switch s.timeframe {
	case proxmox.LastHour, proxmox.LastDay:
		return t.Format("15:04")
	case proxmox.LastWeek:
		return t.Format("Mon 2")
	case proxmox.LastMonth:
		return t.Format("2 Jan")
	}
	return t.Format("Jan")
}

// title of the drawing.
func (c Chart) title() string { return c.Name + " over " + c.span.over }

// words say what the drawing shows.
func (c Chart) words() string {
	var parts []string
	for _, l := range c.Lines {
		words := c.summary(l)
		if l.Name != "" {
			words = l.Name + ": " + words
		}
		parts = append(parts, words)
	}
	return human.Capital(strings.Join(parts, "; ")) + "."
}

// summary is "now 3 %, 2 % on average, highest 12 % at 21:04".
func (c Chart) summary(l Line) string {
	known := l.known()
	if known == 0 {
		return "nothing is known"
	}
	now := "not known"
	if v := l.values[len(l.values)-1]; v != proxmox.NoFigure {
		now = c.write(v)
	}
	sum, highest := 0.0, 0
	for i, v := range l.values {
		if v != proxmox.NoFigure {
			sum += v
		}
		if v > l.values[highest] {
			highest = i
		}
	}
	when := c.span.when(c.begin.Add(time.Duration(highest) * c.span.step))
	words := "now " + now + ", " + c.write(sum/float64(known)) + " on average, highest " + c.write(math.Max(l.values[highest], 0)) + " " + when
	if gap := len(l.values) - known; gap > 0 {
		words += "; not known for " + human.Duration(time.Duration(gap)*c.span.step)
	}
	return words
}

// now is the last value of a line in words.
func (c Chart) now(l Line) string {
	v := l.values[len(l.values)-1]
	if v == proxmox.NoFigure {
		return "–"
	}
	return c.write(v)
}

// columns of the table that have the lines' figures, as in "3 4".
func (c Chart) columns() string {
	var list []string
	for _, l := range c.Lines {
		list = append(list, strconv.Itoa(l.Column))
	}
	return strings.Join(list, " ")
}
