package shell

import (
	"strings"
	"unicode/utf8"
)

// Lines splits a program's output into lines as a terminal would show them: without
// colours and other control sequences, and with only the last of the texts that carriage
// returns overwrite. A line longer than Max is broken into several.
type Lines struct {
	Max  int // bytes
	Emit func(line string)

	line  []byte
	state escape
	back  bool // a carriage return came: the next character overwrites the line
}

// OneLine returns a text as a terminal would show it, with its lines joined by spaces.
func OneLine(text string) string {
	var parts []string
	s := Lines{Max: len(text) + 1, Emit: func(line string) { parts = append(parts, line) }}
	_, _ = s.Write([]byte(text)) // never fails
	s.End()
	return strings.Join(parts, " ")
}

// escape is the state of Lines within a control sequence.
type escape int

const (
	escNone    escape = iota
	escBegun          // after ESC
	escCSI            // after ESC [, as in colours
	escOne            // one more byte belongs to it, as when a character set is chosen
	escText           // after ESC ], as in a window's title: ends with BEL or ESC \
	escTextEnd        // after ESC within it
)

// Write takes the next part of the output, and emits the lines that it ends. It never fails.
func (s *Lines) Write(p []byte) (int, error) {
	for _, b := range p {
		s.next(b)
	}
	return len(p), nil
}

// End emits the last line if no newline ended it. It is called once the program has ended.
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
		if b != '\\' { // not its end, but the begin of another sequence
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
		case b >= 0x80: // a broken sequence: text again
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

// begun takes the first byte after ESC.
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

// plain takes a byte outside of control sequences.
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
	// Full: bytes that may begin a character go to the next line.
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

// valid replaces bytes that are not UTF-8 by question marks, which take no more room.
func valid(line []byte) string { return strings.ToValidUTF8(string(line), "?") }
