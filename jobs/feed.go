package jobs

import (
	"context"

	"berth/store"
	"berth/store/live"
)

// hub tells followers and watchers that there is something to read in the store.
type hub struct {
	jobs  live.News[string] // for their followers, by ID
	users live.News[string] // for their watchers, by ID
}

// changed tells the job's followers. If it is news, those of the bulk job that it
// is one of hear it too, and its user's watchers.
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

// feedLines is how many lines an Update holds at most.
const feedLines = 500

// Feed follows a job: its log from a line on, and every change of it. It is for one
// goroutine at a time.
type Feed struct {
	r      *Runner
	userID string
	jobID  string
	news   *live.Listener

	begun bool // an update was given
	last  int  // number of the last line that was given
	more  bool // there may be more lines already
}

// Follow begins after line number after (0: from the first that is kept). ErrNotFound for another user's job.
func (r *Runner) Follow(userID, jobID string, after int) (*Feed, error) {
	if _, err := r.cfg.Store.Job(userID, jobID); err != nil {
		return nil, err
	}
	return &Feed{r: r, userID: userID, jobID: jobID, last: max(after, 0), news: r.hub.jobs.Listen(jobID)}, nil
}

// Update is what happened since the last one.
type Update struct {
	Job   store.Job
	Lines []store.LogLine // new ones, in order, none twice, none left out; at most 500
	Done  bool            // the job is final (or waits) and all its lines were given
}

// Next waits for the next update, at most until ctx ends. The first is there at once.
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

// read gives what is there now. A change after it has begun leads to another read.
func (f *Feed) read() (Update, error) {
	select {
	case <-f.news.C: // which is about to be read
	default:
	}
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
	f.begun, f.more = true, len(lines) == feedLines
	over := j.State.Final() || j.State == store.JobWaiting
	return Update{Job: j, Lines: lines, Done: over && !f.more}, nil
}

// Close ends the feed.
func (f *Feed) Close() { f.news.Close() }

// Watch tells when any of the user's jobs changed state or step, until it is closed.
func (r *Runner) Watch(userID string) *live.Listener { return r.hub.users.Listen(userID) }
