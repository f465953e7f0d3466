package chart

import (
	"slices"
	"time"

	"berth/proxmox"
	"berth/views/human"
)

// Metrics are a container's use of CPU, memory, disk and network over a span, in even steps.
type Metrics struct {
	Span  Span
	steps []proxmox.Metrics // the oldest first; none: nothing is known of any of them
}

// Of puts what a host gathered over a timeframe, the oldest first, into even steps, whose moments are in that zone.
func Of(timeframe proxmox.Timeframe, samples []proxmox.Metrics, zone *time.Location) Metrics {
	m := Metrics{Span: SpanOf(timeframe)}
	steps := m.Span.even(samples)
	for i := range steps {
		steps[i].Time = steps[i].Time.In(zone)
	}
	told := func(f proxmox.Metrics) bool {
		return slices.ContainsFunc([]float64{f.CPU, f.Memory, f.NetIn, f.NetOut, f.DiskRead, f.DiskWrite}, func(v float64) bool { return v != proxmox.NoMetric })
	}
	if slices.ContainsFunc(steps, told) {
		m.steps = steps
	}
	return m
}

// inUTC tells whether its moments are written in UTC, which nothing else in a drawing says.
func (m Metrics) inUTC() bool { return human.IsUTC(m.steps[0].Time) }

// Empty tells whether there is nothing to draw.
func (m Metrics) Empty() bool { return len(m.steps) == 0 }

// even puts samples into steps of s, the last of which ends where they end. A step has the mean of what begins
// in it; where the host has but one value for several steps, each of them has it.
func (s Span) even(samples []proxmox.Metrics) []proxmox.Metrics {
	if len(samples) == 0 {
		return nil
	}
	end := samples[len(samples)-1].Time.Add(s.step)
	if n := len(samples); n > 1 {
		end = samples[n-1].Time.Add(samples[n-1].Time.Sub(samples[n-2].Time))
	}
	steps := make([]proxmox.Metrics, s.length/s.step)
	begin := end.Add(-time.Duration(len(steps)) * s.step)
	next := 0 // of samples, the first that begins after the step before
	for next < len(samples) && samples[next].Time.Before(begin) {
		next++
	}
	for i := range steps {
		at := begin.Add(time.Duration(i) * s.step)
		first := next
		for next < len(samples) && samples[next].Time.Before(at.Add(s.step)) {
			next++
		}
		switch {
		case next > first:
			steps[i] = meanOf(samples[first:next])
		case first > 0:
			steps[i] = samples[first-1] // which reaches until the next begins
		default:
			steps[i] = meanOf(nil)
		}
		steps[i].Time = at
	}
	return steps
}

// values are the parts of samples that have one.
func values(f *proxmox.Metrics) []*float64 {
	return []*float64{&f.CPU, &f.Memory, &f.MaxMemory, &f.Disk, &f.MaxDisk, &f.NetIn, &f.NetOut, &f.DiskRead, &f.DiskWrite}
}

// meanOf samples is each value's mean over those that have it.
func meanOf(samples []proxmox.Metrics) proxmox.Metrics {
	var mean proxmox.Metrics
	for i, to := range values(&mean) {
		sum, n := 0.0, 0
		for j := range samples {
			if v := *values(&samples[j])[i]; v != proxmox.NoMetric {
				sum, n = sum+v, n+1
			}
		}
		*to = proxmox.NoMetric
		if n > 0 {
			*to = sum / float64(n)
		}
	}
	return mean
}

// cells of a row of the table, in the order of its columns after the time.
func cells(f proxmox.Metrics) []string {
	write := func(v float64, words func(float64) string) string {
		if v == proxmox.NoMetric {
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
