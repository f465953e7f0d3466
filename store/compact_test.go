package store

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	bolt "go.etcd.io/bbolt"

	"berth/store/disk"
)

// compactFrom repeats the bound of package disk: the free bytes from which a database is written anew.
const compactFrom = 8 << 20

// addFree makes so many bytes of a database free, as by jobs that were forgotten.
func addFree(t *testing.T, dir string, size int) {
	t.Helper()
	db, err := bolt.Open(filepath.Join(dir, databaseFile), 0o600, &bolt.Options{NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	name := []byte("gone")
	err = db.Update(func(tx *bolt.Tx) error {
		b, err := tx.CreateBucket(name)
		for i := 0; err == nil && i < size>>18; i++ {
			err = b.Put(number(uint64(i)), make([]byte, 1<<18))
		}
		return err
	})
	if err == nil {
		err = db.Update(func(tx *bolt.Tx) error { return tx.DeleteBucket(name) })
	}
	if err := errors.Join(err, db.Sync(), db.Close()); err != nil {
		t.Fatal(err)
	}
}

// recordsOf are all records of a data folder, those of logs too, by bucket and key.
func recordsOf(t *testing.T, dir string) map[string]string {
	t.Helper()
	db, err := bolt.Open(filepath.Join(dir, databaseFile), 0o600, &bolt.Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	all := make(map[string]string)
	var walk func(path string, b *bolt.Bucket) error
	walk = func(path string, b *bolt.Bucket) error {
		all[path] = fmt.Sprint("a bucket ", b.Sequence())
		return b.ForEach(func(k, v []byte) error {
			if inner := b.Bucket(k); v == nil && inner != nil {
				return walk(path+"/"+string(k), inner)
			}
			all[path+"/"+string(k)] = string(v)
			return nil
		})
	}
	err = db.View(func(tx *bolt.Tx) error {
		return tx.ForEach(func(name []byte, b *bolt.Bucket) error { return walk(string(name), b) })
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// usedFolder is a data folder with something of everything.
func usedFolder(t *testing.T) string {
	t.Helper()
	s := openKept(t, keptDatabases(t)[0])
	shut(t, s)
	return s.dir
}

func sizeOf(t *testing.T, dir string) int64 {
	t.Helper()
	info, err := os.Stat(filepath.Join(dir, databaseFile))
	if err != nil {
		t.Fatal(err)
	}
	return info.Size()
}

func TestADatabaseThatIsMostlyFreeIsWrittenAnew(t *testing.T) {
	t.Parallel()
	dir := usedFolder(t)
	records := recordsOf(t, dir)
	addFree(t, dir, compactFrom+1<<20)
	before := sizeOf(t, dir)
	s := open(t, dir)
	n := s.Notices()
	if len(n) != 1 || n[0].Kind != NoticeCompacted || n[0].From < compactFrom || n[0].To > 1<<20 {
		t.Errorf("notices %+v", n)
	}
	added, err := s.AddNode(Node{UserID: "bob", Name: "tower"}, "secret") // it is the one that is written to
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Open(dir, Options{}); !errors.Is(err, disk.ErrInUse) {
		t.Errorf("another opens it meanwhile: %v", err)
	}
	shut(t, s)
	if after := sizeOf(t, dir); after > 1<<20 {
		t.Errorf("it had %d bytes, and has %d", before, after)
	}
	info, err := os.Stat(filepath.Join(dir, databaseFile))
	entries, errDir := os.ReadDir(dir)
	if err != nil || info.Mode().Perm() != 0o600 || len(entries) != 3 || errDir != nil {
		t.Errorf("mode %v, %v; in the folder are %v, %v", info.Mode(), err, entries, errDir)
	}
	s = open(t, dir)
	if n := s.Notices(); len(n) != 0 {
		t.Errorf("at the next start: %+v", n)
	}
	if _, err := s.NodeByID(added.ID); err != nil {
		t.Errorf("what was written since: %v", err)
	}
	shut(t, s)
	now := recordsOf(t, dir)
	maps.DeleteFunc(now, func(key, _ string) bool { return strings.Contains(key, added.ID) })
	if !maps.Equal(records, now) {
		t.Errorf("there were %d records, and are %d", len(records), len(now))
	}
}

func TestADatabaseIsNotWrittenAnewForLittle(t *testing.T) {
	t.Parallel()
	for about, sizes := range map[string]struct{ used, free int }{
		"little is free":         {0, compactFrom - 1<<20},
		"less than half is free": {compactFrom + 8<<20, compactFrom + 1<<20},
		"nothing is free":        {0, 0},
	} {
		t.Run(about, func(t *testing.T) {
			dir := usedFolder(t)
			s := open(t, dir)
			j, err := s.AddJob(Job{UserID: "ada", Scope: "s", VMID: 101})
			if err != nil {
				t.Fatal(err)
			}
			err = s.db.Update(func(tx *bolt.Tx) error { // more than a log may have
				key, err := jobKey(j.ID)
				if err != nil {
					return err
				}
				b, err := tx.Bucket(bucketJobLogs).CreateBucket(key)
				for i := range sizes.used >> 20 {
					if err == nil {
						err = putJSON(b, number(uint64(i)), LogLine{Text: strings.Repeat("x", 1<<20)})
					}
				}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			shut(t, s)
			addFree(t, dir, sizes.free)
			if n := open(t, dir).Notices(); len(n) != 0 {
				t.Errorf("notices %+v", n)
			}
		})
	}
}

// Where the file is a link, the link stays, and what it leads to.
func TestADatabaseElsewhereIsLeftAsItIs(t *testing.T) {
	t.Parallel()
	dir := usedFolder(t)
	addFree(t, dir, compactFrom+1<<20)
	path, elsewhere := filepath.Join(dir, databaseFile), filepath.Join(t.TempDir(), "db")
	if err := errors.Join(os.Rename(path, elsewhere), os.Symlink(elsewhere, path)); err != nil {
		t.Fatal(err)
	}
	if n := open(t, dir).Notices(); len(n) != 0 {
		t.Errorf("notices %+v", n)
	}
	if info, err := os.Lstat(path); err != nil || info.Mode().IsRegular() {
		t.Errorf("the link is %v, %v", info, err)
	}
}

func TestOnAFullDiskTheDatabaseStaysAsItIs(t *testing.T) {
	t.Parallel()
	dir := usedFolder(t)
	addFree(t, dir, compactFrom+1<<20)
	small := t.TempDir()
	mountMemory(t, small, fmt.Sprintf("size=%d,mode=700", sizeOf(t, dir)+64<<10))
	for _, name := range []string{databaseFile, keyFile, recipientFile} {
		data, err := os.ReadFile(filepath.Join(dir, name))
		if err == nil {
			err = os.WriteFile(filepath.Join(small, name), data, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	before := sizeOf(t, small)
	s := open(t, small)
	n := s.Notices()
	if len(n) != 1 || n[0].Kind != NoticeNotCompacted || !errors.Is(n[0].Err, disk.ErrFull) {
		t.Errorf("notices %+v", n)
	}
	entries, err := os.ReadDir(small)
	if sizeOf(t, small) < before || len(entries) != 3 || err != nil {
		t.Errorf("it had %d bytes, and has %d; beside it are %v, %v", before, sizeOf(t, small), entries, err)
	}
	if users, err := s.Users(); err != nil || len(users) != 2 {
		t.Errorf("users %v, %v", users, err)
	}
}

func TestADatabaseThatIsWrittenAnewByAProcessThatIsKilled(t *testing.T) {
	t.Parallel()
	dir, _, node := houseWithToken(t)
	addFree(t, dir, compactFrom+1<<20)
	steps, err := operations(func(o Options) error {
		s, err := Open(copyOf(t, dir), o)
		if err != nil {
			return err
		}
		return s.Close()
	})
	if err != nil || !slices.Contains(steps, "rename the database") || !slices.Contains(steps, "sync the file beside "+databaseFile) {
		t.Fatalf("%q, %v", steps, err)
	}
	for i, step := range steps {
		house := copyOf(t, dir)
		killed(t, "open", i, house, "")
		wantHouse(t, "killed ahead of: "+strconv.Itoa(i)+" "+step, house, node)
		if n := sizeOf(t, house); n > 1<<20 {
			t.Errorf("killed ahead of %s, it has %d bytes after the next start", step, n)
		}
	}
}
