package consoles

import (
	"testing"
	"time"

	"berth/store"
)

func TestATicketOpensOnceAndSoon(t *testing.T) {
	now := time.Date(2026, 11, 23, 21, 18, 4, 0, time.UTC)
	all := newTickets(func() time.Time { return now })
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
	all := newTickets(func() time.Time { return now })
	ada, bob := Holder{UserID: "ada"}, Holder{UserID: "bob"}
	bobs := all.add(bob)
	first := all.add(ada)
	var others []string
	for range MaxOfUser {
		now = now.Add(time.Second)
		others = append(others, all.add(ada))
	}
	if all.take(first, ada) {
		t.Error("the oldest opens though there are too many")
	}
	if !all.take(others[0], ada) || !all.take(bobs, bob) {
		t.Error("the next one, or another's, does not open")
	}
}
