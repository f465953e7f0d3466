package store

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	bolt "go.etcd.io/bbolt"
)

// Buckets:
//
//	sessions    session ID → Session
//	sessionsof  user ID/session ID → nothing
var (
	bucketSessions   = []byte("sessions")
	bucketSessionsOf = []byte("sessionsof")
)

// Session of a signed-in browser. The ID shown here is a hash of the one in the cookie.
type Session struct {
	ID       string
	UserID   string
	Created  time.Time
	LastSeen time.Time // kept to the minute
	Expires  time.Time
	Browser  string // User-Agent, cut at 200 bytes
	Address  string
}

// SessionLife is how long a session lasts after it was last used.
const SessionLife = 30 * 24 * time.Hour

const (
	maxBrowser = 200         // bytes of a User-Agent that are kept
	seenEvery  = time.Minute // how exactly LastSeen is kept
)

// secretHash is what is kept of a secret that somebody else holds. The secrets are
// random and long, so that a plain hash is enough and can be a key.
func secretHash(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}

// StartSession makes a session and returns the secret for the cookie.
func (s *Store) StartSession(userID, browser, address string) (secret string, err error) {
	secret = rand.Text()
	now := s.now()
	session := Session{
		ID:       secretHash(secret),
		UserID:   userID,
		Created:  now,
		LastSeen: now,
		Expires:  now.Add(SessionLife),
		Browser:  cut(browser, maxBrowser),
		Address:  address,
	}
	err = s.db.Update(func(tx *bolt.Tx) error {
		if tx.Bucket(bucketUsers).Get([]byte(userID)) == nil {
			return ErrNotFound
		}
		if err := tx.Bucket(bucketSessionsOf).Put(ownedKey(userID, session.ID), nil); err != nil {
			return err
		}
		return putJSON(tx.Bucket(bucketSessions), []byte(session.ID), session)
	})
	if err != nil {
		return "", err
	}
	return secret, nil
}

// cut shortens s to at most n bytes without breaking a character.
func cut(s string, n int) string {
	if len(s) > n {
		s = s[:n]
	}
	return strings.ToValidUTF8(s, "")
}

// SessionUser finds the session by the cookie's secret and its user, and prolongs it
// (a write once a minute at most). ErrNotFound.
func (s *Store) SessionUser(secret string) (Session, User, error) {
	id := secretHash(secret)
	var session Session
	var u userRecord
	err := s.db.View(func(tx *bolt.Tx) (err error) {
		if session, err = s.liveSession(tx, id); err != nil {
			return err
		}
		u, err = getJSON[userRecord](tx.Bucket(bucketUsers), []byte(session.UserID))
		return err
	})
	if err != nil {
		return Session{}, User{}, err
	}
	if s.now().Sub(session.LastSeen) < seenEvery {
		return session, u.User, nil
	}
	err = s.db.Update(func(tx *bolt.Tx) (err error) {
		if session, err = s.liveSession(tx, id); err != nil {
			return err // ended meanwhile
		}
		session.LastSeen = s.now()
		session.Expires = session.LastSeen.Add(SessionLife)
		return putJSON(tx.Bucket(bucketSessions), []byte(id), session)
	})
	if err != nil {
		return Session{}, User{}, err
	}
	return session, u.User, nil
}

func (s *Store) liveSession(tx *bolt.Tx, id string) (Session, error) {
	session, err := getJSON[Session](tx.Bucket(bucketSessions), []byte(id))
	if err != nil {
		return Session{}, err
	}
	if !s.now().Before(session.Expires) {
		return Session{}, ErrNotFound
	}
	return session, nil
}

// Sessions of a user, last used first.
func (s *Store) Sessions(userID string) ([]Session, error) {
	var list []Session
	err := s.db.View(func(tx *bolt.Tx) error {
		sessions := tx.Bucket(bucketSessions)
		return eachOwned(tx.Bucket(bucketSessionsOf), userID, func(id string, _ []byte) error {
			session, err := getJSON[Session](sessions, []byte(id))
			if err != nil {
				return err
			}
			if s.now().Before(session.Expires) {
				list = append(list, session)
			}
			return nil
		})
	})
	slices.SortStableFunc(list, func(a, b Session) int { return b.LastSeen.Compare(a.LastSeen) })
	return list, err
}

// EndSession ends one session of the user by its ID. ErrNotFound for another's.
func (s *Store) EndSession(userID, id string) error {
	return s.db.Update(func(tx *bolt.Tx) error {
		session, err := getJSON[Session](tx.Bucket(bucketSessions), []byte(id))
		if err != nil {
			return err
		}
		if session.UserID != userID {
			return ErrNotFound
		}
		return endSession(tx, userID, id)
	})
}

// EndOtherSessions ends all of the user's sessions but keep.
func (s *Store) EndOtherSessions(userID, keep string) error {
	return s.db.Update(func(tx *bolt.Tx) error { return endSessionsBut(tx, userID, keep) })
}

func endSessionsBut(tx *bolt.Tx, userID, keep string) error {
	var ids []string // a cursor must not be followed while keys are deleted
	err := eachOwned(tx.Bucket(bucketSessionsOf), userID, func(id string, _ []byte) error {
		ids = append(ids, id)
		return nil
	})
	if err != nil {
		return err
	}
	for _, id := range ids {
		if id == keep {
			continue
		}
		if err := endSession(tx, userID, id); err != nil {
			return err
		}
	}
	return nil
}

func endSession(tx *bolt.Tx, userID, id string) error {
	if err := tx.Bucket(bucketSessionsOf).Delete(ownedKey(userID, id)); err != nil {
		return err
	}
	return tx.Bucket(bucketSessions).Delete([]byte(id))
}

// SweepExpired forgets sessions and invitations whose time is over.
func (s *Store) SweepExpired() error {
	now := s.now()
	return s.db.Update(func(tx *bolt.Tx) error {
		sessions, err := expired(tx.Bucket(bucketSessions), now, func(x Session) time.Time { return x.Expires })
		if err != nil {
			return err
		}
		for _, session := range sessions {
			if err := endSession(tx, session.UserID, session.ID); err != nil {
				return err
			}
		}
		invites, err := expired(tx.Bucket(bucketInvites), now, func(x invite) time.Time { return x.Expires })
		if err != nil {
			return err
		}
		for _, i := range invites {
			if err := tx.Bucket(bucketInvites).Delete([]byte(i.ID)); err != nil {
				return err
			}
		}
		return nil
	})
}

func expired[T any](b *bolt.Bucket, now time.Time, expires func(T) time.Time) ([]T, error) {
	var over []T
	err := b.ForEach(func(k, _ []byte) error {
		v, err := getJSON[T](b, k)
		if err != nil {
			return fmt.Errorf("%w (key %q)", err, k)
		}
		if !now.Before(expires(v)) {
			over = append(over, v)
		}
		return nil
	})
	return over, err
}
