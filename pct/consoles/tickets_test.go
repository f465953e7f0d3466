package consoles

import (
	"testing"
	"time"

	"berth/store"
)

func TestATicketOpensOnceAndSoon(t *testing.T) {
	now := time.Date(2026, 11, 23, 21, 18, 4, 0, time.UTC)
	all := tickets{now: func() time.Time { return now }, kept: make(map[string]ticket)}
	holder := Holder{UserID: "ada", SessionID: "s1", Ref: store.Ref{NodeID: "n1", VMID: 100}}
	id := all.add(holder)
	for _, other := range []Holder{
		{UserID: "bob", SessionID: "s1", Ref: store.Ref{NodeID: "n1", VMID: 100}},
		{UserID: "ada", SessionID: "s2", Ref: store.Ref{NodeID: "n1", VMID: 100}},
		{UserID: "ada", SessionID: "s1", Ref: store.Ref{NodeID: "n2", VMID: 100}},
		{UserID: "ada", SessionID: "s1", Ref: store.Ref{NodeID: "n1", VMID: 101}},
	} {
		if all.take(id, other) {
			t.Errorf("it opens %+v", other)
		}
	}
	if all.take("", holder) || all.take(id+"A", holder) {
		t.Error("what is no ticket opens")
	}
	now = now.Add(TicketLife - time.Second)
	if !all.take(id, holder) || all.take(id, holder) {
		t.Error("it does not open, or twice")
	}
	id = all.add(holder)
	now = now.Add(TicketLife)
	if all.take(id, holder) {
		t.Error("it opens too late")
	}
}

func TestTicketsAreBounded(t *testing.T) {
	now := time.Date(2026, 11, 23, 21, 18, 4, 0, time.UTC)
	all := tickets{now: func() time.Time { return now }, kept: make(map[string]ticket)}
	ada, bob := Holder{UserID: "ada"}, Holder{UserID: "bob"}
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
