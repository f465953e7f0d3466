package jobs

import (
	"bytes"
	"cmp"
	"io"
	"log/slog"
	"sync"
	"time"

	"berth/proxmox/shell"
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
	hangUp  func() // ends the program's being listened to

	mu      sync.Mutex
	changed *sync.Cond
	lines   []store.LogLine // not yet written
	size    int             // of them, in bytes
	closed  bool
	dead    bool                    // nobody writes any more
	crashed error                   // a *crash of who takes the lines or writes them
	last    map[store.Stream]string // the last line of each stream that is not empty

	closing chan struct{} // closed by close
	done    chan struct{} // closed when all is written
}

// stream is one of the program's streams.
type stream struct {
	o     *output
	name  store.Stream
	mask  mask
	split shell.Lines

	read  int64       // bytes that were read, of all that the program says
	heard store.Heard // what of them is in the lines that were given
	skip  int         // how many lines that are made next are in the log already
}

// newOutput begins to write what a program says after that which was heard of its output
// and its errors; close must end it. hangUp is called when that cannot go on.
func newOutput(r *Runner, jobID string, hangUp func(), s *secrets, heard ...store.Heard) *output {
	o := &output{r: r, id: jobID, hangUp: hangUp, last: map[store.Stream]string{}, closing: make(chan struct{}), done: make(chan struct{})}
	o.changed = sync.NewCond(&o.mu)
	for i, name := range []store.Stream{store.StreamOut, store.StreamErr} {
		st := &stream{o: o, name: name, mask: mask{secrets: s}, read: heard[i].Bytes, heard: heard[i], skip: heard[i].Lines}
		st.split = shell.Lines{Max: store.MaxLogText, Emit: st.emit}
		o.streams[i] = st
	}
	r.work(jobID, o.keep)
	return o
}

func (o *output) out() io.Writer { return o.streams[0] }
func (o *output) err() io.Writer { return o.streams[1] }

// Write waits while too many lines are not yet written. It is called by who reads the connection to the host: a panic
// stays here.
func (s *stream) Write(p []byte) (n int, err error) {
	s.o.mu.Lock()
	defer s.o.mu.Unlock()
	defer func() { err = cmp.Or(s.o.note(newCrash(recover())), err) }()
	for (len(s.o.lines) >= maxPending || s.o.size >= maxPendingSize) && !s.o.dead && !s.o.closed {
		s.o.changed.Wait()
	}
	if s.o.dead || s.o.closed {
		return 0, io.ErrClosedPipe
	}
	for line := range bytes.Lines(p) {
		_, _ = s.split.Write(s.mask.write(line)) // never fails
		s.read += int64(len(line))
		if line[len(line)-1] == '\n' && len(s.mask.held) == 0 {
			s.heard = store.Heard{Bytes: s.read}
		}
	}
	return len(p), nil
}

// emit keeps a line for the next batch. o.mu is held.
func (s *stream) emit(text string) {
	if text != "" {
		s.o.last[s.name] = text
	}
	if s.skip > 0 {
		s.skip--
		return
	}
	s.heard.Lines++
	s.o.lines = append(s.o.lines, store.LogLine{Stream: s.name, Text: text})
	s.o.size += len(text)
	s.o.changed.Broadcast()
}

// note takes note of a *crash, after which nothing more is taken, and gives it back; nil of none. o.mu is held.
func (o *output) note(crashed error) error {
	if crashed != nil {
		o.crashed = cmp.Or(o.crashed, crashed)
		o.dead = true
		o.changed.Broadcast()
		o.hangUp()
	}
	return crashed
}

// close waits until all is written, at the program's end also what has no end of line. It
// returns the last line that each stream said. Its error is a *crash.
func (o *output) close(ended bool) (said words, err error) {
	o.shut(ended)
	close(o.closing)
	<-o.done
	return words{o.last[store.StreamOut], o.last[store.StreamErr]}, o.crashed
}

// shut takes what has no end of line at the program's end, and then nothing more.
func (o *output) shut(ended bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	defer func() {
		o.closed = true
		o.changed.Broadcast()
	}()
	if !ended {
		return
	}
	_ = o.note(guard(func() error {
		for _, s := range o.streams {
			_, _ = s.split.Write(s.mask.close()) // never fails
			s.split.End()
		}
		return nil
	}))
}

// keep writes batches until the output is closed.
func (o *output) keep() {
	defer close(o.done)
	crashed := guard(o.writeBatches)
	o.mu.Lock()
	defer o.mu.Unlock()
	_ = o.note(crashed)
	o.dead = true
	o.changed.Broadcast()
}

func (o *output) writeBatches() error {
	for {
		lines, heard := o.batch()
		if len(lines) == 0 || !o.write(lines, heard) {
			return nil
		}
		select {
		case <-o.r.clock.After(outputPause):
		case <-o.closing:
		}
	}
}

// batch waits for lines and takes them, with what of each stream they hold; none when no
// more will come.
func (o *output) batch() ([]store.LogLine, [2]store.Heard) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for len(o.lines) == 0 && !o.closed {
		o.changed.Wait()
	}
	lines := o.lines
	o.lines, o.size = nil, 0
	o.changed.Broadcast()
	return lines, [2]store.Heard{o.streams[0].heard, o.streams[1].heard}
}

// write a batch, again and again while that fails, until the runner is closed. With the
// lines it is noted how much was heard, so that none comes twice or is left out when
// another process goes on.
func (o *output) write(lines []store.LogLine, heard [2]store.Heard) bool {
	now := o.r.clock.Now()
	for i := range lines {
		lines[i].At = now
	}
	for pause := time.Second; ; pause = min(2*pause, longestPause) {
		_, err := o.r.update(o.id, lines, func(j *store.Job) error {
			step := &j.Steps[j.Step]
			step.Out, step.Err = heard[0], heard[1]
			return nil
		})
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
