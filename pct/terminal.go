package pct

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/crypto/ssh"

	"berth/proxmox"
)

// consolesAConnection bounds the terminals on one connection. They have connections of
// their own, so that they take no session from what Berth itself runs. sshd allows ten
// sessions a connection (MaxSessions) and frees one only after the client has seen it
// close: two are left for that. Where it allows fewer, a connection carries fewer.
const consolesAConnection = 8

// WindowSize is the size of a terminal, in characters.
type WindowSize struct{ Columns, Rows int }

// maxWindow is the most columns or rows that a terminal may have.
const maxWindow = 1000

// windowChange is a size as SSH carries it. Width and Height, in pixels, are not known and stay 0.
type windowChange struct{ Columns, Rows, Width, Height uint32 }

func (s WindowSize) change() windowChange {
	fit := func(n int) uint32 { return uint32(min(max(n, 1), maxWindow)) }
	return windowChange{Columns: fit(s.Columns), Rows: fit(s.Rows)}
}

// Terminal is an interactive shell in a container. Read, Write, Resize and Close may be called
// at the same time. Once it is closed, none of them waits for the host.
type Terminal struct {
	host *Host
	*session
	shown  *io.PipeReader
	typed  *io.PipeWriter
	resize chan WindowSize    // holds the newest size until it is sent to the host
	status func() (int, bool) // the exit status, and whether the host sent one; waits until the session has ended

	mu    sync.Mutex
	first head // output
	size  int  // of all output, in bytes
}

// refusalSize bounds the messages with which the forced command or pct refuse a shell, in bytes. More output is a shell's.
const refusalSize = 1 << 10

// terminalModes ask for a terminal that takes its input for UTF-8 (IUTF8, RFC 8160); all
// else is left as the host has it.
const terminalModes = "\x2a\x00\x00\x00\x01\x00"

// ptyRequest asks for a terminal.
type ptyRequest struct {
	Term                         string
	Columns, Rows, Width, Height uint32
	Modes                        string
}

// Enter opens a shell in a container, as root. It returns once the host has taken the request;
// a refusal by the forced command or pct is the error of Wait. ctx is only for Enter itself:
// the terminal goes on after it, and must be closed. KindNoTerminal: the host gives the key none.
func (h *Host) Enter(ctx context.Context, vmid int, size WindowSize) (*Terminal, error) {
	s, err := h.aside(ctx)
	if err != nil {
		return nil, err
	}
	s.conn.spawn(func() { // the session counts until the host has closed it too
		<-s.ended
		s.conn.release()
	})
	if err := s.enter(ctx, vmid, size); err != nil {
		s.hangUp()
		if errors.Is(err, errRefused) {
			return nil, h.fail(proxmox.KindNoTerminal, "", err)
		}
		s.conn.settle(ctx)
		return nil, h.broken(ctx, err)
	}
	return h.terminal(s), nil
}

// enter asks for a terminal and for the shell in it. errRefused: for the terminal.
func (s *session) enter(ctx context.Context, vmid int, size WindowSize) error {
	c := size.change()
	if err := s.ask(ctx, "pty-req", ptyRequest{"xterm-256color", c.Columns, c.Rows, c.Width, c.Height, terminalModes}); err != nil {
		return err
	}
	err := s.ask(ctx, "exec", commandLine{fmt.Sprintf("enter %d", vmid)})
	if errors.Is(err, errRefused) {
		return errNoExit
	}
	return err
}

// terminal makes a Terminal of a session in which a shell was begun, and begins to copy its input and output.
func (h *Host) terminal(s *session) *Terminal {
	shown, show := io.Pipe()
	typing, typed := io.Pipe()
	t := &Terminal{host: h, session: s, shown: shown, typed: typed, resize: make(chan WindowSize, 1), first: head{max: refusalSize}}
	t.status = sync.OnceValues(func() (int, bool) {
		status, told := <-s.exit
		return status, told
	})
	reading := s.conn.spawn(func() {
		defer context.AfterFunc(h.ctx, func() { show.Close() })() // ends a write that nobody reads
		show.CloseWithError(s.read(show, s.channel))              // nil becomes io.EOF
	})
	if !reading {
		show.Close()
	}
	s.conn.spawn(func() { typing.CloseWithError(s.typeAll(typing)) })
	s.conn.spawn(func() { // standard error, of which a terminal has none: a host that sends much is hung up on
		said := newRoom(0)
		s.conn.spawn(func() {
			select {
			case <-said.full:
				s.hangUp()
			case <-s.ended:
			}
		})
		s.read(limited{said, io.Discard}, s.channel.Stderr())
	})
	s.conn.spawn(func() {
		defer typing.Close() // ends a Write that nobody takes
		t.resizeIt()
	})
	return t
}

// Bounds for what is typed, as a long paste is. Where a program reads lines without showing
// them, OpenSSH sends an SSH_MSG_IGNORE as long as all that it could pass on in one go; from
// 256 KiB on, x/crypto/ssh takes it for a broken connection, and all consoles on it would end.
// So a host that is held up must not find much more than typedAtOnce waiting.
const (
	typedAtOnce = 64 << 10               // in bytes, until the host has answered
	typedPause  = 100 * time.Millisecond // for the terminal to take them
)

// typeAll copies what is typed to the session, until either ends.
func (s *session) typeAll(typed io.Reader) error {
	chunk := make([]byte, 16<<10)
	for sent := 0; ; {
		n, err := typed.Read(chunk)
		if err != nil {
			return err
		}
		if sent+n > typedAtOnce {
			if err := s.keepUp(); err != nil {
				return err
			}
			sent = 0
		}
		sent += n
		if _, err := s.channel.Write(chunk[:n]); err != nil {
			return err
		}
	}
}

// keepUp waits until the host has answered, and for typedPause.
func (s *session) keepUp() error {
	if err := s.conn.ping(); err != nil {
		return err
	}
	select {
	case <-time.After(typedPause):
	case <-s.ended:
	}
	return nil
}

// resizeIt sends each new size to the host, until the session ends.
func (t *Terminal) resizeIt() {
	for {
		select {
		case size := <-t.resize:
			if _, err := t.channel.SendRequest("window-change", false, ssh.Marshal(size.change())); err != nil {
				return // the session is at its end, which Read tells
			}
		case <-t.ended:
			return
		}
	}
}

// A host frees a session only after the client has seen it close: for a moment it may refuse
// one as too many on a connection that has none. So it is asked again, with a pause.
const (
	freeTries = 5
	freePause = 100 * time.Millisecond
)

// aside opens a session on one of the connections of terminals. The caller must call
// conn.release at its end.
func (h *Host) aside(ctx context.Context) (*session, error) {
	for again, tries := true, 0; ; {
		conn, err := h.consoleConnection(ctx)
		if err != nil {
			return nil, err
		}
		s, err := conn.open(ctx)
		if err == nil {
			return s, nil
		}
		more := false // worth trying, mostly on another connection
		switch {
		case !isCrowded(err):
			conn.release()
			more, again = again && !conn.alive(), false // it was gone before anything ran
		case conn.crowded():
			more = true
		default:
			more = tries < freeTries
			tries++
			select {
			case <-time.After(freePause):
			case <-ctx.Done():
			}
		}
		if ctx.Err() != nil || !more {
			return nil, h.broken(ctx, err)
		}
	}
}

// consoleConnection returns a connection with room for another terminal, makes one if needed, and takes the room.
func (h *Host) consoleConnection(ctx context.Context) (*hostConn, error) {
	if err := h.hold(ctx); err != nil {
		return nil, err
	}
	defer h.letGo()
	h.consoles = slices.DeleteFunc(h.consoles, func(c *hostConn) bool { return !c.alive() })
	for _, c := range h.consoles {
		if c.take(consolesAConnection) {
			return c, nil
		}
	}
	c, err := h.connect(ctx, false)
	if err != nil {
		return nil, err
	}
	if !c.take(consolesAConnection) { // it broke at once
		return nil, h.broken(ctx, errNoSession)
	}
	h.consoles = append(h.consoles, c)
	return c, nil
}

// Read reads the terminal's output, with its escape sequences. It returns io.EOF at the end;
// Wait tells why it ended. Output that is not read holds up the programs in the container.
func (t *Terminal) Read(p []byte) (int, error) {
	n, err := t.shown.Read(p)
	t.mu.Lock()
	defer t.mu.Unlock()
	t.size += n
	if _, noted := t.first.Write(p[:n]); noted != nil {
		return n, noted
	}
	return n, err
}

// Write sends what was typed. It may have to wait until the programs in the container read it.
func (t *Terminal) Write(p []byte) (int, error) { return t.typed.Write(p) }

// Resize sends the programs in the terminal its new size. It does not wait.
func (t *Terminal) Resize(size WindowSize) {
	for {
		select {
		case t.resize <- size:
			return
		case <-t.resize: // an older size, which was not sent yet
		}
	}
}

// Close hangs up: the shell, and what it runs in the foreground, get SIGHUP.
func (t *Terminal) Close() {
	t.hangUp()
	t.shown.Close()
	t.typed.Close()
}

// statusSignal is the exit status of a shell that a signal ended.
const statusSignal = 128

// endPatience bounds the wait of Wait for the host to tell that the shell has ended.
const endPatience = 10 * time.Second

// Wait waits until the shell has ended and returns its exit status, 128 when a signal ended
// it. It is called after Read has returned io.EOF, as that output tells whether there was a
// shell at all; if there was none, the error is that of Run. KindDropped: the connection was
// lost, or the host did not tell the end within endPatience.
func (t *Terminal) Wait(ctx context.Context) (int, error) {
	within, cancel := context.WithTimeout(ctx, endPatience)
	defer cancel()
	select {
	case <-t.ended:
	case <-within.Done():
		return 0, t.host.broken(ctx, errors.Join(errNoExit, within.Err()))
	}
	status, told := t.status()
	if !told {
		if t.conn.settle(ctx); t.conn.alive() {
			return statusSignal, nil
		}
		return 0, t.host.fail(proxmox.KindDropped, "", errNoExit)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if status == 0 || t.size > refusalSize {
		return status, nil
	}
	said := t.first.String()
	if kind, known := refusedBy(status, said); known && (kind != proxmox.KindNoForcedCommand || strings.Contains(said, "berth-gate")) {
		return 0, t.host.fail(kind, t.first.firstLine(), nil)
	}
	return status, nil
}
