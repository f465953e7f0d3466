package fleet

import (
	"context"
	"errors"

	"berth/proxmox"
	"berth/store/live"
)

// wait returns what a call found out, or, when ctx ends before, an *proxmox.Error of what is asked with KindTimeout or
// KindCancelled. The call goes on for the others.
func wait[T any](ctx context.Context, c *live.Call[T], what string) (T, error) {
	found, err := c.Wait(ctx)
	if left, is := errors.AsType[*live.LeftError](err); is {
		return found, proxmox.Ended(what, left.Cause)
	}
	return found, err
}
