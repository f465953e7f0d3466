package disk

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// Files makes changes to files that must survive a crash at any moment.
type Files struct {
	// Before is called ahead of each operation with its name; nil outside tests, which end
	// the process there.
	Before func(operation string)
	// Unsynced leaves out all syncing, so that a power cut may lose or damage files; false outside tests.
	Unsynced bool
}

// At names the operation that comes next to Before; whoever changes files that must survive a crash calls it.
func (f Files) At(operation string) {
	if f.Before != nil {
		f.Before(operation)
	}
}

// Replace writes a file (mode 0600) so that a crash leaves the old one or the new one whole,
// and perhaps a file beside it that IsLeftover recognizes.
func (f Files) Replace(path string, data []byte) (err error) {
	dir, base := filepath.Split(path)
	f.At("make the file beside " + base)
	tmp, err := os.CreateTemp(filepath.Clean(dir), "."+base+".*"+leftoverEnd) // mode 0600
	if err != nil {
		return Wrap(path, err)
	}
	defer func() {
		if err != nil {
			err = Wrap(path, errors.Join(err, tmp.Close(), os.Remove(tmp.Name())))
		}
	}()
	f.At("write the file beside " + base)
	if _, err := tmp.Write(data); err != nil {
		return err
	}
	f.At("sync the file beside " + base)
	if err := f.sync(tmp); err != nil {
		return err
	}
	f.At("rename the file beside " + base)
	if err := os.Rename(tmp.Name(), path); err != nil {
		return err
	}
	if err := tmp.Close(); err != nil {
		return err
	}
	f.At("sync the folder of " + base)
	return f.SyncDir(filepath.Dir(path))
}

// SyncDir makes renames in a folder last through a power cut.
func (f Files) SyncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(f.sync(d), d.Close())
}

// sync makes a file's content last through a power cut.
func (f Files) sync(of *os.File) error {
	if f.Unsynced {
		return nil
	}
	return of.Sync()
}

// MakeDir makes a folder of mode 0700 where there is none, so that it lasts through a power cut.
func (f Files) MakeDir(dir string) error {
	if _, err := os.Stat(dir); err == nil {
		return nil
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return Wrap(dir, fmt.Errorf("disk: make the folder: %w", err))
	}
	return f.SyncDir(filepath.Dir(dir))
}

// leftoverEnd ends the names of files that are written to take the place of others.
const leftoverEnd = ".tmp"

// IsLeftover tells whether the name is that of a file which a killed process was writing to take the place of base, in the
// same folder.
func IsLeftover(name, base string) bool {
	return strings.HasPrefix(name, "."+base+".") && strings.HasSuffix(name, leftoverEnd)
}

// lockFile locks a file or folder against other processes until it is closed. ErrInUse.
func lockFile(f *os.File) error {
	err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return fmt.Errorf("%w: %s", ErrInUse, f.Name())
	}
	return err
}

// LockDir locks a folder against others that call LockDir, until unlock is called. ErrInUse.
func LockDir(dir string) (unlock func() error, err error) {
	d, err := os.Open(dir)
	if err != nil {
		return nil, err
	}
	if err := lockFile(d); err != nil {
		return nil, errors.Join(err, d.Close())
	}
	return d.Close, nil
}
