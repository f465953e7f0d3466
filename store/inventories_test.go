package store_test

import (
	"testing"

	"berth/store"
	"berth/store/storetest"
)

// Whoever asked the node may only now have the answer.
func TestNoPictureIsKeptOfADeletedNode(t *testing.T) {
	s := storetest.Open(t)
	n := addNode(t, s, store.Node{UserID: "ada", Name: "attic"})
	other := addNode(t, s, store.Node{UserID: "ada", Name: "cellar"})
	mustNot(t, s.DeleteNode("ada", n.ID))
	mustNot(t, s.SaveInventory(n.Scope, []byte("inventory")))
	mustNot(t, s.SaveInventory(other.Scope, []byte("inventory")))
	_, err := s.Inventory(n.Scope)
	wantErr(t, err, store.ErrNotFound)
	_, err = s.Inventory(other.Scope)
	mustNot(t, err)
}
