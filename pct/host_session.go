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

// session is what a command or a terminal runs in. A host that is frozen, or that answers
// but does not do as it is asked, never comes back from a call: so each of them is made by
// a goroutine of the connection, and who needs it waits for no longer than its context.
type session struct {
	conn    *hostConn
	channel ssh.Channel
	exit    chan int      // the exit status, if it is told; closed with ended
	ended   chan struct{} // closed when the host has closed the session, or the connection is gone
	over    sync.Once
	hung    chan struct{} // closed when the host was told that it is over
}

const (
	// openPatience is how long a host may take to open a session.
	openPatience = 6 * time.Second
	// closePatience is how long it may take to close one that was ended.
	closePatience = 10 * time.Second
)

var (
	// errNoSession is a session that was not opened, so that nothing was run in it.
	errNoSession = errors.New("ssh: the host opened no session")
	// errNoAnswer is one that the host has neither opened nor refused in time.
	errNoAnswer = errors.New("ssh: the host did not answer in time")
	// errNoExit is a command whose end the host did not tell.
	errNoExit = errors.New("ssh: the connection ended before the command did")
	// errRefused is a request within a session that the host does not grant.
	errRefused = errors.New("ssh: the host refused the request")
)

// isCrowded tells whether a session was not opened because the host allows no more of them
// on a connection.
func isCrowded(err error) bool {
	_, refused := errors.AsType[*ssh.OpenChannelError](err)
	return refused
}

// open opens a session, for which one was taken. Its error holds errNoSession.
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

// opened is a session that the host has opened. It is called by a goroutine of the connection.
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
			default: // a second one means nothing
			}
		}
		if r.WantReply {
			r.Reply(false, nil)
		}
	}
}

// hangUp ends the session, and what still reads from it or writes to it. It does not wait
// for that, but the connection does: where the host keeps its side open, it gets no more sessions.
func (s *session) hangUp() {
	s.over.Do(func() {
		s.conn.spawn(func() {
			defer close(s.hung)
			s.channel.Close() // what it says of one that is gone helps nobody
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

// read takes what comes of the session to its end. What is still under way when nobody
// takes it any more is not kept: no more than the window has room for.
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

// ask makes a request within the session. errRefused.
func (s *session) ask(ctx context.Context, name string, payload any) error {
	return s.conn.await(ctx, func() error {
		ok, err := s.channel.SendRequest(name, true, ssh.Marshal(payload))
		if err == nil && !ok {
			err = errRefused
		}
		return err
	})
}

// commandLine is what an exec request carries.
type commandLine struct{ Command string }

// What may still come after a command ended is what was under way by then. What it
// started in the background may hold its output open for ever, silent or not.
const (
	grace     = 2 * time.Second // of silence
	graceSize = 4 << 20         // in bytes: twice the window of a channel
)

// command runs one command and returns its exit status. errNoSession; errNoExit; what one
// of the writers fails with, which ends the session; the error of ctx, which does so too.
// Neither surely ends the command.
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

// run is command within the session, which it ends.
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

// carry takes a command's input to it, and its output from it: read is closed when all of that was read.
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

// awaitRest waits until all output of a command that ended was read, or nothing of what
// was under way is to be expected any more, or ctx ends.
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

// outlet passes on what a command writes for as long as somebody waits for it: the host
// may send more after that.
type outlet struct {
	refused chan<- error // what the writer behind fails with; has room for that
	passed  atomic.Int64 // bytes
	busy    atomic.Bool  // the writer behind takes its time

	mu   sync.Mutex
	to   io.Writer
	over bool
}

// Write fails when nothing more is read: so the host is held up by the window of the
// channel, and what comes is not kept.
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
