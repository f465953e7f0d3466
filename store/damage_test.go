package store_test

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	bolt "go.etcd.io/bbolt"

	"berth/store"
	"berth/store/disk"
	"berth/store/storetest"
)

const pageSize = 4096

// aHouseUsed is a data folder with something of everything, and free pages.
func aHouseUsed(t testing.TB) (dir string) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "data")
	s := storetest.OpenAt(t, dir, store.Options{})
	ada := addUser(t, s, "ada")
	_, err := s.StartSession(ada.ID, "a browser", "192.0.2.1", true)
	mustNot(t, err)
	_, err = s.CookieKeys()
	mustNot(t, err)
	n, err := s.AddNode(store.Node{UserID: ada.ID, Name: "tower", Scope: "s"}, tokenSecret)
	mustNot(t, err)
	for i := range 12 {
		j, err := s.AddJob(store.Job{UserID: ada.ID, NodeID: n.ID, Scope: "s", VMID: 100 + i, Kind: store.JobStart, Steps: []store.JobStep{{Name: "start"}}, Spec: json.RawMessage(`{}`)})
		mustNot(t, err)
		var lines []store.LogLine
		for k := range 40 {
			lines = append(lines, store.LogLine{Stream: "out", Text: fmt.Sprintf("line %d of %s", k, strings.Repeat("x", 80))})
		}
		_, err = s.UpdateJob(j.ID, lines, func(*store.Job) error { return nil })
		mustNot(t, err)
		_, err = s.AddEvent(store.Event{UserID: ada.ID, Scope: "s", VMID: 100 + i, Kind: store.EventConsole})
		mustNot(t, err)
	}
	storetest.Close(t, s)
	return dir
}

// useAll reads what pages and jobs read.
func useAll(s *store.Store) error {
	var errs []error
	users, err := s.Users()
	errs = append(errs, err)
	for _, u := range users {
		jobs, err := s.Jobs(u.ID, "", 100)
		errs = append(errs, err)
		for _, j := range jobs {
			_, err := s.Log(j.ID, 0, store.MaxLogLines)
			errs = append(errs, err)
		}
		_, err = s.Nodes(u.ID)
		errs = append(errs, err)
		_, err = s.Sessions(u.ID)
		errs = append(errs, err)
	}
	_, err = s.OpenJobs()
	errs = append(errs, err)
	_, err = s.CookieKeys()
	errs = append(errs, err, s.Check(), s.Healthy())
	return errors.Join(errs...)
}

// pagesOf tells which pages of a database are of a kind, as bbolt names it.
func pagesOf(t testing.TB, path, kind string) (ids []int) {
	t.Helper()
	db, err := bolt.Open(path, 0o600, &bolt.Options{ReadOnly: true, PreLoadFreelist: true})
	mustNot(t, err)
	defer db.Close()
	mustNot(t, db.View(func(tx *bolt.Tx) error {
		for id := 0; ; id++ {
			info, err := tx.Page(id)
			if err != nil || info == nil {
				return err
			}
			if info.Type == kind {
				ids = append(ids, id)
			}
			id += info.OverflowCount
		}
	}))
	if len(ids) == 0 {
		t.Fatalf("the database has no page of kind %s", kind)
	}
	return ids
}

// page is a part of a database.
func page(db []byte, id int) []byte { return db[id*pageSize : (id+1)*pageSize] }

// change replaces words that are in a database once or more, by others of the same length.
func change(t testing.TB, db []byte, from, to string) []byte {
	t.Helper()
	if len(from) != len(to) || !bytes.Contains(db, []byte(from)) {
		t.Fatalf("%q cannot be replaced by %q", from, to)
	}
	return bytes.ReplaceAll(db, []byte(from), []byte(to))
}

// another is a file of another program's that uses bbolt.
func another(t testing.TB) []byte {
	t.Helper()
	path := filepath.Join(t.TempDir(), "x")
	db, err := bolt.Open(path, 0o600, nil)
	mustNot(t, err)
	mustNot(t, db.Update(func(tx *bolt.Tx) error {
		_, err := tx.CreateBucket([]byte("containers"))
		return err
	}))
	mustNot(t, db.Close())
	data, err := os.ReadFile(path)
	mustNot(t, err)
	return data
}

func TestDamageIsToldWhenTheDatabaseIsOpened(t *testing.T) {
	t.Parallel()
	dir := aHouseUsed(t)
	path := filepath.Join(dir, "berth.db")
	good, err := os.ReadFile(path)
	mustNot(t, err)
	branch, free, leaves := pagesOf(t, path, "branch")[0], pagesOf(t, path, "freelist")[0], pagesOf(t, path, "leaf")
	flip := func(db []byte, from, to, bits int) []byte {
		r := rand.New(rand.NewPCG(9, 4))
		for range bits {
			db[from+r.IntN(to-from)] ^= 1 << r.IntN(8)
		}
		return db
	}
	u64 := func(db []byte, at int, v uint64) []byte {
		binary.NativeEndian.PutUint64(db[at:], v)
		return db
	}
	for about, spoil := range map[string]func(db []byte) []byte{
		"60 bits are flipped":         func(db []byte) []byte { return flip(db, 0, len(db), 60) },
		"both beginnings are flipped": func(db []byte) []byte { return flip(flip(db, 16, 80, 3), pageSize+16, pageSize+80, 3) },
		"its list of free pages is":   func(db []byte) []byte { return flip(db, free*pageSize, free*pageSize+32, 4) },
		"a branch is flipped":         func(db []byte) []byte { return flip(db, branch*pageSize, branch*pageSize+48, 4) },
		"a leaf is flipped":           func(db []byte) []byte { return flip(db, leaves[0]*pageSize, leaves[0]*pageSize+48, 4) },
		"it is cut to half":           func(db []byte) []byte { return db[:len(db)/2] },
		"it is cut to nothing":        func([]byte) []byte { return nil },
		"it is cut to a page":         func(db []byte) []byte { return db[:pageSize] },
		"it is cut to two pages":      func(db []byte) []byte { return db[:2*pageSize] },
		"it is cut to a few bytes":    func(db []byte) []byte { return db[:100] },
		"it lacks its last byte":      func(db []byte) []byte { return db[:len(db)-1] },
		"it is all zeros":             func(db []byte) []byte { return make([]byte, len(db)) },
		"a leaf is zeros":             func(db []byte) []byte { clear(page(db, leaves[1])); return db },
		"a branch is zeros":           func(db []byte) []byte { clear(page(db, branch)); return db },
		"free pages are zeros":        func(db []byte) []byte { clear(page(db, free)); return db },
		"two pages are swapped": func(db []byte) []byte {
			first := bytes.Clone(page(db, leaves[0]))
			copy(page(db, leaves[0]), page(db, leaves[1]))
			copy(page(db, leaves[1]), first)
			return db
		},
		"a branch leads to itself":    func(db []byte) []byte { return u64(db, branch*pageSize+16+8, uint64(branch)) },
		"a branch leads beyond":       func(db []byte) []byte { return u64(db, branch*pageSize+16+8, 1<<40) },
		"a leaf is of endless length": func(db []byte) []byte { return u64(db, leaves[0]*pageSize+8, 0xFFFFFFFF<<32|2<<16|2) },
		"it is another program's":     func([]byte) []byte { return another(t) },
		"it is a text":                func([]byte) []byte { return bytes.Repeat([]byte("Dear diary, "), 4000) },
		"a bucket is renamed":         func(db []byte) []byte { return change(t, db, "usernames", "usernamez") },
		"an account is no record":     func(db []byte) []byte { return change(t, db, `{"ID":"u`, `{"ID:"u""`[:8]) },
		"a line of a log is broken":   func(db []byte) []byte { return change(t, db, `"Text":"line 7 `, `"Text":"line 7"`) },
		"a secret is flipped": func(db []byte) []byte {
			return change(t, db, "-> X25519 ", "-> X25518 ")
		},
		"its key's name is flipped": func(db []byte) []byte {
			at := bytes.LastIndex(db, []byte("recipientage1")) + len("recipientage1")
			for at := at; at > 30; at = bytes.LastIndex(db[:at-20], []byte("recipientage1")) + len("recipientage1") {
				db[at+5] ^= 1
			}
			return db
		},
	} {
		mustNot(t, os.WriteFile(path, spoil(bytes.Clone(good)), 0o600))
		wantDamage(t, about, dir)
	}
	mustNot(t, os.Remove(path))
	wantDamage(t, "it is gone", dir)
	mustNot(t, os.Mkdir(path, 0o700))
	wantDamage(t, "it is a folder", dir)
	mustNot(t, os.Remove(path))
	mustNot(t, os.WriteFile(path, good, 0o600))
	s := storetest.OpenAt(t, dir, store.Options{})
	mustNot(t, useAll(s))
}

func wantDamage(t *testing.T, about, dir string) {
	t.Helper()
	s, err := store.Open(dir, store.Options{HashMemory: 64})
	damage, ok := errors.AsType[*disk.DamageError](err)
	if !ok || damage.Path != filepath.Join(dir, "berth.db") {
		t.Errorf("%s: error %v", about, err)
	}
	if err == nil {
		mustNot(t, s.Close())
	}
}

// What is not noticed when the database is opened, does no harm later.
func TestFlippedBitsAreToldOrHarmless(t *testing.T) {
	t.Parallel()
	dir := aHouseUsed(t)
	path := filepath.Join(dir, "berth.db")
	good, err := os.ReadFile(path)
	mustNot(t, err)
	for seed := range uint64(60) {
		r := rand.New(rand.NewPCG(seed, 1))
		bad := bytes.Clone(good)
		for range 1 + seed/4 {
			bad[r.IntN(len(bad))] ^= 1 << r.IntN(8)
		}
		mustNot(t, os.WriteFile(path, bad, 0o600))
		s, err := store.Open(dir, store.Options{})
		if err == nil {
			err = errors.Join(useAll(s), s.Close())
		} else if errors.Is(err, disk.ErrDamaged) {
			err = nil
		}
		if err != nil {
			t.Errorf("seed %d: %v", seed, err)
		}
	}
}

// The latest change may be torn by a power cut: bbolt has the state before it.
func TestATornLastChangeFallsBackAndIsTold(t *testing.T) {
	t.Parallel()
	for meta := range 2 {
		dir := aHouseUsed(t)
		path := filepath.Join(dir, "berth.db")
		db, err := os.ReadFile(path)
		mustNot(t, err)
		db[meta*pageSize+40] ^= 1
		mustNot(t, os.WriteFile(path, db, 0o600))
		s := storetest.OpenAt(t, dir, store.Options{})
		if n := s.Notices(); len(n) != 1 || n[0].Kind != store.NoticeFellBack {
			t.Errorf("notices %+v", n)
		}
		mustNot(t, useAll(s))
	}
}

func TestAFirstStartIsNotTakenForALoss(t *testing.T) {
	t.Parallel()
	key := filepath.Join(t.TempDir(), "k")
	storetest.Close(t, storetest.OpenAt(t, t.TempDir(), store.Options{KeyFile: key}))

	fresh := t.TempDir() // the key comes from elsewhere, as of another folder
	storetest.Close(t, storetest.OpenAt(t, fresh, store.Options{KeyFile: key}))
	mustNot(t, os.Remove(filepath.Join(fresh, "berth.db")))
	_, err := store.Open(fresh, store.Options{KeyFile: key})
	wantErr(t, err, disk.ErrDamaged)
	other := filepath.Join(t.TempDir(), "other") // a new one in place of the one that was used
	storetest.Close(t, storetest.OpenAt(t, fresh, store.Options{KeyFile: other}))

	empty := t.TempDir() // a start that was killed before there was a key
	mustNot(t, os.WriteFile(filepath.Join(empty, "berth.db"), nil, 0o600))
	storetest.Close(t, storetest.OpenAt(t, empty, store.Options{}))

	mine := t.TempDir() // a key that its owner put there
	data, err := os.ReadFile(key)
	mustNot(t, err)
	_, line, _ := bytes.Cut(data, []byte("\n"))
	mustNot(t, os.WriteFile(filepath.Join(mine, "berth.key"), line, 0o600))
	storetest.Close(t, storetest.OpenAt(t, mine, store.Options{}))
}

// Berth does not fall over what happens to the file while it runs.
func TestDamageWhileItRunsIsToldAndNotForgotten(t *testing.T) {
	t.Parallel()
	dir := aHouseUsed(t)
	path := filepath.Join(dir, "berth.db")
	s, err := store.Open(dir, store.Options{})
	mustNot(t, err)
	mustNot(t, s.Healthy())
	users, err := s.Users()
	mustNot(t, err)
	mustNot(t, os.Truncate(path, 2*pageSize)) // to read on is a fault in memory
	_, err = s.Jobs(users[0].ID, "", 100)
	wantErr(t, err, disk.ErrDamaged)
	wantErr(t, s.Healthy(), disk.ErrDamaged)
	_, err = s.AddUser("bob", goodPassword)
	wantErr(t, err, disk.ErrDamaged)
	_, err = s.AddEvent(store.Event{UserID: "u", Kind: store.EventNote, End: store.EndDone})
	wantErr(t, err, disk.ErrDamaged)
	mustNot(t, s.Close())
}
