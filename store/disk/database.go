package disk

import (
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	bolt "go.etcd.io/bbolt"
)

// Database is bbolt, guarded: what goes wrong with its file while it is open becomes an
// error of that call, never the end of the process, and is remembered for Healthy.
type Database struct {
	*bolt.DB
	path     string
	now      func() time.Time
	files    Files
	fellBack bool

	// writing is held by a write transaction. bbolt's own lock may stay locked for ever
	// when one breaks off in the midst of a damaged page; then broken is set.
	writing sync.Mutex
	broken  atomic.Pointer[DamageError]
	damaged atomic.Pointer[DamageError] // the first damage that was met

	mu     sync.Mutex
	tried  time.Time // when something was last written, or should have been
	failed error     // an *Error if that failed
}

// FellBack tells that the latest change was damaged when the database was opened, so that the state before it holds.
func (d *Database) FellBack() bool { return d.fellBack }

// View is bbolt's.
func (d *Database) View(f func(*bolt.Tx) error) error {
	return d.note(d.guard(func() error { return d.DB.View(f) }))
}

// Update is bbolt's. Once a write transaction has met a damaged page, there are no more.
func (d *Database) Update(f func(*bolt.Tx) error) error {
	d.writing.Lock()
	defer d.writing.Unlock()
	if broken := d.broken.Load(); broken != nil {
		return broken
	}
	var own error // of f: nothing was written, for no fault of the disk
	err := d.guard(func() error {
		return d.DB.Update(func(tx *bolt.Tx) error {
			own = f(tx)
			return own
		})
	})
	if damage, ok := err.(*DamageError); ok && own == nil {
		d.broken.CompareAndSwap(nil, damage)
	}
	err = Wrap(d.path, d.note(err))
	if own == nil {
		d.wrote(err)
	}
	return err
}

// Close is bbolt's. What a broken transaction holds is left to the end of the process.
func (d *Database) Close() error {
	d.writing.Lock()
	defer d.writing.Unlock()
	if d.broken.Load() != nil {
		return nil
	}
	return d.DB.Close()
}

// guard turns a panic over a damaged page, and a fault where the file does not go on, into
// a *DamageError.
func (d *Database) guard(f func() error) (err error) {
	before := debug.SetPanicOnFault(true)
	defer func() {
		debug.SetPanicOnFault(before)
		if r := recover(); r != nil {
			if !fromPages(r) {
				panic(r)
			}
			err = &DamageError{Path: d.path, Cause: fmt.Errorf("what is there makes no sense: %v", r)}
		}
	}()
	return f()
}

// fromPages tells whether a panic, which is being recovered from, is due to the file: a
// fault in memory outside Go's own, or a panic of bbolt's code. All others are faults of
// the program.
func fromPages(r any) bool {
	if _, ok := r.(interface{ Addr() uintptr }); ok { // runtime: by debug.SetPanicOnFault
		return true
	}
	var callers [64]uintptr
	frames := runtime.CallersFrames(callers[:runtime.Callers(1, callers[:])])
	panicked := false
	for {
		frame, more := frames.Next()
		inRuntime := strings.HasPrefix(frame.Function, "runtime.")
		switch {
		case frame.Function == "runtime.gopanic":
			panicked = true
		case panicked && !inRuntime:
			return strings.HasPrefix(frame.Function, "go.etcd.io/bbolt")
		}
		if !more {
			return false
		}
	}
}

// note remembers the first damage.
func (d *Database) note(err error) error {
	if damage, ok := errors.AsType[*DamageError](err); ok {
		d.damaged.CompareAndSwap(nil, damage)
	} else if errors.Is(err, ErrUnreadable) {
		damage := &DamageError{Path: d.path, Cause: err}
		d.damaged.CompareAndSwap(nil, damage)
		return damage
	}
	return err
}

// wrote notes how a write ended. A small one may find a place on a disk that is full.
func (d *Database) wrote(err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.tried = d.now()
	_, ofDisk := errors.AsType[*Error](err)
	switch {
	case ofDisk:
		d.failed = err
	case d.failed != nil && d.room() == nil:
		d.failed = nil
	}
}

const (
	// proveEvery is how long a write is proof that the disk takes another.
	proveEvery = time.Minute
	// retryEvery is how soon a disk is tried again that did not take one.
	retryEvery = 5 * time.Second
	// minRoom is how much must be free on the disk, in bytes: a job's log takes as much in a moment.
	minRoom = 1 << 20
)

// Healthy tells whether the database can be read and written: nil, a *DamageError, an *Error or what read or write say.
// It reads each time, and writes where nothing else was written for a minute.
func (d *Database) Healthy(read, write func(*bolt.Tx) error) error {
	if damage := d.damaged.Load(); damage != nil {
		return damage
	}
	if err := d.View(read); err != nil {
		return err
	}
	if d.mayProve() {
		if err := d.Update(write); err != nil {
			return err
		}
	}
	if err := d.trouble(); err != nil {
		return err
	}
	return d.room()
}

// InTrouble tells whether damage was met, or the last write failed, without a look.
func (d *Database) InTrouble() bool { return d.damaged.Load() != nil || d.trouble() != nil }

// mayProve tells whether it is time to write something for the sake of proof, and keeps
// others from doing so at once.
func (d *Database) mayProve() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	pause := proveEvery
	if d.failed != nil {
		pause = retryEvery
	}
	if d.now().Sub(d.tried) < pause {
		return false
	}
	d.tried = d.now()
	return true
}

// trouble is how the last write failed; nil when it did not.
func (d *Database) trouble() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.failed
}

// room tells whether there is any on the disk: nil or an *Error. Where the system does
// not say, it is taken to be there.
func (d *Database) room() error {
	var fs syscall.Statfs_t
	if syscall.Statfs(d.path, &fs) != nil {
		return nil
	}
	if free := uint64(fs.Bavail) * uint64(fs.Bsize); free < minRoom {
		return &Error{Kind: ErrFull, Path: d.path, Err: fmt.Errorf("%d bytes are free", free)}
	}
	return nil
}
