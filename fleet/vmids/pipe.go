package vmids

import (
	"net"
	"sync"
	"time"
)

// bufferedConn never blocks in Write. The pipe to the embedded Redis has no buffer: the
// server's answer to the first command of a long pipeline would wait for the client to
// read, and the client for the server to take the rest.
type bufferedConn struct {
	net.Conn // reads go to the pipe itself
	writing  sync.WaitGroup

	mu     sync.Mutex
	more   sync.Cond // there is something to write, or closed
	queue  []byte    // bounded by the client, which waits for each answer
	closed bool
}

func newBufferedConn(pipe net.Conn) *bufferedConn {
	c := &bufferedConn{Conn: pipe}
	c.more.L = &c.mu
	c.writing.Go(c.writeAll)
	return c
}

func (c *bufferedConn) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return 0, net.ErrClosed
	}
	c.queue = append(c.queue, p...)
	c.more.Signal()
	return len(p), nil
}

// writeAll hands the queue to the pipe until Close.
func (c *bufferedConn) writeAll() {
	for {
		c.mu.Lock()
		for len(c.queue) == 0 && !c.closed {
			c.more.Wait()
		}
		p, closed := c.queue, c.closed
		c.queue = nil
		c.mu.Unlock()
		if closed {
			return
		}
		if _, err := c.Conn.Write(p); err != nil {
			c.end() // the other end is gone, which the next read tells as well
			return
		}
	}
}

func (c *bufferedConn) end() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closed = true
	c.more.Signal()
}

// Close ends the pipe, drops what is not written yet and waits for the writer.
func (c *bufferedConn) Close() error {
	c.end()
	err := c.Conn.Close()
	c.writing.Wait()
	return err
}

// SetWriteDeadline does nothing: Write does not wait.
func (c *bufferedConn) SetWriteDeadline(time.Time) error { return nil }
