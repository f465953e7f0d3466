package store

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"filippo.io/age"
	bolt "go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"

	"berth/store/keyfile"
)

func open(t *testing.T, dir string) *Store {
	t.Helper()
	s, err := Open(dir, Options{Unsynced: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { shut(t, s) })
	return s
}

// shut checks and closes a store; a second call does nothing.
func shut(t *testing.T, s *Store) {
	t.Helper()
	if err := s.Check(); err != nil && !errors.Is(err, bolterrors.ErrDatabaseNotOpen) {
		t.Errorf("the database is not consistent: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

// A ciphertext that somebody moved to another record must not open there: the token of
// one user's node would be sent to another's host.
func TestSecretOpensOnlyWhereItBelongs(t *testing.T) {
	s := open(t, t.TempDir())
	ada, err := s.AddNode(Node{UserID: "ada", Name: "a"}, "ada's")
	if err != nil {
		t.Fatal(err)
	}
	eve, err := s.AddNode(Node{UserID: "eve", Name: "e"}, "eve's")
	if err != nil {
		t.Fatal(err)
	}
	err = s.db.Update(func(tx *bolt.Tx) error {
		b := tx.Bucket(bucketSecrets)
		return b.Put([]byte(secretToken(eve.ID)), b.Get([]byte(secretToken(ada.ID))))
	})
	if err != nil {
		t.Fatal(err)
	}
	if got, err := s.TokenSecret(eve.ID); !errors.Is(err, ErrKey) || got != "" {
		t.Errorf("moved to another node: %q, %v", got, err)
	}

	err = s.db.Update(func(tx *bolt.Tx) error { // the record itself goes to another user
		ada.UserID = "eve"
		return putNode(tx, ada)
	})
	if err != nil {
		t.Fatal(err)
	}
	if got, err := s.TokenSecret(ada.ID); !errors.Is(err, ErrKey) || got != "" {
		t.Errorf("of another user: %q, %v", got, err)
	}
}

func TestDamagedSecretIsAKeyError(t *testing.T) {
	s := open(t, t.TempDir())
	n, err := s.AddNode(Node{UserID: "ada", Name: "a"}, "ada's")
	if err != nil {
		t.Fatal(err)
	}
	err = s.db.Update(func(tx *bolt.Tx) error {
		b := tx.Bucket(bucketSecrets)
		return b.Put([]byte(secretToken(n.ID)), b.Get([]byte(secretToken(n.ID)))[:100])
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.TokenSecret(n.ID); !errors.Is(err, ErrKey) {
		t.Errorf("error %v", err)
	}
	if _, err := s.Rekey(); !errors.Is(err, ErrKey) {
		t.Errorf("rekeyed over a damaged secret: %v", err)
	}
}

// A crash while Rekey is at work leaves the key file with both identities and the
// database with either; both open.
func TestCrashDuringRekeyLosesNothing(t *testing.T) {
	for about, rekeyed := range map[string]bool{"before the transaction": false, "after the transaction": true} {
		t.Run(about, func(t *testing.T) {
			dir := t.TempDir()
			s := open(t, dir)
			n, err := s.AddNode(Node{UserID: "ada", Name: "a"}, "ada's")
			if err != nil {
				t.Fatal(err)
			}
			oldKey := (*s.keys.Load())[0]
			newKey, err := age.GenerateX25519Identity()
			if err != nil {
				t.Fatal(err)
			}
			if rekeyed {
				if _, err := s.Rekey(); err != nil {
					t.Fatal(err)
				}
				newKey = (*s.keys.Load())[0]
			}
			shut(t, s)
			both := keyfile.Format(newKey, oldKey)
			if err := os.WriteFile(filepath.Join(dir, keyFile), both, 0o600); err != nil {
				t.Fatal(err)
			}

			s = open(t, dir)
			if got, err := s.TokenSecret(n.ID); got != "ada's" || err != nil {
				t.Errorf("TokenSecret() = %q, %v", got, err)
			}
			if _, err := s.Rekey(); err != nil {
				t.Errorf("rekey after the crash: %v", err)
			}
			if got, err := s.TokenSecret(n.ID); got != "ada's" || err != nil {
				t.Errorf("TokenSecret() = %q, %v after another rekey", got, err)
			}
		})
	}
}

func TestRekeyThatCannotWriteItsKeyChangesNothing(t *testing.T) {
	dir, keys := t.TempDir(), filepath.Join(t.TempDir(), "keys")
	if err := os.Mkdir(keys, 0o700); err != nil {
		t.Fatal(err)
	}
	s, err := Open(dir, Options{KeyFile: filepath.Join(keys, "k")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { shut(t, s) })
	n, err := s.AddNode(Node{UserID: "ada", Name: "a"}, "ada's")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(keys, keys+"-gone"); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Rekey(); err == nil {
		t.Fatal("rekeyed without a place for the key")
	}
	if got, err := s.TokenSecret(n.ID); got != "ada's" || err != nil {
		t.Errorf("TokenSecret() = %q, %v", got, err)
	}
	shut(t, s)
	s, err = Open(dir, Options{KeyFile: filepath.Join(keys+"-gone", "k")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { shut(t, s) })
	if got, err := s.TokenSecret(n.ID); got != "ada's" || err != nil {
		t.Errorf("TokenSecret() = %q, %v after a restart", got, err)
	}
}

func FuzzUnseal(f *testing.F) {
	key, err := age.GenerateX25519Identity()
	if err != nil {
		f.Fatal(err)
	}
	sealed, err := seal(key.Recipient(), secret{Name: "n", User: "u", Value: []byte("v")})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(sealed)
	f.Fuzz(func(t *testing.T, data []byte) {
		if x, err := unseal(data, []*age.X25519Identity{key}); err == nil && string(x.Value) != "v" {
			t.Errorf("opened what was never sealed: %+v", x)
		}
	})
}
