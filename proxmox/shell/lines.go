package shell

import (
	"strings"
	"unicode/utf8"
)

// Lines makes lines of what a program writes, as a terminal would show them: without
// colours and other control sequences, and of what a carriage return overwrites only the
// last. A line that is longer than Max is broken into several.
type Lines struct {
	Max  int // bytes
	Emit func(line string)

	line  []byte
	state escape
	back  bool // a carriage return came: the next character overwrites the line
}

// OneLine is a text of one line as a terminal would show it.
func OneLine(text string) string {
	var parts []string
	s := Lines{Max: len(text) + 1, Emit: func(line string) { parts = append(parts, line) }}
	_, _ = s.Write([]byte(text)) // never fails
	s.End()
	return strings.Join(parts, " ")
}

// escape is where in a control sequence Lines are.
type escape int

const (
	escNone    escape = iota
	escBegun          // after ESC
	escCSI            // after ESC [, as in colours
	escOne            // one more byte belongs to it, as in the choice of a character set
	escText           // after ESC ], as in a window's title: ends with BEL or ESC \
	escTextEnd        // after ESC within it
)

// Write takes the next part of what the program writes. It never fails.
func (s *Lines) Write(p []byte) (int, error) {
	for _, b := range p {
		s.next(b)
	}
	return len(p), nil
}

// End gives the last line if it has no end.
func (s *Lines) End() {
	if len(s.line) > 0 {
		s.end()
	}
}

func (s *Lines) next(b byte) {
	const bel, esc = 0x07, 0x1b
	if b == '\n' { // ends a broken sequence too
		s.state = escNone
		s.end()
		return
	}
	switch s.state {
	case escNone:
		s.plain(b)
	case escTextEnd:
		s.state = escNone
		if b != '\\' { // that was no end, but the begin of another
			s.begun(b)
		}
	case escBegun:
		s.begun(b)
	case escCSI:
		switch {
		case b == esc:
			s.state = escBegun
		case b >= 0x40 && b <= 0x7e:
			s.state = escNone
		case b >= 0x80: // broken: it is text again
			s.state = escNone
			s.plain(b)
		}
	case escOne:
		s.state = escNone
	case escText:
		switch b {
		case bel:
			s.state = escNone
		case esc:
			s.state = escTextEnd
		}
	}
}

// begun is the first byte after ESC.
func (s *Lines) begun(b byte) {
	switch b {
	case '[':
		s.state = escCSI
	case ']', 'P', 'X', '^', '_':
		s.state = escText
	case '(', ')', '*', '+', '#', '%', ' ':
		s.state = escOne
	case 0x1b:
		s.state = escBegun
	default:
		s.state = escNone
	}
}

// plain is a byte outside of control sequences.
func (s *Lines) plain(b byte) {
	switch {
	case b == 0x1b:
		s.state = escBegun
		return
	case b == '\r':
		s.back = true
		return
	case b < 0x20 && b != '\t', b == 0x7f:
		return
	}
	if s.back {
		s.line, s.back = s.line[:0], false
	}
	s.line = append(s.line, b)
	if len(s.line) < s.Max {
		return
	}
	// Full: what may be the begin of a character goes to the next line.
	tail := len(s.line) - 1
	for tail > len(s.line)-utf8.UTFMax && !utf8.RuneStart(s.line[tail]) {
		tail--
	}
	if utf8.FullRune(s.line[tail:]) {
		tail = len(s.line)
	}
	s.Emit(valid(s.line[:tail]))
	s.line = append(s.line[:0], s.line[tail:]...)
}

func (s *Lines) end() {
	s.Emit(valid(s.line))
	s.line, s.back = s.line[:0], false
}

// valid puts a question mark, which takes no more room, for what is no UTF-8.
func valid(line []byte) string { return strings.ToValidUTF8(string(line), "?") }
