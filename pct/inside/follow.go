package inside

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"berth/pct"
	"berth/proxmox"
	"berth/store"
	"berth/store/live"
)

const (
	// FollowLimit is how long a log is followed without being asked again.
	FollowLimit = 15 * time.Minute
	// maxFollows is how many logs are followed at once on a host.
	maxFollows = 8
	// linger is how long a log is followed after its last viewer left: a page that lost
	// its connection comes back and goes on where it was.
	linger = 10 * time.Second
	// heldLines is how many lines are kept for viewers. The log waits when none of them
	// has taken in what was read.
	heldLines = 1000
	// heldBytes is the same for their length.
	heldBytes = 512 << 10
	// takenLines is how many lines a viewer gets at once at the most.
	takenLines = 200
	// killWithin is how long it may take to end the program in the container.
	killWithin = 12 * time.Second
	// killAtClose is the same when Berth is shut down: less than jobs get then.
	killAtClose = 1500 * time.Millisecond
)

// ErrFollows is the answer when as many logs are followed on a host as may be.
var ErrFollows = errors.New("inside: too many logs are followed on that host")

// followed is a log that can be followed.
type followed struct {
	store.Ref
	service string
}

// follow is a log that is followed, for all who look at it.
type follow struct {
	in   *Inside
	key  followed
	host *pct.Host
	id   string // of the run
	ctx  context.Context
	end  context.CancelFunc

	taken *live.Listener // for run: hears of lines that were taken

	mu      sync.Mutex
	source  Source
	lines   []Line
	size    int   // of them, in bytes
	last    int   // number of the last line
	read    int   // number of the last line that somebody took
	unread  int   // bytes after that
	over    bool  // no more lines come
	err     error // why, if that is an error
	viewers int
	left    int // how often the last of them went
}

// Viewer follows a log. It is for one goroutine at a time and must be closed.
type Viewer struct {
	f      *follow
	news   *live.Listener
	last   int // number of the last line that was given
	begun  bool
	closed bool
}

// LogUpdate is what has come since the last one.
type LogUpdate struct {
	ID     string // of the last line, to go on after it
	Fresh  bool   // the viewer knows nothing yet: it is to forget what it shows
	Source Source
	Lines  []Line
	Over   bool  // no more lines come; all were given
	Err    error // why, if that is an error; at the limit it is none
}

// Follow follows a service's log, which must be a ValidService: from its last lines on, or
// after the one whose ID a viewer had last. ErrFollows.
func (in *Inside) Follow(at store.Ref, host *pct.Host, service, after string) (*Viewer, error) {
	in.mu.Lock()
	defer in.mu.Unlock()
	key := followed{at, service}
	f := in.follows[key]
	if f == nil || f.host != host || f.ctx.Err() != nil || f.isOver() {
		busy := 0
		for _, o := range in.follows {
			if o.host == host {
				busy++
			}
		}
		if busy >= maxFollows {
			return nil, ErrFollows
		}
		f = &follow{in: in, key: key, host: host, id: newRun("log")}
		f.ctx, f.end = context.WithCancel(in.crew.Context())
		if !in.crew.Go(f.run) {
			return nil, errClosed()
		}
		in.follows[key] = f
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.viewers++
	v := &Viewer{f: f, news: in.lines.Listen(f)}
	if id, n, ok := strings.Cut(after, "."); ok && id == f.id {
		if number, err := strconv.Atoi(n); err == nil && number >= 0 && number <= f.last {
			v.last, v.begun = number, true
		}
	}
	return v, nil
}

func (f *follow) isOver() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.over
}

// run reads the log until it ends, then sees to it that its program is gone.
func (f *follow) run() {
	f.taken = f.in.lines.Listen(f)
	defer f.taken.Close()
	mark := newMark()
	var mu sync.Mutex
	r := newReader(mark, f.begin, f.add)
	run := logRun(f.id, f.key.VMID, f.key.service, mark, "yes", locked{&mu, r})
	run.Limit = FollowLimit
	_, err := f.host.Follow(f.ctx, run)
	mu.Lock()
	r.split.End()
	mu.Unlock()
	if proxmox.KindOf(err) == proxmox.KindTimeout && f.begun() {
		err = nil // it was ended at its limit
	}
	f.finish(err)
	if f.ctx.Err() != nil {
		f.kill()
	}
	f.end()
	f.in.mu.Lock()
	defer f.in.mu.Unlock()
	if f.in.follows[f.key] == f {
		delete(f.in.follows, f.key)
	}
}

// kill ends the program in the container. Where that fails, the host ends it at its limit.
func (f *follow) kill() {
	within := killWithin
	if f.in.crew.Context().Err() != nil {
		within = killAtClose
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(f.ctx), within)
	defer cancel()
	_ = f.host.Kill(ctx, f.key.VMID, f.id)
}

func (f *follow) begin(s Source) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.source = s
	f.tell()
}

func (f *follow) begun() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.source.Kind != SourceUnknown
}

// add keeps a line. It waits while all that is kept is still to be read.
func (f *follow) add(text string) {
	for {
		f.mu.Lock()
		if f.last-f.read < heldLines && f.unread < heldBytes {
			break
		}
		f.mu.Unlock()
		select {
		case <-f.taken.C:
		case <-f.ctx.Done():
			return
		}
	}
	defer f.mu.Unlock()
	f.last++
	f.lines = append(f.lines, Line{f.last, text})
	f.size += len(text)
	f.unread += len(text)
	if len(f.lines) >= 2*heldLines || f.size >= 2*heldBytes {
		f.forget()
	}
	f.tell()
}

// forget drops the oldest lines that somebody took. f.mu is held.
func (f *follow) forget() {
	i := 0
	for f.lines[i].N <= f.read && (len(f.lines)-i > heldLines || f.size > heldBytes) {
		f.size -= len(f.lines[i].Text)
		i++
	}
	f.lines = slices.Delete(f.lines, 0, i)
}

func (f *follow) finish(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.over, f.err = true, err
	f.tell()
}

// tell wakes who waits for a change.
func (f *follow) tell() { f.in.lines.Tell(f) }

// Next waits for the next update, at most until ctx ends.
func (v *Viewer) Next(ctx context.Context) (LogUpdate, error) {
	for {
		u, some := v.take()
		if some {
			return u, nil
		}
		select {
		case <-v.news.C:
		case <-ctx.Done():
			return LogUpdate{}, ctx.Err()
		}
	}
}

// take is what the viewer has not had yet; false when there is nothing.
func (v *Viewer) take() (LogUpdate, bool) {
	f := v.f
	f.mu.Lock()
	defer f.mu.Unlock()
	i, _ := slices.BinarySearchFunc(f.lines, v.last+1, func(l Line, n int) int { return l.N - n })
	lines := slices.Clone(f.lines[i:min(len(f.lines), i+takenLines)])
	if len(lines) == 0 && !f.over && (v.begun || f.source.Kind == SourceUnknown) {
		return LogUpdate{}, false
	}
	u := LogUpdate{Fresh: !v.begun, Source: f.source, Lines: lines}
	v.begun = true
	if n := len(lines); n > 0 {
		v.last = lines[n-1].N
	}
	if v.last > f.read {
		for _, l := range lines {
			if l.N > f.read {
				f.unread -= len(l.Text)
			}
		}
		f.read = v.last
		f.tell()
	}
	u.ID = f.id + "." + strconv.Itoa(v.last)
	if v.last == f.last {
		u.Over, u.Err = f.over, f.err
	}
	return u, true
}

// Close ends the viewer. The log of the last one is followed for a moment more.
func (v *Viewer) Close() {
	if v.closed {
		return
	}
	v.closed = true
	v.news.Close()
	f := v.f
	f.in.mu.Lock()
	defer f.in.mu.Unlock()
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.viewers--; f.viewers > 0 {
		return
	}
	f.left++
	left := f.left
	if !f.in.crew.Go(func() { f.endUnseen(left) }) {
		f.end()
	}
}

// endUnseen ends a log that nobody has come back to since its last viewer went for the left-th time.
func (f *follow) endUnseen(left int) {
	select {
	case <-f.in.cfg.Clock.After(linger):
	case <-f.ctx.Done():
		return
	}
	f.in.mu.Lock()
	defer f.in.mu.Unlock()
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.viewers == 0 && f.left == left {
		f.end()
	}
}
