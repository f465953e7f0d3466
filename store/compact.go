package store

import (
	"errors"
	"io/fs"
	"os"
	"syscall"

	bolt "go.etcd.io/bbolt"
)

const (
	// compactFrom is how much of the database's file must be free, in bytes, and more than half of it, before it is written
	// anew: bbolt itself never makes it smaller.
	compactFrom = 8 << 20
	// compactAtOnce is how much is copied in one transaction, in bytes.
	compactAtOnce = 4 << 20
)

// compact writes the database anew, into a file that takes the place of the old one, where much of that is free. A process
// that is killed meanwhile leaves one or the other. Where it cannot be done, as on a full disk, the old one stays, and
// that is told.
func (s *Store) compact() error {
	before, free, err := s.fileUse()
	if err != nil || free < compactFrom || free <= before/2 || !s.mayReplace() {
		return err
	}
	fresh, path, err := s.copyDatabase()
	if err != nil {
		s.notices = append(s.notices, Notice{Kind: NoticeNotCompacted, Path: s.path(), Err: ofDisk(s.path(), err)})
		return nil
	}
	s.files.at("rename the database")
	if err := os.Rename(path, s.path()); err != nil {
		s.notices = append(s.notices, Notice{Kind: NoticeNotCompacted, Path: s.path(), Err: ofDisk(s.path(), err)})
		return errors.Join(fresh.Close(), os.Remove(path))
	}
	old := s.db.DB
	s.db.DB = fresh
	s.files.at("sync the folder")
	if err := errors.Join(syncDir(s.dir), old.Close()); err != nil {
		return ofDisk(s.path(), err) // the folder may still hold the old one after a power cut
	}
	after, _, err := s.fileUse()
	s.notices = append(s.notices, Notice{Kind: NoticeCompacted, Path: s.path(), From: before, To: after})
	return err
}

// fileUse is how long the database is, and how much of that is free, in bytes.
func (s *Store) fileUse() (size, free int64, err error) {
	err = s.db.View(func(tx *bolt.Tx) error {
		size = tx.Size()
		return nil
	})
	stats := s.db.Stats()
	return size, int64(stats.FreePageN+stats.PendingPageN) * int64(s.db.Info().PageSize), err
}

// mayReplace tells whether another file may take the place of the database: not of a link, and not by a user whose file
// its own user could not open.
func (s *Store) mayReplace() bool {
	info, err := os.Lstat(s.path())
	if err != nil || !info.Mode().IsRegular() {
		return false
	}
	owner, ok := info.Sys().(*syscall.Stat_t)
	return ok && int(owner.Uid) == os.Geteuid()
}

// copyDatabase copies the database into a file beside it, which is on the disk then, whole, and kept from other processes.
// Nothing is left of it after an error.
func (s *Store) copyDatabase() (fresh *bolt.DB, path string, err error) {
	s.files.at("make the file beside " + databaseFile)
	f, err := os.CreateTemp(s.dir, "."+databaseFile+".*"+leftoverEnd) // mode 0600
	if err != nil {
		return nil, "", err
	}
	path = f.Name()
	fresh, err = bolt.Open(path, 0o600, boltOptions(func(string, int, fs.FileMode) (*os.File, error) { return f, lockFile(f) }))
	if err != nil {
		return nil, "", errors.Join(err, f.Close(), os.Remove(path))
	}
	s.files.at("write the file beside " + databaseFile)
	if err := s.db.guard(func() error { return s.fill(fresh) }); err != nil {
		return nil, "", errors.Join(err, fresh.Close(), os.Remove(path))
	}
	return fresh, path, nil
}

// fill copies the database into another.
func (s *Store) fill(fresh *bolt.DB) error {
	fresh.NoSync = true // at the end, all at once
	if err := bolt.Compact(fresh, s.db.DB, compactAtOnce); err != nil {
		return err
	}
	if err := fresh.View(checkRecords); err != nil {
		return err
	}
	s.files.at("sync the file beside " + databaseFile)
	fresh.NoSync = false
	return fresh.Sync()
}
