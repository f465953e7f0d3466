package store

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"filippo.io/age"
	bolt "go.etcd.io/bbolt"
)

// The key file holds age X25519 identities, one a line, as age-keygen writes them.
// The database names the recipient of the one in use (meta/recipient): a key file of
// another database is noticed at once, and while Rekey is at work the file holds the
// old and the new identity, so that it fits whichever of them the database names.

// maxKeyFile bounds what is read as a key file; one identity takes 75 bytes.
const maxKeyFile = 64 << 10

// loadKey reads the identity that the database names, or makes the first one.
func (s *Store) loadKey(tx *bolt.Tx) error {
	meta := tx.Bucket(bucketMeta)
	recipient := string(meta.Get(metaRecipient))
	identities, err := readKeyFile(s.keyPath)
	switch {
	case errors.Is(err, fs.ErrNotExist) && recipient == "":
		if identities, err = makeKeyFile(s.keyPath); err != nil {
			return err
		}
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("%w: %s", ErrNoKey, s.keyPath)
	case err != nil:
		return err
	}
	if recipient == "" {
		s.useKeys(identities[0])
		return meta.Put(metaRecipient, []byte(identities[0].Recipient().String()))
	}
	for _, id := range identities {
		if id.Recipient().String() == recipient {
			s.useKeys(id)
			return nil
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

// readKeyFile returns at least one identity. fs.ErrNotExist, ErrKeyBad.
func readKeyFile(path string) ([]*age.X25519Identity, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("store: open key file: %w", err)
	}
	defer f.Close() // only read
	info, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("store: look at key file: %w", err)
	}
	if mode := info.Mode(); !mode.IsRegular() || mode.Perm()&0o007 != 0 {
		return nil, fmt.Errorf("%w: %s has mode %v", ErrKeyBad, path, mode)
	}
	data, err := io.ReadAll(io.LimitReader(f, maxKeyFile))
	if err != nil {
		return nil, fmt.Errorf("store: read key file: %w", err)
	}
	identities, err := parseIdentities(data)
	if err != nil {
		return nil, fmt.Errorf("%w: %s", err, path)
	}
	return identities, nil
}

// parseIdentities never repeats what it read in an error: it may be half a key.
func parseIdentities(data []byte) ([]*age.X25519Identity, error) {
	parsed, err := age.ParseIdentities(bytes.NewReader(data))
	if err != nil || len(parsed) == 0 {
		return nil, ErrKeyBad
	}
	list := make([]*age.X25519Identity, 0, len(parsed))
	for _, id := range parsed {
		x, ok := id.(*age.X25519Identity)
		if !ok {
			return nil, ErrKeyBad
		}
		list = append(list, x)
	}
	return list, nil
}

func formatIdentities(list ...*age.X25519Identity) []byte {
	var b bytes.Buffer
	b.WriteString("# The key of Berth's secrets. Whoever has it and berth.db can use your nodes.\n")
	for _, id := range list {
		b.WriteString(id.String() + "\n")
	}
	return b.Bytes()
}

func makeKeyFile(path string) ([]*age.X25519Identity, error) {
	id, err := age.GenerateX25519Identity()
	if err != nil {
		return nil, fmt.Errorf("store: make a key: %w", err)
	}
	if err := writeFileAtomic(path, formatIdentities(id)); err != nil {
		return nil, fmt.Errorf("store: write key file: %w", err)
	}
	return []*age.X25519Identity{id}, nil
}

// writeFileAtomic replaces a file (mode 0600) so that a crash leaves the old one or the new one.
func writeFileAtomic(path string, data []byte) (err error) {
	dir := filepath.Dir(path)
	f, err := os.CreateTemp(dir, ".berth-*") // mode 0600
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, f.Close(), os.Remove(f.Name()))
		}
	}()
	if _, err := f.Write(data); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	return syncDir(dir)
}

// syncDir makes renames in a folder last through a power cut.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
