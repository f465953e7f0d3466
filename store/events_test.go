package store_test

import (
	"testing"
	"time"

	"berth/store"
	"berth/store/storetest"
)

func addEvent(t *testing.T, s *store.Store, e store.Event) store.Event {
	t.Helper()
	e, err := s.AddEvent(e)
	mustNot(t, err)
	return e
}

func events(t *testing.T, s *store.Store, userID, scope string, vmid, limit int) []store.Event {
	t.Helper()
	list, err := s.Events(userID, scope, vmid, limit)
	mustNot(t, err)
	return list
}

func TestEventsOfAContainer(t *testing.T) {
	now := time.Date(2026, 11, 23, 21, 18, 4, 0, time.UTC)
	s := storetest.OpenAt(t, t.TempDir(), store.Options{Now: func() time.Time { return now }})
	console := store.Event{UserID: "ada", NodeID: "n1", NodeName: "pve1", Scope: "s1", VMID: 120, Name: "web", Kind: store.EventConsole}
	first := addEvent(t, s, console)
	if !first.Began.Equal(now) || first.End != "" {
		t.Errorf("AddEvent() = %+v", first)
	}
	for _, other := range []store.Event{
		{UserID: "ada", Scope: "s2", VMID: 120},
		{UserID: "bob", Scope: "s1", VMID: 120},
		{UserID: "ada", Scope: "s1", VMID: 12},
		{UserID: "ada", Scope: "s1", VMID: 1200},
	} {
		addEvent(t, s, other)
	}
	now = now.Add(time.Minute)
	first.End, first.Exit = store.EndExit, 7
	mustNot(t, s.EndEvent(first))
	second := addEvent(t, s, console)

	got := events(t, s, "ada", "s1", 120, 10)
	if len(got) != 2 || got[0].Number != second.Number || got[1].Number != first.Number {
		t.Fatalf("%+v", got)
	}
	if e := got[1]; e.End != store.EndExit || e.Exit != 7 || e.Ended.Sub(e.Began) != time.Minute || e.Name != "web" || e.NodeName != "pve1" {
		t.Errorf("%+v", e)
	}
	if got := events(t, s, "ada", "s1", 120, 1); len(got) != 1 || got[0].Number != second.Number {
		t.Errorf("the newest: %+v", got)
	}

	now = now.Add(time.Minute)
	first.End = store.EndLeft // it has ended already
	mustNot(t, s.EndEvent(first))
	if e := events(t, s, "ada", "s1", 120, 10)[1]; e.End != store.EndExit || e.Ended.Sub(e.Began) != time.Minute {
		t.Errorf("ended twice: %+v", e)
	}
}

func TestTheOldestEventsAreDropped(t *testing.T) {
	s := storetest.Open(t)
	console := store.Event{UserID: "ada", Scope: "s1", VMID: 120}
	other := console
	other.VMID = 121
	kept := addEvent(t, s, other)
	first := addEvent(t, s, console)
	for range store.MaxEvents {
		addEvent(t, s, console)
	}
	first.End = store.EndLeft
	mustNot(t, s.EndEvent(first)) // it was dropped
	got := events(t, s, "ada", "s1", 120, 2*store.MaxEvents)
	if len(got) != store.MaxEvents || got[len(got)-1].Number != first.Number+1 {
		t.Errorf("%d events, the oldest %+v", len(got), got[len(got)-1])
	}
	if got := events(t, s, "ada", "s1", 121, 1); len(got) != 1 || got[0].Number != kept.Number {
		t.Errorf("another container's: %+v", got)
	}
}

func TestAnEventThatWasLeftOpenIsCut(t *testing.T) {
	dir := t.TempDir()
	s, err := store.Open(dir, store.Options{})
	mustNot(t, err)
	console := store.Event{UserID: "ada", Scope: "s1", VMID: 120}
	ended := addEvent(t, s, console)
	ended.End = store.EndLeft
	mustNot(t, s.EndEvent(ended))
	for range 3 {
		addEvent(t, s, console)
	}
	change := store.Event{UserID: "ada", Scope: "s1", VMID: 121, Kind: store.EventChange, End: store.EndDone, Changes: []store.Change{{Setting: "memory", From: "512", To: "1024"}}}
	addEvent(t, s, change)
	mustNot(t, s.Close())

	s = storetest.OpenAt(t, dir, store.Options{})
	got := events(t, s, "ada", "s1", 120, 10)
	if len(got) != 4 || got[3].End != store.EndLeft {
		t.Fatalf("%+v", got)
	}
	for _, e := range got[:3] {
		if e.End != store.EndCut || !e.Ended.IsZero() {
			t.Errorf("%+v", e)
		}
	}
	if got := events(t, s, "ada", "s1", 121, 10); len(got) != 1 || got[0].End != store.EndDone || len(got[0].Changes) != 1 || got[0].Changes[0] != change.Changes[0] {
		t.Errorf("what was over at once: %+v", got)
	}
}
