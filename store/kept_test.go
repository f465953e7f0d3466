package store

import (
	"compress/gzip"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"
)

// keptDatabases are backups that earlier versions made: see testdata/README.md.
func keptDatabases(t *testing.T) []string {
	t.Helper()
	paths, err := filepath.Glob("testdata/schema-*.tar.gz")
	if err != nil || len(paths) == 0 {
		t.Fatalf("there are %d: %v", len(paths), err)
	}
	return paths
}

// openKept opens what such a backup holds.
func openKept(t *testing.T, backup string) *Store {
	t.Helper()
	f, err := os.Open(backup)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "data")
	if err := Restore(dir, Options{}, z); err != nil {
		t.Fatal(err)
	}
	s, err := Open(dir, Options{HashMemory: 64, Now: func() time.Time { return keptAt }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { shut(t, s) })
	return s
}

// keptAt is soon after they were made, before anything in them expires.
var keptAt = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

func TestADatabaseOfAnEarlierVersionIsReadWhole(t *testing.T) {
	t.Parallel()
	for _, backup := range keptDatabases(t) {
		t.Run(filepath.Base(backup), func(t *testing.T) {
			s := openKept(t, backup)
			wantRecordsInAll(t, s)
			ada, err := s.CheckPassword("ada", "correct horse")
			if err != nil {
				t.Fatal(err)
			}
			wantKeptNodes(t, s, ada.ID)
			wantKeptPlans(t, s, ada.ID)
			wantKeptJobs(t, s, ada.ID)
			wantKeptTraces(t, s, ada.ID)
			if _, err := s.Rekey(); err != nil {
				t.Error(err)
			}
			wantKeptNodes(t, s, ada.ID)
			wantKeptForgotten(t, s, ada.ID)
			if err := errors.Join(s.Check(), s.Healthy()); err != nil {
				t.Error(err)
			}
		})
	}
}

// laterBuckets are those that no earlier version put anything in.
var laterBuckets = []string{string(bucketLinks), string(bucketPins)}

// wantRecordsInAll checks that no bucket is empty that an earlier version had.
func wantRecordsInAll(t *testing.T, s *Store) {
	t.Helper()
	err := s.db.View(func(tx *bolt.Tx) error {
		for name := range bucketChecks() {
			if k, _ := tx.Bucket([]byte(name)).Cursor().First(); k == nil && name != string(bucketEventsOpen) && !slices.Contains(laterBuckets, name) {
				t.Errorf("there is nothing in %s", name)
			}
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

func wantKeptNodes(t *testing.T, s *Store, user string) {
	t.Helper()
	nodes, err := s.Nodes(user)
	if err != nil || len(nodes) != 2 || nodes[0].Scope != nodes[1].Scope {
		t.Fatalf("nodes %+v, %v", nodes, err)
	}
	for _, n := range nodes {
		if secret, err := s.TokenSecret(n.ID); secret != "secret" || err != nil {
			t.Errorf("the token of %s is %q, %v", n.Name, secret, err)
		}
		if n.Name == "tower" && (n.SSH.HostKey == "" || n.SSHWorked.IsZero() || !n.Default) {
			t.Errorf("node %+v", n)
		}
	}
	if inventory, err := s.Inventory(nodes[0].Scope); string(inventory) != "{}" || err != nil {
		t.Errorf("the inventory is %q, %v", inventory, err)
	}
}

// wantKeptPlans checks drafts and templates.
func wantKeptPlans(t *testing.T, s *Store, user string) {
	t.Helper()
	drafts, err := s.Drafts(user)
	if err != nil || len(drafts) != 2 {
		t.Fatalf("drafts %+v, %v", drafts, err)
	}
	for _, d := range drafts {
		if secrets, err := s.DraftSecrets(user, d.ID); secrets["PASSWORD"] != "hunter2" || err != nil || d.Values.Get("hostname") != "web" {
			t.Errorf("the draft %+v has the secrets %v, %v", d, secrets, err)
		}
	}
	templates, err := s.Templates(user)
	if err != nil || len(templates) != 1 || len(templates[0].Inputs) != 2 || len(templates[0].Files) != 1 {
		t.Fatalf("templates %+v, %v", templates, err)
	}
	if p, err := s.PackageBucket(user, templates[0].Buckets[0]); err != nil || p.Packages[0].Name != "curl" {
		t.Errorf("package bucket %+v, %v", p, err)
	}
}

func wantKeptJobs(t *testing.T, s *Store, user string) {
	t.Helper()
	all, err := s.Jobs(user, "", 100)
	if err != nil || len(all) != 31 {
		t.Fatalf("%d jobs, %v", len(all), err)
	}
	kinds, states := map[JobKind]int{}, map[JobState]int{}
	for _, j := range all {
		kinds[j.Kind]++
		states[j.State]++
		lines, err := s.Log(j.ID, 0, MaxLogLines)
		if err != nil || len(lines) != j.LogLast || j.Kind != JobBulk && j.State != JobQueued && len(lines) == 0 && j.Problem == nil {
			t.Errorf("job %s has %d lines of a log, %v", j.ID, len(lines), err)
		}
		if j.State == JobFailed && j.Kind != JobBulk && (j.Problem == nil || j.Problem.Kind == "") {
			t.Errorf("job %s has the problem %+v", j.ID, j.Problem)
		}
		if provision, err := s.JobProvision(j.ID); err == nil && len(provision.Scripts) == 0 {
			t.Errorf("job %s has the set-up %+v", j.ID, provision)
		}
	}
	if want := map[JobState]int{JobDone: 17, JobFailed: 8, JobCancelled: 2, JobRunning: 2, JobQueued: 1, JobWaiting: 1}; !maps.Equal(states, want) || len(kinds) != 15 {
		t.Errorf("they are %v and %v", states, kinds)
	}
	wantKeptMakers(t, s, all)
	open, err := s.OpenJobs()
	if err != nil || len(open) != 4 {
		t.Errorf("%d are unfinished, %v", len(open), err)
	}
	if j, err := s.AddJob(Job{UserID: user, Kind: JobFetch, Name: "a.tar.xz"}); err != nil || j.Number != len(all)+1 {
		t.Errorf("the next job is number %d, %v", j.Number, err)
	}
}

// wantKeptMakers checks what is known of the jobs on containers, and on none.
func wantKeptMakers(t *testing.T, s *Store, all []Job) {
	t.Helper()
	made := map[int]JobKind{120: JobCreate, 121: JobCreate, 122: JobCreate, 124: JobCreate, 125: JobClone}
	for _, vmid := range []int{101, 103, 104, 120, 121, 122, 123, 124, 125, 126, 127} {
		j, err := s.JobThatMade(all[0].UserID, all[0].Scope, vmid)
		if makes, _ := j.Makes(); j.Kind != made[vmid] || j.Kind != "" && makes != vmid || j.Kind == "" && !errors.Is(err, ErrNotFound) {
			t.Errorf("%d was made by %+v, %v", vmid, j, err)
		}
	}
	if list, err := s.JobsOn(all[0].UserID, "", 0, 9); err != nil || len(list) != 2 || list[0].Kind != JobBulk || list[1].Kind != JobFetch {
		t.Errorf("on no container are %+v, %v", list, err)
	}
}

// wantKeptForgotten checks that long after, what is old is forgotten, and what leads to it.
func wantKeptForgotten(t *testing.T, s *Store, user string) {
	t.Helper()
	s.clock = func() time.Time { return keptAt.AddDate(1, 0, 0) }
	jobs, err := s.ForgetJobs(t.Context())
	drafts, errDrafts := s.ForgetDrafts(t.Context())
	if err := errors.Join(err, errDrafts, s.db.View(checkRecords)); err != nil || jobs != 1 || drafts != 2 {
		t.Errorf("%d jobs and %d drafts are forgotten, %v", jobs, drafts, err)
	}
	nodes, err := s.Nodes(user)
	if err != nil {
		t.Fatal(err)
	}
	if list, err := s.JobsOn(user, nodes[0].Scope, 103, 9); err != nil || len(list) != 0 {
		t.Errorf("on a container that was deleted: %v, %v", list, err)
	}
}

// wantKeptTraces checks what tells of the past.
func wantKeptTraces(t *testing.T, s *Store, user string) {
	t.Helper()
	nodes, err := s.Nodes(user)
	if err != nil {
		t.Fatal(err)
	}
	events, err := s.Events(user, nodes[0].Scope, 101, 9)
	if err != nil || len(events) != 4 || events[0].End != EndCut || len(events[2].Changes) != 1 {
		t.Errorf("events %+v, %v", events, err)
	}
	dismissed, err := s.Dismissals(user)
	for key, mark := range dismissed {
		if !strings.HasPrefix(key, "disk/") || mark != "full" {
			t.Errorf("%s is hidden while it is %s", key, mark)
		}
	}
	if err != nil || len(dismissed) != 1 {
		t.Errorf("%d are hidden, %v", len(dismissed), err)
	}
	if sessions, err := s.Sessions(user); err != nil || len(sessions) != 1 || sessions[0].Browser != "Firefox on Linux" {
		t.Errorf("sessions %+v, %v", sessions, err)
	}
	if known, err := s.SignedInFrom("ada", "2001:db8::/64"); !known || err != nil {
		t.Errorf("where it signed in from is not known: %v", err)
	}
}
