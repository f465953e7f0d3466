package pct

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"math"
	"sync"
	"time"
)

// errTooMuch ends a program that says more than there is room for.
var errTooMuch = errors.New("ssh: more was said than there is room for")

// errOverflow is errTooMuch of a program that has begun, so that it has to be killed.
var errOverflow = fmt.Errorf("%w, by the program itself", errTooMuch)

const (
	// noise is how many bytes may come before a program begins: what start-up files of
	// shells print, and what pct and the forced command have against it.
	noise = 64 << 10
	// beginPatience is how long what is read of standard output may be ahead of the mark on
	// standard error by which a program begins.
	beginPatience = 2 * time.Second
)

// room bounds what may come of a program, on both its streams together.
type room struct {
	begun chan struct{} // closed when the program has begun
	full  chan struct{} // closed when there was no room
	mute  chan struct{} // closed when standard error came to its end

	mu    sync.Mutex
	noise int // bytes that may still come before that
	left  int // and afterwards
	over  bool
}

// newRoom has room for so many bytes of a program, besides the noise before; 0 is for any number.
func newRoom(size int) *room {
	if size == 0 {
		size = math.MaxInt
	}
	return &room{begun: make(chan struct{}), full: make(chan struct{}), mute: make(chan struct{}), noise: noise, left: size}
}

// begin notes that the program has begun.
func (r *room) begin() { close(r.begun) }

// awaitBegin waits for that, but not for long, and not when there is no room anyway. The
// mark by which a program begins comes over the other stream than its first words.
func (r *room) awaitBegin() {
	late := time.NewTimer(beginPatience)
	defer late.Stop()
	select {
	case <-r.begun:
	case <-r.full:
	case <-r.mute:
	case <-late.C:
	}
}

// overflow notes that there was no room.
func (r *room) overflow() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.over {
		close(r.full)
	}
	r.over = true
}

// hasBegun tells whether the program has.
func (r *room) hasBegun() bool {
	select {
	case <-r.begun:
		return true
	default:
		return false
	}
}

// take takes room for n bytes, or for as many as there is with errTooMuch.
func (r *room) take(n int) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	left := &r.noise
	if r.hasBegun() {
		left = &r.left
	}
	fits := min(n, *left)
	*left -= fits
	if fits < n {
		return fits, errTooMuch
	}
	return n, nil
}

// limited passes on what comes as far as there is room.
type limited struct {
	*room
	to io.Writer
}

func (l limited) Write(p []byte) (int, error) {
	fits, full := l.take(len(p))
	if full != nil {
		l.overflow()
	}
	n, err := l.to.Write(p[:fits])
	return n, cmp.Or(err, full)
}

// afterBegin is limited for the standard output of a program, which may be ahead of the mark on the other stream.
type afterBegin struct{ limited }

func (a afterBegin) Write(p []byte) (int, error) {
	a.awaitBegin()
	return a.limited.Write(p)
}
