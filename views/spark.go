package views

import (
	"strconv"
	"time"

	"berth/fleet"
)

// sparkHigh is the height of a spark line's drawing; it is as wide as the trail has steps.
const sparkHigh = 20

// sparks tells whether a card has a spark line.
func (c Card) sparks() bool { return c.runs() && c.Trail.Worth() }

// sparkHighest is the highest share of a trail.
func sparkHighest(t fleet.Trail) float64 {
	highest := 0.0
	for i := range t.Points {
		if share, known := t.Share(i); known {
			highest = max(highest, share)
		}
	}
	return highest
}

// sparkBox is the drawing's size.
func sparkBox(t fleet.Trail) string {
	return "0 0 " + strconv.Itoa(len(t.Points)-1) + " " + strconv.Itoa(sparkHigh)
}

// sparkPath draws a trail: a gap is left out, and what is little stands on a scale of its own.
func sparkPath(t fleet.Trail) string {
	b := make([]byte, 0, 6*len(t.Points))
	top := shareTop(sparkHighest(t))
	begun := false
	for i := range t.Points {
		share, known := t.Share(i)
		switch {
		case known && begun:
			b = append(b, ' ')
		case known:
			b = append(b, 'M')
		}
		if begun = known; known {
			b = strconv.AppendInt(b, int64(i), 10)
			b = append(b, ' ')
			b = strconv.AppendInt(b, int64(sparkHigh*(1-share/top)+0.5), 10)
		}
	}
	return string(b)
}

// sparkWords say what a spark line shows.
func sparkWords(t fleet.Trail) string {
	words := "CPU over the last " + Age(time.Duration(len(t.Points))*t.Step)
	if now, known := t.Share(len(t.Points) - 1); known {
		words += ": now " + Percent(now) + ", highest "
	} else {
		words += ": highest "
	}
	return words + Percent(sparkHighest(t))
}
