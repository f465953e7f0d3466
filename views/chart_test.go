package views

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"berth/fleet"
	"berth/proxmox"
	"berth/store"
)

// taken are n spans of that length that end at jobNow; value makes each, by how many come after it.
func taken(n int, step time.Duration, value func(left int) proxmox.Figures) []proxmox.Figures {
	all := make([]proxmox.Figures, n)
	for i := range all {
		all[i] = value(n - 1 - i)
		all[i].Time = jobNow().Truncate(time.Minute).Add(-time.Duration(n-i) * step)
	}
	return all
}

// alike has the value v in everything.
func alike(v float64) proxmox.Figures {
	var f proxmox.Figures
	for _, to := range values(&f) {
		*to = v
	}
	return f
}

func TestFiguresAreEvened(t *testing.T) {
	for name, c := range map[string]struct {
		span    proxmox.Timeframe
		figures []proxmox.Figures
		want    string // CPU of the last eight steps, in thousandths
	}{
		"as they are":   {proxmox.LastHour, taken(60, time.Minute, func(left int) proxmox.Figures { return alike(float64(left) / 1000) }), "7 6 5 4 3 2 1 0"},
		"more of them":  {proxmox.LastDay, taken(1440, time.Minute, func(left int) proxmox.Figures { return alike(float64(left/15) / 1000) }), "7 6 5 4 3 2 1 0"},
		"fewer of them": {proxmox.LastDay, taken(70, 30*time.Minute, func(left int) proxmox.Figures { return alike(float64(left) / 1000) }), "3 3 2 2 1 1 0 0"},
		"some are missing": {proxmox.LastDay, taken(1440, time.Minute, func(left int) proxmox.Figures {
			if left%2 == 0 || left/15 == 3 {
				return meanOf(nil)
			}
			return alike(0.004)
		}), "4 4 4 4 – 4 4 4"},
		"it was off": {proxmox.LastHour, taken(60, time.Minute, func(left int) proxmox.Figures {
			if left > 2 {
				return meanOf(nil)
			}
			return alike(0.001)
		}), "– – – – – 1 1 1"},
		"older ones are coarser": {proxmox.LastDay, append(taken(48, 30*time.Minute, func(left int) proxmox.Figures { return alike(0.009) })[:47],
			taken(30, time.Minute, func(int) proxmox.Figures { return alike(0.002) })...), "9 9 9 9 9 9 2 2"},
		"but a few": {proxmox.LastHour, taken(3, time.Minute, func(left int) proxmox.Figures { return alike(0.005) }), "– – – – – 5 5 5"},
		"one":       {proxmox.LastHour, taken(1, time.Minute, func(left int) proxmox.Figures { return alike(0.005) }), "– – – – – – – 5"},
	} {
		s := spanOf(c.span)
		steps := s.evened(c.figures)
		if len(steps) != int(s.length/s.step) {
			t.Errorf("%s: %d steps", name, len(steps))
			continue
		}
		var got []string
		for i, f := range steps {
			if i > 0 && f.Time.Sub(steps[i-1].Time) != s.step {
				t.Errorf("%s: steps of %v", name, f.Time.Sub(steps[i-1].Time))
			}
			if i < len(steps)-8 {
				continue
			}
			if f.CPU == proxmox.NoFigure {
				got = append(got, "–")
			} else {
				got = append(got, fmt.Sprint(math.Round(f.CPU*1000)))
			}
		}
		if g := strings.Join(got, " "); g != c.want {
			t.Errorf("%s: %s, want %s", name, g, c.want)
		}
	}
	if got := spanOf(proxmox.LastHour).evened(nil); got != nil {
		t.Errorf("of nothing: %v", got)
	}
}

func TestPathsLeaveGapsOut(t *testing.T) {
	no := float64(proxmox.NoFigure)
	for name, c := range map[string]struct {
		values     []float64
		line, area string
	}{
		"a line":  {[]float64{0, 5, 10, 20}, "M125.0 100.0 375.0 50.0 625.0 0.0 875.0 0.0", "M125.0 100.0 375.0 50.0 625.0 0.0 875.0 0.0V100H125.0Z"},
		"a gap":   {[]float64{0, 0, no, 10, 10}, "M100.0 100.0 300.0 100.0M700.0 0.0 900.0 0.0", "M100.0 100.0 300.0 100.0V100H100.0ZM700.0 0.0 900.0 0.0V100H700.0Z"},
		"a dot":   {[]float64{no, 5}, "M750.0 50.0h0", "M750.0 50.0V100H750.0Z"},
		"nothing": {[]float64{no, no}, "", ""},
	} {
		if got := pathOf(c.values, 10, false); got != c.line {
			t.Errorf("%s: line %s, want %s", name, got, c.line)
		}
		if got := pathOf(c.values, 10, true); got != c.area {
			t.Errorf("%s: area %s, want %s", name, got, c.area)
		}
	}
}

func TestTheAxisOfTimeHasRoundMoments(t *testing.T) {
	for frame, want := range map[proxmox.Timeframe]string{
		proxmox.LastHour:  "20:20 (20:30) 20:40 (20:50) 21:00 (21:10)",
		proxmox.LastDay:   "00:00 (03:00) 06:00 (09:00) 12:00 (15:00) 18:00",
		proxmox.LastWeek:  "(Wed 18) Thu 19 (Fri 20) Sat 21 (Sun 22) Mon 23",
		proxmox.LastMonth: "26 Oct (2 Nov) 9 Nov (16 Nov)",
		proxmox.LastYear:  "Jan (Mar) May (Jul) Sep (Nov)",
	} {
		s := spanOf(frame)
		var got []string
		for _, m := range newCharts(s.evened(taken(60, s.length/60, func(int) proxmox.Figures { return alike(1) })), s)[0].moments() {
			if m.class == "minor" {
				m.words = "(" + m.words + ")"
			}
			got = append(got, m.words)
		}
		if g := strings.Join(got, " "); g != want {
			t.Errorf("%s: %s, want %s", frame, g, want)
		}
	}
}

func TestNothingIsDividedByNothing(t *testing.T) {
	s := spanOf(proxmox.LastHour)
	for _, c := range newCharts(s.evened(taken(60, time.Minute, func(int) proxmox.Figures { return alike(0) })), s) {
		for _, l := range c.Lines {
			if drawn := c.path(l) + c.area(l) + c.words(); strings.Contains(drawn, "NaN") || strings.Contains(drawn, "Inf") {
				t.Errorf("%s: %s", c.Name, drawn)
			}
		}
	}
}

func TestScales(t *testing.T) {
	for highest, want := range map[float64]float64{0: 0.1, 0.1: 0.1, 0.11: 0.2, 0.3: 0.5, 0.51: 1, 1: 1} {
		if got := shareTop(highest); got != want {
			t.Errorf("the scale of %v is %v, want %v", highest, got, want)
		}
	}
	for highest, want := range map[float64]float64{0: 1024, 1024: 1024, 1025: 2048, 3e6: 4 << 20} {
		if got := bytesTop(highest); got != want {
			t.Errorf("the scale of %v is %v, want %v", highest, got, want)
		}
	}
}

// busy is what a container took that was off for a while.
func busy(n int, step time.Duration) []proxmox.Figures {
	return taken(n, step, func(left int) proxmox.Figures {
		if left >= n/2 && left < n/2+n/10 {
			return meanOf(nil)
		}
		wave := math.Sin(float64(left) / float64(n) * 20)
		return proxmox.Figures{CPU: 0.5 + 0.45*wave, Memory: (300 + 90*wave) * mib, MaxMemory: 512 * mib, Disk: 2 * gib, MaxDisk: 8 * gib,
			NetIn: 4000 + 3000*wave, NetOut: 90_000 * (1 + wave), DiskRead: 0, DiskWrite: 1200}
	})
}

func figuresOf(timeframe proxmox.Timeframe, figures []proxmox.Figures, why Problem) FiguresPage {
	c := NewCard(lying(nil), nil, jobNow())
	return FiguresPage{ContainerPage: ContainerPage{Card: c, Node: store.Node{ID: "n1", Name: "pve1"}, Now: jobNow()}, Timeframe: timeframe, Figures: figures, Why: why}
}

func TestContainerFigures(t *testing.T) {
	page := golden(t, "container_metrics", figuresBody(figuresOf(proxmox.LastHour, busy(60, time.Minute), Problem{})))
	page.variant(t, "none", figuresBody(figuresOf(proxmox.LastDay, nil, Problem{})))
	page.variant(t, "silent", figuresBody(figuresOf(proxmox.LastHour, nil, Problem{Title: "pve1 does not answer", Why: "No answer came in time.", Next: "Check that it is on."})))
	recent := golden(t, "container_metrics_recent", RecentFigures(figuresOf(proxmox.LastHour, busy(60, time.Minute), Problem{})))
	recent.variant(t, "silent", RecentFigures(figuresOf(proxmox.LastHour, nil, Problem{Title: "pve1 does not answer"})))
	recent.variant(t, "to_come", FiguresToCome(NewCard(lying(nil), nil, jobNow())))
	off := figuresOf(proxmox.LastWeek, taken(336, 30*time.Minute, func(int) proxmox.Figures {
		f := meanOf(nil)
		f.MaxMemory, f.Disk = 512*mib, gib
		return f
	}), Problem{})
	off.Card = NewCard(lying(func(c *fleet.Container) { c.Status = "stopped" }), nil, jobNow())
	page.variant(t, "off", figuresBody(off))
}
