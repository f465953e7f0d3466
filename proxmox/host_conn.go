package proxmox

import (
	"context"
	"errors"
	"io"
	"math"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/crypto/ssh"
)

// hostConn is a connection to a host.
type hostConn struct {
	client   *ssh.Client
	sessions sync.WaitGroup // and what reads from them; ended with the connection at the latest
	gone     chan struct{}  // closed when it is

	mu   sync.Mutex
	over bool      // no session is begun any more
	busy int       // sessions
	room int       // how many the host allows, where that is known to be few; else 0
	free time.Time // since when there is none
}

func newHostConn(client *ssh.Client) *hostConn {
	return &hostConn{client: client, gone: make(chan struct{}), free: time.Now()}
}

func (c *hostConn) alive() bool {
	select {
	case <-c.gone:
		return false
	default:
		return true
	}
}

func (c *hostConn) close() { c.client.Close() } // what it says of a connection that is gone helps nobody

// keep asks the host now and then whether it is there, and closes a connection that is
// dead or was idle for long. It returns when the connection is gone.
func (c *hostConn) keep() {
	defer c.end()
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		c.client.Wait()
	}()
	tick := time.NewTicker(hostKeepalive)
	defer tick.Stop()
	answered := make(chan error, 1)
	asking := false
	for {
		select {
		case <-ended:
			return
		case err := <-answered:
			if asking = false; err != nil {
				c.close()
			}
		case <-tick.C:
			if asking || c.idle() {
				c.close()
				continue
			}
			asking = true
			go func() {
				_, _, err := c.client.SendRequest("keepalive@openssh.com", true, nil)
				answered <- err
			}()
		}
	}
}

// end lets those who wait know that the connection is gone, and waits for its sessions.
func (c *hostConn) end() {
	c.mu.Lock()
	c.over = true
	close(c.gone)
	c.mu.Unlock()
	c.sessions.Wait()
}

// take notes one more session, which release ends; false when there are max already, or
// as many as the host allows, or the connection is gone.
func (c *hostConn) take(max int) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.busy >= max || c.room > 0 && c.busy >= c.room || c.over {
		return false
	}
	c.busy++
	c.sessions.Add(1)
	return true
}

// release notes the end of a session.
func (c *hostConn) release() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.busy--
	c.free = time.Now()
	c.sessions.Done()
}

// crowded releases a session that the host would not open beside the others, and takes
// their number for all that it allows; false when there are no others.
func (c *hostConn) crowded() bool {
	c.release()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.room = c.busy
	return c.room > 0
}

func (c *hostConn) idle() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.busy == 0 && time.Since(c.free) > hostIdle
}

// settle is called after a session that ended without a word: when it was the connection
// that broke, it returns only once that is known.
func (c *hostConn) settle() {
	if _, _, err := c.client.SendRequest("keepalive@openssh.com", true, nil); err != nil {
		c.close()
		<-c.gone
	}
}

var (
	// errNoSession is a session that was not opened, so that nothing was run in it.
	errNoSession = errors.New("ssh: the host opened no session")
	// errNoExit is a command whose end the host did not tell.
	errNoExit = errors.New("ssh: the connection ended before the command did")
)

// isCrowded tells whether a session was not opened because the host allows no more of them
// on a connection.
func isCrowded(err error) bool {
	_, refused := errors.AsType[*ssh.OpenChannelError](err)
	return refused
}

// What may still come after a command ended is what was under way by then. What it
// started in the background may hold its output open for ever, silent or not.
const (
	grace     = 2 * time.Second // of silence
	graceSize = 4 << 20         // in bytes: twice the window of a channel
)

// command runs one command and returns its exit status. errNoSession; errNoExit; the
// error of ctx, which ends the session and not surely the command.
func (c *hostConn) command(ctx context.Context, line string, stdin io.Reader, stdout, stderr io.Writer) (int, error) {
	if !c.take(math.MaxInt) {
		return 0, errNoSession
	}
	defer c.release()
	channel, requests, err := c.client.OpenChannel("session", nil)
	if err != nil {
		if !isCrowded(err) {
			c.settle()
		}
		return 0, errors.Join(errNoSession, err)
	}
	return c.converse(ctx, channel, requests, line, stdin, stdout, stderr)
}

// converse is command over a session that was opened, which it closes.
func (c *hostConn) converse(ctx context.Context, channel ssh.Channel, requests <-chan *ssh.Request, line string, stdin io.Reader, stdout, stderr io.Writer) (int, error) {
	defer channel.Close()
	stop := context.AfterFunc(ctx, func() { channel.Close() })
	defer stop()
	exit := make(chan int, 1)
	c.sessions.Go(func() { readExit(requests, exit) })
	if ok, err := channel.SendRequest("exec", true, ssh.Marshal(struct{ Command string }{line})); err != nil || !ok {
		return 0, errors.Join(errNoExit, ctx.Err(), err)
	}
	out, errs := &outlet{to: stdout}, &outlet{to: stderr}
	defer out.shut()
	defer errs.shut()
	var output sync.WaitGroup
	output.Go(func() { io.Copy(out, channel) })
	output.Go(func() { io.Copy(errs, channel.Stderr()) })
	read := make(chan struct{})
	c.sessions.Go(func() {
		defer close(read)
		output.Wait()
	})
	c.sessions.Go(func() {
		io.Copy(channel, stdin)
		channel.CloseWrite()
	})
	select {
	case status, told := <-exit:
		awaitRest(ctx, read, out, errs)
		if !told {
			c.settle()
			return 0, errors.Join(errNoExit, ctx.Err())
		}
		return status, nil
	case <-ctx.Done():
		return 0, ctx.Err()
	}
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
	passed atomic.Int64 // bytes
	busy   atomic.Bool  // the writer behind takes its time

	mu   sync.Mutex
	to   io.Writer
	over bool
}

func (o *outlet) Write(p []byte) (int, error) {
	o.busy.Store(true)
	defer o.busy.Store(false)
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.over {
		return len(p), nil
	}
	n, err := o.to.Write(p)
	o.passed.Add(int64(n))
	return n, err
}

func (o *outlet) shut() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.over = true
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
