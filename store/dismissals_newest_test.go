package store

import (
	"fmt"
	"testing"

	bolt "go.etcd.io/bbolt"
)

func TestTheNewestDismissalsAreKept(t *testing.T) {
	t.Parallel()
	s := open(t, t.TempDir())
	n, err := s.AddNode(Node{UserID: "ada", Name: "attic"}, "secret")
	if err != nil {
		t.Fatal(err)
	}
	key := func(i int) string { return fmt.Sprintf("disk/%s/%d", n.ID, 5000-i) }
	err = s.db.Update(func(tx *bolt.Tx) error {
		for i := range maxDismissals {
			if err := putDismissal(tx.Bucket(bucketDismissals), ownedKey("ada", key(i)), "full"); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range []int{0, maxDismissals, maxDismissals + 1} { // the first is no further one, and the newest then
		if err := s.Dismiss("ada", key(i), "worse"); err != nil {
			t.Fatal(err)
		}
	}
	got, err := s.Dismissals("ada")
	if err != nil || len(got) != maxDismissals || got[key(0)] != "worse" || got[key(maxDismissals+1)] != "worse" || got[key(3)] != "full" {
		t.Errorf("%d are kept, %v", len(got), err)
	}
	for _, i := range []int{1, 2} {
		if got[key(i)] != "" {
			t.Errorf("that of %s, one of the oldest, is kept", key(i))
		}
	}
}
