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
	// outputPause separates two batches of lines; each is written in one transaction.
	outputPause = 100 * time.Millisecond
	// maxPending bounds the lines that wait to be written; beyond it, Write waits.
	maxPending = 2000
	// maxPendingSize bounds their length, in bytes, likewise.
	maxPendingSize = 256 << 10
)

// output writes the two streams of a program to the log of a job, masked, in batches of lines.
type output struct {
	r       *Runner
	id      string
	streams [2]*stream
	hangUp  func() // ends the attendance of the program

	mu      sync.Mutex
	changed *sync.Cond
	lines   []store.LogLine // not yet written
	size    int             // of them, in bytes
	closed  bool
	dead    bool                    // no batches are written any more
	crashed error                   // a *crash of Write or of the writer of batches
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

	read  int64       // bytes that were read, from the program's start
	heard store.Heard // the part of them that is in lines
	skip  int         // of the next lines, those that are in the log already
}

// newOutput begins to write a program's output and errors, from the parts heard of each on;
// close has to be called. hangUp is called when nothing more can be written.
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

// Write takes a piece of the stream, and waits while too many lines are not yet written. The connection to the host calls
// it, so a panic is kept for close instead of ending that.
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

// note keeps a *crash, after which nothing more is taken, and returns it; it does nothing for nil. o.mu is held.
func (o *output) note(crashed error) error {
	if crashed != nil {
		o.crashed = cmp.Or(o.crashed, crashed)
		o.dead = true
		o.changed.Broadcast()
		o.hangUp()
	}
	return crashed
}

// close waits until all lines are written; with ended, also a last one without an end of
// line. It returns the last line of each stream. Its error is a *crash.
func (o *output) close(ended bool) (said words, err error) {
	o.shut(ended)
	close(o.closing)
	<-o.done
	return words{o.last[store.StreamOut], o.last[store.StreamErr]}, o.crashed
}

// shut makes a line of the rest of each stream, if the program has ended, and lets nothing more be written.
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

// batch waits for lines and takes them, with the parts of the streams that are in the log
// once they are written; no lines when no more will come.
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

// write writes a batch to the log, again and again while that fails, until the runner is
// closed; then it returns false. The same transaction notes heard in the step, so that no
// line comes twice or is left out when reading goes on after a restart.
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
