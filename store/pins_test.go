package store_test

import (
	"maps"
	"slices"
	"testing"

	"berth/store"
	"berth/store/storetest"
)

// pinned are the VMIDs of a user's pinned containers.
func pinned(t *testing.T, s *store.Store, user string) []int {
	t.Helper()
	all, err := s.Pins(user)
	mustNot(t, err)
	var list []int
	for at := range maps.Keys(all) {
		list = append(list, at.VMID)
	}
	slices.Sort(list)
	return list
}

func wantPinned(t *testing.T, s *store.Store, user string, want ...int) {
	t.Helper()
	if got := pinned(t, s, user); !slices.Equal(got, want) {
		t.Errorf("%s has pinned %v, want %v", user, got, want)
	}
}

func TestPinsAreTheirUsersOwn(t *testing.T) {
	t.Parallel()
	s := storetest.Open(t)
	attic := addNode(t, s, store.Node{UserID: "ada", Name: "attic"})
	cellar := addNode(t, s, store.Node{UserID: "ada", Name: "cellar"})
	other := addNode(t, s, store.Node{UserID: "bob", Name: "attic"})
	mustNot(t, s.Pin("ada", attic.Ref(101), "web"))
	mustNot(t, s.Pin("ada", attic.Ref(101), "web")) // again is nothing more
	mustNot(t, s.Pin("ada", cellar.Ref(102), "db"))
	mustNot(t, s.Pin("bob", other.Ref(103), "films"))
	wantErr(t, s.Pin("ada", other.Ref(104), "films"), store.ErrNotFound)
	wantErr(t, s.Unpin("ada", other.Ref(103)), store.ErrNotFound)
	wantPinned(t, s, "ada", 101, 102)
	wantPinned(t, s, "bob", 103)
	p, is, err := s.PinOn("ada", attic.Scope, 101)
	if err != nil || !is || p.Name != "web" {
		t.Errorf("it is pinned: %v as %q, %v", is, p.Name, err)
	}
	if _, is, err := s.PinOn("ada", cellar.Scope, 101); is || err != nil {
		t.Errorf("the same VMID on another host is pinned: %v, %v", is, err)
	}
	mustNot(t, s.Unpin("ada", attic.Ref(101)))
	mustNot(t, s.Unpin("ada", attic.Ref(101)))
	wantPinned(t, s, "ada", 102)
	mustNot(t, s.DeleteNode("ada", cellar.ID))
	wantPinned(t, s, "ada")
	wantPinned(t, s, "bob", 103)
}

func TestAPinIsOfTheContainerThatHadTheName(t *testing.T) {
	t.Parallel()
	s := storetest.Open(t)
	n := addNode(t, s, store.Node{UserID: "ada", Name: "attic"})
	mustNot(t, s.Pin("ada", n.Ref(101), "web"))
	mustNot(t, s.RenamePin("ada", n.Ref(101), "another", "shop"))
	of := func(name string) bool {
		t.Helper()
		p, is, err := s.PinOn("ada", n.Scope, 101)
		mustNot(t, err)
		return is && p.Of(name)
	}
	if !of("Web") || !of("") || of("shop") || of("db") {
		t.Error("it is not web's alone")
	}
	mustNot(t, s.RenamePin("ada", n.Ref(101), "web", "shop"))
	mustNot(t, s.RenamePin("ada", n.Ref(102), "db", "files")) // it is not pinned
	if of("web") || !of("shop") {
		t.Error("it did not follow the new name")
	}
	wantPinned(t, s, "ada", 101)
}

func TestPinsFollowTheirClusterAndEndWithTheirContainer(t *testing.T) {
	t.Parallel()
	s := storetest.Open(t)
	one, two := store.NodeMember{Name: "pve1", Fingerprint: "AA"}, store.NodeMember{Name: "pve2", Fingerprint: "BB"}
	a := addNode(t, s, store.Node{UserID: "ada", Name: "a", Member: "pve1", Members: []store.NodeMember{one}})
	b := addNode(t, s, store.Node{UserID: "ada", Name: "b", Member: "pve2", Members: []store.NodeMember{two}})
	for vmid, n := range map[int]store.Node{101: a, 102: b, 103: a} {
		mustNot(t, s.Pin("ada", n.Ref(vmid), ""))
	}
	b.Members = []store.NodeMember{one, two}
	b, err := s.UpdateNode(b, "")
	mustNot(t, err)
	mustNot(t, s.DeleteNode("ada", a.ID))
	for _, vmid := range []int{101, 102, 103} {
		if _, is, err := s.PinOn("ada", b.Scope, vmid); !is || err != nil {
			t.Errorf("%d lost its pin as its node joined a cluster: %v", vmid, err)
		}
	}
	end := func(kind store.JobKind, vmid int, state store.JobState) {
		t.Helper()
		j, err := s.AddJob(store.Job{UserID: "ada", NodeID: b.ID, Scope: b.Scope, VMID: vmid, Kind: kind})
		mustNot(t, err)
		_, err = s.UpdateJob(j.ID, nil, func(j *store.Job) error {
			j.State, j.Made = state, kind == store.JobCreate
			return nil
		})
		mustNot(t, err)
	}
	end(store.JobDelete, 101, store.JobFailed)
	end(store.JobReboot, 102, store.JobDone)
	wantPinned(t, s, "ada", 101, 102, 103)
	end(store.JobDelete, 101, store.JobDone)
	end(store.JobCreate, 103, store.JobDone) // another one in its place
	wantPinned(t, s, "ada", 102)
}
