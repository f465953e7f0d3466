package store

import (
	"bytes"

	bolt "go.etcd.io/bbolt"
)

// Bucket pictures: scope → what package fleet last knew of it, as it encodes it.
var bucketPictures = []byte("pictures")

// SavePicture keeps what is known of a node's scope, as fleet encodes it.
func (s *Store) SavePicture(scope string, picture []byte) error {
	return s.db.Update(func(tx *bolt.Tx) error {
		return tx.Bucket(bucketPictures).Put([]byte(scope), picture)
	})
}

// Picture returns what SavePicture kept, or ErrNotFound.
func (s *Store) Picture(scope string) ([]byte, error) {
	var picture []byte
	err := s.db.View(func(tx *bolt.Tx) error {
		kept := tx.Bucket(bucketPictures).Get([]byte(scope))
		if kept == nil {
			return ErrNotFound
		}
		picture = bytes.Clone(kept) // what bbolt returns is valid only within the transaction
		return nil
	})
	return picture, err
}
