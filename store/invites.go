package store

import (
	"crypto/rand"
	"errors"
	"time"

	bolt "go.etcd.io/bbolt"
)

// Bucket invites: hash of the token → invite, until that is used or has expired.
var bucketInvites = []byte("invites")

type invite struct {
	ID      string // the key
	UserID  string // of who invites
	Expires time.Time
}

// InviteLife is the time after which an invitation expires.
const InviteLife = 48 * time.Hour

// MakeInvite returns the token of a new invitation by a user; only its hash is kept.
func (s *Store) MakeInvite(userID string) (token string, expires time.Time, err error) {
	token = rand.Text()
	i := invite{ID: secretHash(token), UserID: userID, Expires: s.now().Add(InviteLife)}
	err = s.db.Update(func(tx *bolt.Tx) error {
		if tx.Bucket(bucketUsers).Get([]byte(userID)) == nil {
			return ErrNotFound
		}
		return putJSON(tx.Bucket(bucketInvites), []byte(i.ID), i)
	})
	if err != nil {
		return "", time.Time{}, err
	}
	return token, i.Expires, nil
}

// Invite returns the user who made the invitation with a token. ErrExpired.
func (s *Store) Invite(token string) (User, error) {
	var r userRecord
	err := s.db.View(func(tx *bolt.Tx) error {
		i, err := s.liveInvite(tx, token)
		if err != nil {
			return err
		}
		r, err = getJSON[userRecord](tx.Bucket(bucketUsers), []byte(i.UserID))
		return err
	})
	return r.User, err
}

func (s *Store) liveInvite(tx *bolt.Tx, token string) (invite, error) {
	i, err := getJSON[invite](tx.Bucket(bucketInvites), []byte(secretHash(token)))
	if errors.Is(err, ErrNotFound) {
		return invite{}, ErrExpired
	}
	if err != nil {
		return invite{}, err
	}
	if !s.now().Before(i.Expires) {
		return invite{}, ErrExpired
	}
	return i, nil
}

// AcceptInvite makes the account and uses the invitation up, in one transaction.
// ErrExpired; otherwise as AddUser.
func (s *Store) AcceptInvite(token, name, password string) (User, error) {
	if _, err := s.Invite(token); err != nil {
		return User{}, err // before a password is hashed for a stranger
	}
	if err := checkAccount(name, password); err != nil {
		return User{}, err
	}
	hash, err := s.hasher.Hash(password)
	if err != nil {
		return User{}, err
	}
	var u User
	err = s.db.Update(func(tx *bolt.Tx) error {
		i, err := s.liveInvite(tx, token)
		if err != nil {
			return err
		}
		if err := tx.Bucket(bucketInvites).Delete([]byte(i.ID)); err != nil {
			return err
		}
		u, err = s.putNewUser(tx, name, hash)
		return err
	})
	return u, err
}
