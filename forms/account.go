package forms

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"berth/store"
	"berth/store/passwords"
)

// SignIn is the sign-in page's.
type SignIn struct {
	Username string
	Next     string // where to go afterwards; a path of this server
	Resume   string // the fields of a form that was sent to Next by somebody whose session had ended, encoded
	Errors   map[string]string
	Refused  string // why nobody was signed in
}

// Account is that of a new account: the first one, or one by invitation. The
// password is never shown again.
type Account struct {
	Code     string // of the set-up
	Username string
	Errors   map[string]string
}

// Password changes the own password. It holds nothing that was typed.
type Password struct {
	Errors map[string]string
}

// CheckNewUsername says what is wrong with the name of a new account, or "".
func CheckNewUsername(name string) string {
	switch {
	case name == "":
		return "Choose a name to sign in with."
	case utf8.RuneCountInString(name) > store.MaxUserName:
		return fmt.Sprintf("Use %d characters at most; this has %d.", store.MaxUserName, utf8.RuneCountInString(name))
	case store.CheckUserName(name) != nil:
		return "Use the letters a to z, digits, dots, hyphens and underscores only."
	}
	return ""
}

// UsernameTaken is shown at the field when an account of that name exists.
const UsernameTaken = "This name is already taken. Choose another."

// CheckNewPassword says what is wrong with a password that is to be set for the account of that name, or "".
func CheckNewPassword(name, password string) string {
	n, err := utf8.RuneCountInString(password), passwords.Check(name, password)
	switch {
	case password == "":
		return fmt.Sprintf("Choose a password of %d characters or more.", passwords.Min)
	case n < passwords.Min:
		return fmt.Sprintf("Use %d characters or more; this has %d.", passwords.Min, n)
	case n > passwords.Max:
		return fmt.Sprintf("Use %d characters at most; this has %d.", passwords.Max, n)
	case errors.Is(err, passwords.ErrCommon):
		return "This is one of the most common passwords, or close to one, so it would be guessed first. Choose another, such as a few unrelated words."
	case errors.Is(err, passwords.ErrName):
		return "This is hardly more than your name, so it would be guessed first. Choose another."
	}
	return ""
}

// CheckBootstrapCode says what is wrong with a set-up code before it is compared, or "".
func CheckBootstrapCode(code string) string {
	if strings.TrimSpace(code) == "" {
		return "Enter the code that Berth printed when it started."
	}
	return ""
}
