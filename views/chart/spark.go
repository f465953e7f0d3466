package chart

import (
	"strconv"
	"time"

	"github.com/a-h/templ"

	"berth/fleet"
	"berth/views/human"
)

// sparkHigh is the height of a spark line's drawing; it is as wide as the trail has steps.
const sparkHigh = 20

// Spark draws a container's last hour on its card. There may be a thousand on a page, so it is written at once; nothing
// in it comes from elsewhere but numbers.
func Spark(t fleet.Trail) templ.Component { return templ.Raw(spark(t)) }

func spark(t fleet.Trail) string {
	highest := t.Highest()
	b := make([]byte, 0, 256+6*len(t.Points))
	b = append(b, `<svg class="spark" role="img" viewBox="0 0 `...)
	b = strconv.AppendInt(b, int64(len(t.Points)-1), 10)
	b = append(b, ' ')
	b = strconv.AppendInt(b, sparkHigh, 10)
	b = append(b, `" preserveAspectRatio="none"><title>`...)
	b = appendSparkWords(b, t, highest)
	b = append(b, `</title><path d="`...)
	b = appendSparkPath(b, t, shareTop(highest))
	return string(append(b, `"></path></svg>`...))
}

// appendSparkPath draws a trail: a gap is left out, and what is little stands on a scale of its own.
func appendSparkPath(b []byte, t fleet.Trail, top float64) []byte {
	begun, scale := false, sparkHigh/top
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
			b = strconv.AppendInt(b, int64(sparkHigh-share*scale+0.5), 10)
		}
	}
	return b
}

// appendSparkWords says what a spark line shows.
func appendSparkWords(b []byte, t fleet.Trail, highest float64) []byte {
	b = append(b, "CPU over the last "...)
	b = append(b, human.Age(time.Duration(len(t.Points))*t.Step)...)
	b = append(b, ": "...)
	if now, known := t.Share(len(t.Points) - 1); known {
		b = append(b, "now "...)
		b = append(b, human.Percent(now)...)
		b = append(b, ", "...)
	}
	b = append(b, "highest "...)
	return append(b, human.Percent(highest)...)
}
