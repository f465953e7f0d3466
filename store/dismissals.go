package store

import (
	"bytes"
	"strings"

	bolt "go.etcd.io/bbolt"
)

// Bucket dismissals: user ID/KIND/NODE ID/VMID → what a notice said when the user dismissed it, as fleet.Notice marks it.
var bucketDismissals = []byte("dismissals")

// maxDismissals bounds those of a user; more are refused by dropping all earlier ones.
const maxDismissals = 1000

// Dismiss keeps that a user does not want to see a notice while it says that. It keeps nothing when the notice's
// node, the second part of its key, is not the user's any more.
func (s *Store) Dismiss(userID, key, mark string) error {
	return s.db.Update(func(tx *bolt.Tx) error {
		parts := strings.Split(key, "/")
		if len(parts) < 3 {
			return ErrNotFound
		}
		if _, err := nodeOf(tx, userID, parts[1]); err != nil {
			return err
		}
		b := tx.Bucket(bucketDismissals)
		kept := 0
		err := eachOwned(b, userID, func(string, []byte) error { kept++; return nil })
		if err != nil {
			return err
		}
		if kept >= maxDismissals {
			if err := dropDismissals(b, userID, func(string) bool { return true }); err != nil {
				return err
			}
		}
		return b.Put(ownedKey(userID, key), []byte(mark))
	})
}

// Dismissals of a user: key to mark.
func (s *Store) Dismissals(userID string) (map[string]string, error) {
	all := make(map[string]string)
	err := s.db.View(func(tx *bolt.Tx) error {
		return eachOwned(tx.Bucket(bucketDismissals), userID, func(key string, mark []byte) error {
			all[key] = string(mark)
			return nil
		})
	})
	return all, err
}

// DropDismissals forgets that the notices with those keys were dismissed.
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

// dropDismissals forgets those of a user that fit.
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
