package pct

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// marked separates a program's standard error from that of sshd, the forced command and pct: two
// marks frame the program, and are taken out. The second one carries the exit status, so that a
// program's own 124 or 255 is not taken for that of timeout or pct.
type marked struct {
	to     io.Writer
	begin  []byte // the first mark
	end    []byte // the second, up to the exit status
	before end    // the last output before the first mark
	held   []byte // bytes that may begin a mark
	room   *room
	began  bool
	ended  bool
	exit   int
}

// maxExit bounds the digits of an exit status.
const maxExit = 3

func newMarked(to io.Writer, r *room) *marked {
	nonce := rand.Text()
	return &marked{
		to:     to,
		room:   r,
		begin:  []byte("\x1eberth " + nonce + " begin\n"),
		end:    []byte("\x1eberth " + nonce + " end "),
		before: end{max: maxSaid},
	}
}

// frame puts the marks around a program. The braces keep the shell from running anything
// of a program that arrived only in part.
func (m *marked) frame(program string) string {
	mark := func(words []byte) string { return `printf '\036` + strings.TrimSuffix(string(words[1:]), "\n") }
	return "{\n" + mark(m.begin) + `\n'` + "\n" + mark(m.begin) + `\n' >&2` + "\n(\n" + program + ")\nstatus=$?\n" +
		mark(m.end) + `%s\n' "$status" >&2` + "\nexit $status\n}\n"
}

// Write takes the next part of standard error. It fails when the caller's writer does, when
// there is no room, and when the second mark is not followed by an exit status.
func (m *marked) Write(p []byte) (int, error) {
	m.held = append(m.held, p...)
	for {
		mark := m.begin
		if m.began {
			mark = m.end
		}
		i := bytes.Index(m.held, mark)
		if i < 0 || m.ended {
			return len(p), m.pass(len(m.held) - overlap(m.held, mark))
		}
		if !m.began {
			if err := m.pass(i); err != nil {
				return len(p), err
			}
			m.held, m.began = m.held[len(mark):], true
			m.room.begin()
			continue
		}
		status, rest, whole := bytes.Cut(m.held[i+len(mark):], []byte("\n"))
		if !whole && len(status) <= maxExit {
			return len(p), m.pass(i)
		}
		exit, err := exitStatus(status)
		if err != nil {
			return len(p), err
		}
		m.exit = exit
		rest = bytes.Clone(rest)
		if err := m.pass(i); err != nil {
			return len(p), err
		}
		m.held, m.ended = rest, true
	}
}

// finish is called at the end of standard error: no mark can come any more, so nobody needs to wait for one.
func (m *marked) finish() { close(m.room.mute) }

// exitStatus reads the digits that follow the second mark.
func exitStatus(status []byte) (int, error) {
	if len(status) > maxExit {
		return 0, errors.New("pct: what follows the mark of a program's end is no exit status")
	}
	exit, err := strconv.Atoi(string(status))
	if err != nil {
		return 0, fmt.Errorf("pct: exit status: %w", err)
	}
	return exit, nil
}

// stdout wraps the writer for the framed program's standard output, to leave out what
// start-up files of the host's shell print before the program begins.
func (m *marked) stdout(to io.Writer) io.Writer { return &begun{to: to, mark: m.begin} }

// begun passes on only what comes after a mark.
type begun struct {
	to   io.Writer
	mark []byte
	held []byte // bytes that may begin the mark
	over bool   // the mark came
}

func (b *begun) Write(p []byte) (int, error) {
	if b.over {
		return b.to.Write(p)
	}
	b.held = append(b.held, p...)
	i := bytes.Index(b.held, b.mark)
	if i < 0 {
		b.held = bytes.Clone(b.held[len(b.held)-overlap(b.held, b.mark):])
		return len(p), nil
	}
	rest := b.held[i+len(b.mark):]
	b.held, b.over = nil, true
	if len(rest) == 0 {
		return len(p), nil
	}
	_, err := b.to.Write(rest)
	return len(p), err
}

// pass hands on the first n bytes that are held.
func (m *marked) pass(n int) error {
	to := m.to
	if !m.began {
		to = &m.before
	}
	fits, err := m.room.take(n)
	if err != nil {
		m.room.overflow()
	}
	if _, failed := to.Write(m.held[:fits]); failed != nil {
		err = failed
	}
	m.held = m.held[n:]
	return err
}

// overlap returns the length of the longest end of p that mark begins with, so that a mark that comes in parts is found.
func overlap(p, mark []byte) int {
	for n := min(len(p), len(mark)-1); n > 0; n-- {
		if bytes.HasSuffix(p, mark[:n]) {
			return n
		}
	}
	return 0
}

// head keeps the first max bytes that are written to it.
type head struct {
	bytes.Buffer
	max int
}

func (h *head) Write(p []byte) (int, error) {
	h.Buffer.Write(p[:min(len(p), max(0, h.max-h.Len()))])
	return len(p), nil
}

func (h *head) firstLine() string {
	line, _, _ := strings.Cut(strings.TrimSpace(h.String()), "\n")
	return strings.TrimSpace(line)
}

// end keeps the last max bytes that are written to it: messages of the forced command and pct come after
// the output of start-up files of the host's shell.
type end struct {
	kept []byte
	max  int
}

func (e *end) Write(p []byte) (int, error) {
	e.kept = append(e.kept, p[max(0, len(p)-e.max):]...)
	e.kept = append(e.kept[:0], e.kept[max(0, len(e.kept)-e.max):]...)
	return len(p), nil
}

func (e *end) String() string { return string(e.kept) }

func (e *end) lastLine() string {
	text := strings.TrimSpace(e.String())
	return strings.TrimSpace(text[strings.LastIndexByte(text, '\n')+1:])
}
