// Package disk keeps a database on a disk that may fail, fill up or lose what was not synced: one process at a time opens
// it, and only when it is whole; it is guarded while it is open, and written anew when most of it is free. Files beside it
// are replaced so that a crash leaves the old one or the new one.
package disk

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	bolt "go.etcd.io/bbolt"
)

// lockTimeout bounds Open's wait for another process to close the database, in attempts
// lockPause apart.
const (
	lockTimeout = time.Second
	lockPause   = 50 * time.Millisecond
)

// Options of Open.
type Options struct {
	Files Files            // for replacing the database
	Now   func() time.Time // must not be nil
	Empty func() error     // called before a database is made where there is no file, or an empty one; its error is Open's
}

// Exists tells whether there is a file for a database. A *DamageError where something else is in its place.
func Exists(path string) (bool, error) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return false, nil
	case err != nil:
		return false, Wrap(path, fmt.Errorf("disk: look at the database: %w", err))
	case info.IsDir():
		return false, &DamageError{Path: path, Cause: errors.New("it is a folder")}
	case !info.Mode().IsRegular():
		return false, &DamageError{Path: path, Cause: errors.New("it is no file")}
	}
	return true, nil
}

// Open opens the database's file, or makes it (mode 0600). It reads the whole file first. ErrInUse after lockTimeout when
// another process has it, a *DamageError when it is not whole, an *Error when the disk cannot be written or read.
func Open(path string, o Options) (*Database, error) {
	had, err := Exists(path)
	if err != nil {
		return nil, err
	}
	d := &Database{path: path, now: o.Now, files: o.Files}
	err = d.guard(func() (err error) {
		d.DB, err = bolt.Open(path, 0o600, d.boltOptions(func(path string, flag int, mode fs.FileMode) (*os.File, error) {
			return d.openWhole(path, flag, mode, o.Empty)
		}))
		return err
	})
	if err == nil {
		return d, nil
	}
	if !had { // a file that is only begun would pass for a damaged one the next time
		if info, statErr := os.Stat(path); statErr == nil && !errors.Is(err, ErrInUse) && info.Size() <= newDatabase {
			_ = os.Remove(path)
		}
	}
	if errors.Is(err, ErrInUse) || errors.Is(err, ErrDamaged) {
		return nil, err
	}
	return nil, Wrap(path, fmt.Errorf("disk: open %s: %w", path, err))
}

func (d *Database) boltOptions(open func(path string, flag int, mode fs.FileMode) (*os.File, error)) *bolt.Options {
	return &bolt.Options{
		Timeout: lockTimeout, FreelistType: bolt.FreelistMapType, OpenFile: open,
		NoSync: d.files.Unsynced, NoGrowSync: d.files.Unsynced,
	}
}

// newDatabase bounds the length of a file that bbolt has just begun, in bytes: four pages of 64 KiB.
const newDatabase = 4 * 64 << 10

// openWhole opens the file for bbolt, locks it against other processes and checks that it
// is whole.
func (d *Database) openWhole(path string, flag int, mode fs.FileMode, empty func() error) (_ *os.File, err error) {
	f, err := openLocked(path, flag, mode)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, f.Close())
		}
	}()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if info.Size() == 0 {
		return f, empty()
	}
	d.fellBack, err = checkPages(f, info.Size())
	if err != nil {
		return nil, &DamageError{Path: path, Cause: err}
	}
	return f, nil
}

// openLocked opens a file and locks it against other processes. It opens it again when the process that had the lock has put
// another file in its place meanwhile.
func openLocked(path string, flag int, mode fs.FileMode) (*os.File, error) {
	for {
		f, err := os.OpenFile(path, flag, mode)
		if err != nil {
			return nil, err
		}
		if err := waitForLock(f); err != nil {
			return nil, errors.Join(err, f.Close())
		}
		mine, err := f.Stat()
		if err != nil {
			return nil, errors.Join(err, f.Close())
		}
		if there, err := os.Stat(path); err == nil && os.SameFile(mine, there) {
			return f, nil
		}
		if err := f.Close(); err != nil {
			return nil, err
		}
	}
}

// waitForLock waits for the lock on a file, for lockTimeout. ErrInUse.
func waitForLock(f *os.File) error {
	for end := time.Now().Add(lockTimeout); ; time.Sleep(lockPause) {
		if err := lockFile(f); !errors.Is(err, ErrInUse) || time.Now().After(end) {
			return err
		}
	}
}
