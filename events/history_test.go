package events

import (
	"fmt"
	"testing"
	"time"

	"berth/store"
	"berth/store/storetest"
)

// kept is a history over a store of its own, and a container's node in it. Nobody asks a host.
func kept(t *testing.T) (h History, n store.Node, pass func()) {
	t.Helper()
	now := present()
	s := storetest.OpenAt(t, t.TempDir(), store.Options{Now: func() time.Time { return now }})
	u, err := s.AddUser("mira", "correct horse battery")
	must(t, err)
	return History{Store: s}, store.Node{ID: "n1", Name: "pve1", Member: "pve1", UserID: u.ID, Scope: "c1"}, func() { now = now.Add(time.Minute) }
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// addJob keeps a job on the container 101 that has ended.
func (h History) addJob(t *testing.T, n store.Node) store.Job {
	t.Helper()
	j, err := h.Store.AddJob(store.Job{UserID: n.UserID, NodeID: n.ID, Scope: n.Scope, VMID: 101, Kind: store.JobStop})
	must(t, err)
	j, err = h.Store.UpdateJob(j.ID, nil, func(j *store.Job) error { j.State = store.JobDone; return nil })
	must(t, err)
	return j
}

// However much Berth did, a page reads no more than it shows, and the next goes on where it ended.
func TestWhatBerthDidIsReadPageByPage(t *testing.T) {
	t.Parallel()
	h, n, pass := kept(t)
	seen := make(map[string]int)
	for i := range 80 {
		seen[h.addJob(t, n).ID] = 0
		if i%2 == 0 {
			must(t, h.Record(n, 101, "web", store.Event{Kind: store.EventNote, Snapshot: fmt.Sprintf("note %d", i)}))
			seen[fmt.Sprintf("note %d", i)] = 0
		}
		pass()
	}
	pages := 0
	for q := (Query{Filter: ByBerth, Limit: PageSize}); ; {
		pages++
		p, err := h.Page(t.Context(), n, 101, q)
		must(t, err)
		for _, e := range p.List {
			if e.Job != nil {
				seen[e.Job.ID]++
			} else {
				seen[e.Record.Snapshot]++
			}
		}
		if q.Until = p.Older; q.Until.IsZero() {
			break
		}
	}
	for what, times := range seen {
		if times != 1 {
			t.Errorf("%s is told %d times", what, times)
		}
	}
	if pages != 3 {
		t.Errorf("120 events take %d pages", pages)
	}
	for _, q := range []Query{{Limit: PageSize}, {Filter: ByBerth, Limit: Latest}} {
		s, err := h.own(n, 101, q)
		if most := q.Limit + spare; err != nil || len(s.jobs) > most || len(s.records) > most {
			t.Errorf("for %d events, %d jobs and %d records are read: %v", q.Limit, len(s.jobs), len(s.records), err)
		}
	}
}

func TestAHostThatIsKnownToBeSilentIsNotAsked(t *testing.T) {
	t.Parallel()
	h, n, _ := kept(t) // without a fleet that could ask
	h.addJob(t, n)
	p, err := h.Page(t.Context(), n, 101, Query{Limit: PageSize, Silent: true})
	if err != nil || len(p.List) != 1 || !p.HostSilent {
		t.Errorf("%+v, %v", p, err)
	}
	if p, err = h.Page(t.Context(), n, 101, Query{Filter: ByBerth, Limit: PageSize, Silent: true}); err != nil || p.HostSilent {
		t.Errorf("of what only Berth knows: %+v, %v", p, err)
	}
}

func TestAMarkIsAnotherAfterWhateverBerthDid(t *testing.T) {
	t.Parallel()
	h, n, _ := kept(t)
	marks := make(map[string]string)
	is := func(after string) {
		t.Helper()
		mark, err := h.Mark(n, 101)
		must(t, err)
		if before, known := marks[mark]; known {
			t.Errorf("after %s it is as after %s", after, before)
		}
		marks[mark] = after
	}
	is("nothing")
	j, err := h.Store.AddJob(store.Job{UserID: n.UserID, NodeID: n.ID, Scope: n.Scope, VMID: 101, Kind: store.JobStop})
	must(t, err)
	is("a job was added")
	_, err = h.Store.UpdateJob(j.ID, nil, func(j *store.Job) error { j.State = store.JobDone; return nil })
	must(t, err)
	is("the job was done")
	must(t, h.Record(n, 101, "web", store.Event{Kind: store.EventChange}))
	is("a setting was changed")
}
