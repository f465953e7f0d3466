package jobs

import (
	"context"
	"sync"

	"berth/store"
)

// hub tells followers and watchers that there is something to read in the store. It
// carries no content: who is slow misses nothing.
type hub struct {
	mu      sync.Mutex
	topics  map[string]*topic                     // job ID to its followers
	watches map[string]map[chan struct{}]struct{} // user ID to watchers
}

// topic is a job that someone follows.
type topic struct {
	followers int
	revision  int           // grows with each change
	changed   chan struct{} // closed at the next change
}

func newHub() hub {
	return hub{topics: map[string]*topic{}, watches: map[string]map[chan struct{}]struct{}{}}
}

// changed tells the job's followers. If it is news, those of the job of several that it
// is one of hear it too, and its user's watchers.
func (h *hub) changed(j store.Job, news bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.bump(j.ID)
	if !news {
		return
	}
	if j.Parent != "" {
		h.bump(j.Parent)
	}
	for c := range h.watches[j.UserID] {
		select {
		case c <- struct{}{}:
		default: // it has not yet looked after the last one
		}
	}
}

// moved tells the followers of queued jobs that their place is another one.
func (h *hub) moved(ids []string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, id := range ids {
		h.bump(id)
	}
}

// failed tells the job's followers that it cannot be written.
func (h *hub) failed(id string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.bump(id)
}

// bump wakes the job's followers. h.mu is held.
func (h *hub) bump(id string) {
	t := h.topics[id]
	if t == nil {
		return
	}
	t.revision++
	close(t.changed)
	t.changed = make(chan struct{})
}

func (h *hub) follow(id string) *topic {
	h.mu.Lock()
	defer h.mu.Unlock()
	t := h.topics[id]
	if t == nil {
		t = &topic{changed: make(chan struct{})}
		h.topics[id] = t
	}
	t.followers++
	return t
}

func (h *hub) unfollow(id string, t *topic) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if t.followers--; t.followers == 0 {
		delete(h.topics, id)
	}
}

// now returns the topic's revision and what is closed when it is no longer the latest.
func (h *hub) now(t *topic) (revision int, changed <-chan struct{}) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return t.revision, t.changed
}

// feedLines is how many lines an Update holds at most.
const feedLines = 500

// Feed follows a job: its log from a line on, and every change of it. It is for one
// goroutine at a time.
type Feed struct {
	r      *Runner
	userID string
	jobID  string
	topic  *topic

	begun    bool // an update was given
	revision int  // of the last update
	last     int  // number of the last line that was given
	more     bool // there may be more lines already
	closed   bool
}

// Follow begins after line number after (0: from the first that is kept). ErrNotFound for another user's job.
func (r *Runner) Follow(userID, jobID string, after int) (*Feed, error) {
	if _, err := r.cfg.Store.Job(userID, jobID); err != nil {
		return nil, err
	}
	return &Feed{r: r, userID: userID, jobID: jobID, last: max(after, 0), topic: r.hub.follow(jobID)}, nil
}

// Update is what happened since the last one.
type Update struct {
	Job   store.Job
	Lines []store.LogLine // new ones, in order, none twice, none left out; at most 500
	Done  bool            // the job is final (or waits) and all its lines were given
}

// Next waits for the next update, at most until ctx ends. The first is there at once.
func (f *Feed) Next(ctx context.Context) (Update, error) {
	for {
		revision, changed := f.r.hub.now(f.topic)
		if !f.begun || f.more || revision != f.revision {
			return f.read(revision)
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return Update{}, ctx.Err()
		}
	}
}

// read gives what is there now. A change after revision leads to another read.
func (f *Feed) read(revision int) (Update, error) {
	j, err := f.r.cfg.Store.Job(f.userID, f.jobID)
	if err != nil {
		return Update{}, err
	}
	// After the job: what is final then has all its lines by now.
	lines, err := f.r.cfg.Store.Log(f.jobID, f.last, feedLines)
	if err != nil {
		return Update{}, err
	}
	if n := len(lines); n > 0 {
		f.last = lines[n-1].N
	}
	f.begun, f.revision, f.more = true, revision, len(lines) == feedLines
	over := j.State.Final() || j.State == store.JobWaiting
	return Update{Job: j, Lines: lines, Done: over && !f.more}, nil
}

// Close ends the feed.
func (f *Feed) Close() {
	if !f.closed {
		f.closed = true
		f.r.hub.unfollow(f.jobID, f.topic)
	}
}

// Watch returns a channel that tells when any of the user's jobs changed state or step, and a func that ends it.
func (r *Runner) Watch(userID string) (<-chan struct{}, func()) {
	c := make(chan struct{}, 1)
	r.hub.mu.Lock()
	defer r.hub.mu.Unlock()
	if r.hub.watches[userID] == nil {
		r.hub.watches[userID] = map[chan struct{}]struct{}{}
	}
	r.hub.watches[userID][c] = struct{}{}
	return c, func() { r.hub.unwatch(userID, c) }
}

func (h *hub) unwatch(userID string, c chan struct{}) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.watches[userID], c)
	if len(h.watches[userID]) == 0 {
		delete(h.watches, userID)
	}
}
