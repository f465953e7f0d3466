package fleet

import (
	"context"
	"errors"

	"berth/proxmox"
)

// errClosed is the answer to whoever asks after Close.
var errClosed = errors.New("fleet: closed")

// flight is something that is being asked. All who want to know it wait for the same one.
type flight[T any] struct {
	landed chan struct{} // closed when value and err are set
	cancel context.CancelFunc
	value  T
	err    error
}

// launch lets ask run until it returns, Close is called or the flight is cancelled. f.mu is held.
func launch[T any](f *Fleet, ask func(context.Context) (T, error)) *flight[T] {
	ctx, cancel := context.WithCancel(f.ctx)
	fl := &flight[T]{landed: make(chan struct{}), cancel: cancel}
	spawned := f.spawn(func() {
		defer cancel()
		fl.value, fl.err = ask(ctx)
		close(fl.landed)
	})
	if !spawned {
		cancel()
		fl.err = errClosed
		close(fl.landed)
	}
	return fl
}

// wait returns what was found out, or, when ctx ends before, an *proxmox.Error of call
// with KindTimeout or KindCancelled. The flight goes on for the others.
func (fl *flight[T]) wait(ctx context.Context, call string) (T, error) {
	select {
	case <-fl.landed:
		return fl.value, fl.err
	case <-ctx.Done():
	}
	var none T
	kind := proxmox.KindTimeout
	if errors.Is(ctx.Err(), context.Canceled) {
		kind = proxmox.KindCancelled
	}
	return none, &proxmox.Error{Kind: kind, Call: call, Cause: ctx.Err()}
}

// hasLanded tells whether value and err are set.
func (fl *flight[T]) hasLanded() bool {
	select {
	case <-fl.landed:
		return true
	default:
		return false
	}
}
