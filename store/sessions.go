package store

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	bolt "go.etcd.io/bbolt"

	"berth/store/disk"
	"berth/store/live"
)

// Buckets:
//
//	sessions    session ID → Session
//	sessionsof  user ID/session ID → nothing
//	signedfrom  user ID/network → when somebody last signed in from there, as RFC 3339; maxNetworks of a user at most
var (
	bucketSessions   = []byte("sessions")
	bucketSessionsOf = []byte("sessionsof")
	bucketSignedFrom = []byte("signedfrom")
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
	TLS      bool // it began over TLS: only a cookie that nobody can set without TLS may carry it
}

const (
	// SessionLife is the time after its last use at which a session ends.
	SessionLife = 30 * 24 * time.Hour
	// MaxSessionLife is the time after its start at which a session ends, however often it is used.
	MaxSessionLife = 90 * 24 * time.Hour
)

const (
	maxBrowser  = 200         // bytes of a User-Agent that are kept
	seenEvery   = time.Minute // between two writes of LastSeen
	maxNetworks = 20          // of those from which a user signed in, the last to be kept
)

// ends returns the end of a session: Expires, or MaxSessionLife after its start if that is earlier.
func (s Session) ends() time.Time {
	if last := s.Created.Add(MaxSessionLife); last.Before(s.Expires) {
		return last
	}
	return s.Expires
}

// secretHash returns the hash under which a secret that a browser or an invited person holds is kept.
// The secrets are random and long, so that a plain hash is enough and can be a key.
func secretHash(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}

// StartSession makes a session, by TLS or not, and returns the secret for the cookie.
func (s *Store) StartSession(userID, browser, address string, tls bool) (secret string, err error) {
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
		TLS:      tls,
	}
	err = s.db.Update(func(tx *bolt.Tx) error {
		if tx.Bucket(bucketUsers).Get([]byte(userID)) == nil {
			return ErrNotFound
		}
		if err := tx.Bucket(bucketSessionsOf).Put(ownedKey(userID, session.ID), nil); err != nil {
			return err
		}
		if err := noteSignedFrom(tx, userID, Network(address), now); err != nil {
			return err
		}
		return putJSON(tx.Bucket(bucketSessions), []byte(session.ID), session)
	})
	if err != nil {
		return "", err
	}
	return secret, nil
}

// Network returns the network by which attempts and sign-ins from an address are counted: the /64 of an IPv6 address, as its
// user has all of that; any other address itself.
func Network(address string) string {
	ip, err := netip.ParseAddr(address)
	if err != nil {
		return address
	}
	ip = ip.Unmap().WithZone("")
	if ip.Is4() {
		return ip.String()
	}
	return netip.PrefixFrom(ip, 64).Masked().String()
}

// noteSignedFrom keeps the network that a user signed in from, and forgets the one longest ago beyond maxNetworks.
func noteSignedFrom(tx *bolt.Tx, userID, network string, now time.Time) error {
	b := tx.Bucket(bucketSignedFrom)
	// A slash divides owner and record: a prefix is written without its own.
	if err := b.Put(networkKey(userID, network), []byte(now.Format(time.RFC3339))); err != nil {
		return err
	}
	var count int
	var oldest, at string
	err := eachOwned(b, userID, func(id string, value []byte) error {
		count++
		if oldest == "" || string(value) < at {
			oldest, at = id, string(value)
		}
		return nil
	})
	if err != nil || count <= maxNetworks {
		return err
	}
	return b.Delete(ownedKey(userID, oldest))
}

func networkKey(userID, network string) []byte {
	return ownedKey(userID, strings.ReplaceAll(network, "/", "_"))
}

// SignedInFrom tells whether the user of that name has signed in from the network before; false for a name that
// nobody has.
func (s *Store) SignedInFrom(name, network string) (bool, error) {
	var before bool
	err := s.db.View(func(tx *bolt.Tx) error {
		id := tx.Bucket(bucketUserNames).Get([]byte(fold(name)))
		before = id != nil && tx.Bucket(bucketSignedFrom).Get(networkKey(string(id), network)) != nil
		return nil
	})
	return before, err
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
	if _, unwritten := errors.AsType[*disk.Error](err); unwritten {
		return session, u.User, nil // it still holds, and what is there can be read
	}
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
	if !s.now().Before(session.ends()) {
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
			if s.now().Before(session.ends()) {
				list = append(list, session)
			}
			return nil
		})
	})
	slices.SortStableFunc(list, func(a, b Session) int { return b.LastSeen.Compare(a.LastSeen) })
	return list, err
}

// SessionEnd returns the time at which a session of the user ends unless it is used before. It does not prolong it.
// ErrNotFound when it has ended already.
func (s *Store) SessionEnd(userID, id string) (time.Time, error) {
	var end time.Time
	err := s.db.View(func(tx *bolt.Tx) error {
		session, err := s.liveSession(tx, id)
		if err == nil && session.UserID != userID {
			err = ErrNotFound
		}
		end = session.ends()
		return err
	})
	return end, err
}

// WatchSession returns a listener that is woken when a session is ended before its time. It must be closed.
func (s *Store) WatchSession(id string) *live.Listener { return s.signedOut.Listen(id) }

// EndSession ends one session of the user by its ID. ErrNotFound for another's.
func (s *Store) EndSession(userID, id string) error {
	err := s.db.Update(func(tx *bolt.Tx) error {
		session, err := getJSON[Session](tx.Bucket(bucketSessions), []byte(id))
		if err != nil {
			return err
		}
		if session.UserID != userID {
			return ErrNotFound
		}
		return endSession(tx, userID, id)
	})
	s.signedOut.Tell(id)
	return err
}

// EndOtherSessions ends all of the user's sessions but keep.
func (s *Store) EndOtherSessions(userID, keep string) error {
	return s.endSessions(userID, keep, func(*bolt.Tx) error { return nil })
}

// endSessions ends all of the user's sessions but keep, in one transaction with also.
func (s *Store) endSessions(userID, keep string, also func(*bolt.Tx) error) error {
	var ids []string
	err := s.db.Update(func(tx *bolt.Tx) (err error) {
		if err := also(tx); err != nil {
			return err
		}
		ids, err = endSessionsBut(tx, userID, keep)
		return err
	})
	s.signedOut.Tell(ids...)
	return err
}

func endSessionsBut(tx *bolt.Tx, userID, keep string) ([]string, error) {
	var ids []string // a cursor must not be followed while keys are deleted
	err := eachOwned(tx.Bucket(bucketSessionsOf), userID, func(id string, _ []byte) error {
		if id != keep {
			ids = append(ids, id)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	for _, id := range ids {
		if err := endSession(tx, userID, id); err != nil {
			return nil, err
		}
	}
	return ids, nil
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
		sessions, err := expired(tx.Bucket(bucketSessions), now, Session.ends)
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
