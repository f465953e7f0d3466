package proxmox

import (
	"cmp"
	"errors"
	"io"
	"math"
	"sync"
	"time"
)

// errTooMuch ends a program that says more than there is room for.
var errTooMuch = errors.New("ssh: more was said than there is room for")

const (
	// noise is how many bytes may come before a program begins: what start-up files of
	// shells print, and what pct and the gate have against it.
	noise = 64 << 10
	// beginPatience is how long what is written to standard output may be ahead of the mark
	// on standard error by which a program begins.
	beginPatience = 2 * time.Second
)

// room bounds what may come of a program, on both its streams together.
type room struct {
	begun chan struct{} // closed when the program has begun

	mu    sync.Mutex
	noise int // bytes that may still come before that
	left  int // and afterwards
}

// newRoom has room for so many bytes of a program, besides the noise before; 0 is for any number.
func newRoom(size int) *room {
	if size == 0 {
		size = math.MaxInt
	}
	return &room{begun: make(chan struct{}), noise: noise, left: size}
}

// begin notes that the program has begun.
func (r *room) begin() { close(r.begun) }

// awaitBegin waits for that, but not for long.
func (r *room) awaitBegin() {
	late := time.NewTimer(beginPatience)
	defer late.Stop()
	select {
	case <-r.begun:
	case <-late.C:
	}
}

// take takes room for n bytes, or for as many as there is with errTooMuch.
func (r *room) take(n int) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	left := &r.noise
	select {
	case <-r.begun:
		left = &r.left
	default:
	}
	fits := min(n, *left)
	*left -= fits
	if fits < n {
		return fits, errTooMuch
	}
	return n, nil
}

// roomed passes on standard output as far as there is room.
type roomed struct {
	*room
	to io.Writer
}

func (o roomed) Write(p []byte) (int, error) {
	fits, full := o.take(len(p))
	if full != nil {
		o.awaitBegin()
		var more int
		more, full = o.take(len(p) - fits)
		fits += more
	}
	n, err := o.to.Write(p[:fits])
	return n, cmp.Or(err, full)
}
