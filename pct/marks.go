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

// marked tells what a program writes to standard error from what ssh, the forced command and pct
// do: the program is framed by two marks, which are taken out. With the second comes
// the exit status, so that 124 and 255 of the program are not those of timeout and pct.
type marked struct {
	to     io.Writer
	begin  []byte // the first mark
	end    []byte // the second, up to the exit status
	before end    // what came before the first
	held   []byte // what may be the beginning of a mark
	room   *room
	began  bool
	ended  bool
	exit   int
}

// maxExit is how many digits an exit status has at the most.
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

// frame puts the marks around a program. The braces keep the shell from running
// anything of a program that did not arrive whole.
func (m *marked) frame(program string) string {
	mark := func(words []byte) string { return `printf '\036` + strings.TrimSuffix(string(words[1:]), "\n") }
	return "{\n" + mark(m.begin) + `\n'` + "\n" + mark(m.begin) + `\n' >&2` + "\n(\n" + program + ")\nstatus=$?\n" +
		mark(m.end) + `%s\n' "$status" >&2` + "\nexit $status\n}\n"
}

// Write takes the next part of standard error. It fails when the writer behind does, when
// there is no room, and when what follows the second mark is no exit status.
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

// finish notes that nothing more of standard error comes, and so no mark: nobody waits for one any more.
func (m *marked) finish() { close(m.room.mute) }

// exitStatus reads what follows the second mark.
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

// stdout is where the framed program's standard output is to go on its way to that
// writer: what a shell's start-up files on the host say before it begins is left out.
func (m *marked) stdout(to io.Writer) io.Writer { return &begun{to: to, mark: m.begin} }

// begun passes on what comes after a mark.
type begun struct {
	to   io.Writer
	mark []byte
	held []byte // the end of what came before it
	over bool   // it came
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

// overlap is how many of the last bytes of p are the first of mark.
func overlap(p, mark []byte) int {
	for n := min(len(p), len(mark)-1); n > 0; n-- {
		if bytes.HasSuffix(p, mark[:n]) {
			return n
		}
	}
	return 0
}

// head keeps the first bytes of what is written to it.
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

// end keeps the last bytes of what is written to it: what the forced command and pct say comes after
// what a shell's start-up files on the host do.
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
