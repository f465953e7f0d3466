package live

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"time"
)

// ErrClosed is the answer to who asks after the crew was closed.
var ErrClosed = errors.New("live: closed")

// LeftError says that somebody stopped waiting for an answer, because their context ended. The question goes on for others.
type LeftError struct{ Cause error }

func (e *LeftError) Error() string { return "live: left before the answer came: " + e.Cause.Error() }

// Unwrap gives why the context ended.
func (e *LeftError) Unwrap() error { return e.Cause }

// Call is something that is being asked, or its answer. All who want to know it wait for the same one.
type Call[T any] struct {
	done   chan struct{} // closed when value and err are set
	cancel context.CancelFunc
	value  T
	err    error
}

// Begin lets the crew ask, until the answer is there, the crew is closed or the call is cancelled. After the crew was
// closed the answer is ErrClosed.
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

// Wait returns the answer, or a *LeftError when ctx ends before it is there.
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

// Done is closed when the answer is there.
func (c *Call[T]) Done() <-chan struct{} { return c.done }

// IsDone tells whether the answer is there.
func (c *Call[T]) IsDone() bool {
	select {
	case <-c.done:
		return true
	default:
		return false
	}
}

// Answer is what was found out; nothing while it is not done.
func (c *Call[T]) Answer() (value T, err error) {
	if !c.IsDone() {
		return value, nil
	}
	return c.value, c.err
}

// Cancel ends the question for all who wait.
func (c *Call[T]) Cancel() { c.cancel() }

// Calls are calls by what they ask for. A question is asked once for all who want to know at a time, and its answer kept
// for a while. It is safe for concurrent use.
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
	answered time.Time // zero while it is asked
}

// NewCalls are calls by the crew, whose good answers are kept for life after they came, at most so many of them: the
// oldest go. A life of 0 keeps none.
func NewCalls[K comparable, V any](crew *Crew, now func() time.Time, life time.Duration, most int) *Calls[K, V] {
	return &Calls[K, V]{crew: crew, now: now, life: life, most: most, kept: make(map[K]*keptCall[V])}
}

// Get returns the call that is under way or whose answer is kept, or else begins one by ask.
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

// answer notes that an answer came. One that is not kept is forgotten here, so that whoever asks next asks anew.
func (c *Calls[K, V]) answer(key K, kept *keptCall[V], err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	kept.answered = c.now()
	if c.kept[key] == kept && (err != nil || c.life == 0) {
		delete(c.kept, key)
	}
}

// good tells whether a call is under way or its answer is still kept. c.mu is held.
func (c *Calls[K, V]) good(kept *keptCall[V]) bool {
	return kept.answered.IsZero() || c.now().Sub(kept.answered) < c.life
}

// makeRoom forgets what is over, and the oldest answer when there are too many for another key. c.mu is held.
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

// Forget lets the next who asks ask anew. Calls under way go on for those who wait.
func (c *Calls[K, V]) Forget(which func(K) bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	maps.DeleteFunc(c.kept, func(k K, _ *keptCall[V]) bool { return which(k) })
}
