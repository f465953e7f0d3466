package human

import (
	"strings"
	"time"
)

// Moments are written in the zone of now: that of the reader, where it is known, else UTC, which is then said.

// When writes a moment as seen from now: "21:14" for today, "yesterday 21:14", "2 Nov 21:14", "2 Nov 2025". A zero time is
// "never".
func When(t, now time.Time) string {
	if t.IsZero() {
		return "never"
	}
	t = t.In(now.Location())
	switch {
	case sameDay(t, now):
		return t.Format("15:04") + inUTC(now)
	case sameDay(t, now.AddDate(0, 0, -1)):
		return "yesterday " + t.Format("15:04") + inUTC(now)
	case sameDay(t, now.AddDate(0, 0, 1)):
		return "tomorrow " + t.Format("15:04") + inUTC(now)
	case t.Year() == now.Year():
		return t.Format("2 Jan 15:04") + inUTC(now)
	}
	return Date(t, now)
}

// Clock writes the time of day with seconds: "21:14:06".
func Clock(t, now time.Time) string { return ClockAlone(t, now) + inUTC(now) }

// ClockAlone is Clock where the zone is said once for many.
func ClockAlone(t, now time.Time) string { return t.In(now.Location()).Format("15:04:05") }

// Date writes a day: "1 Mar 2026".
func Date(t, now time.Time) string { return t.In(now.Location()).Format("2 Jan 2006") }

// Exact writes a moment to the second, with its zone: "29 Nov 2026, 21:18:04 CET".
func Exact(t, now time.Time) string {
	if t.IsZero() {
		return ""
	}
	t = t.In(now.Location())
	zone := t.Format("MST")
	if strings.ContainsAny(zone[:1], "+-") { // a zone without letters of its own: "-03"
		zone = "UTC" + zone
	}
	return t.Format("2 Jan 2006, 15:04:05 ") + zone
}

// IsUTC tells whether moments are written in UTC because the reader's zone is not known.
func IsUTC(now time.Time) bool { return now.Location() == time.UTC }

func inUTC(now time.Time) string {
	if IsUTC(now) {
		return " UTC"
	}
	return ""
}

func sameDay(a, b time.Time) bool {
	return a.Year() == b.Year() && a.YearDay() == b.YearDay()
}
