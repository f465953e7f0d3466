// Package inside finds out what runs in a container, by short scripts of ours whose output it
// reads. Whoever is root in the container can make that output up. So it is bounded, taken for
// text, and used for nothing but the pages that show it.
package inside

import (
	"bytes"
	"strings"
	"unicode"

	"berth/proxmox/shell"
)

// maxLine bounds a line of a script's output, in bytes; a longer one is broken into several.
const maxLine = 8 << 10

// parts splits the output of a script of ours at the lines that begin with its mark, which
// nothing in the container could know before, and returns the lines of each part by its name.
// The part "end" has no lines: it exists when the script came to its end.
func parts(out []byte, mark string) map[string][]string {
	all := make(map[string][]string)
	for _, part := range bytes.Split(out, []byte("\n"+mark+" "))[1:] {
		name, text, _ := bytes.Cut(part, []byte("\n"))
		all[string(name)] = lines(text)
	}
	return all
}

// lines splits a text into lines as a terminal shows them, and leaves out empty ones.
func lines(text []byte) []string {
	var all []string
	split := shell.Lines{Max: maxLine, Emit: func(line string) {
		if line != "" {
			all = append(all, line)
		}
	}}
	_, _ = split.Write(text) // never fails
	split.End()
	return all
}

// plain makes a name or a sentence from inside fit to be shown: one line of at most maxField
// characters, without those that are invisible or change the direction of text.
func plain(s string) string {
	var b strings.Builder
	n := 0
	for _, r := range s {
		if unicode.In(r, unicode.Cc, unicode.Cf, unicode.Co, unicode.Zl, unicode.Zp) {
			continue
		}
		if n++; n > maxField {
			b.WriteRune('…')
			break
		}
		b.WriteRune(r)
	}
	return strings.TrimSpace(b.String())
}
