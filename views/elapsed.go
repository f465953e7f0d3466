package views

import (
	"time"

	"berth/views/human"
)

// elapsed is how long something has been at work, in whole seconds.
func elapsed(since, now time.Time) string {
	if d := now.Sub(since); d >= time.Second {
		return human.Duration(d.Truncate(time.Second))
	}
	return "0 s"
}
