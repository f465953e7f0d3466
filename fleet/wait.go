package fleet

import (
	"context"
	"errors"

	"berth/proxmox"
	"berth/store/live"
)

// wait returns the answer of a shared call, or, when ctx ends first, an *proxmox.Error with KindTimeout or KindCancelled
// and what as its Call. The call goes on for the others.
func wait[T any](ctx context.Context, c *live.Call[T], what string) (T, error) {
	found, err := c.Wait(ctx)
	if left, is := errors.AsType[*live.LeftError](err); is {
		return found, proxmox.Ended(what, left.Cause)
	}
	return found, err
}
