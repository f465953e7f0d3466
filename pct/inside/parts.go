// Package inside tells what runs in a container: it reads what short scripts of ours print
// there. All of that may be made up by whoever is root in the container, so it is bounded,
// taken for text, and believed for no more than a page that shows it.
package inside

import (
	"bytes"
	"strings"
	"unicode"

	"berth/proxmox/shell"
)

// maxLine is how long a line of what a container tells may be, in bytes.
const maxLine = 8 << 10

// parts splits what a script of ours printed at the lines that begin with its mark, which
// nothing in the container could know before. The part end has no text: it is there
// when the script came to its end.
func parts(out []byte, mark string) map[string][]string {
	all := make(map[string][]string)
	for _, part := range bytes.Split(out, []byte("\n"+mark+" "))[1:] {
		name, text, _ := bytes.Cut(part, []byte("\n"))
		all[string(name)] = lines(text)
	}
	return all
}

// lines of a text as a terminal shows them, without control sequences and empty ones.
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

// plain is a name or a sentence from inside as it may be shown: one line without
// characters that are not seen or turn the direction of what follows, and not too long.
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
