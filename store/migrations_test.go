package store

import (
	"errors"
	"path/filepath"
	"strconv"
	"testing"

	bolt "go.etcd.io/bbolt"

	"berth/store/disk"
)

func TestMigrate(t *testing.T) {
	mark := func(name string) migration {
		return func(tx *bolt.Tx) error {
			_, err := tx.CreateBucket([]byte(name)) // fails when it runs twice
			return err
		}
	}
	broken := func(tx *bolt.Tx) error {
		if err := mark("half")(tx); err != nil {
			return err
		}
		return errors.New("broken")
	}
	db, err := bolt.Open(filepath.Join(t.TempDir(), "db"), 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	}()
	run := func(steps ...migration) error {
		return db.Update(func(tx *bolt.Tx) error { return migrateBy(tx, steps) })
	}
	version := func() (v int) {
		if err := db.View(func(tx *bolt.Tx) (err error) {
			v, err = strconv.Atoi(string(tx.Bucket(bucketMeta).Get(metaSchema)))
			return err
		}); err != nil {
			t.Fatal(err)
		}
		return v
	}

	for i, steps := range [][]migration{
		{mark("a")},
		{mark("a")},
		{mark("a"), mark("b"), mark("c")},
	} {
		if err := run(steps...); err != nil {
			t.Fatalf("run %d: %v", i, err)
		}
		if got := version(); got != len(steps) {
			t.Errorf("run %d: schema %d, want %d", i, got, len(steps))
		}
	}
	if err := run(mark("a"), mark("b"), mark("c"), broken); err == nil || version() != 3 {
		t.Errorf("a broken step: %v, schema %d", err, version())
	}
	if err := run(mark("a"), mark("b"), mark("c"), mark("half")); err != nil {
		t.Errorf("a broken step left something behind: %v", err)
	}
	if err := run(mark("a")); !errors.Is(err, ErrNewer) {
		t.Errorf("a newer schema: %v", err)
	}
}

func TestMigrationNotesTheJobsOnContainers(t *testing.T) {
	db, err := bolt.Open(filepath.Join(t.TempDir(), "db"), 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	}()
	err = db.Update(func(tx *bolt.Tx) error {
		if err := makeFirstBuckets(tx); err != nil {
			return err
		}
		for id, j := range map[uint64]Job{1: {ID: "1", UserID: "ada", Scope: "s", VMID: 101}, 2: {ID: "2", UserID: "ada", Name: "a.tar.xz"}} {
			if err := putJSON(tx.Bucket(bucketJobs), number(id), j); err != nil {
				return err
			}
		}
		return noteJobsOnContainers(tx)
	})
	if err != nil {
		t.Fatal(err)
	}
	jobs, err := (&Store{db: &disk.Database{DB: db}}).JobsOn("ada", "s", 101, 9)
	if err != nil || len(jobs) != 1 || jobs[0].ID != "1" {
		t.Errorf("%+v, %v", jobs, err)
	}
}

func TestMigrationKnowsWhereSessionsBegan(t *testing.T) {
	db, err := bolt.Open(filepath.Join(t.TempDir(), "db"), 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	}()
	err = db.Update(func(tx *bolt.Tx) error {
		if err := makeFirstBuckets(tx); err != nil {
			return err
		}
		if err := tx.Bucket(bucketUserNames).Put([]byte("ada"), []byte("u1")); err != nil {
			return err
		}
		if err := putJSON(tx.Bucket(bucketSessions), []byte("s1"), Session{ID: "s1", UserID: "u1", Address: "2001:db8::7"}); err != nil {
			return err
		}
		return noteWhereFromUsersSigned(tx)
	})
	if err != nil {
		t.Fatal(err)
	}
	if known, err := (&Store{db: &disk.Database{DB: db}}).SignedInFrom("ada", "2001:db8::/64"); !known || err != nil {
		t.Errorf("%v, %v", known, err)
	}
}

// A check covers exactly the buckets of a new database: whoever adds a bucket adds the check
// of its records there.
func TestACheckKnowsAllBuckets(t *testing.T) {
	t.Parallel()
	s := open(t, t.TempDir())
	checks := bucketChecks()
	err := s.db.View(func(tx *bolt.Tx) error {
		return tx.ForEach(func(name []byte, _ *bolt.Bucket) error {
			if checks[string(name)] == nil {
				t.Errorf("what the records of %s must be is not said", name)
			}
			delete(checks, string(name))
			return nil
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	for name := range checks {
		t.Errorf("a new database has no %s", name)
	}
}

func TestMigrationNumbersTheJobsOfEachUser(t *testing.T) {
	db, err := bolt.Open(filepath.Join(t.TempDir(), "db"), 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	s := &Store{db: &disk.Database{DB: db}}
	defer func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	}()
	err = db.Update(func(tx *bolt.Tx) error {
		if err := makeFirstBuckets(tx); err != nil {
			return err
		}
		if err := makeBuckets(tx, bucketJobsOn); err != nil {
			return err
		}
		for _, j := range []Job{{ID: "1", UserID: "eve"}, {ID: "2", UserID: "ada"}, {ID: "9", UserID: "eve"}, {ID: "10", UserID: "ada", Kind: JobBulk}, {ID: "11", UserID: "ada", Parent: "10"}} {
			if err := putJob(tx, nil, j); err != nil {
				return err
			}
		}
		return numberJobsOfEachUser(tx)
	})
	if err != nil {
		t.Fatal(err)
	}
	var next int
	err = db.Update(func(tx *bolt.Tx) (err error) {
		next, err = nextJobNumber(tx, "ada")
		return err
	})
	if err != nil || next != 4 {
		t.Errorf("the next job is %d, %v; want 4", next, err)
	}
	for user, want := range map[string]string{"ada": " 3/2 2 1", "eve": " 2 1"} {
		jobs, err := s.Jobs(user, "", 9)
		got := ""
		for _, j := range jobs {
			got += " " + j.Label()
			if j.Parent != "" {
				got += "/" + j.ParentLabel()
			}
		}
		if err != nil || got != want {
			t.Errorf("the jobs of %s are%s, %v; want%s", user, got, err, want)
		}
	}
	if j, err := s.Job("eve", "9"); err != nil || j.Number != 2 {
		t.Errorf("an old address leads to job %d, %v", j.Number, err)
	}
}
