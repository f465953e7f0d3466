package store_test

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"berth/store"
)

func lines(texts ...string) []store.LogLine {
	var list []store.LogLine
	for _, text := range texts {
		list = append(list, store.LogLine{Stream: "out", Text: text})
	}
	return list
}

func TestLogIsNumbered(t *testing.T) {
	s, clock := openWithClock(t)
	j := addJob(t, s, store.Job{UserID: "ada"})
	if got, err := s.Log(j.ID, 0, 10); err != nil || len(got) != 0 {
		t.Errorf("Log() = %v, %v of a new job", got, err)
	}
	if last, err := appendLog(s, j.ID, nil); last != 0 || err != nil {
		t.Errorf("AppendLog(nothing) = %d, %v", last, err)
	}
	said := clock.Now().Add(-time.Hour)
	last, err := appendLog(s, j.ID, []store.LogLine{{Text: "one", At: said, Stream: "err"}, {Text: "two", N: 77}})
	mustNot(t, err)
	if last != 2 {
		t.Errorf("last is %d, want 2", last)
	}
	last, err = appendLog(s, j.ID, lines("three", strings.Repeat("é", store.MaxLogText)))
	mustNot(t, err)
	if last != 4 {
		t.Errorf("last is %d, want 4", last)
	}

	got, err := s.Log(j.ID, 0, 3)
	mustNot(t, err)
	want := []store.LogLine{{N: 1, At: said, Stream: "err", Text: "one"}, {N: 2, At: clock.Now(), Text: "two"}, {N: 3, At: clock.Now(), Stream: "out", Text: "three"}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("Log() = %+v, want %+v", got, want)
	}
	got, err = s.Log(j.ID, 3, 10)
	mustNot(t, err)
	if len(got) != 1 || got[0].N != 4 || len(got[0].Text) != store.MaxLogText {
		t.Errorf("%d lines after the third, of %d bytes", len(got), len(got[0].Text))
	}
	if j, err := s.JobByID(j.ID); err != nil || j.LogFirst != 1 || j.LogLast != 4 {
		t.Errorf("the job has lines %d to %d, %v", j.LogFirst, j.LogLast, err)
	}
	_, err = appendLog(s, "99", lines("x"))
	wantErr(t, err, store.ErrNotFound)
	_, err = s.Log("99", 0, 1)
	wantErr(t, err, store.ErrNotFound)
}

func TestAJobAndItsLogChangeTogether(t *testing.T) {
	s, _ := openWithClock(t)
	j := addJob(t, s, store.Job{UserID: "ada", Steps: []store.JobStep{{Name: "create"}}})
	read := func(j *store.Job) error {
		j.Steps[0].LogLine += 2
		return nil
	}
	j, err := s.UpdateJob(j.ID, lines("one", "two"), read)
	mustNot(t, err)
	if j.Steps[0].LogLine != 2 || j.LogFirst != 1 || j.LogLast != 2 {
		t.Errorf("UpdateJob() = %+v", j)
	}
	refused := errors.New("no")
	_, err = s.UpdateJob(j.ID, lines("three"), func(*store.Job) error { return refused })
	wantErr(t, err, refused)
	kept, err := s.JobByID(j.ID)
	mustNot(t, err)
	got, err := s.Log(j.ID, 0, 10)
	mustNot(t, err)
	if kept.Steps[0].LogLine != 2 || kept.LogLast != 2 || len(got) != 2 {
		t.Errorf("a change that was refused left %+v with %d lines", kept, len(got))
	}
}

func TestLogDropsTheOldestLines(t *testing.T) {
	s, _ := openWithClock(t)
	j := addJob(t, s, store.Job{UserID: "ada"})
	_, err := appendLog(s, j.ID, lines("first", "second", "third"))
	mustNot(t, err)
	last, err := appendLog(s, j.ID, make([]store.LogLine, store.MaxLogLines-2))
	mustNot(t, err)
	if want := store.MaxLogLines + 1; last != want {
		t.Errorf("last is %d, want %d", last, want)
	}
	got, err := s.Log(j.ID, 0, 2*store.MaxLogLines)
	mustNot(t, err)
	if len(got) != store.MaxLogLines || got[0].N != 2 || got[0].Text != "second" || got[len(got)-1].N != last {
		t.Errorf("%d lines are kept, from %+v", len(got), got[0])
	}

	// More at once than are kept: none of the former stays.
	last, err = appendLog(s, j.ID, make([]store.LogLine, store.MaxLogLines+5))
	mustNot(t, err)
	got, err = s.Log(j.ID, 0, 2*store.MaxLogLines)
	mustNot(t, err)
	if len(got) != store.MaxLogLines || got[0].N != last-store.MaxLogLines+1 || got[len(got)-1].N != last {
		t.Errorf("%d lines are kept, from number %d to %d", len(got), got[0].N, got[len(got)-1].N)
	}
	if j, err := s.JobByID(j.ID); err != nil || j.LogFirst != got[0].N || j.LogLast != last {
		t.Errorf("the job has lines %d to %d, %v", j.LogFirst, j.LogLast, err)
	}
}

func TestALogIsBoundedInBytes(t *testing.T) {
	s, _ := openWithClock(t)
	j := addJob(t, s, store.Job{UserID: "ada"})
	const size = store.MaxLogText
	long := make([]store.LogLine, 500)
	for i := range long {
		long[i].Text = strings.Repeat("x", size)
	}
	last := 0
	for range store.MaxLogSize/size/len(long) + 3 {
		n, err := appendLog(s, j.ID, long)
		mustNot(t, err)
		last = n
	}
	got, err := s.Log(j.ID, 0, store.MaxLogLines)
	mustNot(t, err)
	if len(got) != store.MaxLogSize/size || got[len(got)-1].N != last {
		t.Errorf("%d lines of %d bytes are kept, to number %d of %d", len(got), size, got[len(got)-1].N, last)
	}
	if j, err := s.JobByID(j.ID); err != nil || j.LogFirst != got[0].N || j.LogLast != last {
		t.Errorf("the job has lines %d to %d, %v", j.LogFirst, j.LogLast, err)
	}
}

// appendLog adds lines to a job's log and returns the number of the last.
func appendLog(s *store.Store, id string, more []store.LogLine) (last int, err error) {
	j, err := s.UpdateJob(id, more, func(*store.Job) error { return nil })
	return j.LogLast, err
}
