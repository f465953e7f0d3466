package store

import (
	"crypto/rand"
	"crypto/subtle"
	"strings"

	bolt "go.etcd.io/bbolt"
)

// codeLetters leaves out what looks alike: 0 and O, 1, I and L.
const codeLetters = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"

// SetUpCode makes a new set-up code, such as K7QF-2MXP-9TRA; it holds until the
// first account exists or the process ends. ErrSetUp when there is an account.
func (s *Store) SetUpCode() (string, error) {
	has, err := s.HasUsers()
	if err != nil {
		return "", err
	}
	if has {
		return "", ErrSetUp
	}
	code := randomCode()
	s.setUpMu.Lock()
	defer s.setUpMu.Unlock()
	s.setUpCode = normalCode(code)
	return code, nil
}

// randomCode has 59 bits, in three groups that are easy to type.
func randomCode() string {
	const groups, length = 3, 4
	var b strings.Builder
	for i := range groups * length {
		if i > 0 && i%length == 0 {
			b.WriteByte('-')
		}
		b.WriteByte(codeLetters[randomBelow(len(codeLetters))])
	}
	return b.String()
}

// randomBelow returns a number from 0 up to n, at most 256, each as likely.
func randomBelow(n int) int {
	var b [1]byte
	for {
		rand.Read(b[:]) // never fails
		if limit := 256 - 256%n; int(b[0]) < limit {
			return int(b[0]) % n
		}
	}
}

// normalCode takes a code however it was typed: any case, with or without hyphens and spaces.
func normalCode(typed string) string {
	return strings.ToUpper(strings.Map(func(r rune) rune {
		if r == '-' || r == ' ' {
			return -1
		}
		return r
	}, typed))
}

func (s *Store) setUpCodeFits(typed string) bool {
	s.setUpMu.Lock()
	defer s.setUpMu.Unlock()
	return s.setUpCode != "" && subtle.ConstantTimeCompare([]byte(s.setUpCode), []byte(normalCode(typed))) == 1
}

// SetUp makes the first account, if code is the one made last; ErrExpired when it is
// another, ErrSetUp when there is an account. Otherwise as AddUser.
func (s *Store) SetUp(code, name, password string) (User, error) {
	has, err := s.HasUsers()
	if err != nil {
		return User{}, err
	}
	if has {
		return User{}, ErrSetUp
	}
	if !s.setUpCodeFits(code) {
		return User{}, ErrExpired
	}
	if err := checkAccount(name, password); err != nil {
		return User{}, err
	}
	hash, err := s.hasher.Hash(password)
	if err != nil {
		return User{}, err
	}
	var u User
	err = s.db.Update(func(tx *bolt.Tx) (err error) {
		if hasUsers(tx) { // somebody was quicker while the password was hashed
			return ErrSetUp
		}
		u, err = s.putNewUser(tx, name, hash)
		return err
	})
	return u, err
}
