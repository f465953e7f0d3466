package human

import (
	"time"
)

// justNow bounds an age that nobody counts.
const justNow = 5 * time.Second

// AgoWords tells how long ago something was, in its largest unit: "3 min ago".
func AgoWords(t, now time.Time) string {
	if t.IsZero() {
		return "at a time that is not known"
	}
	if now.Sub(t) < justNow {
		return "just now"
	}
	return Age(now.Sub(t)) + " ago"
}
