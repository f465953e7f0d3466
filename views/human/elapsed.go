package human

import (
	"time"
)

// Elapsed words the time since something began that goes on: in whole seconds, unlike Duration.
func Elapsed(since, now time.Time) string {
	if d := now.Sub(since); d >= time.Second {
		return Duration(d.Truncate(time.Second))
	}
	return "0 s"
}
