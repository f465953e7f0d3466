package store

import (
	"strconv"
	"testing"

	bolt "go.etcd.io/bbolt"
)

func TestOnlyTheNewestPinsAreKept(t *testing.T) {
	t.Parallel()
	s, err := Open(t.TempDir(), Options{Unsynced: true})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	err = s.db.Update(func(tx *bolt.Tx) error {
		for i, user := range []string{"ada", "bob", "ada", "ada", "ada"} {
			if err := putJSON(tx.Bucket(bucketPins), placeKey(user, "s", 100+i), Pin{"ct" + strconv.Itoa(i), uint64(50 - i)}); err != nil {
				return err
			}
		}
		return dropOldestPins(tx, "ada", 2)
	})
	if err != nil {
		t.Fatal(err)
	}
	all, err := s.Pins("ada")
	if _, a := all[Place{"s", 100}]; err != nil || len(all) != 2 || !a || all[Place{"s", 102}].Name != "ct2" {
		t.Errorf("kept are %v, %v", all, err)
	}
	if others, err := s.Pins("bob"); err != nil || len(others) != 1 {
		t.Errorf("another user has %v, %v", others, err)
	}
}
