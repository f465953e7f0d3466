package store

import (
	"bytes"

	bolt "go.etcd.io/bbolt"
)

// Bucket pictures: scope → the last inventory of its cluster, as package fleet encodes it.
var bucketInventories = []byte("pictures")

// SaveInventory keeps the inventory of a scope, as fleet encodes it, over a restart. It
// keeps nothing when the scope's last node was deleted meanwhile.
func (s *Store) SaveInventory(scope string, inventory []byte) error {
	return s.db.Update(func(tx *bolt.Tx) error {
		used, err := scopeUsed(tx, scope)
		if err != nil || !used {
			return err
		}
		return tx.Bucket(bucketInventories).Put([]byte(scope), inventory)
	})
}

// Inventory returns the inventory that SaveInventory kept, or ErrNotFound.
func (s *Store) Inventory(scope string) ([]byte, error) {
	var inventory []byte
	err := s.db.View(func(tx *bolt.Tx) error {
		kept := tx.Bucket(bucketInventories).Get([]byte(scope))
		if kept == nil {
			return ErrNotFound
		}
		inventory = bytes.Clone(kept) // bbolt's own slice is valid only within the transaction
		return nil
	})
	return inventory, err
}

// scopeUsed tells whether any node is in a scope.
func scopeUsed(tx *bolt.Tx, scope string) (bool, error) {
	nodes := tx.Bucket(bucketNodes)
	c := nodes.Cursor()
	for id, _ := c.First(); id != nil; id, _ = c.Next() {
		n, err := getJSON[Node](nodes, id)
		if err != nil || n.Scope == scope {
			return err == nil, err
		}
	}
	return false, nil
}
