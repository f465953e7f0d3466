package human

import (
	"testing"
	"time"
)

func TestWhen(t *testing.T) {
	t.Parallel()
	berlin := time.FixedZone("CET", 3600)
	now := time.Date(2026, 11, 23, 0, 18, 4, 0, berlin)
	for _, c := range []struct {
		t            time.Time
		there, asUTC string
	}{
		{time.Time{}, "never", "never"},
		{now.Add(-4 * time.Minute), "00:14", "23:14 UTC"},
		{now.Add(-20 * time.Minute), "yesterday 23:58", "22:58 UTC"},
		{now.AddDate(0, 0, 1), "tomorrow 00:18", "tomorrow 23:18 UTC"},
		{now.AddDate(0, 0, -21), "2 Nov 00:18", "1 Nov 23:18 UTC"},
		{now.AddDate(-1, 0, 0), "23 Nov 2025", "22 Nov 2025"},
	} {
		if got := When(c.t, now); got != c.there {
			t.Errorf("When(%v) = %q, want %q", c.t, got, c.there)
		}
		if got := When(c.t.UTC(), now.UTC()); got != c.asUTC {
			t.Errorf("When(%v) in UTC = %q, want %q", c.t, got, c.asUTC)
		}
	}
}

func TestAMomentIsTextWithItsZone(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 23, 20, 18, 4, 0, time.UTC)
	for want, zone := range map[string]*time.Location{
		"23 Nov 2026, 20:18:04 UTC":    time.UTC,
		"23 Nov 2026, 21:18:04 CET":    time.FixedZone("CET", 3600),
		"23 Nov 2026, 17:18:04 UTC-03": time.FixedZone("-03", -3*3600),
	} {
		if got := Exact(at, at.In(zone)); got != want {
			t.Errorf("Exact in %v = %q, want %q", zone, got, want)
		}
	}
	if got := Exact(time.Time{}, at); got != "" {
		t.Errorf("no moment is %q", got)
	}
}

func TestClock(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 23, 20, 18, 4, 0, time.UTC)
	there := at.In(time.FixedZone("CET", 3600))
	for want, got := range map[string]string{"20:18:04 UTC": Clock(at, at), "21:18:04": Clock(at, there), "20:18:04": ClockAlone(at, at)} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
