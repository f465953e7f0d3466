package human

import (
	"time"
)

// Elapsed is how long something has been at work, in whole seconds.
func Elapsed(since, now time.Time) string {
	if d := now.Sub(since); d >= time.Second {
		return Duration(d.Truncate(time.Second))
	}
	return "0 s"
}
