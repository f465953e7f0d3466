package jobs

import (
	"bytes"
	"cmp"
	"slices"
	"strings"

	"berth/proxmox/shell"
)

// leastSecret is the least length of a value that is masked, in bytes: shorter ones are in
// every second line, and a log of stars tells more about them than it hides.
const leastSecret = 3

// maskText replaces a secret in the log.
const maskText = "***"

// secrets are the values to mask in a log, the longest first.
type secrets struct {
	values [][]byte
	first  [256]bool // the bytes that they begin with
}

// newSecrets takes each value as it is, quoted as a shell writes it under set -x, and, where
// it has several lines, each of them.
func newSecrets(values map[string]string) *secrets {
	s := &secrets{}
	for _, v := range values {
		for _, shape := range append(strings.Split(v, "\n"), v, shell.Quote(v)) {
			shape = strings.TrimSpace(shape)
			if len(shape) >= leastSecret {
				s.values = append(s.values, []byte(shape))
				s.first[shape[0]] = true
			}
		}
	}
	slices.SortFunc(s.values, func(a, b []byte) int { return cmp.Or(cmp.Compare(len(b), len(a)), bytes.Compare(a, b)) })
	s.values = slices.CompactFunc(s.values, bytes.Equal)
	return s
}

// at returns the length of the secret that text begins with, 0 for none. open is true when
// text is the beginning of a secret, or of a longer one, and more of it may follow.
func (s *secrets) at(text []byte) (n int, open bool) {
	if !s.first[text[0]] {
		return 0, false
	}
	for _, v := range s.values { // the longest first
		if bytes.HasPrefix(text, v) {
			return len(v), open
		}
		if len(text) < len(v) && bytes.HasPrefix(v, text) {
			open = true
		}
	}
	return 0, open
}

// mask replaces secrets in text that comes in pieces. The end of a piece that may be the
// beginning of a secret is held back until more has come.
type mask struct {
	*secrets
	held []byte
}

// write takes a piece and returns the text that may be shown by now, valid until the next call.
func (m *mask) write(p []byte) []byte {
	if len(m.values) == 0 {
		return p
	}
	return m.cover(append(m.held, p...), false)
}

// close returns the text that was held back. At least leastSecret bytes of a secret are masked like a whole one.
func (m *mask) close() []byte {
	return m.cover(m.held, true)
}

func (m *mask) cover(text []byte, last bool) []byte {
	var shown []byte
	i := 0
	for i < len(text) {
		n, open := m.at(text[i:])
		switch {
		case open && !last:
			m.held = slices.Clone(text[i:])
			return shown
		case n > 0:
			shown = append(shown, maskText...)
			i += n
		case open && len(text)-i >= leastSecret:
			shown = append(shown, maskText...)
			i = len(text)
		default:
			shown = append(shown, text[i])
			i++
		}
	}
	m.held = nil
	return shown
}
