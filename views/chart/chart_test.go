package chart

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"berth/proxmox"
)

func present() time.Time { return time.Date(2026, 11, 23, 21, 18, 4, 0, time.Local) }

// taken are n spans of that length that end at the present; value makes each, by how many come after it.
func taken(n int, step time.Duration, value func(left int) proxmox.Metrics) []proxmox.Metrics {
	all := make([]proxmox.Metrics, n)
	for i := range all {
		all[i] = value(n - 1 - i)
		all[i].Time = present().Truncate(time.Minute).Add(-time.Duration(n-i) * step)
	}
	return all
}

// alike has the value v in everything.
func alike(v float64) proxmox.Metrics {
	var f proxmox.Metrics
	for _, to := range values(&f) {
		*to = v
	}
	return f
}

func TestSamplesAreEvened(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		span    proxmox.Timeframe
		samples []proxmox.Metrics
		want    string // CPU of the last eight steps, in thousandths
	}{
		"as they are":   {proxmox.LastHour, taken(60, time.Minute, func(left int) proxmox.Metrics { return alike(float64(left) / 1000) }), "7 6 5 4 3 2 1 0"},
		"more of them":  {proxmox.LastDay, taken(1440, time.Minute, func(left int) proxmox.Metrics { return alike(float64(left/15) / 1000) }), "7 6 5 4 3 2 1 0"},
		"fewer of them": {proxmox.LastDay, taken(70, 30*time.Minute, func(left int) proxmox.Metrics { return alike(float64(left) / 1000) }), "3 3 2 2 1 1 0 0"},
		"some are missing": {proxmox.LastDay, taken(1440, time.Minute, func(left int) proxmox.Metrics {
			if left%2 == 0 || left/15 == 3 {
				return meanOf(nil)
			}
			return alike(0.004)
		}), "4 4 4 4 – 4 4 4"},
		"it was off": {proxmox.LastHour, taken(60, time.Minute, func(left int) proxmox.Metrics {
			if left > 2 {
				return meanOf(nil)
			}
			return alike(0.001)
		}), "– – – – – 1 1 1"},
		"older ones are coarser": {proxmox.LastDay, append(taken(48, 30*time.Minute, func(left int) proxmox.Metrics { return alike(0.009) })[:47],
			taken(30, time.Minute, func(int) proxmox.Metrics { return alike(0.002) })...), "9 9 9 9 9 9 2 2"},
		"but a few": {proxmox.LastHour, taken(3, time.Minute, func(left int) proxmox.Metrics { return alike(0.005) }), "– – – – – 5 5 5"},
		"one":       {proxmox.LastHour, taken(1, time.Minute, func(left int) proxmox.Metrics { return alike(0.005) }), "– – – – – – – 5"},
	} {
		s := SpanOf(c.span)
		steps := s.even(c.samples)
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
			if f.CPU == proxmox.NoMetric {
				got = append(got, "–")
			} else {
				got = append(got, fmt.Sprint(math.Round(f.CPU*1000)))
			}
		}
		if g := strings.Join(got, " "); g != c.want {
			t.Errorf("%s: %s, want %s", name, g, c.want)
		}
	}
	if got := SpanOf(proxmox.LastHour).even(nil); got != nil {
		t.Errorf("of nothing: %v", got)
	}
}

func TestPathsLeaveGapsOut(t *testing.T) {
	t.Parallel()
	no := float64(proxmox.NoMetric)
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
	t.Parallel()
	for frame, want := range map[proxmox.Timeframe]string{
		proxmox.LastHour:  "20:20 (20:30) 20:40 (20:50) 21:00 (21:10)",
		proxmox.LastDay:   "00:00 (03:00) 06:00 (09:00) 12:00 (15:00) 18:00",
		proxmox.LastWeek:  "(Wed 18) Thu 19 (Fri 20) Sat 21 (Sun 22) Mon 23",
		proxmox.LastMonth: "26 Oct (2 Nov) 9 Nov (16 Nov)",
		proxmox.LastYear:  "Jan (Mar) May (Jul) Sep (Nov)",
	} {
		s := SpanOf(frame)
		var got []string
		for _, m := range Of(frame, taken(60, s.length/60, func(int) proxmox.Metrics { return alike(1) }), time.Local).drawings()[0].moments() {
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
	t.Parallel()
	for _, d := range Of(proxmox.LastHour, taken(60, time.Minute, func(int) proxmox.Metrics { return alike(0) }), time.Local).drawings() {
		for _, l := range d.lines {
			if drawn := d.path(l) + d.area(l) + d.words(); strings.Contains(drawn, "NaN") || strings.Contains(drawn, "Inf") {
				t.Errorf("%s: %s", d.name, drawn)
			}
		}
	}
}

func TestScales(t *testing.T) {
	t.Parallel()
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
