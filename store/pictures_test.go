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
	mustNot(t, s.SavePicture(n.Scope, []byte("picture")))
	mustNot(t, s.SavePicture(other.Scope, []byte("picture")))
	_, err := s.Picture(n.Scope)
	wantErr(t, err, store.ErrNotFound)
	_, err = s.Picture(other.Scope)
	mustNot(t, err)
}
