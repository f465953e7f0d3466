package live

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"time"
)

// ErrClosed is the error of a call that was begun after its crew was closed.
var ErrClosed = errors.New("live: closed")

// LeftError says that a caller's context ended while it waited for a call. The call goes on for others.
type LeftError struct{ Cause error }

func (e *LeftError) Error() string { return "live: left before the answer came: " + e.Cause.Error() }

// Unwrap returns the error of the context.
func (e *LeftError) Unwrap() error { return e.Cause }

// Call is a function call in a goroutine whose result any number of callers can wait for, and which outlives each of them.
type Call[T any] struct {
	done   chan struct{} // closed when value and err are set
	cancel context.CancelFunc
	value  T
	err    error
}

// Begin begins a call of ask by the crew. Its context ends when the crew is closed or the call is cancelled. After the crew
// was closed, the call fails with ErrClosed.
func Begin[T any](c *Crew, ask func(context.Context) (T, error)) *Call[T] {
	ctx, cancel := context.WithCancel(c.Context())
	call := &Call[T]{done: make(chan struct{}), cancel: cancel}
	begun := c.Go(func() {
		defer close(call.done)
		defer cancel()
		call.value, call.err = ask(ctx)
	})
	if !begun {
		cancel()
		call.err = ErrClosed
		close(call.done)
	}
	return call
}

// Wait waits for the result and returns it, or a *LeftError when ctx ends first.
func (c *Call[T]) Wait(ctx context.Context) (T, error) {
	select {
	case <-c.done:
		return c.value, c.err
	default:
	}
	select {
	case <-c.done:
		return c.value, c.err
	case <-ctx.Done():
		var none T
		return none, &LeftError{ctx.Err()}
	}
}

// Done returns a channel that is closed when the call has ended.
func (c *Call[T]) Done() <-chan struct{} { return c.done }

// IsDone tells whether the call has ended.
func (c *Call[T]) IsDone() bool {
	select {
	case <-c.done:
		return true
	default:
		return false
	}
}

// Answer returns the result without waiting; zero values while the call has not ended.
func (c *Call[T]) Answer() (value T, err error) {
	if !c.IsDone() {
		return value, nil
	}
	return c.value, c.err
}

// Cancel cancels the call for all who wait.
func (c *Call[T]) Cancel() { c.cancel() }

// Calls shares calls by key: callers with the same key join the call under way, and its result is kept for a while. It is
// safe for concurrent use.
type Calls[K comparable, V any] struct {
	crew *Crew
	now  func() time.Time
	life time.Duration
	most int

	mu   sync.Mutex
	kept map[K]*keptCall[V]
}

type keptCall[V any] struct {
	*Call[V]
	answered time.Time // when the result came; zero: not yet
}

// NewCalls makes Calls by the crew, whose results without an error are kept for life, at most so many of them: the oldest
// go. A life of 0 keeps none.
func NewCalls[K comparable, V any](crew *Crew, now func() time.Time, life time.Duration, most int) *Calls[K, V] {
	return &Calls[K, V]{crew: crew, now: now, life: life, most: most, kept: make(map[K]*keptCall[V])}
}

// Get returns the call for a key that is under way or whose result is kept, or else begins one of ask.
func (c *Calls[K, V]) Get(key K, ask func(context.Context) (V, error)) *Call[V] {
	c.mu.Lock()
	defer c.mu.Unlock()
	if kept := c.kept[key]; kept != nil && c.good(kept) {
		return kept.Call
	}
	c.makeRoom(key)
	kept := &keptCall[V]{}
	c.kept[key] = kept
	kept.Call = Begin(c.crew, func(ctx context.Context) (V, error) {
		v, err := ask(ctx)
		c.answer(key, kept, err)
		return v, err
	})
	if kept.IsDone() { // the crew was closed
		delete(c.kept, key)
	}
	return kept.Call
}

// answer notes that the result of a call came, and forgets the call if that is not to be kept.
func (c *Calls[K, V]) answer(key K, kept *keptCall[V], err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	kept.answered = c.now()
	if c.kept[key] == kept && (err != nil || c.life == 0) {
		delete(c.kept, key)
	}
}

// good tells whether a call is under way, or its result is young enough. c.mu is held.
func (c *Calls[K, V]) good(kept *keptCall[V]) bool {
	return kept.answered.IsZero() || c.now().Sub(kept.answered) < c.life
}

// makeRoom forgets results that are too old, and the oldest one when there are too many for another key. c.mu is held.
func (c *Calls[K, V]) makeRoom(key K) {
	maps.DeleteFunc(c.kept, func(k K, kept *keptCall[V]) bool { return k == key || !c.good(kept) })
	if len(c.kept) < c.most {
		return
	}
	answered := slices.DeleteFunc(slices.Collect(maps.Keys(c.kept)), func(k K) bool { return c.kept[k].answered.IsZero() })
	if len(answered) > 0 {
		delete(c.kept, slices.MinFunc(answered, func(a, b K) int { return c.kept[a].answered.Compare(c.kept[b].answered) }))
	}
}

// Forget drops the calls with some keys, so that the next Get begins new ones. Calls under way go on for those who wait.
func (c *Calls[K, V]) Forget(which func(K) bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	maps.DeleteFunc(c.kept, func(k K, _ *keptCall[V]) bool { return which(k) })
}
