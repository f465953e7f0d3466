package sim

import (
	"context"
	"io"
	"io/fs"
	"sync"
	"syscall"
	"time"
)

// pipe is what goes through a named pipe of a container. Who opens it to read waits for
// who writes, and the other way round, as far as it matters: until all that wrote have closed it.
type pipe struct {
	mu      sync.Mutex
	changed *sync.Cond
	held    []byte
	readers int
	writers int
	written bool // somebody opened it to write
}

// pipeSize is how much a pipe holds, as Linux's.
const pipeSize = 64 << 10

func newPipe() *pipe {
	p := &pipe{}
	p.changed = sync.NewCond(&p.mu)
	return p
}

// pipeEnd is one who has a pipe open, until it is closed or what has it open was ended.
type pipeEnd struct {
	*pipe
	writes bool
	over   bool // guarded by pipe.mu
	ended  func() bool
}

func (p *pipe) open(ctx context.Context, writes bool) *pipeEnd {
	p.mu.Lock()
	defer p.mu.Unlock()
	e := &pipeEnd{pipe: p, writes: writes}
	if writes {
		p.writers++
		p.written = true
	} else {
		p.readers++
	}
	e.ended = context.AfterFunc(ctx, func() { _ = e.Close() }) // never fails
	p.changed.Broadcast()
	return e
}

func (e *pipeEnd) Read(into []byte) (int, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for len(e.held) == 0 && !e.over && (e.writers > 0 || !e.written) {
		e.changed.Wait()
	}
	if len(e.held) == 0 || e.over {
		return 0, io.EOF
	}
	n := copy(into, e.held)
	e.held = e.held[n:]
	e.changed.Broadcast()
	return n, nil
}

func (e *pipeEnd) Write(p []byte) (int, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for len(e.held) >= pipeSize && !e.over && e.readers > 0 {
		e.changed.Wait()
	}
	if e.over {
		return 0, syscall.EPIPE
	}
	e.held = append(e.held, p...)
	e.changed.Broadcast()
	return len(p), nil
}

func (e *pipeEnd) Close() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.over {
		return nil
	}
	e.over = true
	if e.writes {
		e.writers--
	} else {
		e.readers--
	}
	e.changed.Broadcast()
	return nil
}

// mkfifo makes named pipes.
func (c *invocation) mkfifo() int {
	for _, name := range c.args {
		c.fs.put(absolute(c.ctx, name), &file{mode: fs.ModeNamedPipe | 0o644, pipe: newPipe()})
	}
	return 0
}

// timeout is as in `timeout -s KILL SECONDS COMMAND…`.
func (c *invocation) timeout() int {
	args := c.args
	if len(args) > 2 && args[0] == "-s" {
		args = args[2:]
	}
	if len(args) < 2 {
		return 1
	}
	seconds, err := time.ParseDuration(args[0] + "s")
	if err != nil {
		return 1
	}
	ctx, cancel := context.WithTimeout(c.ctx, seconds)
	defer cancel()
	within := *c
	within.ctx, within.name, within.args = ctx, args[1], args[2:]
	code := within.run()
	if ctx.Err() != nil && c.ctx.Err() == nil {
		return statusSignal + 9
	}
	return code
}
