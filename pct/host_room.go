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

// errTooMuch ends a program that prints more than there is room for.
var errTooMuch = errors.New("ssh: more was said than there is room for")

// errOverflow is errTooMuch for a program that has begun, and so has to be killed.
var errOverflow = fmt.Errorf("%w, by the program itself", errTooMuch)

const (
	// noise bounds the bytes that may come before a program begins: output of shells' start-up
	// files, and error messages of pct and the forced command.
	noise = 64 << 10
	// beginPatience bounds the wait of standard output for the mark on standard error with
	// which a program begins.
	beginPatience = 2 * time.Second
)

// room bounds the output of a program, both streams together.
type room struct {
	begun chan struct{} // closed when the program has begun
	full  chan struct{} // closed when there was no room
	mute  chan struct{} // closed when standard error came to its end

	mu    sync.Mutex
	noise int // bytes that may still come before the program begins
	left  int // bytes that may still come afterwards
	over  bool
}

// newRoom makes room for size bytes of a program's output, besides the noise before it; 0 sets no bound.
func newRoom(size int) *room {
	if size == 0 {
		size = math.MaxInt
	}
	return &room{begun: make(chan struct{}), full: make(chan struct{}), mute: make(chan struct{}), noise: noise, left: size}
}

// begin notes that the program has begun.
func (r *room) begin() { close(r.begun) }

// awaitBegin waits for begin, at most for beginPatience, and not when it cannot come any more.
// It is needed as the mark comes over standard error, and may be behind the first output.
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

// overflow notes that there was no room for some bytes.
func (r *room) overflow() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.over {
		close(r.full)
	}
	r.over = true
}

// hasBegun tells whether the program has begun.
func (r *room) hasBegun() bool {
	select {
	case <-r.begun:
		return true
	default:
		return false
	}
}

// take takes room for n bytes; where there is less, it takes that and returns errTooMuch.
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

// limited passes on output as far as there is room for it.
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

// afterBegin is limited for a program's standard output: it waits for the mark on standard error first.
type afterBegin struct{ limited }

func (a afterBegin) Write(p []byte) (int, error) {
	a.awaitBegin()
	return a.limited.Write(p)
}
