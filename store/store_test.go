package store_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"berth/store"
	"berth/store/disk"
	"berth/store/storetest"
)

const goodPassword = "correct horse"

// clock is a time that a test moves.
type clock struct{ t time.Time }

func newClock() *clock { return &clock{t: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)} }

func (c *clock) Now() time.Time          { return c.t }
func (c *clock) Advance(d time.Duration) { c.t = c.t.Add(d) }

func openWithClock(t *testing.T) (*store.Store, *clock) {
	t.Helper()
	c := newClock()
	return storetest.OpenAt(t, t.TempDir(), store.Options{Now: c.Now}), c
}

func addUser(t testing.TB, s *store.Store, name string) store.User {
	t.Helper()
	u, err := s.AddUser(name, goodPassword)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func wantErr(t *testing.T, got, want error) {
	t.Helper()
	if !errors.Is(got, want) {
		t.Errorf("error %v, want %v", got, want)
	}
}

func mustNot(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestOpenMakesAPrivateFolder(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new", "berth")
	storetest.OpenAt(t, dir, store.Options{})
	for name, want := range map[string]os.FileMode{"": 0o700, "berth.db": 0o600, "berth.key": 0o600} {
		info, err := os.Stat(filepath.Join(dir, name))
		mustNot(t, err)
		if got := info.Mode().Perm(); got != want {
			t.Errorf("mode of %q is %o, want %o", name, got, want)
		}
	}
}

func TestOpenTellsThatTheFolderIsInUse(t *testing.T) {
	dir := t.TempDir()
	storetest.OpenAt(t, dir, store.Options{})
	start := time.Now()
	_, err := store.Open(dir, store.Options{})
	wantErr(t, err, disk.ErrInUse)
	if took := time.Since(start); took > 10*time.Second {
		t.Errorf("took %v to tell", took)
	}
}

func TestOpenCanInsistOnADatabase(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new")
	_, err := store.Open(dir, store.Options{MustExist: true})
	wantErr(t, err, store.ErrNoData)
	if _, err := os.Stat(dir); !os.IsNotExist(err) {
		t.Errorf("the folder was made: %v", err)
	}
	storetest.Close(t, storetest.OpenAt(t, dir, store.Options{}))
	storetest.OpenAt(t, dir, store.Options{MustExist: true})
}

func TestHealthy(t *testing.T) {
	s := storetest.Open(t)
	mustNot(t, s.Healthy())
	storetest.Close(t, s)
	if s.Healthy() == nil {
		t.Error("a closed store calls itself healthy")
	}
}
