package jobs

import (
	"context"

	"berth/store"
	"berth/store/live"
)

// hub wakes followers and watchers when there is something new to read in the store.
type hub struct {
	jobs  live.News[string] // for their followers, by ID
	users live.News[string] // for their watchers, by ID
}

// changed wakes the job's followers. With news, which is a change of state or step, it also
// wakes those of its parent, if it has one, and its user's watchers.
func (h *hub) changed(j store.Job, news bool) {
	h.jobs.Tell(j.ID)
	if !news {
		return
	}
	if j.Parent != "" {
		h.jobs.Tell(j.Parent)
	}
	h.users.Tell(j.UserID)
}

// feedLines bounds the lines of an Update.
const feedLines = 500

// Feed follows a job: its log from a line on, and every change of it. It is for one
// goroutine at a time.
type Feed struct {
	r      *Runner
	userID string
	jobID  string
	news   *live.Listener

	begun bool // an update was returned
	last  int  // number of the last line that was returned
	more  bool // there may be more lines already
}

// Follow returns a Feed of the lines after number after (0: all that are kept). It has to be closed. store.ErrNotFound for
// another user's job.
func (r *Runner) Follow(userID, jobID string, after int) (*Feed, error) {
	if _, err := r.cfg.Store.Job(userID, jobID); err != nil {
		return nil, err
	}
	return &Feed{r: r, userID: userID, jobID: jobID, last: max(after, 0), news: r.hub.jobs.Listen(jobID)}, nil
}

// Update of a Feed: the job as it is now, and the lines since the update before.
type Update struct {
	Job   store.Job
	Lines []store.LogLine // in order, none twice, none left out; at most feedLines
	Done  bool            // the job is final (or waits) and all its lines were returned
}

// Next waits for the next update, at most until ctx ends. The first one comes at once.
func (f *Feed) Next(ctx context.Context) (Update, error) {
	if f.begun && !f.more {
		select {
		case <-f.news.C:
		case <-ctx.Done():
			return Update{}, ctx.Err()
		}
	}
	return f.read()
}

// read returns the current update. A change after it has begun wakes Next again.
func (f *Feed) read() (Update, error) {
	select {
	case <-f.news.C: // about to be read
	default:
	}
	j, err := f.r.cfg.Store.Job(f.userID, f.jobID)
	if err != nil {
		return Update{}, err
	}
	// After the job: if that is final, all its lines are written by now.
	lines, err := f.r.cfg.Store.Log(f.jobID, f.last, feedLines)
	if err != nil {
		return Update{}, err
	}
	if n := len(lines); n > 0 {
		f.last = lines[n-1].N
	}
	f.begun, f.more = true, len(lines) == feedLines
	over := j.State.Final() || j.State == store.JobWaiting
	return Update{Job: j, Lines: lines, Done: over && !f.more}, nil
}

// Close ends the feed.
func (f *Feed) Close() { f.news.Close() }

// Watch returns a listener that is woken when any of the user's jobs changes state or step. It has to be closed.
func (r *Runner) Watch(userID string) *live.Listener { return r.hub.users.Listen(userID) }
