package pct

import (
	"context"
	"net"
	"sync"
	"time"

	"golang.org/x/crypto/ssh"
)

// hostConn is a connection to a host.
type hostConn struct {
	client   *ssh.Client
	patience time.Duration  // for a session to be opened
	sessions sync.WaitGroup // and what reads from them; ended with the connection at the latest
	gone     chan struct{}  // closed when it is

	mu    sync.Mutex
	over  bool      // no session is begun any more
	ended bool      // nothing is done any more
	busy  int       // sessions
	room  int       // how many the host allows, where that is known to be few; else 0
	free  time.Time // since when there is none
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

func (c *hostConn) close() { c.client.Close() } // what it says of a connection that is gone helps nobody

// keep asks the host now and then whether it is there, and closes a connection that is
// dead or was idle for long. It returns when the connection is gone.
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

// ping asks the host whether it is there, and waits for its answer.
func (c *hostConn) ping() error {
	_, _, err := c.client.SendRequest("keepalive@openssh.com", true, nil)
	return err
}

// end lets those who wait know that the connection is gone, and waits for its sessions.
func (c *hostConn) end() {
	c.mu.Lock()
	c.over, c.ended = true, true
	close(c.gone)
	c.mu.Unlock()
	c.sessions.Wait()
}

// spawn lets something be done on the wire by a goroutine of the connection; false when that is gone.
func (c *hostConn) spawn(work func()) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.ended {
		c.sessions.Go(work)
	}
	return !c.ended
}

// await does something on the wire, which may never come back, and waits for it for as long as ctx.
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

// fade lets no further session be begun, as the host does not open or close them as it
// should. The connection ends with the last one that it has.
func (c *hostConn) fade() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.over = true
	if c.busy == 0 {
		c.close()
	}
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
	if c.over && c.busy == 0 {
		c.close()
	}
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

// settlePatience is how long a host may take to say that it is there.
const settlePatience = 5 * time.Second

// settle is called after a session that ended without a word: when it was the connection
// that broke, it returns only once that is known, or ctx has ended.
func (c *hostConn) settle(ctx context.Context) {
	within, cancel := context.WithTimeout(ctx, settlePatience)
	defer cancel()
	if err := c.await(within, c.ping); err == nil || ctx.Err() != nil {
		return
	}
	c.close()
	<-c.gone
}
