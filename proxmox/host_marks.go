package proxmox

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// marked tells what a program writes to standard error from what ssh, the gate and pct
// do: the program is framed by two marks, which are taken out. With the second comes
// the exit status, so that 124 and 255 of the program are not those of timeout and pct.
type marked struct {
	to     io.Writer
	begin  []byte // the first mark
	end    []byte // the second, up to the exit status
	before head   // what came before the first
	held   []byte // what may be the beginning of a mark
	began  bool
	ended  bool
	exit   int
}

func newMarked(to io.Writer) *marked {
	nonce := rand.Text()
	return &marked{
		to:     to,
		begin:  []byte("\x1eberth " + nonce + " begin\n"),
		end:    []byte("\x1eberth " + nonce + " end "),
		before: head{max: 4 << 10},
	}
}

// frame puts the marks around a program. The braces keep the shell from running
// anything of a program that did not arrive whole.
func (m *marked) frame(program string) string {
	mark := func(words []byte) string { return `printf '\036` + strings.TrimSuffix(string(words[1:]), "\n") }
	return "{\n" + mark(m.begin) + `\n' >&2` + "\n(\n" + program + ")\nstatus=$?\n" +
		mark(m.end) + `%s\n' "$status" >&2` + "\nexit $status\n}\n"
}

// Write takes the next part of standard error. It fails only when the writer behind does.
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
			continue
		}
		status, rest, whole := bytes.Cut(m.held[i+len(mark):], []byte("\n"))
		if !whole {
			return len(p), m.pass(i)
		}
		exit, err := strconv.Atoi(string(status))
		if err != nil {
			return len(p), fmt.Errorf("proxmox: exit status %q: %w", status, err)
		}
		m.exit = exit
		rest = bytes.Clone(rest)
		if err := m.pass(i); err != nil {
			return len(p), err
		}
		m.held, m.ended = rest, true
	}
}

// pass hands on the first n bytes that are held.
func (m *marked) pass(n int) error {
	to := m.to
	if !m.began {
		to = &m.before
	}
	_, err := to.Write(m.held[:n])
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
