package human

import (
	"time"
)

// AgoWords is when something was, as people count it.
func AgoWords(t, now time.Time) string {
	if t.IsZero() {
		return "at a time that is not known"
	}
	return Age(now.Sub(t)) + " ago"
}
