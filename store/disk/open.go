// Package disk keeps a database on a disk that may fail, fill up or lose what was not synced: it is opened by one process
// alone and only when it is whole, goes on being guarded, and is written anew when most of it is free. Files beside it are
// replaced so that a crash leaves the old one or the new one.
package disk

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	bolt "go.etcd.io/bbolt"
)

// lockTimeout is how long Open waits for another process to let go of the database, and
// lockPause how long between two looks.
const (
	lockTimeout = time.Second
	lockPause   = 50 * time.Millisecond
)

// Options of Open.
type Options struct {
	Files Files            // by which the database is replaced
	Now   func() time.Time // the time
	Empty func() error     // asked before a database is begun, where there is no file or an empty one; its error is Open's
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

// Open opens the file when it is whole, or makes it (mode 0600). All of it is read first. ErrInUse after one second when
// another process has it, a *DamageError when it is not whole, an *Error when the disk does not take what must be written.
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
	if !had { // a file that could not be begun would pass for a damaged one
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

// newDatabase is how long bbolt's file is when it begins one, at most, in bytes.
const newDatabase = 4 * 64 << 10

// openWhole opens the file for bbolt, keeps other processes from it and looks whether it is
// whole.
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

// openLocked opens a file and keeps other processes from it. One that had it until now may have put another in its place.
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

// waitForLock gives another process lockTimeout to let go of the file. ErrInUse.
func waitForLock(f *os.File) error {
	for end := time.Now().Add(lockTimeout); ; time.Sleep(lockPause) {
		if err := lockFile(f); !errors.Is(err, ErrInUse) || time.Now().After(end) {
			return err
		}
	}
}
