package handlers

import (
	"context"
	"errors"
	"slices"
	"strconv"

	"github.com/labstack/echo/v4"

	"berth/handlers/web"
	"berth/jobs"
	"berth/store"
	"berth/views"
	"berth/views/layout"
)

// jobEvents is GET /jobs/{id}/events: the job's state whenever it changes, and its log.
// A browser that had lines already says so in Last-Event-ID and gets those after them;
// any other gets a snapshot of the log's end first.
func (a *site) jobEvents(c echo.Context) error {
	j, err := a.jobOf(c)
	if err != nil {
		return err
	}
	after, resumes := lastLine(c, j)
	if !resumes {
		after = logTail(j)
	}
	feed, err := a.Jobs.Follow(j.UserID, j.ID, after)
	if err != nil {
		return err
	}
	defer feed.Close()
	s, err := a.OpenStream(c)
	if err != nil {
		return err
	}
	defer s.Close()
	for snapshot := !resumes; ; {
		u, err := nextUpdate(s.Ctx, feed)
		switch {
		case errors.Is(err, context.DeadlineExceeded) && s.Ctx.Err() == nil:
			if err := s.Beat(); err != nil {
				return err
			}
		case err != nil:
			return err
		default:
			if err := a.sendUpdate(s, u, snapshot); err != nil {
				return err
			}
			snapshot = false
			if u.Done && u.Job.State.Final() {
				return a.endUpdates(s, u.Job.UserID)
			}
		}
	}
}

// linesAnEvent bounds the lines of one event: a browser redraws the page after each.
const linesAnEvent = 200

// nextUpdate waits for no longer than a stream may be silent.
func nextUpdate(ctx context.Context, feed *jobs.Feed) (jobs.Update, error) {
	ctx, cancel := context.WithTimeout(ctx, web.Heartbeat)
	defer cancel()
	return feed.Next(ctx)
}

func (a *site) sendUpdate(s *web.EventStream, u jobs.Update, snapshot bool) error {
	p, err := a.jobView(s.Ctx, u.Job)
	if err != nil {
		return err
	}
	if !u.Job.State.Final() {
		p.Trouble = web.Trouble(a.Store.Trouble())
	}
	if u.Job.Kind == store.JobBulk {
		return s.Send("state", "", views.JobHead(p, true), views.JobLines(p, true))
	}
	if snapshot {
		id := strconv.Itoa(u.Job.LogLast)
		if n := len(u.Lines); n > 0 {
			id = strconv.Itoa(u.Lines[n-1].N)
		}
		if err := s.Send("snapshot", id, views.JobLog(u.Job, u.Lines, p.Now, true)); err != nil {
			return err
		}
	} else {
		// The ID is that of the last line: a browser has all lines of an event or none.
		for lines := range slices.Chunk(u.Lines, linesAnEvent) {
			if err := s.Send("line", strconv.Itoa(lines[len(lines)-1].N), views.JobLogLines(u.Job, lines, p.Now)); err != nil {
				return err
			}
		}
	}
	return s.Send("state", "", views.JobHead(p, true), views.JobSteps(p, true))
}

// endUpdates ends the stream of a job that has ended, with how many are left.
func (a *site) endUpdates(s *web.EventStream, userID string) error {
	open, err := a.Store.OpenJobsOf(userID)
	if err != nil {
		return err
	}
	if err := s.Send("jobs", "", layout.JobsCountUpdate(views.CountJobs(open))); err != nil {
		return err
	}
	return s.Done()
}

// lastLine is the number of the last line that the browser has; false when it has none.
func lastLine(c echo.Context, j store.Job) (int, bool) {
	n, err := strconv.Atoi(c.Request().Header.Get("Last-Event-ID"))
	return n, err == nil && n >= 0 && n <= j.LogLast
}
