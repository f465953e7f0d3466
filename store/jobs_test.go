package store_test

import (
	"crypto/rand"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"berth/store"
	"berth/store/storetest"
)

func addJob(t *testing.T, s *store.Store, j store.Job) store.Job {
	t.Helper()
	j, err := s.AddJob(j)
	mustNot(t, err)
	return j
}

func setState(t *testing.T, s *store.Store, id string, state store.JobState) {
	t.Helper()
	_, err := s.UpdateJob(id, nil, func(j *store.Job) error {
		j.State = state
		return nil
	})
	mustNot(t, err)
}

func wantBusy(t *testing.T, err error, id string) {
	t.Helper()
	var busy *store.BusyError
	if !errors.As(err, &busy) || busy.Job.ID != id {
		t.Errorf("error %v, want that job %s is at work", err, id)
	}
}

func ids(jobs []store.Job) []string {
	list := []string{}
	for _, j := range jobs {
		list = append(list, j.ID)
	}
	return list
}

func TestOneContainerHasOneJob(t *testing.T) {
	s := storetest.Open(t)
	start := store.Job{UserID: "ada", NodeID: "n1", Scope: "s1", VMID: 120, Kind: store.JobStart}
	first := addJob(t, s, start)
	if !strings.HasPrefix(first.ID, "1-") || first.Number != 1 || first.Label() != "1" || first.State != store.JobQueued || first.Created.IsZero() {
		t.Errorf("AddJob() = %+v", first)
	}

	stop := start
	stop.Kind, stop.NodeID = store.JobStop, "n2" // by another member of the same cluster
	_, err := s.AddJob(stop)
	wantBusy(t, err, first.ID)
	elsewhere := start
	elsewhere.Scope = "s2"
	addJob(t, s, elsewhere)
	another := start
	another.VMID = 121
	addJob(t, s, another)

	for _, state := range []store.JobState{store.JobRunning, store.JobWaiting} {
		setState(t, s, first.ID, state)
		_, err = s.AddJob(stop)
		wantBusy(t, err, first.ID)
	}
	for i, state := range []store.JobState{store.JobDone, store.JobFailed, store.JobCancelled} {
		setState(t, s, first.ID, state)
		first = addJob(t, s, stop)
		if want := 4 + i; first.Number != want {
			t.Errorf("number %d, want %d", first.Number, want)
		}
	}
}

func TestOneOSTemplateIsFetchedOnce(t *testing.T) {
	s := storetest.Open(t)
	fetch := store.Job{UserID: "ada", NodeID: "n1", Scope: "s1", Name: "debian.tar.zst", Kind: store.JobFetch}
	first := addJob(t, s, fetch)
	_, err := s.AddJob(fetch)
	wantBusy(t, err, first.ID)
	other := fetch
	other.Name = "alpine.tar.xz"
	addJob(t, s, other)
	other.NodeID = "n2"
	addJob(t, s, other)
	setState(t, s, first.ID, store.JobDone)
	addJob(t, s, fetch)
}

func TestTheLastDownloadIsFoundAmongOtherJobs(t *testing.T) {
	s := storetest.Open(t)
	fetch := store.Job{UserID: "ada", NodeID: "n1", Kind: store.JobFetch, Name: "debian.tar.zst"}
	first := addJob(t, s, fetch)
	setState(t, s, first.ID, store.JobFailed)
	last := addJob(t, s, fetch)
	setState(t, s, last.ID, store.JobDone)
	for _, other := range []store.Job{
		{UserID: "ada", NodeID: "n1", Kind: store.JobFetch, Name: "alpine.tar.xz"},
		{UserID: "ada", NodeID: "n2", Kind: store.JobFetch, Name: "debian.tar.zst"},
		{UserID: "eve", NodeID: "n1", Kind: store.JobFetch, Name: "debian.tar.zst"},
		{UserID: "ada", NodeID: "n1", Scope: "s", VMID: 101, Kind: store.JobStart, Name: "debian.tar.zst"},
	} {
		setState(t, s, addJob(t, s, other).ID, store.JobDone)
	}
	got, err := s.LastFetch("ada", "n1", "debian.tar.zst")
	if err != nil || got.ID != last.ID {
		t.Errorf("found job %q, %v; want %s", got.ID, err, last.ID)
	}
	_, err = s.LastFetch("ada", "n2", "alpine.tar.xz")
	wantErr(t, err, store.ErrNotFound)
}

func TestJobBelongsToItsUser(t *testing.T) {
	s := storetest.Open(t)
	j := addJob(t, s, store.Job{UserID: "ada", Scope: "s1", VMID: 120})
	if got, err := s.Job("ada", j.ID); err != nil || got.VMID != 120 {
		t.Errorf("Job() = %+v, %v", got, err)
	}
	for _, id := range []string{"01", "+1", "-1", "2", "", "x", "1 "} {
		_, err := s.Job("ada", id)
		wantErr(t, err, store.ErrNotFound)
	}
	_, err := s.Job("eve", j.ID)
	wantErr(t, err, store.ErrNotFound)
}

func TestUpdateJob(t *testing.T) {
	s := storetest.Open(t)
	j := addJob(t, s, store.Job{UserID: "ada", Scope: "s1", VMID: 120, Steps: []store.JobStep{{Name: "check"}}})
	j, err := s.UpdateJob(j.ID, nil, func(j *store.Job) error {
		j.State, j.Steps[0].UPID, j.UserID, j.LogLast = store.JobRunning, "UPID:x", "eve", 7
		return nil
	})
	mustNot(t, err)
	if got, err := s.Job("ada", j.ID); err != nil || got.Steps[0].UPID != "UPID:x" || got.LogLast != 0 {
		t.Errorf("Job() = %+v, %v", got, err)
	}

	no := errors.New("no")
	_, err = s.UpdateJob(j.ID, nil, func(j *store.Job) error {
		j.State = store.JobDone
		return no
	})
	wantErr(t, err, no)
	if got, err := s.JobByID(j.ID); err != nil || got.State != store.JobRunning {
		t.Errorf("a change that failed was kept: %+v, %v", got, err)
	}

	// A job that moves to another VMID frees the one it had.
	_, err = s.UpdateJob(j.ID, nil, func(j *store.Job) error {
		j.VMID = 121
		return nil
	})
	mustNot(t, err)
	addJob(t, s, store.Job{UserID: "ada", Scope: "s1", VMID: 120})
	_, err = s.AddJob(store.Job{UserID: "ada", Scope: "s1", VMID: 121})
	wantBusy(t, err, j.ID)

	setState(t, s, j.ID, store.JobFailed)
	if _, err := s.UpdateJob(j.ID, nil, func(j *store.Job) error { j.State = store.JobRunning; return nil }); err == nil {
		t.Error("a finished job was reopened by UpdateJob")
	}
	_, err = s.UpdateJob("99", nil, func(*store.Job) error { return nil })
	wantErr(t, err, store.ErrNotFound)
}

func TestReopenJob(t *testing.T) {
	s := storetest.Open(t)
	keep := func(*store.Job) error { return nil }
	j := addJob(t, s, store.Job{UserID: "ada", Scope: "s1", VMID: 120})
	_, err := s.ReopenJob(j.ID, keep)
	wantBusy(t, err, j.ID)

	setState(t, s, j.ID, store.JobFailed)
	other := addJob(t, s, store.Job{UserID: "ada", Scope: "s1", VMID: 120})
	_, err = s.ReopenJob(j.ID, keep)
	wantBusy(t, err, other.ID)

	setState(t, s, other.ID, store.JobDone)
	again, err := s.ReopenJob(j.ID, func(j *store.Job) error { j.Problem = nil; return nil })
	mustNot(t, err)
	if again.State != store.JobQueued {
		t.Errorf("state %s, want queued", again.State)
	}
	open, err := s.OpenJobsOf("ada")
	mustNot(t, err)
	if got := ids(open); !slices.Equal(got, []string{j.ID}) {
		t.Errorf("open are %v, want the reopened one", got)
	}
	_, err = s.AddJob(store.Job{UserID: "ada", Scope: "s1", VMID: 120})
	wantBusy(t, err, j.ID)
}

func TestListsOfJobs(t *testing.T) {
	s, clock := openWithClock(t)
	var ids []string
	name := map[string]string{} // by ID, as in "ada 1"
	for i := range 24 {
		user := "ada"
		if i%3 == 2 {
			user = "eve"
		}
		clock.Advance(time.Second)
		j := addJob(t, s, store.Job{UserID: user, Scope: "s", VMID: 100 + i})
		ids = append(ids, j.ID)
		name[j.ID] = user + " " + j.Label()
	}
	id := func(called string) string {
		for _, id := range ids {
			if name[id] == called {
				return id
			}
		}
		return called
	}
	names := func(jobs []store.Job) string {
		var list []string
		for _, j := range jobs {
			list = append(list, name[j.ID])
		}
		return strings.Join(list, ", ")
	}
	setState(t, s, id("ada 3"), store.JobDone)

	for _, c := range []struct {
		user, before string
		limit        int
		want         string
	}{
		{"ada", "", 3, "ada 16, ada 15, ada 14"},
		{"ada", id("ada 11"), 3, "ada 10, ada 9, ada 8"},
		{"ada", id("ada 3"), 3, "ada 2, ada 1"},
		{"ada", id("ada 1"), 3, ""},
		{"eve", "", 9, "eve 8, eve 7, eve 6, eve 5, eve 4, eve 3, eve 2, eve 1"},
		{"bob", "", 9, ""},
		{"zoe", "", 9, ""},
	} {
		jobs, err := s.Jobs(c.user, c.before, c.limit)
		mustNot(t, err)
		if got := names(jobs); got != c.want {
			t.Errorf("Jobs(%q, %q, %d) = %s, want %s", c.user, c.before, c.limit, got, c.want)
		}
	}
	for _, before := range []string{"x", "01", "1-", "-1", "01-x"} {
		_, err := s.Jobs("ada", before, 3)
		wantErr(t, err, store.ErrNotFound)
	}

	open, err := s.OpenJobsOf("ada")
	mustNot(t, err)
	if got, want := names(open), "ada 1, ada 2, ada 4, ada 5, ada 6, ada 7, ada 8, ada 9, ada 10, ada 11, ada 12, ada 13, ada 14, ada 15, ada 16"; got != want {
		t.Errorf("OpenJobsOf(ada) = %s, want %s", got, want)
	}
	open, err = s.OpenJobs()
	mustNot(t, err)
	if got := names(open); !strings.HasPrefix(got, "ada 1, ada 2, eve 1, ada 4, eve 2, ada 5") || len(open) != 23 {
		t.Errorf("OpenJobs() = %s, want the oldest first", got)
	}
}

// Nobody learns from a number or an address how much others do, and nobody finds another's job by counting.
func TestJobsAreNumberedForEachUserAlone(t *testing.T) {
	s := storetest.Open(t)
	for range 5 {
		addJob(t, s, store.Job{UserID: "ada", Kind: store.JobFetch, Name: rand.Text()})
	}
	first := addJob(t, s, store.Job{UserID: "eve"})
	second := addJob(t, s, store.Job{UserID: "eve"})
	if first.Number != 1 || second.Number != 2 || !strings.HasPrefix(second.ID, "2-") || len(second.ID) < 12 {
		t.Errorf("the jobs of eve are %q, %d, and %q, %d", first.ID, first.Number, second.ID, second.Number)
	}
	_, err := s.JobByID("2")
	wantErr(t, err, store.ErrNotFound)
	parent, children, err := s.AddJobs(store.Job{UserID: "eve", Kind: store.JobBulk}, []store.Job{{UserID: "eve", Scope: "s", VMID: 101}, {UserID: "eve", Scope: "s", VMID: 102}}, nil)
	mustNot(t, err)
	if parent.Number != 3 || children[0].Number != 4 || children[1].Number != 5 || children[1].ParentLabel() != "3" {
		t.Errorf("a bulk job is %d, its children %d and %d of %s", parent.Number, children[0].Number, children[1].Number, children[1].ParentLabel())
	}
}

func BenchmarkOpenJobsOf(b *testing.B) {
	s := storetest.Open(b)
	for i := range 500 {
		j, err := s.AddJob(store.Job{UserID: "ada", Scope: "s", VMID: 100 + i})
		mustNot(b, err)
		if i < 498 {
			_, err = s.UpdateJob(j.ID, nil, func(j *store.Job) error { j.State = store.JobDone; return nil })
			mustNot(b, err)
		}
	}
	for b.Loop() {
		if jobs, err := s.OpenJobsOf("ada"); err != nil || len(jobs) != 2 {
			b.Fatal(jobs, err)
		}
	}
}

func TestJobsOnAContainer(t *testing.T) {
	s := storetest.Open(t)
	on := func(user, scope string, vmid int, kind store.JobKind, state store.JobState) store.Job {
		j := addJob(t, s, store.Job{UserID: user, Scope: scope, VMID: vmid, Kind: kind})
		setState(t, s, j.ID, state)
		return j
	}
	made := on("ada", "s", 101, store.JobCreate, store.JobDone)
	on("eve", "s", 101, store.JobStop, store.JobDone)
	on("ada", "t", 101, store.JobStop, store.JobDone)
	on("ada", "s", 1010, store.JobStop, store.JobDone)
	on("ada", "s", 101, store.JobDelete, store.JobFailed)
	for range 600 {
		on("ada", "s", 101, store.JobStart, store.JobDone)
	}
	list, err := s.JobsOn("ada", "s", 101, 2)
	mustNot(t, err)
	if len(list) != 2 || list[0].Number != 604 || list[1].Number != 603 {
		t.Errorf("the newest are %v", ids(list))
	}
	list, err = s.JobsOn("ada", "s", 101, 1000)
	mustNot(t, err)
	if len(list) != 602 || list[601].ID != made.ID {
		t.Errorf("%d jobs", len(list))
	}
	list, err = s.JobsOn("ada", "s", 102, 1000)
	if err != nil || list != nil {
		t.Errorf("on another: %v, %v", list, err)
	}

	j, err := s.JobThatMade("ada", "s", 101)
	if err != nil || j.ID != made.ID {
		t.Errorf("made by %q, %v", j.ID, err)
	}
	_, err = s.JobThatMade("eve", "s", 101)
	wantErr(t, err, store.ErrNotFound)
	on("ada", "s", 101, store.JobDelete, store.JobDone)
	_, err = s.JobThatMade("ada", "s", 101)
	wantErr(t, err, store.ErrNotFound)
}

func TestAJobIsFoundByTheNumberThatItsUserSees(t *testing.T) {
	t.Parallel()
	s := storetest.Open(t)
	for range 12 {
		addJob(t, s, store.Job{UserID: "ada", Kind: store.JobFetch, NodeID: "n1", Name: rand.Text()})
	}
	other := addJob(t, s, store.Job{UserID: "bob", Kind: store.JobFetch, NodeID: "n2", Name: "deb"})
	for _, n := range []string{"1", "2", "12"} {
		if j, err := s.Job("ada", n); err != nil || j.Label() != n || j.UserID != "ada" {
			t.Errorf("number %s leads to %+v, %v", n, j, err)
		}
	}
	if j, err := s.Job("bob", "1"); err != nil || j.ID != other.ID {
		t.Errorf("bob's first is %+v, %v", j, err)
	}
	for _, n := range []string{"13", "0", "012", "-1", "1-", "1x", "", other.ID} {
		if j, err := s.Job("ada", n); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("%q leads to %+v, %v", n, j, err)
		}
	}
}
