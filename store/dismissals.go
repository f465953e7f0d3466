package store

import (
	"bytes"
	"fmt"
	"strings"

	bolt "go.etcd.io/bbolt"
)

// Bucket dismissals: user ID/KIND/NODE ID/VMID, as fleet keys an alert → dismissal.
var bucketDismissals = []byte("dismissals")

// dismissal hides an alert from a user while its mark stays the same.
type dismissal struct {
	Mark   string // of the alert, by package fleet
	Number uint64 // growing, to find the oldest
}

// maxDismissals bounds the dismissals of a user: the oldest are forgotten.
const maxDismissals = 1000

// Dismiss keeps that a user has dismissed an alert with a mark. ErrNotFound when the alert's node, the second part of its
// key, is not the user's any more.
func (s *Store) Dismiss(userID, key, mark string) error {
	return s.db.Update(func(tx *bolt.Tx) error {
		parts := strings.Split(key, "/")
		if len(parts) < 3 {
			return ErrNotFound
		}
		if _, err := nodeOf(tx, userID, parts[1]); err != nil {
			return err
		}
		if err := putDismissal(tx.Bucket(bucketDismissals), ownedKey(userID, key), mark); err != nil {
			return err
		}
		return dropOldestDismissals(tx.Bucket(bucketDismissals), userID)
	})
}

func putDismissal(b *bolt.Bucket, key []byte, mark string) error {
	n, err := b.NextSequence()
	if err != nil {
		return err
	}
	return putJSON(b, key, dismissal{mark, n})
}

// dropOldestDismissals leaves the newest maxDismissals of a user.
func dropOldestDismissals(b *bolt.Bucket, userID string) error {
	for {
		kept, oldest, least := 0, "", uint64(0)
		err := eachDismissal(b, userID, func(key string, d dismissal) {
			if kept++; oldest == "" || d.Number < least {
				oldest, least = key, d.Number
			}
		})
		if err != nil || kept <= maxDismissals {
			return err
		}
		if err := b.Delete(ownedKey(userID, oldest)); err != nil {
			return err
		}
	}
}

func eachDismissal(b *bolt.Bucket, userID string, f func(key string, d dismissal)) error {
	return eachOwned(b, userID, func(key string, value []byte) error {
		var d dismissal
		if err := decode(value, &d); err != nil {
			return fmt.Errorf("store: read what %s was dismissed for: %w", key, err)
		}
		f(key, d)
		return nil
	})
}

// Dismissals of a user: the marks, by the alerts' keys.
func (s *Store) Dismissals(userID string) (map[string]string, error) {
	all := make(map[string]string)
	err := s.db.View(func(tx *bolt.Tx) error {
		return eachDismissal(tx.Bucket(bucketDismissals), userID, func(key string, d dismissal) { all[key] = d.Mark })
	})
	return all, err
}

// DropDismissals forgets a user's dismissals of the alerts with the keys.
func (s *Store) DropDismissals(userID string, keys []string) error {
	return s.db.Update(func(tx *bolt.Tx) error {
		for _, key := range keys {
			if err := tx.Bucket(bucketDismissals).Delete(ownedKey(userID, key)); err != nil {
				return err
			}
		}
		return nil
	})
}

// dropDismissals forgets a user's dismissals whose keys fit.
func dropDismissals(b *bolt.Bucket, userID string, fits func(key string) bool) error {
	var gone [][]byte
	err := eachOwned(b, userID, func(key string, _ []byte) error {
		if fits(key) {
			gone = append(gone, bytes.Clone(ownedKey(userID, key)))
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, key := range gone {
		if err := b.Delete(key); err != nil {
			return err
		}
	}
	return nil
}
