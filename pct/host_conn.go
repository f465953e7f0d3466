package pct

import (
	"context"
	"net"
	"sync"
	"time"

	"golang.org/x/crypto/ssh"
)

// hostConn is an SSH connection to a host, with the sessions on it.
type hostConn struct {
	client   *ssh.Client
	patience time.Duration  // for a session to be opened
	sessions sync.WaitGroup // and the goroutines that serve them; all end with the connection at the latest
	gone     chan struct{}  // closed when the connection is gone

	mu    sync.Mutex
	over  bool      // no session is begun any more
	ended bool      // no goroutine is begun any more
	busy  int       // sessions open
	room  int       // sessions that the host allows, once it has refused one; 0: not known
	free  time.Time // the end of the last session, for idle
}

func newHostConn(client *ssh.Client, patience time.Duration) *hostConn {
	return &hostConn{client: client, patience: patience, gone: make(chan struct{}), free: time.Now()}
}

// alive tells whether sessions can be begun.
func (c *hostConn) alive() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return !c.over
}

func (c *hostConn) close() { c.client.Close() } // its error is of no use: the connection is gone either way

// keep sends a keepalive every hostKeepalive, and closes a connection on which one is not
// answered, or that was idle for hostIdle. It returns when the connection is gone.
func (c *hostConn) keep() {
	defer c.end()
	ended := make(chan struct{})
	c.sessions.Go(func() {
		defer close(ended)
		c.client.Wait()
	})
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
			c.sessions.Go(func() { answered <- c.ping() })
		}
	}
}

// ping sends a keepalive and waits for the answer.
func (c *hostConn) ping() error {
	_, _, err := c.client.SendRequest("keepalive@openssh.com", true, nil)
	return err
}

// end notes that the connection is gone, closes c.gone, and waits for its sessions.
func (c *hostConn) end() {
	c.mu.Lock()
	c.over, c.ended = true, true
	close(c.gone)
	c.mu.Unlock()
	c.sessions.Wait()
}

// spawn begins a goroutine of the connection, for a call on the wire; false when the connection is gone.
func (c *hostConn) spawn(work func()) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.ended {
		c.sessions.Go(work)
	}
	return !c.ended
}

// await makes a call on the wire, which may never return, and waits for it until ctx ends.
func (c *hostConn) await(ctx context.Context, call func() error) error {
	done := make(chan error, 1)
	if !c.spawn(func() { done <- call() }) {
		return net.ErrClosed
	}
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// fade keeps further sessions off the connection, as the host does not open or close them in
// time. The connection ends with the last one that it has.
func (c *hostConn) fade() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.over = true
	if c.busy == 0 {
		c.close()
	}
}

// take counts one more session, until release; false when there are max already, or as many
// as the host allows, or when the connection takes none any more.
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

// release notes the end of a session that take counted.
func (c *hostConn) release() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.busy--
	c.free = time.Now()
	if c.over && c.busy == 0 {
		c.close()
	}
	c.sessions.Done()
}

// crowded releases a session that the host refused to open beside the others, and notes
// their number as the most that it allows; false when there are no others.
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

// settlePatience bounds the wait of settle for the answer to a ping.
const settlePatience = 5 * time.Second

// settle is called after a session that ended without an exit status, before the cause is
// judged: if the connection broke, it returns only once that is noted, or when ctx ends. A
// host that is only slow to answer gets no more sessions on this connection, but the others on
// it go on: whether they are lost, the keepalives tell.
func (c *hostConn) settle(ctx context.Context) {
	within, cancel := context.WithTimeout(ctx, settlePatience)
	defer cancel()
	err := c.await(within, c.ping)
	switch {
	case err == nil || ctx.Err() != nil:
	case within.Err() != nil:
		c.fade()
	default:
		c.close()
		<-c.gone
	}
}
