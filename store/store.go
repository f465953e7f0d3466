// Package store keeps what must last: users, sessions, nodes, drafts and jobs in
// bbolt, secrets encrypted with age, and the VMID cache in Redis.
package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"filippo.io/age"
	bolt "go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"
)

// The sentinels that callers ask for with errors.Is.
var (
	ErrNotFound     = errors.New("store: not found") // also: belongs to another user
	ErrNameTaken    = errors.New("store: name taken")
	ErrChanged      = errors.New("store: saved by somebody else since it was read")
	ErrBadUserName  = errors.New("store: a user name is 1 to 32 of a-z, A-Z, 0-9, dot, underscore and hyphen")
	ErrWeakPassword = errors.New("store: a password has 10 to 256 characters")
	ErrExpired      = errors.New("store: expired or used") // an invitation, a set-up code
	ErrSetUp        = errors.New("store: there is an account already")

	ErrInUse  = errors.New("store: data folder is in use by another process")
	ErrNoData = errors.New("store: no database in the data folder")
	ErrNewer  = errors.New("store: the database was written by a newer version")
	ErrKey    = errors.New("store: the key does not open this secret")
	ErrNoKey  = errors.New("store: the key file is missing")
	ErrKeyBad = errors.New("store: not a usable key file") // unreadable as one, or open to everybody
)

// BusyError says that another job works on the same container.
type BusyError struct{ Job Job }

func (e *BusyError) Error() string { return "store: job " + e.Job.ID + " works on this container" }

// The files of a data folder.
const (
	databaseFile = "berth.db"
	keyFile      = "berth.key"
)

// lockTimeout is how long Open waits for another process to let go of the database.
const lockTimeout = time.Second

// Options of Open.
type Options struct {
	KeyFile    string           // "" for berth.key in the data folder
	MustExist  bool             // ErrNoData instead of a new database
	Now        func() time.Time // nil for time.Now
	HashMemory uint32           // KiB that the hash of a new password takes; 0 for what is safe, less only for tests
}

func (o Options) keyPath(dir string) string {
	if o.KeyFile != "" {
		return o.KeyFile
	}
	return filepath.Join(dir, keyFile)
}

// Store is the database and the key. It is safe for concurrent use.
type Store struct {
	db      *bolt.DB
	dir     string
	keyPath string
	clock   func() time.Time
	hashes  argonParams // of new passwords
	hashing hashQueue

	setUpMu   sync.Mutex
	setUpCode string // as normalised by normalCode; "" when there is none

	// The first encrypts; all decrypt. Set by Open and Rekey, within a write transaction.
	keys atomic.Pointer[[]*age.X25519Identity]
}

// Open opens or makes the database in dir (mode 0700) and the key file (mode 0600),
// and brings the schema up to date. ErrInUse after one second when another process
// has it, ErrNewer when a later version wrote it, ErrNoKey when there are secrets
// but no key file, ErrKey when the key file is another database's.
func Open(dir string, o Options) (*Store, error) {
	path := filepath.Join(dir, databaseFile)
	if _, err := os.Stat(path); o.MustExist && errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w: %s", ErrNoData, dir)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("store: make data folder: %w", err)
	}
	db, err := bolt.Open(path, 0o600, &bolt.Options{Timeout: lockTimeout, FreelistType: bolt.FreelistMapType})
	if errors.Is(err, bolterrors.ErrTimeout) {
		return nil, fmt.Errorf("%w: %s", ErrInUse, dir)
	}
	if err != nil {
		return nil, fmt.Errorf("store: open %s: %w", path, err)
	}
	s := &Store{
		db:      db,
		dir:     dir,
		keyPath: o.keyPath(dir),
		clock:   o.Now,
		hashes:  safeHashes(),
		hashing: newHashQueue(),
	}
	if o.HashMemory != 0 {
		s.hashes.memory = o.HashMemory
	}
	if s.clock == nil {
		s.clock = time.Now
	}
	if err := s.prepare(); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return s, nil
}

// prepare brings the schema up to date, loads the key that the secrets are kept under, and
// ends the events that were left open.
func (s *Store) prepare() error {
	return s.db.Update(func(tx *bolt.Tx) error {
		if err := migrate(tx); err != nil {
			return err
		}
		if err := cutOpenEvents(tx); err != nil {
			return err
		}
		return s.loadKey(tx)
	})
}

// Close closes the database.
func (s *Store) Close() error { return s.db.Close() }

// Healthy writes and reads back a record.
func (s *Store) Healthy() error {
	want := []byte(s.now().Format(time.RFC3339Nano))
	err := s.db.Update(func(tx *bolt.Tx) error {
		return tx.Bucket(bucketMeta).Put(metaHealth, want)
	})
	if err != nil {
		return fmt.Errorf("store: write: %w", err)
	}
	return s.db.View(func(tx *bolt.Tx) error {
		if tx.Bucket(bucketMeta).Get(metaHealth) == nil {
			return errors.New("store: what was written is not there")
		}
		return nil
	})
}

// Check looks whether the database is consistent: every page reachable once, every key in order.
func (s *Store) Check() error {
	return s.db.View(func(tx *bolt.Tx) error {
		var found []error
		for err := range tx.Check() { // must be read to its end
			found = append(found, err)
		}
		return errors.Join(found...)
	})
}

// now is the time of a record: UTC and without a monotonic part, as it reads back.
func (s *Store) now() time.Time { return s.clock().UTC().Round(0) }

// fold makes names comparable without regard to case.
func fold(name string) string { return strings.ToLower(name) }
