package views

import (
	"time"

	"berth/views/human"
)

// agoWords is when something was, as people count it.
func agoWords(t, now time.Time) string {
	if t.IsZero() {
		return "at a time that is not known"
	}
	return human.Age(now.Sub(t)) + " ago"
}
