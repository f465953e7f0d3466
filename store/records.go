package store

import (
	"bytes"
	"crypto/rand"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"strings"

	bolt "go.etcd.io/bbolt"

	"berth/store/disk"
)

// getJSON reads the record under key. ErrNotFound when there is none.
func getJSON[T any](b *bolt.Bucket, key []byte) (T, error) {
	var v T
	data := b.Get(key)
	if data == nil {
		return v, ErrNotFound
	}
	err := decode(data, &v)
	return v, err
}

func decode(data []byte, v any) error {
	if err := json.Unmarshal(data, v); err != nil {
		return fmt.Errorf("%w: %w", disk.ErrUnreadable, err)
	}
	return nil
}

func putJSON(b *bolt.Bucket, key []byte, v any) error {
	data, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("store: write a record: %w", err)
	}
	return b.Put(key, data)
}

// ownerPrefix begins the keys of an owner's records: see ownedKey.
func ownerPrefix(owner string) []byte { return []byte(owner + "/") }

// ownedKey is the key of an owner's record. Neither part holds a slash: newID makes none.
func ownedKey(owner, id string) []byte { return []byte(owner + "/" + id) }

// eachOwned calls f with the rest of the key and the value of each of owner's records, in key order.
func eachOwned(b *bolt.Bucket, owner string, f func(id string, value []byte) error) error {
	prefix := ownerPrefix(owner)
	c := b.Cursor()
	for k, v := c.Seek(prefix); k != nil && bytes.HasPrefix(k, prefix); k, v = c.Next() {
		if err := f(string(k[len(prefix):]), v); err != nil {
			return err
		}
	}
	return nil
}

// lastBefore moves a cursor to the last key before end; nil when there is none.
func lastBefore(c *bolt.Cursor, end []byte) (key, value []byte) {
	if k, _ := c.Seek(end); k == nil {
		return c.Last()
	}
	return c.Prev()
}

// numberBytes is the length of the key of a numbered record.
const numberBytes = 8

// number is the key of numbered records: big-endian, so that key order is number order.
func number(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }

// newID returns an ID of prefix and 60 random bits: enough to be unique. IDs are no secrets:
// nothing is protected by being hard to guess.
func newID(prefix string) string { return prefix + strings.ToLower(rand.Text()[:12]) }
