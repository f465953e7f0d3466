package chart

import (
	"slices"
	"time"

	"berth/proxmox"
)

// Span has the words and the scale for drawing a timeframe.
type Span struct {
	Timeframe proxmox.Timeframe
	Name      string        // what its link says
	Over      string        // as in "CPU over the last hour"
	length    time.Duration // of the whole; Proxmox keeps 360 days of a year
	step      time.Duration // of one value
	layout    string        // how a moment of it is written
}

// Spans are those that metrics are shown over, the shortest first.
func Spans() []Span {
	return []Span{
		{proxmox.LastHour, "Hour", "the last hour", time.Hour, time.Minute, "15:04"},
		{proxmox.LastDay, "Day", "the last day", 24 * time.Hour, 15 * time.Minute, "Mon 15:04"},
		{proxmox.LastWeek, "Week", "the last week", 7 * 24 * time.Hour, time.Hour, "Mon 2 Jan 15:04"},
		{proxmox.LastMonth, "Month", "the last 30 days", 30 * 24 * time.Hour, 6 * time.Hour, "Mon 2 Jan 15:04"},
		{proxmox.LastYear, "Year", "the last year", 360 * 24 * time.Hour, 2 * 24 * time.Hour, "2 Jan 2006"},
	}
}

// SpanOf a timeframe; the hour for an unknown one.
func SpanOf(timeframe proxmox.Timeframe) Span {
	spans := Spans()
	i := slices.IndexFunc(spans, func(s Span) bool { return s.Timeframe == timeframe })
	return spans[max(i, 0)]
}

// at writes a moment, in its own zone.
func (s Span) at(t time.Time) string { return t.Format(s.layout) }

// when is at within a sentence.
func (s Span) when(t time.Time) string {
	if s.Timeframe == proxmox.LastHour {
		return "at " + s.at(t)
	}
	return "on " + s.at(t)
}

// firstTick is the first round moment from t on.
func (s Span) firstTick(t time.Time) time.Time {
	year, month, day := t.Date()
	var at time.Time
	switch s.Timeframe {
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

func (s Span) nextTick(t time.Time) time.Time {
	switch s.Timeframe {
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

func (s Span) tickWords(t time.Time) string {
	switch s.Timeframe {
	case proxmox.LastHour, proxmox.LastDay:
		return t.Format("15:04")
	case proxmox.LastWeek:
		return t.Format("Mon 2")
	case proxmox.LastMonth:
		return t.Format("2 Jan")
	}
	return t.Format("Jan")
}
