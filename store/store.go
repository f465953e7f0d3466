// Package store keeps all data that lasts: users, sessions, nodes, drafts, templates and
// jobs in bbolt, secrets encrypted with age.
package store

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"filippo.io/age"
	bolt "go.etcd.io/bbolt"

	"berth/store/disk"
	"berth/store/keyfile"
	"berth/store/live"
	"berth/store/passwords"
)

// The sentinels that callers ask for with errors.Is.
var (
	ErrNotFound    = errors.New("store: not found") // also: belongs to another user
	ErrNameTaken   = errors.New("store: name taken")
	ErrChanged     = errors.New("store: saved by somebody else since it was read")
	ErrBadUserName = errors.New("store: a user name is 1 to 32 of a-z, A-Z, 0-9, dot, underscore and hyphen")
	ErrExpired     = errors.New("store: expired or used") // an invitation, a set-up code
	ErrSetUp       = errors.New("store: there is an account already")

	ErrNoData = errors.New("store: no database in the data folder")
	ErrNewer  = errors.New("store: the database was written by a newer version")
	ErrKey    = errors.New("store: the key does not open this secret")
	ErrNoKey  = errors.New("store: the key file is missing")
	ErrKeyBad = keyfile.ErrBad // unreadable as one, or open to everybody
)

// BusyError says that another job works on the same container.
type BusyError struct{ Job Job }

func (e *BusyError) Error() string { return "store: job " + e.Job.ID + " works on this container" }

// The files of a data folder.
const (
	databaseFile = "berth.db"
	keyFile      = "berth.key"
)

// Options of Open.
type Options struct {
	KeyFile    string           // "" for berth.key in the data folder
	MustExist  bool             // ErrNoData instead of a new database
	Now        func() time.Time // nil for time.Now
	HashMemory uint32           // KiB that the hash of a new password takes; 0 for a safe value, less only for tests
	Unsynced   bool             // see disk.Files; only for tests

	before func(operation string) // see disk.Files; nil outside tests
}

func (o Options) keyPath(dir string) string {
	if o.KeyFile != "" {
		return o.KeyFile
	}
	return filepath.Join(dir, keyFile)
}

// Store is the database and the key. It is safe for concurrent use.
type Store struct {
	db      *disk.Database
	dir     string
	keyPath string
	clock   func() time.Time
	files   disk.Files
	notices []Notice // of Open
	hasher  *passwords.Hasher

	signedOut live.News[string] // sessions that were ended, by ID

	setUpMu   sync.Mutex
	setUpCode string // as normalised by normalCode; "" when there is none

	// The first encrypts; all decrypt. Set by Open and Rekey, within a write transaction.
	keys atomic.Pointer[[]*age.X25519Identity]
}

// Open opens or makes the database in dir (mode 0700) and the key file (mode 0600), brings
// the schema up to date, removes the leftovers of killed processes, and compacts a file that
// is mostly free. It reads the whole database first. disk.ErrInUse after one second when
// another process has it, disk.ErrDamaged when it is not whole or is lost, ErrNewer when a
// later version wrote it, ErrNoKey when there are secrets but no key file, ErrKey when the
// key file is another database's; a *disk.Error when the disk cannot be written or read.
func Open(dir string, o Options) (*Store, error) {
	s := newStore(dir, o)
	had, err := disk.Exists(s.path())
	if err != nil {
		return nil, err
	}
	switch {
	case !had && s.keyWasUsed(false):
		return nil, s.lostError("it is missing")
	case !had && o.MustExist:
		return nil, fmt.Errorf("%w: %s", ErrNoData, dir)
	}
	if err := s.files.MakeDir(dir); err != nil {
		return nil, err
	}
	if err := s.openDatabase(had); err != nil {
		return nil, err
	}
	if err := s.prepare(); err != nil {
		return nil, errors.Join(err, s.db.Close())
	}
	if err := s.tidy(); err != nil {
		return nil, errors.Join(err, s.db.Close())
	}
	if err := s.compact(); err != nil {
		return nil, errors.Join(err, s.db.Close())
	}
	return s, nil
}

func newStore(dir string, o Options) *Store {
	s := &Store{
		dir:     dir,
		keyPath: o.keyPath(dir),
		clock:   o.Now,
		files:   disk.Files{Before: o.before, Unsynced: o.Unsynced},
		hasher:  passwords.NewHasher(o.HashMemory),
	}
	if s.clock == nil {
		s.clock = time.Now
	}
	return s
}

func (s *Store) path() string { return filepath.Join(s.dir, databaseFile) }

// damaged makes a *disk.DamageError of a cause; nil for nil.
func (s *Store) damaged(cause error) error {
	if cause == nil {
		return nil
	}
	return &disk.DamageError{Path: s.path(), Cause: cause}
}

// openDatabase opens the database's file, or makes it; had: there is a file, though it may be empty.
func (s *Store) openDatabase(had bool) (err error) {
	s.db, err = disk.Open(s.path(), disk.Options{Files: s.files, Now: s.clock, Empty: func() error {
		if s.keyWasUsed(had) {
			return s.lostError("it is empty")
		}
		return nil
	}})
	if err == nil && s.db.FellBack() {
		s.notices = append(s.notices, Notice{Kind: NoticeFellBack, Path: s.path()})
	}
	return err
}

// prepare brings the schema up to date, reads all records, loads the key that the secrets are
// kept under, and ends the events that were left open.
func (s *Store) prepare() error {
	return s.db.Update(func(tx *bolt.Tx) error {
		if err := wantBerths(tx); err != nil {
			return s.damaged(err)
		}
		if err := migrate(tx); err != nil {
			return err
		}
		if err := checkRecords(tx); err != nil {
			return s.damaged(err)
		}
		if err := cutOpenEvents(tx); err != nil {
			return err
		}
		return s.loadKey(tx)
	})
}

// wantBerths returns an error unless the database is a new one or Berth's: another program may use bbolt too.
func wantBerths(tx *bolt.Tx) error {
	if meta := tx.Bucket(bucketMeta); meta != nil && meta.Get(metaSchema) != nil {
		return nil
	}
	if first, _ := tx.Cursor().First(); first != nil {
		return errors.New("it is another program's, or what says its version is lost")
	}
	return nil
}

// tidy notes the key in use, removes the leftovers of killed processes, and tightens the
// permissions of folder and files. While a Restore is at work in the same folder, leftovers
// stay.
func (s *Store) tidy() error {
	if err := s.noteRecipient((*s.keys.Load())[0].Recipient().String()); err != nil {
		return err
	}
	if err := s.dropFormerKeys(); err != nil {
		return err
	}
	if unlock, err := disk.LockDir(s.dir); err == nil {
		err = errors.Join(removeUnpacked(s.dir), removeLeftovers(filepath.Join(s.dir, recipientFile), s.keyPath, s.path()), unlock())
		if err != nil {
			return disk.Wrap(s.dir, fmt.Errorf("store: tidy up: %w", err))
		}
	}
	return s.tighten()
}

// compact writes the database anew where most of it is free.
func (s *Store) compact() error {
	done, err := s.db.Compact(checkRecords)
	switch {
	case err != nil || done == nil:
		return err
	case done.Err != nil:
		s.notices = append(s.notices, Notice{Kind: NoticeNotCompacted, Path: s.path(), Err: done.Err})
	default:
		s.notices = append(s.notices, Notice{Kind: NoticeCompacted, Path: s.path(), From: done.From, To: done.To})
	}
	return nil
}

// tighten takes the permissions of others from the data folder and the files, with a Notice.
// A folder that holds other things than Berth's is not changed.
func (s *Store) tighten() error {
	own, err := onlyBerths(s.dir, s.keyPath)
	if err != nil {
		return err
	}
	for path, may := range map[string]bool{s.dir: own, s.path(): true, s.keyPath: true} {
		notice, err := tighten(path, may)
		if err != nil {
			return fmt.Errorf("store: look who may read the data: %w", err)
		}
		if notice != nil {
			s.notices = append(s.notices, *notice)
		}
	}
	return nil
}

// Notices returns the notices of Open for the operator.
func (s *Store) Notices() []Notice { return s.notices }

// Close closes the database.
func (s *Store) Close() error { return s.db.Close() }

// Healthy returns nil when the database can be read and written, else a *disk.DamageError, a
// *disk.Error or another error of reading or writing. It reads each time, and writes where
// nothing else was written for a minute. For /healthz.
func (s *Store) Healthy() error {
	return s.db.Healthy(
		func(tx *bolt.Tx) error {
			if tx.Bucket(bucketMeta).Get(metaRecipient) == nil {
				return disk.ErrUnreadable
			}
			return nil
		},
		func(tx *bolt.Tx) error {
			return tx.Bucket(bucketMeta).Put(metaHealth, []byte(s.now().Format(time.RFC3339Nano)))
		},
	)
}

// Trouble returns the error of Healthy, for a banner on every page: it costs nothing while no
// read or write has failed, and returns nil then.
func (s *Store) Trouble() error {
	if !s.db.InTrouble() {
		return nil
	}
	return s.Healthy()
}

// Check checks that the database is consistent: every page reachable once, every key in order. It reads all of it.
func (s *Store) Check() error {
	return s.db.View(func(tx *bolt.Tx) error {
		var found []error
		for err := range tx.Check() { // must be read to its end
			found = append(found, err)
		}
		return errors.Join(found...)
	})
}

// now returns the current time as it reads back from a record: in UTC and without a monotonic part.
func (s *Store) now() time.Time { return s.clock().UTC().Round(0) }

// fold makes names comparable without regard to case.
func fold(name string) string { return strings.ToLower(name) }
