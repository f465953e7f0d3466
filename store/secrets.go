package store

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"filippo.io/age"
	bolt "go.etcd.io/bbolt"

	"berth/store/keyfile"
)

// Bucket secrets: name → age ciphertext of a secret. The names:
//
//	node/NODE ID/token  the secret of a node's API token
//	node/NODE ID/ssh    the seed of the ed25519 key by which Berth signs in at its host
//	cookies             the keys that sign cookies
var bucketSecrets = []byte("secrets")

const secretCookies = "cookies"

func secretToken(nodeID string) string { return "node/" + nodeID + "/token" }
func secretSSH(nodeID string) string   { return "node/" + nodeID + "/ssh" }

// secret is the plaintext: it names the record that it belongs to, so that a ciphertext
// which was moved to another record does not open there.
type secret struct {
	Name  string // the key in the bucket
	User  string // the owner's ID; "" for Berth's own
	Value []byte
}

func seal(to age.Recipient, x secret) ([]byte, error) {
	plain, err := json.Marshal(x)
	if err != nil {
		return nil, fmt.Errorf("store: encode a secret: %w", err)
	}
	var sealed bytes.Buffer
	w, err := age.Encrypt(&sealed, to)
	if err != nil {
		return nil, fmt.Errorf("store: encrypt a secret: %w", err)
	}
	if _, err := w.Write(plain); err != nil {
		return nil, fmt.Errorf("store: encrypt a secret: %w", err)
	}
	if err := w.Close(); err != nil {
		return nil, fmt.Errorf("store: encrypt a secret: %w", err)
	}
	return sealed.Bytes(), nil
}

// unseal decrypts a secret; the caller checks the record that it belongs to. ErrKey.
func unseal(sealed []byte, keys []*age.X25519Identity) (secret, error) {
	identities := make([]age.Identity, len(keys))
	for i, key := range keys {
		identities[i] = key
	}
	r, err := age.Decrypt(bytes.NewReader(sealed), identities...)
	if err != nil {
		return secret{}, ErrKey
	}
	plain, err := io.ReadAll(r)
	if err != nil {
		return secret{}, ErrKey // authenticated: cut short or changed
	}
	var x secret
	if err := json.Unmarshal(plain, &x); err != nil {
		return secret{}, ErrKey
	}
	return x, nil
}

func (s *Store) putSecret(tx *bolt.Tx, name, userID string, value []byte) error {
	sealed, err := seal((*s.keys.Load())[0].Recipient(), secret{Name: name, User: userID, Value: value})
	if err != nil {
		return err
	}
	return tx.Bucket(bucketSecrets).Put([]byte(name), sealed)
}

// getSecret returns the secret of that name and user. ErrNotFound; ErrKey when the
// key does not open it or it was made for another record.
func (s *Store) getSecret(tx *bolt.Tx, name, userID string) ([]byte, error) {
	sealed := tx.Bucket(bucketSecrets).Get([]byte(name))
	if sealed == nil {
		return nil, ErrNotFound
	}
	x, err := unseal(sealed, *s.keys.Load())
	if err != nil {
		return nil, err
	}
	if x.Name != name || x.User != userID {
		return nil, ErrKey
	}
	return x.Value, nil
}

// TokenSecret decrypts a node's token secret.
func (s *Store) TokenSecret(id string) (string, error) {
	var value []byte
	err := s.db.View(func(tx *bolt.Tx) error {
		n, err := getJSON[Node](tx.Bucket(bucketNodes), []byte(id))
		if err != nil {
			return err
		}
		value, err = s.getSecret(tx, secretToken(id), n.UserID)
		return err
	})
	return string(value), err
}

// cookieKeyBytes is the length of a key for HMAC-SHA-256.
const cookieKeyBytes = 32

// CookieKeys returns the keys that sign cookies, newest first; the first call makes one.
func (s *Store) CookieKeys() ([][]byte, error) {
	var keys [][]byte
	err := s.db.Update(func(tx *bolt.Tx) (err error) {
		if tx.Bucket(bucketSecrets).Get([]byte(secretCookies)) == nil {
			keys = [][]byte{newCookieKey()}
			return s.putCookieKeys(tx, keys)
		}
		keys, err = s.cookieKeys(tx)
		return err
	})
	return keys, err
}

func newCookieKey() []byte {
	key := make([]byte, cookieKeyBytes)
	rand.Read(key) // never fails
	return key
}

func (s *Store) cookieKeys(tx *bolt.Tx) ([][]byte, error) {
	value, err := s.getSecret(tx, secretCookies, "")
	if err != nil {
		return nil, err
	}
	var keys [][]byte
	if err := json.Unmarshal(value, &keys); err != nil || len(keys) == 0 {
		return nil, ErrKey
	}
	return keys, nil
}

func (s *Store) putCookieKeys(tx *bolt.Tx, keys [][]byte) error {
	value, err := json.Marshal(keys)
	if err != nil {
		return fmt.Errorf("store: encode cookie keys: %w", err)
	}
	return s.putSecret(tx, secretCookies, "", value)
}

// Rekey makes a new key, encrypts all secrets to it in one transaction and replaces
// the key file. A crash at any moment leaves a key file that opens the database:
// until the transaction is kept, the file holds the old and the new identity, and the next
// Open takes out the one that is not in use. It also adds a key that signs cookies and keeps
// the one before, so that nobody is signed out. It returns the number of secrets that were encrypted anew.
func (s *Store) Rekey() (int, error) {
	newKey, err := age.GenerateX25519Identity()
	if err != nil {
		return 0, fmt.Errorf("store: make a key: %w", err)
	}
	oldKeys := *s.keys.Load()
	count, sealed := 0, false
	err = s.db.Update(func(tx *bolt.Tx) (err error) {
		oldKeys = *s.keys.Load()
		if err := s.files.Replace(s.keyPath, keyfile.Format(newKey, oldKeys[0])); err != nil {
			return fmt.Errorf("store: write key file: %w", err)
		}
		if count, err = sealAgain(tx, oldKeys, newKey.Recipient()); err != nil {
			return err
		}
		s.useKeys(newKey, oldKeys[0]) // readers may still look at the database as it was
		if err := s.rotateCookieKeys(tx); err != nil {
			return err
		}
		s.files.At("commit")
		sealed = true
		return tx.Bucket(bucketMeta).Put(metaRecipient, []byte(newKey.Recipient().String()))
	})
	if err != nil {
		s.useKeys(oldKeys...)
		if !sealed { // else either key may be on the disk: Open will see
			err = errors.Join(err, s.dropFormerKeys())
		}
		return 0, err
	}
	if err := s.noteRecipient(newKey.Recipient().String()); err != nil {
		return count, err
	}
	if err := s.files.Replace(s.keyPath, keyfile.Format(newKey)); err != nil {
		return count, fmt.Errorf("store: take the old key out of the key file: %w", err)
	}
	return count, nil
}

// rotateCookieKeys puts a new key in front; cookies signed with the one before still hold.
func (s *Store) rotateCookieKeys(tx *bolt.Tx) error {
	keys, err := s.cookieKeys(tx)
	if errors.Is(err, ErrNotFound) {
		return nil // none were made yet
	}
	if err != nil {
		return err
	}
	return s.putCookieKeys(tx, [][]byte{newCookieKey(), keys[0]})
}

// sealAgain encrypts every secret anew and returns their number.
func sealAgain(tx *bolt.Tx, from []*age.X25519Identity, to age.Recipient) (int, error) {
	b := tx.Bucket(bucketSecrets)
	again := map[string][]byte{} // a bucket must not change while it is walked
	err := b.ForEach(func(name, sealed []byte) error {
		x, err := unseal(sealed, from)
		if err != nil {
			return fmt.Errorf("%w: %s", err, name)
		}
		again[string(name)], err = seal(to, x)
		return err
	})
	if err != nil {
		return 0, err
	}
	for name, sealed := range again {
		if err := b.Put([]byte(name), sealed); err != nil {
			return 0, err
		}
	}
	return len(again), nil
}
