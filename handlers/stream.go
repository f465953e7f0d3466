package handlers

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"berth/store"
)

const (
	// heartbeat is how long a stream may be silent: proxies cut off what is.
	heartbeat = 15 * time.Second
	// streamWrite is how long one event may take to be sent.
	streamWrite = 10 * time.Second
	// lookForSession is how often is looked whether the session that opened a stream has ended.
	lookForSession = time.Second
)

// eventStream is an open answer of server-sent events.
type eventStream struct {
	ctx     context.Context // ends when the browser is gone, its session has ended or Berth is shut down
	end     context.CancelCauseFunc
	watched sync.WaitGroup
	w       http.ResponseWriter
	rc      *http.ResponseController
}

// errSessionOver is why a stream ended whose session has.
var errSessionOver = errors.New("the session has ended")

// openStream begins the answer, which whoever opens it closes. What can fail in words must have been done before.
func (a *app) openStream(c echo.Context) (*eventStream, error) {
	h := c.Response().Header()
	h.Set(echo.HeaderContentType, "text/event-stream")
	h.Set(echo.HeaderCacheControl, "no-store")
	h.Set("X-Accel-Buffering", "no") // nginx else keeps events back
	s := &eventStream{w: c.Response(), rc: http.NewResponseController(c.Response())}
	s.ctx, s.end = context.WithCancelCause(c.Request().Context())
	c.Response().WriteHeader(http.StatusOK)
	if err := s.write(":\n\n"); err != nil {
		s.end(err)
		return nil, err
	}
	session := sessionOf(c)
	s.watched.Go(func() { a.watchSession(s, session) })
	return s, nil
}

// watchSession ends a stream when the session that opened it has ended, or when nobody can tell.
func (a *app) watchSession(s *eventStream, session store.Session) {
	tick := time.NewTicker(lookForSession)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
		case <-s.ctx.Done():
			return
		}
		live, err := a.Store.HasSession(session.UserID, session.ID)
		if err != nil {
			s.end(err)
		} else if !live {
			s.end(errSessionOver)
		}
	}
}

// close ends the stream. A page whose session is over is told that nothing more will come, so that it does not ask again.
func (s *eventStream) close() {
	s.end(nil)
	s.watched.Wait()
	if context.Cause(s.ctx) == errSessionOver {
		_ = s.done() // who is gone needs no word
	}
}

// send writes one event; the components together are its data. id may be "".
func (s *eventStream) send(event, id string, parts ...templ.Component) error {
	var data bytes.Buffer
	for _, p := range parts {
		if err := p.Render(s.ctx, &data); err != nil {
			return err
		}
	}
	return s.sendText(event, id, data.String())
}

func (s *eventStream) sendText(event, id, data string) error {
	var b strings.Builder
	if id != "" {
		b.WriteString("id: " + id + "\n")
	}
	b.WriteString("event: " + event + "\n")
	// A carriage return ends a line too, but cannot be told from a newline on the other side.
	for line := range strings.SplitSeq(strings.ReplaceAll(data, "\r", "\n"), "\n") {
		b.WriteString("data: " + line + "\n")
	}
	b.WriteString("\n")
	return s.write(b.String())
}

// beat keeps the connection alive.
func (s *eventStream) beat() error { return s.write(":\n\n") }

// done tells the page that nothing more will come.
func (s *eventStream) done() error { return s.sendText("done", "", "") }

func (s *eventStream) write(text string) error {
	if err := s.rc.SetWriteDeadline(time.Now().Add(streamWrite)); err != nil {
		return err
	}
	if _, err := s.w.Write([]byte(text)); err != nil {
		return err
	}
	return s.rc.Flush()
}

// over tells whether the session of a request has ended.
func (a *app) over(c echo.Context) (bool, error) {
	session := sessionOf(c)
	live, err := a.Store.HasSession(session.UserID, session.ID)
	return !live, err
}
