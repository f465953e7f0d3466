package store

import (
	"errors"
	"strings"
	"time"
	"unicode/utf8"

	bolt "go.etcd.io/bbolt"

	"berth/store/passwords"
)

// Buckets:
//
//	users      user ID → userRecord
//	usernames  folded name → user ID
var (
	bucketUsers     = []byte("users")
	bucketUserNames = []byte("usernames")
)

// User is an account. There are no roles.
type User struct {
	ID      string
	Name    string // unique without regard to case
	Created time.Time
}

type userRecord struct {
	User
	Hash string // as passwordHash writes it
}

// MaxUserName is the longest user name, in characters.
const MaxUserName = 32

// CheckUserName tells whether a name may be chosen: nil or ErrBadUserName.
func CheckUserName(name string) error {
	ok := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '.' || r == '_' || r == '-'
	}
	if name == "" || len(name) > MaxUserName || strings.ContainsFunc(name, func(r rune) bool { return !ok(r) }) {
		return ErrBadUserName
	}
	return nil
}

// checkAccount judges the name and password of a new account; it returns the complaints about both.
func checkAccount(name, password string) error {
	return errors.Join(CheckUserName(name), passwords.Check(name, password))
}

// HasUsers tells whether any account exists.
func (s *Store) HasUsers() (bool, error) {
	var has bool
	err := s.db.View(func(tx *bolt.Tx) error {
		has = hasUsers(tx)
		return nil
	})
	return has, err
}

func hasUsers(tx *bolt.Tx) bool {
	k, _ := tx.Bucket(bucketUsers).Cursor().First()
	return k != nil
}

// AddUser makes an account (berth user add). ErrNameTaken, passwords.ErrBusy; ErrBadUserName and
// the errors of passwords.Check, joined where both apply.
func (s *Store) AddUser(name, password string) (User, error) {
	if err := checkAccount(name, password); err != nil {
		return User{}, err
	}
	hash, err := s.hasher.Hash(password)
	if err != nil {
		return User{}, err
	}
	var u User
	err = s.db.Update(func(tx *bolt.Tx) (err error) {
		u, err = s.putNewUser(tx, name, hash)
		return err
	})
	return u, err
}

func (s *Store) putNewUser(tx *bolt.Tx, name, hash string) (User, error) {
	users, names := tx.Bucket(bucketUsers), tx.Bucket(bucketUserNames)
	if names.Get([]byte(fold(name))) != nil {
		return User{}, ErrNameTaken
	}
	u := User{ID: newID("u"), Name: name, Created: s.now()}
	if err := names.Put([]byte(fold(name)), []byte(u.ID)); err != nil {
		return User{}, err
	}
	return u, putJSON(users, []byte(u.ID), userRecord{User: u, Hash: hash})
}

// Users lists all accounts by name.
func (s *Store) Users() ([]User, error) {
	var list []User
	err := s.db.View(func(tx *bolt.Tx) error {
		users := tx.Bucket(bucketUsers)
		return tx.Bucket(bucketUserNames).ForEach(func(_, id []byte) error {
			r, err := getJSON[userRecord](users, id)
			list = append(list, r.User)
			return err
		})
	})
	return list, err
}

// User by ID.
func (s *Store) User(id string) (User, error) {
	var r userRecord
	err := s.db.View(func(tx *bolt.Tx) (err error) {
		r, err = getJSON[userRecord](tx.Bucket(bucketUsers), []byte(id))
		return err
	})
	return r.User, err
}

// CheckPassword returns the user when name and password fit, else ErrNotFound.
// It takes the same time whether the name exists or not. passwords.ErrBusy.
func (s *Store) CheckPassword(name, password string) (User, error) {
	if utf8.RuneCountInString(password) > passwords.Max || len(name) > MaxUserName {
		return User{}, ErrNotFound // nobody's, and says nothing about who exists
	}
	r, err := s.userByName(name)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return User{}, err
	}
	fits, err := s.hasher.Fits(r.Hash, password)
	if err != nil {
		return User{}, err
	}
	if !fits {
		return User{}, ErrNotFound
	}
	return r.User, nil
}

func (s *Store) userByName(name string) (userRecord, error) {
	var r userRecord
	err := s.db.View(func(tx *bolt.Tx) (err error) {
		id := tx.Bucket(bucketUserNames).Get([]byte(fold(name)))
		if id == nil {
			return ErrNotFound
		}
		r, err = getJSON[userRecord](tx.Bucket(bucketUsers), id)
		return err
	})
	return r, err
}

// SetPassword replaces the password and, in the same transaction, ends all sessions of the
// user: the caller starts a new one. passwords.ErrBusy, or an error of passwords.Check.
func (s *Store) SetPassword(userID, password string) error {
	u, err := s.User(userID)
	if err != nil {
		return err
	}
	if err := passwords.Check(u.Name, password); err != nil {
		return err
	}
	hash, err := s.hasher.Hash(password)
	if err != nil {
		return err
	}
	return s.endSessions(userID, "", func(tx *bolt.Tx) error {
		users := tx.Bucket(bucketUsers)
		r, err := getJSON[userRecord](users, []byte(userID))
		if err != nil {
			return err
		}
		r.Hash = hash
		return putJSON(users, []byte(userID), r)
	})
}

// SetPasswordByName is SetPassword for berth user passwd. ErrNotFound.
func (s *Store) SetPasswordByName(name, password string) error {
	r, err := s.userByName(name)
	if err != nil {
		return err
	}
	return s.SetPassword(r.ID, password)
}
