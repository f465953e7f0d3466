package passwords

import (
	_ "embed"
	"strings"
)

// commonest is the list of the commonest passwords, one a line; lines with # name its source. It is searched as it
// is: that takes some microseconds, and no memory beside the program's own.
//
//go:embed commonest/passwords.txt
var commonest string

// maxTrimmings is the number of bytes up to which characters around a word that is easy to guess leave the password
// common: a year, a birthday with a sign.
const maxTrimmings = 9

// isCommon tells whether a password is among the first that an attacker tries: one of the list, in upper or lower
// case, with letters written as digits, repeated, or with a few digits and signs around it; or a row of characters.
func isCommon(password string) bool {
	p := strings.ToLower(password)
	if isListed(p) || isRow(p) || len(unit(p)) <= maxUnit {
		return true
	}
	word, rest := withoutTrimmings(p)
	return guessable(rest) && (isListed(word) || isListed(plain(word)) || isListed(unit(word)) || isListed(unit(plain(word))))
}

// isName tells whether a password is the account's own name, once or more, forwards or backwards, with no more than a
// few digits and signs between or around.
func isName(name, password string) bool {
	name, p := strings.ToLower(name), strings.ToLower(password)
	bare := strings.Map(func(r rune) rune {
		if strings.ContainsRune("._-", r) {
			return -1
		}
		return r
	}, name)
	for _, form := range []string{name, bare, reversed(name)} {
		rest, found := without(p, form)
		if found && !strings.ContainsFunc(rest, isLetter) && guessable(rest) {
			return true
		}
	}
	return false
}

// without removes a word from p wherever it occurs, also with letters written as digits.
func without(p, word string) (rest string, found bool) {
	if word == "" {
		return p, false
	}
	word = plain(word)
	for {
		at := strings.Index(plain(p), word)
		if at < 0 {
			return rest + p, found
		}
		rest, p, found = rest+p[:at], p[at+len(word):], true
	}
}

func isListed(word string) bool {
	return word != "" && !strings.ContainsAny(word, "#\n") && strings.Contains(commonest, "\n"+word+"\n")
}

// guessable tells whether the characters around a word add little to guess.
func guessable(trimmings string) bool { return len(trimmings) <= maxTrimmings || isListed(trimmings) }

// withoutTrimmings splits characters that are no letters off both ends, and returns them as rest.
func withoutTrimmings(p string) (word, rest string) {
	word = strings.TrimFunc(p, func(r rune) bool { return !isLetter(r) })
	before, after, _ := strings.Cut(p, word)
	if word == "" {
		return "", p
	}
	return word, before + after
}

func isLetter(r rune) bool { return r >= 'a' && r <= 'z' || r > 0x7f }

// plain replaces digits and signs by the letters that they stand for, one for one.
func plain(p string) string {
	return strings.NewReplacer("0", "o", "1", "i", "3", "e", "4", "a", "5", "s", "7", "t", "@", "a", "$", "s", "!", "i").Replace(p)
}

// maxUnit is the longest part, in bytes, whose mere repetition counts as common: "abcabcabcabc".
const maxUnit = 4

// unit returns the shortest part that p is a repetition of; p itself when it is none.
func unit(p string) string {
	for n := 1; n <= len(p)/2; n++ {
		if len(p)%n == 0 && strings.Repeat(p[:n], len(p)/n) == p {
			return p[:n]
		}
	}
	return p
}

// isRow tells whether each character follows the one before, as in "abcdefghij" or "9876543210".
func isRow(p string) bool {
	for _, step := range []byte{1, 0xff} {
		row := len(p) > 1
		for i := 1; i < len(p) && row; i++ {
			row = p[i]-p[i-1] == step
		}
		if row {
			return true
		}
	}
	return false
}

func reversed(s string) string {
	b := []byte(s)
	for i, j := 0, len(b)-1; i < j; i, j = i+1, j-1 {
		b[i], b[j] = b[j], b[i]
	}
	return string(b)
}
