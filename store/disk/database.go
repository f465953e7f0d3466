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

// Database is a bbolt database, guarded: damage of its file or a fault of its disk becomes
// an error of the call that meets it, never the end of the process, and is remembered for
// Healthy.
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
	damaged atomic.Pointer[DamageError] // the first that was met

	mu     sync.Mutex
	tried  time.Time // when something was last written, or should have been
	failed error     // an *Error if that failed
}

// FellBack tells whether the latest change was found damaged when the database was opened, so that the state before it holds.
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

// Close is bbolt's. After a broken transaction it does nothing: the locks that one holds end with the process.
func (d *Database) Close() error {
	d.writing.Lock()
	defer d.writing.Unlock()
	if d.broken.Load() != nil {
		return nil
	}
	return d.DB.Close()
}

// guard calls f and turns a panic over a damaged page, or a fault in memory beyond the end
// of the file, into a *DamageError.
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

// note remembers the first damage, makes a *DamageError of ErrUnreadable, and returns err.
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

// wrote notes the outcome of a write for Healthy. A success ends an earlier failure only when there is room again: a small
// write may find a place on a disk that is full.
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
	// proveEvery is the time after the last write from which Healthy writes something for proof.
	proveEvery = time.Minute
	// retryEvery is the same after a write that failed.
	retryEvery = 5 * time.Second
	// minRoom is the least free part of the disk, in bytes, that is healthy: a job's log takes as much in a moment.
	minRoom = 1 << 20
)

// Healthy returns nil when the database can be read and written, else a *DamageError, an *Error or the error of read or
// write. It reads each time, and writes where nothing else was written for proveEvery.
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

// InTrouble tells whether damage was met, or the last write failed, without touching the disk.
func (d *Database) InTrouble() bool { return d.damaged.Load() != nil || d.trouble() != nil }

// mayProve tells whether Healthy should write something for proof now. The time counts from
// here, so that only one of many callers does.
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

// trouble returns the *Error of the last write; nil when it succeeded.
func (d *Database) trouble() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.failed
}

// room returns nil when minRoom is free on the disk, or the system does not say; else an
// *Error.
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
