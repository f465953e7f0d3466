package demo

import (
	"context"
	"testing"
	"time"

	"berth/fleet"
	"berth/fleet/vmids"
	"berth/jobs"
	"berth/proxmox/sim"
	"berth/store"
	"berth/store/storetest"
)

func TestTheDemonstrationPlaysACreationAFailureARetryAndSeveralAtOnce(t *testing.T) {
	t.Parallel()
	world, err := sim.Demo()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(world.Close)
	s := storetest.Open(t)
	if err := Furnish(t.Context(), s, world, t.TempDir()); err != nil {
		t.Fatal(err)
	}
	vmids, err := vmids.Open("")
	if err != nil {
		t.Fatal(err)
	}
	f := fleet.New(fleet.Config{Store: s, VMIDs: vmids})
	j := jobs.New(jobs.Config{Store: s, Client: f.Client, Host: f.Host, Changed: f.GuestsChanged, Addressed: f.NoteAddresses})
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 40*time.Second)
		defer cancel()
		for _, err := range []error{j.Close(ctx), f.Close(), vmids.Close()} {
			if err != nil {
				t.Error(err)
			}
		}
	})
	if err := j.Resume(); err != nil {
		t.Fatal(err)
	}
	if err := Play(s, j, world); err != nil {
		t.Fatal(err)
	}
	users, err := s.Users()
	if err != nil {
		t.Fatal(err)
	}
	u := users[0]
	all, err := s.Jobs(u.ID, "", 10)
	if err != nil {
		t.Fatal(err)
	}
	ids := make(map[int]string)
	for _, j := range all {
		ids[j.Number] = j.ID
	}
	ended := func(id string) store.Job {
		t.Helper()
		feed, err := j.Follow(u.ID, id, 0)
		if err != nil {
			t.Fatal(err)
		}
		defer feed.Close()
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
		defer cancel()
		for {
			update, err := feed.Next(ctx)
			if err != nil {
				t.Fatal(err)
			}
			if update.Done {
				return update.Job
			}
		}
	}
	if done := ended(ids[1]); done.State != store.JobDone {
		t.Errorf("the creation: %s, %+v", done.State, done.Problem)
	}
	if done := ended(ids[3]); done.Kind != store.JobBulk || done.State != store.JobDone || len(done.Children) != 2 {
		t.Errorf("the snapshot of two: %s, %+v", done.State, done)
	}
	failed := ended(ids[2])
	if failed.State != store.JobFailed || failed.Problem.Kind != jobs.ProblemPackages {
		t.Fatalf("what is to fail: %s, %+v", failed.State, failed.Problem)
	}
	if _, err := j.Retry(u.ID, failed.ID, nil); err != nil {
		t.Fatal(err)
	}
	if done := ended(failed.ID); done.State != store.JobDone {
		t.Errorf("tried again: %s, %+v", done.State, done.Problem)
	}
}
