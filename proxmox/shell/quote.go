// Package shell quotes words for command lines, splits programs' output into lines, and reads which program runs a script,
// for both of Berth's ways to a host: the API and SSH.
package shell

import "strings"

// plain are the characters that mean nothing to a shell.
const plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789@%+:,./_-"

// Quote writes word so that a POSIX shell reads exactly it: unchanged where no
// character in it means anything to a shell, in single quotes otherwise. Nothing
// gets into a command line but by it. NUL bytes, which a shell's word cannot hold,
// are left out.
func Quote(word string) string {
	word = strings.ReplaceAll(word, "\x00", "")
	if word != "" && strings.Trim(word, plain) == "" {
		return word
	}
	// Inside single quotes nothing is special but the closing quote: close,
	// write an escaped one, and open again.
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}

// QuoteLine makes a command line of words, each quoted where it needs to be.
func QuoteLine(words ...string) string {
	quoted := make([]string, len(words))
	for i, w := range words {
		quoted[i] = Quote(w)
	}
	return strings.Join(quoted, " ")
}
