// Package passwords judges the passwords that people choose, and keeps them as hashes.
package passwords

import (
	"errors"
	"unicode/utf8"
)

// The bounds of a password, in characters.
const (
	Min = 10
	Max = 256
)

// The reasons to refuse a new password.
var (
	ErrWeak   = errors.New("passwords: a password has 10 to 256 characters")
	ErrCommon = errors.New("passwords: one of the commonest passwords, or little more")
	ErrName   = errors.New("passwords: a password that is the account's name, or little more")
)

// Check judges a new password for the account of a name: nil, ErrWeak, ErrCommon or ErrName.
func Check(name, password string) error {
	switch n := utf8.RuneCountInString(password); {
	case n < Min || n > Max:
		return ErrWeak
	case name != "" && isName(name, password):
		return ErrName
	case isCommon(password):
		return ErrCommon
	}
	return nil
}
