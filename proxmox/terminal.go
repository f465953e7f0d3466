package proxmox

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
)

// consolesAConnection is how many terminals share a connection. They have connections of
// their own, so that they take no session from what Berth itself runs. sshd allows ten
// sessions a connection (MaxSessions) and frees one only after the client has seen it
// close: two are left for that. Where it allows fewer, a connection carries fewer.
const consolesAConnection = 8

// WindowSize is that of a terminal, in characters.
type WindowSize struct{ Columns, Rows int }

// maxWindow is the most columns or rows that a terminal may have.
const maxWindow = 1000

// windowChange is a size as SSH has it. In pixels nobody knows it.
type windowChange struct{ Columns, Rows, Width, Height uint32 }

func (s WindowSize) change() windowChange {
	fit := func(n int) uint32 { return uint32(min(max(n, 1), maxWindow)) }
	return windowChange{Columns: fit(s.Columns), Rows: fit(s.Rows)}
}

// Terminal is a shell in a container with somebody at its keyboard. Read, Write, Resize
// and Close may be called at the same time.
type Terminal struct {
	host    *Host
	conn    *hostConn
	channel ssh.Channel

	ended  chan struct{} // closed when the host has ended the session, or the connection is gone
	status int           // the exit status, if it was told; set before ended is closed
	told   bool

	mu    sync.Mutex
	first head // output
	size  int  // of all output, in bytes
}

// refusalSize is the longest that the gate or pct say why there is no shell.
const refusalSize = 1 << 10

// terminalModes ask for a terminal that takes its input for UTF-8 (IUTF8, RFC 8160); all
// else is left as the host has it.
const terminalModes = "\x2a\x00\x00\x00\x01\x00"

// Enter opens a shell in a container, as root. It returns when the host has taken the
// request: what the gate or pct have against it is told by Wait. Once it has returned,
// ctx means nothing to the terminal, which must be closed.
func (h *Host) Enter(ctx context.Context, vmid int, size WindowSize) (*Terminal, error) {
	conn, channel, requests, err := h.aside(ctx)
	if err != nil {
		return nil, err
	}
	return h.enter(ctx, conn, channel, requests, vmid, size)
}

// A host frees a session only after the client has seen it close: one that has none on a
// connection may still say for a moment that there are too many.
const (
	freeTries = 5
	freePause = 100 * time.Millisecond
)

// aside opens a session on one of the connections of terminals. It is to be released
// there at its end.
func (h *Host) aside(ctx context.Context) (*hostConn, ssh.Channel, <-chan *ssh.Request, error) {
	for again, tries := true, 0; ; {
		conn, err := h.consoleConnection(ctx)
		if err != nil {
			return nil, nil, nil, err
		}
		channel, requests, err := conn.client.OpenChannel("session", nil)
		if err == nil {
			return conn, channel, requests, nil
		}
		more := false // worth trying, mostly on another connection
		switch {
		case !isCrowded(err):
			conn.settle()
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
		switch {
		case ctx.Err() != nil:
			return nil, nil, nil, h.unreachable(ctx.Err())
		case !more:
			return nil, nil, nil, h.fail(KindUnreachable, "", errors.Join(errNoSession, err))
		}
	}
}

// enter makes a terminal of a session.
func (h *Host) enter(ctx context.Context, conn *hostConn, channel ssh.Channel, requests <-chan *ssh.Request, vmid int, size WindowSize) (*Terminal, error) {
	t := &Terminal{host: h, conn: conn, channel: channel, ended: make(chan struct{}), first: head{max: refusalSize}}
	conn.sessions.Go(func() {
		defer conn.release() // the host has closed it too: it has room for another
		defer close(t.ended)
		exit := make(chan int, 1)
		readExit(requests, exit)
		t.status, t.told = <-exit
	})
	conn.sessions.Go(func() { io.Copy(io.Discard, channel.Stderr()) }) // a terminal has none
	stop := context.AfterFunc(ctx, func() { channel.Close() })
	err := t.start(vmid, size)
	if !stop() && err == nil {
		err = ctx.Err()
	}
	if err == nil {
		return t, nil
	}
	channel.Close()
	if e, ok := errors.AsType[*Error](err); ok {
		return nil, e
	}
	conn.settle()
	return nil, h.dropped(ctx, err)
}

// start asks for a terminal and for the shell in it.
func (t *Terminal) start(vmid int, size WindowSize) error {
	s := size.change()
	ok, err := t.channel.SendRequest("pty-req", true, ssh.Marshal(struct {
		Term                         string
		Columns, Rows, Width, Height uint32
		Modes                        string
	}{"xterm-256color", s.Columns, s.Rows, s.Width, s.Height, terminalModes}))
	if err != nil {
		return err
	}
	if !ok {
		return t.host.fail(KindNoTerminal, "", nil)
	}
	ok, err = t.channel.SendRequest("exec", true, ssh.Marshal(struct{ Command string }{fmt.Sprintf("enter %d", vmid)}))
	if err == nil && !ok {
		err = errNoExit
	}
	return err
}

// consoleConnection is one with room for another terminal, which is taken.
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
		return nil, h.dropped(ctx, errNoSession)
	}
	h.consoles = append(h.consoles, c)
	return c, nil
}

// Read reads what the terminal shows, escape sequences and all. At its end it is io.EOF;
// Wait tells why. What is not read holds up the programs in the container.
func (t *Terminal) Read(p []byte) (int, error) {
	n, err := t.channel.Read(p)
	t.mu.Lock()
	defer t.mu.Unlock()
	t.size += n
	if _, noted := t.first.Write(p[:n]); noted != nil {
		return n, noted
	}
	return n, err
}

// Write types. It may have to wait until the programs in the container take what was typed.
func (t *Terminal) Write(p []byte) (int, error) { return t.channel.Write(p) }

// Resize tells the programs in the terminal its new size.
func (t *Terminal) Resize(size WindowSize) error {
	_, err := t.channel.SendRequest("window-change", false, ssh.Marshal(size.change()))
	return err
}

// Close hangs up: the shell, and what it runs in the foreground, get SIGHUP.
func (t *Terminal) Close() error {
	if err := t.channel.Close(); err != nil && !errors.Is(err, io.EOF) { // io.EOF: it was closed before
		return t.host.fail(KindDropped, "", err)
	}
	return nil
}

// statusSignal is the exit status of a shell that a signal ended.
const statusSignal = 128

// Wait waits until the shell has ended and returns its exit status, 128 when a signal
// ended it. Where there never was one, it says why as Run does; for that, Read must have
// come to its end. KindDropped is a connection that was lost.
func (t *Terminal) Wait() (int, error) {
	<-t.ended
	if !t.told {
		if t.conn.settle(); t.conn.alive() {
			return statusSignal, nil
		}
		return 0, t.host.fail(KindDropped, "", errNoExit)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.status == 0 || t.size > refusalSize {
		return t.status, nil
	}
	said := t.first.String()
	if kind, known := refusedBy(t.status, said); known && (kind != KindNoGate || strings.Contains(said, "berth-gate")) {
		return 0, t.host.fail(kind, t.first.firstLine(), nil)
	}
	return t.status, nil
}
