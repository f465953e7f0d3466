package main

import (
	"context"
	"errors"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"berth/store"
)

// oldData makes a data folder of an account that did something on a container long ago, and deleted it then.
func oldData(t *testing.T) (dir, user string) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "data")
	ago := time.Now().AddDate(0, 0, -100)
	s, err := store.Open(dir, store.Options{HashMemory: 64, Unsynced: true, Now: func() time.Time { return ago }})
	if err != nil {
		t.Fatal(err)
	}
	u, err := s.AddUser("ada", "correct horse")
	for _, kind := range []store.JobKind{store.JobStart, store.JobStop, store.JobDelete} {
		var j store.Job
		if err == nil {
			j, err = s.AddJob(store.Job{UserID: u.ID, Scope: "s", VMID: 101, Kind: kind, Steps: []store.JobStep{{Name: string(kind)}}})
		}
		if err == nil {
			_, err = s.UpdateJob(j.ID, nil, func(j *store.Job) error { j.State, j.Ended = store.JobDone, ago; return nil })
		}
	}
	if err == nil {
		_, err = s.NewDraft(u.ID, nil)
	}
	if err := errors.Join(err, s.Close()); err != nil {
		t.Fatal(err)
	}
	return dir, u.ID
}

func TestWhatIsOldIsForgottenOnceBerthIsUp(t *testing.T) {
	t.Parallel()
	dir, user := oldData(t)
	p := startBerth(t, serving(dir))
	if got := p.stderr.wait(regexp.MustCompile(`(msg="old jobs and drafts were forgotten" jobs=3 drafts=1)\n`)); got == "" {
		t.Errorf("said %s", p.stderr)
	}
	p.end()
	s, err := store.Open(dir, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if list, err := s.Jobs(user, "", 9); err != nil || len(list) != 0 {
		t.Errorf("left are %d jobs, %v", len(list), err)
	}
}

func TestWorkIsDoneAtOnceAndAgainUntilTheEnd(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	times := 0
	every(ctx, time.Millisecond, func(context.Context) {
		if times++; times == 3 {
			cancel()
		}
	})
	if times != 3 {
		t.Errorf("it was done %d times", times)
	}
}
