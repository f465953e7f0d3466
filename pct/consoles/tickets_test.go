package consoles

import (
	"testing"
	"time"
)

func TestATicketOpensOnceAndSoon(t *testing.T) {
	now := time.Date(2026, 11, 23, 21, 18, 4, 0, time.UTC)
	all := tickets{now: func() time.Time { return now }, kept: make(map[string]ticket)}
	place := Place{UserID: "ada", SessionID: "s1", NodeID: "n1", VMID: 100}
	id := all.add(place)
	for _, other := range []Place{
		{UserID: "bob", SessionID: "s1", NodeID: "n1", VMID: 100},
		{UserID: "ada", SessionID: "s2", NodeID: "n1", VMID: 100},
		{UserID: "ada", SessionID: "s1", NodeID: "n2", VMID: 100},
		{UserID: "ada", SessionID: "s1", NodeID: "n1", VMID: 101},
	} {
		if all.take(id, other) {
			t.Errorf("it opens %+v", other)
		}
	}
	if all.take("", place) || all.take(id+"A", place) {
		t.Error("what is no ticket opens")
	}
	now = now.Add(TicketLife - time.Second)
	if !all.take(id, place) || all.take(id, place) {
		t.Error("it does not open, or twice")
	}
	id = all.add(place)
	now = now.Add(TicketLife)
	if all.take(id, place) {
		t.Error("it opens too late")
	}
}

func TestTicketsAreBounded(t *testing.T) {
	now := time.Date(2026, 11, 23, 21, 18, 4, 0, time.UTC)
	all := tickets{now: func() time.Time { return now }, kept: make(map[string]ticket)}
	ada, bob := Place{UserID: "ada"}, Place{UserID: "bob"}
	bobs := all.add(bob)
	first := all.add(ada)
	for range MaxOfUser {
		now = now.Add(time.Second)
		all.add(ada)
	}
	if len(all.kept) != MaxOfUser+1 || all.take(first, ada) || !all.take(bobs, bob) {
		t.Errorf("%d are kept", len(all.kept))
	}
	now = now.Add(TicketLife)
	if all.add(bob); len(all.kept) != 1 {
		t.Errorf("%d are kept after their time", len(all.kept))
	}
}
