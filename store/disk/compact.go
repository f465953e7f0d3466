package disk

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	bolt "go.etcd.io/bbolt"
)

const (
	// compactFrom is the least free part of the database's file, in bytes, beside more than half of it, at which the file is
	// written anew: bbolt itself never makes it smaller.
	compactFrom = 8 << 20
	// compactAtOnce bounds the bytes that are copied in one transaction.
	compactAtOnce = 4 << 20
)

// Compaction reports an attempt of Compact, for a Notice.
type Compaction struct {
	From, To int64 // bytes of the file before and after
	Err      error // the reason that the database stays as it was; nil when it was written anew
}

// Compact writes the database into a new file that takes the place of the old one, where most of that is free; else it
// returns nil. It is called after Open, before the database is used. check has to accept the copy before it is put in place.
// A process that is killed meanwhile leaves one or the other. Where it cannot be done, as on a full disk, the old one stays.
// After an error the database has to be closed.
func (d *Database) Compact(check func(*bolt.Tx) error) (*Compaction, error) {
	before, free, err := d.fileUse()
	if err != nil || free < compactFrom || free <= before/2 || !d.mayReplace() {
		return nil, err
	}
	done := &Compaction{From: before, To: before}
	fresh, path, err := d.copyDatabase(check)
	if err != nil {
		done.Err = Wrap(d.path, err)
		return done, nil
	}
	d.files.At("rename the database")
	if err := os.Rename(path, d.path); err != nil {
		done.Err = Wrap(d.path, err)
		return done, errors.Join(fresh.Close(), os.Remove(path))
	}
	old := d.DB
	d.DB = fresh
	d.files.At("sync the folder")
	if err := errors.Join(d.files.SyncDir(filepath.Dir(d.path)), old.Close()); err != nil {
		return nil, Wrap(d.path, err) // the folder may still hold the old one after a power cut
	}
	done.To, _, err = d.fileUse()
	return done, err
}

// fileUse returns the length of the database's file and the free part of that, in bytes.
func (d *Database) fileUse() (size, free int64, err error) {
	err = d.View(func(tx *bolt.Tx) error {
		size = tx.Size()
		return nil
	})
	stats := d.Stats()
	return size, int64(stats.FreePageN+stats.PendingPageN) * int64(d.Info().PageSize), err
}

// mayReplace tells whether a new file may take the place of the database: not where that is a link, or another user's, who
// could not open the new one.
func (d *Database) mayReplace() bool {
	info, err := os.Lstat(d.path)
	if err != nil || !info.Mode().IsRegular() {
		return false
	}
	owner, ok := info.Sys().(*syscall.Stat_t)
	return ok && int(owner.Uid) == os.Geteuid()
}

// copyDatabase copies the database into a file beside it, syncs that and locks it against other processes. After an error
// nothing is left of it.
func (d *Database) copyDatabase(check func(*bolt.Tx) error) (fresh *bolt.DB, path string, err error) {
	base := filepath.Base(d.path)
	d.files.At("make the file beside " + base)
	f, err := os.CreateTemp(filepath.Dir(d.path), "."+base+".*"+leftoverEnd) // mode 0600
	if err != nil {
		return nil, "", err
	}
	path = f.Name()
	fresh, err = bolt.Open(path, 0o600, d.boltOptions(func(string, int, fs.FileMode) (*os.File, error) { return f, lockFile(f) }))
	if err != nil {
		return nil, "", errors.Join(err, f.Close(), os.Remove(path))
	}
	d.files.At("write the file beside " + base)
	if err := d.guard(func() error { return d.fill(fresh, check) }); err != nil {
		return nil, "", errors.Join(err, fresh.Close(), os.Remove(path))
	}
	return fresh, path, nil
}

// fill copies the database into fresh, checks the copy and syncs it.
func (d *Database) fill(fresh *bolt.DB, check func(*bolt.Tx) error) error {
	fresh.NoSync = true // at the end, all at once
	if err := bolt.Compact(fresh, d.DB, compactAtOnce); err != nil {
		return err
	}
	if err := fresh.View(check); err != nil {
		return err
	}
	d.files.At("sync the file beside " + filepath.Base(d.path))
	fresh.NoSync = d.files.Unsynced
	return fresh.Sync()
}
