package store

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	bolt "go.etcd.io/bbolt"
)

// Bucket pins: user ID/SCOPE/VMID → Pin.
var bucketPins = []byte("pins")

// maxPins bounds the containers that a user has pinned: those pinned longest ago are forgotten.
const maxPins = 500

// Pin keeps a container in front of all others of its user.
type Pin struct {
	Name   string `json:",omitempty"` // the container's hostname: one with another name has taken the VMID over
	Number uint64 // growing, to find the oldest
}

// Of tells whether the pin is that of a container with a hostname; "" is not known, and so no other's.
func (p Pin) Of(name string) bool { return name == "" || p.Name == "" || fold(name) == fold(p.Name) }

// Pins of a user, by the containers' places.
func (s *Store) Pins(userID string) (map[Place]Pin, error) {
	all := make(map[Place]Pin)
	err := s.db.View(func(tx *bolt.Tx) error {
		return eachPin(tx, userID, func(at Place, p Pin) { all[at] = p })
	})
	return all, err
}

func eachPin(tx *bolt.Tx, userID string, f func(Place, Pin)) error {
	return eachOwned(tx.Bucket(bucketPins), userID, func(key string, value []byte) error {
		scope, number, _ := strings.Cut(key, "/")
		vmid, err := strconv.Atoi(number)
		if err != nil {
			return fmt.Errorf("store: pin of %s: %w", key, err)
		}
		var p Pin
		if err := decode(value, &p); err != nil {
			return fmt.Errorf("store: read the pin of %s: %w", key, err)
		}
		f(Place{scope, vmid}, p)
		return nil
	})
}

// PinOn returns the pin of a user's container; false where it has none.
func (s *Store) PinOn(userID, scope string, vmid int) (p Pin, pinned bool, err error) {
	err = s.db.View(func(tx *bolt.Tx) error {
		p, err = getJSON[Pin](tx.Bucket(bucketPins), placeKey(userID, scope, vmid))
		return err
	})
	if errors.Is(err, ErrNotFound) {
		return p, false, nil
	}
	return p, err == nil, err
}

// Pin pins a user's container with a hostname, or one that is pinned already under another. ErrNotFound for another user's node.
func (s *Store) Pin(userID string, at Ref, name string) error {
	return s.changePin(userID, at, func(tx *bolt.Tx, key []byte) error {
		b := tx.Bucket(bucketPins)
		number, err := b.NextSequence()
		if err != nil {
			return err
		}
		if err := putJSON(b, key, Pin{name, number}); err != nil {
			return err
		}
		return dropOldestPins(tx, userID, maxPins)
	})
}

// Unpin takes the pin from a user's container, if it has one. ErrNotFound for another user's node.
func (s *Store) Unpin(userID string, at Ref) error {
	return s.changePin(userID, at, func(tx *bolt.Tx, key []byte) error { return tx.Bucket(bucketPins).Delete(key) })
}

// RenamePin keeps the pin of a user's container that gets another hostname. It does nothing to another container's.
func (s *Store) RenamePin(userID string, at Ref, from, to string) error {
	return s.changePin(userID, at, func(tx *bolt.Tx, key []byte) error {
		p, err := getJSON[Pin](tx.Bucket(bucketPins), key)
		if errors.Is(err, ErrNotFound) || err == nil && !p.Of(from) {
			return nil
		}
		if err != nil {
			return err
		}
		p.Name = to
		return putJSON(tx.Bucket(bucketPins), key, p)
	})
}

func (s *Store) changePin(userID string, at Ref, change func(tx *bolt.Tx, key []byte) error) error {
	return s.db.Update(func(tx *bolt.Tx) error {
		n, err := nodeOf(tx, userID, at.NodeID)
		if err != nil {
			return err
		}
		return change(tx, placeKey(userID, n.Scope, at.VMID))
	})
}

// dropOldestPins leaves as many of a user's pins as most, the newest.
func dropOldestPins(tx *bolt.Tx, userID string, most int) error {
	for {
		kept, oldest, least := 0, Place{}, uint64(0)
		err := eachPin(tx, userID, func(at Place, p Pin) {
			if kept++; kept == 1 || p.Number < least {
				oldest, least = at, p.Number
			}
		})
		if err != nil || kept <= most {
			return err
		}
		if err := tx.Bucket(bucketPins).Delete(placeKey(userID, oldest.Scope, oldest.VMID)); err != nil {
			return err
		}
	}
}
