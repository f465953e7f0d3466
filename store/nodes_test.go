package store_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"berth/store"
	"berth/store/storetest"
)

// member is a cluster member with a certificate of its own.
func member(name, certificate string) store.NodeMember {
	return store.NodeMember{Name: name, Fingerprint: strings.Repeat(certificate, 64)}
}

func addNode(t *testing.T, s *store.Store, n store.Node) store.Node {
	t.Helper()
	n, err := s.AddNode(n, "secret of "+n.Name)
	mustNot(t, err)
	return n
}

func TestFirstNodeIsTheDefault(t *testing.T) {
	s := storetest.Open(t)
	first := addNode(t, s, store.Node{UserID: "ada", Name: "Cellar"})
	second := addNode(t, s, store.Node{UserID: "ada", Name: "attic"})
	others := addNode(t, s, store.Node{UserID: "eve", Name: "cellar"})
	if !first.Default || second.Default || !others.Default {
		t.Errorf("defaults: %v, %v and eve's %v; want each user's first", first.Default, second.Default, others.Default)
	}
	if _, err := s.AddNode(store.Node{UserID: "ada", Name: "CELLAR"}, "x"); err == nil {
		t.Error("two nodes of one user with the same name")
	} else {
		wantErr(t, err, store.ErrNameTaken)
	}
	list, err := s.Nodes("ada")
	mustNot(t, err)
	if len(list) != 2 || list[0].ID != first.ID || list[1].ID != second.ID {
		t.Errorf("Nodes() = %+v, want the default, then by name", list)
	}
}

func TestSetDefaultNode(t *testing.T) {
	s := storetest.Open(t)
	first := addNode(t, s, store.Node{UserID: "ada", Name: "a"})
	second := addNode(t, s, store.Node{UserID: "ada", Name: "b"})
	others := addNode(t, s, store.Node{UserID: "eve", Name: "c"})
	mustNot(t, s.SetDefaultNode("ada", second.ID))
	wantErr(t, s.SetDefaultNode("ada", others.ID), store.ErrNotFound)
	list, err := s.Nodes("ada")
	mustNot(t, err)
	if !list[0].Default || list[0].ID != second.ID || list[1].Default || list[1].ID != first.ID {
		t.Errorf("Nodes() = %+v, want just b as the default", list)
	}
}

func TestDeletingTheDefaultPromotesTheOldest(t *testing.T) {
	s, clock := openWithClock(t)
	var nodes []store.Node
	for _, name := range []string{"z", "y", "x"} {
		clock.Advance(time.Hour)
		nodes = append(nodes, addNode(t, s, store.Node{UserID: "ada", Name: name}))
	}
	mustNot(t, s.SetDefaultNode("ada", nodes[2].ID))
	mustNot(t, s.SaveInventory(nodes[2].Scope, []byte("inventory")))
	wantErr(t, s.DeleteNode("eve", nodes[2].ID), store.ErrNotFound)
	mustNot(t, s.DeleteNode("ada", nodes[2].ID))

	list, err := s.Nodes("ada")
	mustNot(t, err)
	if len(list) != 2 || list[0].ID != nodes[0].ID || !list[0].Default || list[1].Default {
		t.Errorf("Nodes() = %+v, want z as the default", list)
	}
	_, err = s.TokenSecret(nodes[2].ID)
	wantErr(t, err, store.ErrNotFound)
	_, err = s.Inventory(nodes[2].Scope)
	wantErr(t, err, store.ErrNotFound)

	mustNot(t, s.DeleteNode("ada", nodes[0].ID))
	mustNot(t, s.DeleteNode("ada", nodes[1].ID))
	if again := addNode(t, s, store.Node{UserID: "ada", Name: "z"}); !again.Default {
		t.Error("the first node after all were deleted is not the default")
	}
}

func TestAnothersNodeIsNotFound(t *testing.T) {
	s := storetest.Open(t)
	n := addNode(t, s, store.Node{UserID: "ada", Name: "a"})
	_, err := s.Node("eve", n.ID)
	wantErr(t, err, store.ErrNotFound)
	n.UserID = "eve"
	_, err = s.UpdateNode(n, "")
	wantErr(t, err, store.ErrNotFound)
	if got, err := s.NodeByID(n.ID); err != nil || got.UserID != "ada" {
		t.Errorf("NodeByID() = %+v, %v", got, err)
	}
}

func TestUpdateNode(t *testing.T) {
	s := storetest.Open(t)
	n := addNode(t, s, store.Node{UserID: "ada", Name: "a", Host: "old", Member: "pve"})
	addNode(t, s, store.Node{UserID: "ada", Name: "b"})

	changed := n
	changed.Host, changed.Default, changed.Scope, changed.Created = "new", false, "made up", time.Time{}
	changed.Name = "B"
	_, err := s.UpdateNode(changed, "")
	wantErr(t, err, store.ErrNameTaken)

	changed.Name, changed.Host = "A", n.Host
	got, err := s.UpdateNode(changed, "")
	mustNot(t, err)
	if !got.Default || got.Scope != n.Scope || !got.Created.Equal(n.Created) || got.Name != "A" {
		t.Errorf("UpdateNode() = %+v", got)
	}
	if secret, err := s.TokenSecret(n.ID); err != nil || secret != "secret of a" {
		t.Errorf("an empty secret made it %q, %v", secret, err)
	}
	_, err = s.UpdateNode(changed, "another")
	mustNot(t, err)
	if secret, err := s.TokenSecret(n.ID); err != nil || secret != "another" {
		t.Errorf("secret %q, %v, want the new one", secret, err)
	}
}

func TestNodesOfOneClusterShareAScope(t *testing.T) {
	s := storetest.Open(t)
	cluster := []store.NodeMember{member("pve1", "A"), member("pve2", "B")}
	one := addNode(t, s, store.Node{UserID: "ada", Name: "one", Members: cluster})
	two := addNode(t, s, store.Node{UserID: "ada", Name: "two", Members: cluster})
	if one.Scope == "" || one.Scope != two.Scope {
		t.Errorf("scopes %q and %q, want the same", one.Scope, two.Scope)
	}
	for about, n := range map[string]store.Node{
		"another user's record of the same cluster": {UserID: "eve", Name: "one", Members: cluster},
		"a host of the same name":                   {UserID: "ada", Name: "x", Members: []store.NodeMember{member("pve1", "C")}},
		"a host without a certificate":              {UserID: "ada", Name: "y", Members: []store.NodeMember{{Name: "pve1"}}},
		"another such":                              {UserID: "ada", Name: "z", Members: []store.NodeMember{{Name: "pve1"}}},
		"nothing known":                             {UserID: "ada", Name: "w"},
	} {
		if n = addNode(t, s, n); n.Scope == "" || n.Scope == one.Scope {
			t.Errorf("%s: scope %q, want one of its own", about, n.Scope)
		}
	}
}

func TestScopeFollowsWhatANodeTurnsOutToBe(t *testing.T) {
	alone := func(name, certificate string) []store.NodeMember {
		return []store.NodeMember{member(name, certificate)}
	}
	both := []store.NodeMember{member("pve1", "A"), member("pve2", "B")}
	for _, c := range []struct {
		about          string
		one, two       []store.NodeMember // as added
		change         func(*store.Node)  // of one
		same, sameAsIt bool               // one and two share a scope then; one keeps the scope it had
	}{
		{"two hosts became one cluster", alone("pve1", "A"), alone("pve2", "B"), func(n *store.Node) { n.Members = both }, true, false},
		{"a member left its cluster", both, both, func(n *store.Node) { n.Members = alone("pve1", "X") }, false, false},
		{"the certificate was renewed", alone("pve1", "A"), alone("pve2", "B"), func(n *store.Node) { n.Members = alone("pve1", "X") }, false, true},
		{"another host of the same name", alone("pve1", "A"), alone("pve2", "B"), func(n *store.Node) { n.Host, n.Members = "elsewhere", alone("pve1", "X") }, false, false},
		{"the same host by another address", alone("pve1", "A"), alone("pve2", "B"), func(n *store.Node) { n.Host = "192.0.2.1" }, false, true},
		{"a label was changed", both, both, func(n *store.Node) { n.Name = "new" }, true, true},
	} {
		t.Run(c.about, func(t *testing.T) {
			s, clock := openWithClock(t)
			two := addNode(t, s, store.Node{UserID: "ada", Name: "two", Host: "two", Member: "pve2", Members: c.two})
			clock.Advance(time.Minute)
			one := addNode(t, s, store.Node{UserID: "ada", Name: "one", Host: "one", Member: "pve1", Members: c.one})
			mustNot(t, s.SaveInventory(one.Scope, []byte("inventory")))
			changed := one
			c.change(&changed)
			changed, err := s.UpdateNode(changed, "")
			mustNot(t, err)
			two, err = s.NodeByID(two.ID)
			mustNot(t, err)
			if got := changed.Scope == two.Scope; got != c.same {
				t.Errorf("in one scope: %v, want %v", got, c.same)
			}
			if got := changed.Scope == one.Scope; got != c.sameAsIt {
				t.Errorf("scope kept: %v, want %v", got, c.sameAsIt)
			}
			used := one.Scope == changed.Scope || one.Scope == two.Scope
			if _, err := s.Inventory(one.Scope); (err == nil) != used {
				t.Errorf("inventory of the former scope: %v; in use: %v", err, used)
			}
		})
	}
}

func TestTwoScopesBecomeOneThroughANodeInBoth(t *testing.T) {
	s, clock := openWithClock(t)
	var scopes []string
	for i, certificate := range []string{"A", "B"} {
		clock.Advance(time.Minute)
		n := addNode(t, s, store.Node{UserID: "ada", Name: fmt.Sprint(i), Members: []store.NodeMember{member("pve"+certificate, certificate)}})
		scopes = append(scopes, n.Scope)
	}
	mustNot(t, s.SaveInventory(scopes[1], []byte("inventory")))
	clock.Advance(time.Minute)
	addNode(t, s, store.Node{UserID: "ada", Name: "both", Members: []store.NodeMember{member("pveA", "A"), member("pveB", "B")}})
	nodes, err := s.Nodes("ada")
	mustNot(t, err)
	for _, n := range nodes {
		if n.Scope != scopes[0] {
			t.Errorf("%s has scope %q, want the oldest's %q", n.Name, n.Scope, scopes[0])
		}
	}
	_, err = s.Inventory(scopes[1])
	wantErr(t, err, store.ErrNotFound)
}
