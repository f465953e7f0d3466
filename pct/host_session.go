package pct

import (
	"context"
	"errors"
	"io"
	"math"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/crypto/ssh"
)

// session is an SSH session, for one command or one terminal. Calls to a host that is frozen,
// or that answers but does not do what it is asked, may never return. So each call is made by
// a goroutine of the connection, and the caller waits no longer than its context.
type session struct {
	conn    *hostConn
	channel ssh.Channel
	exit    chan int      // the exit status, if the host sends one; closed with ended
	ended   chan struct{} // closed when the host has closed the session, or the connection is gone
	over    sync.Once
	hung    chan struct{} // closed when the session was closed on this side
}

const (
	// openPatience bounds the wait for a host to open a session; HostConfig.Patience may set another.
	openPatience = 6 * time.Second
	// closePatience bounds the wait for a host to close a session that was hung up. After that,
	// the connection gets no more sessions.
	closePatience = 10 * time.Second
)

var (
	// errNoSession says that a session was not opened, so that nothing was run.
	errNoSession = errors.New("ssh: the host opened no session")
	// errNoAnswer says that the host neither opened nor refused a session in time.
	errNoAnswer = errors.New("ssh: the host did not answer in time")
	// errNoExit says that the host did not tell the end of a command, which may still run.
	errNoExit = errors.New("ssh: the connection ended before the command did")
	// errRefused says that the host refused a request within a session.
	errRefused = errors.New("ssh: the host refused the request")
)

// isCrowded tells whether a session was not opened because the host allows no more of them
// on a connection.
func isCrowded(err error) bool {
	_, refused := errors.AsType[*ssh.OpenChannelError](err)
	return refused
}

// open opens a session that take has counted. Its errors wrap errNoSession.
func (c *hostConn) open(ctx context.Context) (*session, error) {
	within, cancel := context.WithTimeout(ctx, c.patience)
	defer cancel()
	var (
		came = make(chan *session)
		none = make(chan error, 1)
	)
	begun := c.spawn(func() {
		slow := time.AfterFunc(c.patience, c.fade)
		channel, requests, err := c.client.OpenChannel("session", nil)
		slow.Stop()
		if err != nil {
			none <- err
			return
		}
		s := c.opened(channel, requests)
		select {
		case came <- s:
		case <-within.Done():
			s.hangUp() // nobody waits for it any more
		}
	})
	if !begun {
		return nil, errors.Join(errNoSession, net.ErrClosed)
	}
	select {
	case s := <-came:
		return s, nil
	case err := <-none:
		if !isCrowded(err) {
			c.settle(ctx)
		}
		return nil, errors.Join(errNoSession, err)
	case <-within.Done():
	}
	if err := ctx.Err(); err != nil {
		return nil, errors.Join(errNoSession, err)
	}
	c.fade()
	return nil, errors.Join(errNoSession, errNoAnswer)
}

// opened makes a session of a channel that the host has opened. It is called by a goroutine of the connection.
func (c *hostConn) opened(channel ssh.Channel, requests <-chan *ssh.Request) *session {
	s := &session{conn: c, channel: channel, exit: make(chan int, 1), ended: make(chan struct{}), hung: make(chan struct{})}
	c.sessions.Go(func() {
		defer close(s.ended)
		readExit(requests, s.exit)
	})
	return s
}

// readExit passes on the exit status, if one comes, and closes exit when nothing more does.
func readExit(requests <-chan *ssh.Request, exit chan<- int) {
	defer close(exit)
	for r := range requests {
		var status struct{ Status uint32 }
		if r.Type == "exit-status" && ssh.Unmarshal(r.Payload, &status) == nil {
			select {
			case exit <- int(status.Status):
			default: // a second one is ignored
			}
		}
		if r.WantReply {
			r.Reply(false, nil)
		}
	}
}

// hangUp closes the session, and so ends what reads from it or writes to it. It does not wait
// for the host to close its side, but the connection does, for closePatience: where the host
// does not, it gets no more sessions.
func (s *session) hangUp() {
	s.over.Do(func() {
		s.conn.spawn(func() {
			defer close(s.hung)
			s.channel.Close() // its error is of no use: the session is over either way
		})
		s.conn.spawn(func() {
			late := time.NewTimer(closePatience)
			defer late.Stop()
			select {
			case <-s.ended:
			case <-s.conn.gone:
			case <-late.C:
				s.conn.fade()
			}
		})
	})
}

// read copies a stream of the session to its end. When a write fails, it waits until the
// session is hung up, and drops what was still under way, at most a channel's window.
func (s *session) read(to io.Writer, from io.Reader) error {
	_, err := io.Copy(to, from)
	if err == nil {
		return nil
	}
	select {
	case <-s.hung:
	case <-s.conn.gone:
	}
	io.Copy(io.Discard, from)
	return err
}

// ask makes a request within the session, and waits for the answer. errRefused: the host said no.
func (s *session) ask(ctx context.Context, name string, payload any) error {
	return s.conn.await(ctx, func() error {
		ok, err := s.channel.SendRequest(name, true, ssh.Marshal(payload))
		if err == nil && !ok {
			err = errRefused
		}
		return err
	})
}

// commandLine is the payload of an exec request.
type commandLine struct{ Command string }

// Bounds for the output that is read after a command has ended. What was under way by then
// has to be read; but programs that it left in the background may hold its output open for
// ever, silent or not.
const (
	grace     = 2 * time.Second // of silence
	graceSize = 4 << 20         // in bytes: twice the window of a channel
)

// command runs one command and returns its exit status. It fails with errNoSession; with
// errNoExit; with the error of a writer, or of ctx, which end the session. Neither of these
// two is sure to end the command on the host.
func (c *hostConn) command(ctx context.Context, line string, stdin io.Reader, stdout, stderr io.Writer) (int, error) {
	if !c.take(math.MaxInt) {
		return 0, errNoSession
	}
	defer c.release()
	s, err := c.open(ctx)
	if err != nil {
		return 0, err
	}
	return s.run(ctx, line, stdin, stdout, stderr)
}

// run is command within the session, which it hangs up at its end.
func (s *session) run(ctx context.Context, line string, stdin io.Reader, stdout, stderr io.Writer) (int, error) {
	defer s.hangUp()
	if err := s.ask(ctx, "exec", commandLine{line}); err != nil {
		return 0, errors.Join(errNoExit, ctx.Err(), err)
	}
	refused := make(chan error, 2)
	out, errs := &outlet{to: stdout, refused: refused}, &outlet{to: stderr, refused: refused}
	defer out.shut()
	defer errs.shut()
	read := s.carry(stdin, out, errs)
	select {
	case status, told := <-s.exit:
		awaitRest(ctx, read, out, errs)
		select {
		case err := <-refused:
			return 0, err
		default:
		}
		if !told {
			s.conn.settle(ctx)
			return 0, errors.Join(errNoExit, ctx.Err())
		}
		return status, nil
	case err := <-refused:
		return 0, err
	case <-ctx.Done():
		return 0, ctx.Err()
	}
}

// carry copies a command's input to it, and its output from it. read is closed when all output was read.
func (s *session) carry(stdin io.Reader, out, errs *outlet) (read <-chan struct{}) {
	done := make(chan struct{})
	begun := s.conn.spawn(func() {
		defer close(done)
		var output sync.WaitGroup
		output.Go(func() { s.read(out, s.channel) })
		output.Go(func() {
			s.read(errs, s.channel.Stderr())
			if f, ok := errs.to.(interface{ finish() }); ok {
				f.finish()
			}
		})
		output.Wait()
	})
	if !begun {
		close(done)
	}
	s.conn.spawn(func() {
		io.Copy(s.channel, stdin)
		s.channel.CloseWrite()
	})
	return done
}

// awaitRest waits, after a command has ended, until all its output was read, or grace or
// graceSize is over, or ctx ends.
func awaitRest(ctx context.Context, read <-chan struct{}, out, errs *outlet) {
	began := out.passed.Load() + errs.passed.Load()
	for before := began; ; {
		silence := time.NewTimer(grace)
		select {
		case <-read:
			silence.Stop()
			return
		case <-ctx.Done():
			silence.Stop()
			return
		case <-silence.C:
		}
		now := out.passed.Load() + errs.passed.Load()
		if idle := now == before && !out.busy.Load() && !errs.busy.Load(); idle || now-began > graceSize {
			return
		}
		before = now
	}
}

// outlet passes on a command's output to the caller's writer until it is shut, as the host
// may send more after that.
type outlet struct {
	refused chan<- error // gets the error of the writer; has room for it
	passed  atomic.Int64 // bytes
	busy    atomic.Bool  // a call of the writer is under way

	mu   sync.Mutex
	to   io.Writer
	over bool
}

// Write fails once the outlet is shut: then nothing more is read, and the channel's window
// holds the host up.
func (o *outlet) Write(p []byte) (int, error) {
	o.busy.Store(true)
	defer o.busy.Store(false)
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.over {
		return 0, io.ErrClosedPipe
	}
	n, err := o.to.Write(p)
	o.passed.Add(int64(n))
	if err != nil {
		o.over = true
		o.refused <- err
	}
	return n, err
}

func (o *outlet) shut() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.over = true
}
