// Package storetest opens stores for tests.
package storetest

import (
	"compress/gzip"
	"errors"
	"os"
	"path/filepath"
	"testing"

	bolterrors "go.etcd.io/bbolt/errors"

	"berth/store"
)

// quickHash is the HashMemory of tests, which make many accounts.
const quickHash = 64

// Open returns a new store in a folder of the test's own. At the test's end the
// database is checked for consistency and closed.
func Open(t testing.TB) *store.Store {
	t.Helper()
	return OpenAt(t, t.TempDir(), store.Options{})
}

// OpenAt is Open with a folder and options. A test that opens the same folder again
// ends the first use with Close.
func OpenAt(t testing.TB, dir string, o store.Options) *store.Store {
	t.Helper()
	if o.HashMemory == 0 {
		o.HashMemory = quickHash
	}
	o.Unsynced = true // tests need data to outlast the process, not the machine
	s, err := store.Open(dir, o)
	if err != nil {
		t.Fatalf("open the store: %v", err)
	}
	t.Cleanup(func() { Close(t, s) })
	return s
}

// Restore makes a data folder of a compressed backup, as those in store/testdata are.
func Restore(t testing.TB, backup string) (dir string) {
	t.Helper()
	f, err := os.Open(backup)
	if err != nil {
		t.Fatal(err)
	}
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	dir = filepath.Join(t.TempDir(), "data")
	if err := errors.Join(store.Restore(dir, store.Options{Unsynced: true}, z), f.Close()); err != nil {
		t.Fatalf("restore %s: %v", backup, err)
	}
	return dir
}

// Close checks the database for consistency and closes it. A second call does nothing.
func Close(t testing.TB, s *store.Store) {
	t.Helper()
	err := s.Check()
	if errors.Is(err, bolterrors.ErrDatabaseNotOpen) {
		return
	}
	if err != nil {
		t.Errorf("the database is not consistent: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Errorf("close the store: %v", err)
	}
}
