package jobs_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"berth/jobs"
	"berth/store"
)

// reads follows a job to its end, breaking off after every few updates and going on
// from the last line it has, and returns the numbers it got.
func (h *house) reads(j store.Job, updates int) ([]int, error) {
	ctx, cancel := context.WithTimeout(context.Background(), testPatience)
	defer cancel()
	var got []int
	for {
		last := 0
		if len(got) > 0 {
			last = got[len(got)-1]
		}
		f, err := h.runner.Follow(j.UserID, j.ID, last)
		if err != nil {
			return got, err
		}
		for range updates {
			u, err := f.Next(ctx)
			for _, l := range u.Lines {
				got = append(got, l.N)
			}
			if err != nil || u.Done {
				f.Close()
				return got, err
			}
		}
		f.Close()
		f.Close() // a second time does nothing
	}
}

func TestAFeedNeitherRepeatsNorLosesALine(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.clock.Stop()
	j := h.create(spec(120))
	var (
		readers sync.WaitGroup
		all     [4][]int
		errs    [4]error
	)
	for i := range all {
		readers.Go(func() { all[i], errs[i] = h.reads(j, i+1) })
	}
	h.clock.Hurry()
	readers.Wait()
	h.await(j)
	lines, err := h.store.Log(j.ID, 0, store.MaxLogLines)
	mustNot(t, err)
	for i, got := range all {
		if errs[i] != nil || len(got) != len(lines) {
			t.Errorf("reader %d got %d of %d lines, %v", i, len(got), len(lines), errs[i])
			continue
		}
		for k, n := range got {
			if n != k+1 {
				t.Errorf("reader %d got %v", i, got)
				break
			}
		}
	}
}

func TestAFeedOfALongLog(t *testing.T) {
	t.Parallel()
	h := newHouse(t, container(120, "running"))
	j := h.await(h.act(120, store.JobStop))
	var more []store.LogLine
	for i := range 1200 {
		more = append(more, store.LogLine{Text: fmt.Sprint("line ", i)})
	}
	logged, err := h.store.UpdateJob(j.ID, more, func(*store.Job) error { return nil })
	mustNot(t, err)
	f, err := h.runner.Follow("ada", j.ID, 0)
	mustNot(t, err)
	defer f.Close()
	n, updates := 0, 0
	for done := false; !done; updates++ {
		u, err := f.Next(t.Context())
		mustNot(t, err)
		for _, l := range u.Lines {
			if n++; l.N != n {
				t.Fatalf("line %d after %d", l.N, n-1)
			}
		}
		done = u.Done
	}
	if n != logged.LogLast || updates != 3 {
		t.Errorf("%d of %d lines in %d updates", n, logged.LogLast, updates)
	}
	ended, end := context.WithCancel(t.Context())
	end()
	if _, err := f.Next(ended); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want that nothing more came", err)
	}

	// After the last line that a reader has, there is just the job's end.
	f2, err := h.runner.Follow("ada", j.ID, logged.LogLast)
	mustNot(t, err)
	defer f2.Close()
	u, err := f2.Next(t.Context())
	mustNot(t, err)
	if !u.Done || len(u.Lines) != 0 || u.Job.State != store.JobDone {
		t.Errorf("Next() = %+v", u)
	}
}

func TestAFeedGoesOnWithARetry(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.startFails()
	j := h.create(spec(120))
	f, err := h.runner.Follow("ada", j.ID, 0)
	mustNot(t, err)
	defer f.Close()
	next := func(want store.JobState) {
		t.Helper()
		ctx, cancel := context.WithTimeout(t.Context(), testPatience)
		defer cancel()
		for {
			u, err := f.Next(ctx)
			mustNot(t, err)
			if u.Done {
				if u.Job.State != want {
					t.Errorf("it ended %s, want %s", u.Job.State, want)
				}
				return
			}
		}
	}
	next(store.JobFailed)
	_, err = h.runner.Retry("ada", j.ID, nil)
	mustNot(t, err)
	next(store.JobDone)
}

func TestWatch(t *testing.T) {
	t.Parallel()
	h := newHouse(t, container(120, "running"))
	mine := h.runner.Watch("ada")
	others := h.runner.Watch("eve")
	defer others.Close()
	j := h.act(120, store.JobStop)
	<-mine.C
	h.await(j)
	select {
	case <-others.C:
		t.Error("eve was told of ada's job")
	default:
	}
	select {
	case <-mine.C:
	default: // nothing since the last look
	}
	mine.Close()
	mine.Close() // a second time does nothing
	h.await(h.act(120, store.JobStart))
	select {
	case <-mine.C:
		t.Error("told after the watch had ended")
	default:
	}
}

func TestPlaceIsToldToFollowers(t *testing.T) {
	t.Parallel()
	h := newHouse(t, container(120, "running"), container(121, "running"), container(122, "running"), container(123, "running"))
	h.clock.Stop()
	h.act(120, store.JobStop)
	h.act(121, store.JobStop)
	third, fourth := h.act(122, store.JobStop), h.act(123, store.JobStop)
	f, err := h.runner.Follow("ada", fourth.ID, 0)
	mustNot(t, err)
	defer f.Close()
	u, err := f.Next(t.Context())
	mustNot(t, err)
	if u.Job.State != store.JobQueued || h.runner.Place(u.Job) != 2 {
		t.Errorf("the job is %s at place %d", u.Job.State, h.runner.Place(u.Job))
	}
	_, err = h.runner.Cancel("ada", third.ID)
	mustNot(t, err)
	u, err = f.Next(t.Context())
	mustNot(t, err)
	if h.runner.Place(u.Job) != 1 {
		t.Errorf("place %d, want 1", h.runner.Place(u.Job))
	}
	h.clock.Hurry()
	if got, _ := h.watch(fourth, func(u jobs.Update) bool { return u.Done }); got.State != store.JobDone {
		t.Errorf("the job is %s", got.State)
	}
}
