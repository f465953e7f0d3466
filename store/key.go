package store

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"filippo.io/age"
	bolt "go.etcd.io/bbolt"

	"berth/store/disk"
	"berth/store/keyfile"
)

// The key file holds age X25519 identities, one a line, as age-keygen writes them.
// The database names the recipient of the one in use (meta/recipient): a key file of
// another database is noticed at once, and while Rekey is at work the file holds the
// old and the new identity, so that it fits whichever of them the database names.

// loadKey reads the identity that the database names, or makes the first one.
func (s *Store) loadKey(tx *bolt.Tx) error {
	meta := tx.Bucket(bucketMeta)
	recipient := string(meta.Get(metaRecipient))
	if err := checkRecipient(recipient); err != nil {
		return s.damaged(err)
	}
	identities, err := keyfile.Read(s.keyPath)
	switch {
	case errors.Is(err, fs.ErrNotExist) && recipient == "":
		if identities, err = s.makeKeyFile(); err != nil {
			return err
		}
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("%w: %s", ErrNoKey, s.keyPath)
	case err != nil:
		return err
	}
	if recipient == "" {
		if noted, _ := s.keyIsNoted(); noted {
			return s.lostError("nothing is in it")
		}
		s.useKeys(identities[0])
		return meta.Put(metaRecipient, []byte(identities[0].Recipient().String()))
	}
	for _, id := range identities {
		if id.Recipient().String() == recipient {
			s.useKeys(id)
			return s.damaged(s.checkSecrets(tx))
		}
	}
	return fmt.Errorf("%w: %s is another database's key file", ErrKey, s.keyPath)
}

// keyNamed returns the identity in memory that belongs to a recipient.
func (s *Store) keyNamed(recipient string) (*age.X25519Identity, error) {
	for _, key := range *s.keys.Load() {
		if key.Recipient().String() == recipient {
			return key, nil
		}
	}
	return nil, ErrKey
}

func (s *Store) useKeys(keys ...*age.X25519Identity) { s.keys.Store(&keys) }

func (s *Store) makeKeyFile() ([]*age.X25519Identity, error) {
	id, err := age.GenerateX25519Identity()
	if err != nil {
		return nil, fmt.Errorf("store: make a key: %w", err)
	}
	if err := s.files.Replace(s.keyPath, keyfile.Format(id)); err != nil {
		return nil, fmt.Errorf("store: write key file: %w", err)
	}
	return []*age.X25519Identity{id}, nil
}

// The file berth.recipient beside the database names the key that it was last opened with, by
// its public half. It alone survives with the key where the database is lost or emptied: Berth
// then says so instead of beginning anew, which would hide the loss until it is too late. A
// key that was made elsewhere for a first start is not named yet, and neither is one that
// served another data folder.
const recipientFile = "berth.recipient"

// noteRecipient writes the public half of the key that opened the database to recipientFile.
func (s *Store) noteRecipient(recipient string) error {
	path, line := filepath.Join(s.dir, recipientFile), []byte(recipient+"\n")
	if kept, err := os.ReadFile(path); err == nil && bytes.Equal(kept, line) {
		return nil
	}
	if err := s.files.Replace(path, line); err != nil {
		return fmt.Errorf("store: note which key is in use: %w", err)
	}
	return nil
}

// keyWasUsed tells whether the key file belongs to a database that was in this folder and is
// not there any more. hadFile: the database's file exists, though empty. Berth makes that
// before the key, so a key beside it was in use.
func (s *Store) keyWasUsed(hadFile bool) bool {
	if noted, known := s.keyIsNoted(); known {
		return noted
	}
	if _, err := keyfile.Read(s.keyPath); err != nil { // there is none
		return false
	}
	data, err := os.ReadFile(s.keyPath)
	own := err == nil && bytes.HasPrefix(data, []byte(keyfile.Comment)) && filepath.Dir(s.keyPath) == filepath.Clean(s.dir)
	return hadFile || own
}

// keyIsNoted tells whether the key file holds the key that a database in this folder was last
// opened with; known is false where that was not noted.
func (s *Store) keyIsNoted() (noted, known bool) {
	kept, err := os.ReadFile(filepath.Join(s.dir, recipientFile))
	if err != nil {
		return false, false
	}
	identities, err := keyfile.Read(s.keyPath)
	if err != nil {
		return false, true
	}
	for _, id := range identities {
		if id.Recipient().String() == string(bytes.TrimSpace(kept)) {
			return true, true
		}
	}
	return false, true
}

// lostError makes the error for a database of which only the key is left; how says what has become of it.
func (s *Store) lostError(how string) error {
	return &disk.DamageError{Path: s.path(), Cause: fmt.Errorf("%s, though its key %s is there and was used", how, s.keyPath)}
}

// dropFormerKeys removes from the key file the identity that the database does not name,
// which a killed Rekey has left there.
func (s *Store) dropFormerKeys() error {
	data, err := os.ReadFile(s.keyPath)
	if err != nil || !bytes.HasPrefix(data, []byte(keyfile.Comment)) {
		return nil // not written by Berth: other identities in it are its owner's
	}
	identities, err := keyfile.Parse(data)
	if err != nil || len(identities) == 1 {
		return nil
	}
	err = s.files.Replace(s.keyPath, keyfile.Format((*s.keys.Load())[0]))
	if err != nil {
		s.notices = append(s.notices, Notice{Kind: NoticeOldKey, Path: s.keyPath})
	}
	return nil
}
