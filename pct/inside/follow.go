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
	// FollowLimit is the time after which a log is followed no more, until a viewer asks again.
	FollowLimit = 15 * time.Minute
	// maxFollows bounds the logs that are followed at once on a host.
	maxFollows = 8
	// linger is the time for which a log is followed after its last viewer left, so that a
	// page that lost its connection can come back and go on where it was.
	linger = 10 * time.Second
	// heldLines bounds the lines that no viewer has taken yet: at that number nothing more
	// is read of the log. About as many taken ones are kept, for other viewers.
	heldLines = 1000
	// heldBytes is the same bound in bytes.
	heldBytes = 512 << 10
	// takenLines bounds the lines of one LogUpdate.
	takenLines = 200
	// killWithin bounds the call that ends the program in the container.
	killWithin = 12 * time.Second
	// killAtClose bounds it when Berth is shut down: it is below the time that jobs get then.
	killAtClose = 1500 * time.Millisecond
)

// ErrFollows says that a log was not followed, as maxFollows are on that host.
var ErrFollows = errors.New("inside: too many logs are followed on that host")

// followed names a log: a container and a service.
type followed struct {
	store.Ref
	service string
}

// follow is a log that is followed, once for all its viewers.
type follow struct {
	in   *Inside
	key  followed
	host *pct.Host
	id   string // of the run
	ctx  context.Context
	end  context.CancelFunc

	taken *live.Listener // for add: wakes it when lines were taken

	mu      sync.Mutex
	source  Source
	lines   []Line
	size    int   // of lines, in bytes
	last    int   // number of the last line
	read    int   // number of the last line that any viewer took
	unread  int   // bytes of the lines after that
	over    bool  // no more lines come
	err     error // that ended it; nil: its limit, or the end of the log's program
	viewers int
	left    int // counts the times that the last viewer left
}

// Viewer follows a log. It is for one goroutine at a time and must be closed.
type Viewer struct {
	f      *follow
	news   *live.Listener
	last   int // number of the last line that Next returned
	begun  bool
	closed bool
}

// LogUpdate has the lines that came since the viewer's last update.
type LogUpdate struct {
	ID     string // of the last line, for Follow to go on after it
	Fresh  bool   // the first update: the page drops the lines that it shows
	Source Source
	Lines  []Line
	Over   bool  // all lines were returned, and no more come
	Err    error // that ended it, with Over; nil at FollowLimit
}

// Follow makes a viewer of a service's log: from its last lines on, or after the line whose ID,
// as in LogUpdate, a viewer had last; "" for none. The service must be a ValidService.
// ErrFollows: too many are followed on the host.
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

// run reads the log until it ends, and ends its program in the container if f.ctx was cancelled.
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
		err = nil // FollowLimit is over
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

// kill ends the program in the container. Where that fails, the host ends the program at FollowLimit.
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

// add keeps a line. It waits while heldLines or heldBytes are held that no viewer has taken.
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

// forget drops the oldest lines that a viewer took. f.mu is held.
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

// tell wakes the viewers, and add, after a change.
func (f *follow) tell() { f.in.lines.Tell(f) }

// Next waits for the next update, or until ctx ends. After one with Over there are no more.
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

// take returns the lines that the viewer has not had yet, at most takenLines; false when there is nothing to tell.
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

// Close ends the viewer. After the last one the log is followed for linger more.
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

// endUnseen ends the follow after linger, unless a viewer has come since its last one left for the left-th time.
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
