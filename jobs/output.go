package jobs

import (
	"io"
	"log/slog"
	"sync"
	"time"

	"berth/proxmox"
	"berth/store"
)

const (
	// outputPause is how long lines are gathered before they are written in one
	// transaction.
	outputPause = 100 * time.Millisecond
	// maxPending is how many lines may wait for that; who writes more waits too.
	maxPending = 2000
	// maxPendingSize is the same for their length, in bytes.
	maxPendingSize = 256 << 10
)

// output takes what a program says on its two streams into the log of a job, in batches.
type output struct {
	r       *Runner
	id      string
	streams [2]*stream

	mu      sync.Mutex
	changed *sync.Cond
	lines   []store.LogLine // not yet written
	size    int             // of them, in bytes
	closed  bool
	dead    bool              // nobody writes any more
	last    map[string]string // the last line of each stream that is not empty

	closing chan struct{} // closed by close
	done    chan struct{} // closed when all is written
}

// stream is one of the program's streams.
type stream struct {
	o     *output
	mask  mask
	split proxmox.Lines
}

// newOutput begins to write; close must end it.
func newOutput(r *Runner, jobID string, s *secrets) *output {
	o := &output{r: r, id: jobID, last: map[string]string{}, closing: make(chan struct{}), done: make(chan struct{})}
	o.changed = sync.NewCond(&o.mu)
	for i, name := range []string{"out", "err"} {
		o.streams[i] = &stream{o: o, mask: mask{secrets: s}, split: proxmox.Lines{Max: store.MaxLogText, Emit: func(line string) { o.add(name, line) }}}
	}
	r.workers.Go(o.keep)
	return o
}

func (o *output) out() io.Writer { return o.streams[0] }
func (o *output) err() io.Writer { return o.streams[1] }

// Write waits while too many lines are not yet written.
func (s *stream) Write(p []byte) (int, error) {
	s.o.mu.Lock()
	defer s.o.mu.Unlock()
	for (len(s.o.lines) >= maxPending || s.o.size >= maxPendingSize) && !s.o.dead && !s.o.closed {
		s.o.changed.Wait()
	}
	if s.o.dead || s.o.closed {
		return 0, io.ErrClosedPipe
	}
	if _, err := s.split.Write(s.mask.write(p)); err != nil {
		return 0, err
	}
	return len(p), nil
}

// add keeps a line for the next batch. o.mu is held.
func (o *output) add(name, text string) {
	o.lines = append(o.lines, store.LogLine{Stream: name, Text: text})
	o.size += len(text)
	if text != "" {
		o.last[name] = text
	}
	o.changed.Broadcast()
}

// close gives what has no end of line yet and waits until all is written. It returns the
// last line that each stream said.
func (o *output) close() (out, err string) {
	o.mu.Lock()
	for _, s := range o.streams {
		_, _ = s.split.Write(s.mask.close()) // never fails
		s.split.End()
	}
	o.closed = true
	o.changed.Broadcast()
	out, err = o.last["out"], o.last["err"]
	o.mu.Unlock()
	close(o.closing)
	<-o.done
	return out, err
}

// keep writes batches until the output is closed.
func (o *output) keep() {
	defer close(o.done)
	defer func() {
		o.mu.Lock()
		defer o.mu.Unlock()
		o.dead = true
		o.changed.Broadcast()
	}()
	for {
		lines := o.batch()
		if len(lines) == 0 || !o.write(lines) {
			return
		}
		select {
		case <-o.r.clock.After(outputPause):
		case <-o.closing:
		}
	}
}

// batch waits for lines and takes them; none when no more will come.
func (o *output) batch() []store.LogLine {
	o.mu.Lock()
	defer o.mu.Unlock()
	for len(o.lines) == 0 && !o.closed {
		o.changed.Wait()
	}
	lines := o.lines
	o.lines, o.size = nil, 0
	o.changed.Broadcast()
	return lines
}

// write a batch, again and again while that fails, until the runner is closed.
func (o *output) write(lines []store.LogLine) bool {
	now := o.r.clock.Now()
	for i := range lines {
		lines[i].At = now
	}
	for pause := time.Second; ; pause = min(2*pause, longestPause) {
		_, err := o.r.update(o.id, lines, func(*store.Job) error { return nil })
		if err == nil {
			return true
		}
		o.r.log.Error("lines of a job cannot be written", slog.String("job", o.id), slog.Any("error", err))
		select {
		case <-o.r.clock.After(pause):
		case <-o.r.stop.Done():
			return false
		}
	}
}
