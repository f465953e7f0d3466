package human

import (
	"time"
)

// AgoWords tells how long ago something was, in its largest unit: "3 min ago".
func AgoWords(t, now time.Time) string {
	if t.IsZero() {
		return "at a time that is not known"
	}
	return Age(now.Sub(t)) + " ago"
}
