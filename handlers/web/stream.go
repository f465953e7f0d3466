package web

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
	// Heartbeat bounds the silence of a stream: proxies cut off silent ones.
	Heartbeat = 15 * time.Second
	// streamWrite bounds the sending of one event.
	streamWrite = 10 * time.Second
)

// EventStream is an open answer of server-sent events.
type EventStream struct {
	Ctx     context.Context // ends when the browser is gone, its session has ended or Berth is shut down
	end     context.CancelCauseFunc
	watched sync.WaitGroup
	w       http.ResponseWriter
	rc      *http.ResponseController
}

// errSessionOver cancels the stream of a session that has ended.
var errSessionOver = errors.New("the session has ended")

// OpenStream begins the answer, which whoever opens it closes. What can fail in words must have been done before.
func (a *App) OpenStream(c echo.Context) (*EventStream, error) {
	h := c.Response().Header()
	h.Set(echo.HeaderContentType, "text/event-stream")
	h.Set(echo.HeaderCacheControl, "no-store")
	h.Set("X-Accel-Buffering", "no") // nginx else keeps events back
	s := &EventStream{w: c.Response(), rc: http.NewResponseController(c.Response())}
	s.Ctx, s.end = context.WithCancelCause(c.Request().Context())
	c.Response().WriteHeader(http.StatusOK)
	if err := s.write(":\n\n"); err != nil {
		s.end(err)
		return nil, err
	}
	session := SessionOf(c)
	s.watched.Go(func() { a.watchSession(s, session) })
	return s, nil
}

// watchSession ends a stream when the session that opened it has ended, or when nobody can tell.
func (a *App) watchSession(s *EventStream, session store.Session) {
	err := a.UntilSignedOut(s.Ctx, session)
	if err == nil {
		err = errSessionOver
	}
	s.end(err)
}

// UntilSignedOut waits until a session has ended. The error is why that is not known, or that ctx has.
func (a *App) UntilSignedOut(ctx context.Context, session store.Session) error {
	news := a.Store.WatchSession(session.ID)
	defer news.Close()
	for {
		end, err := a.Store.SessionEnd(session.UserID, session.ID)
		if errors.Is(err, store.ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		select {
		case <-news.C:
		case <-a.Clock.At(end): // unless it was used meanwhile
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// Close ends the stream. A page whose session is over is told that nothing more will come, so that it does not ask again.
func (s *EventStream) Close() {
	s.end(nil)
	s.watched.Wait()
	if context.Cause(s.Ctx) == errSessionOver {
		_ = s.Done() // who is gone needs no word
	}
}

// Send writes one event; the components together are its data. id may be "".
func (s *EventStream) Send(event, id string, parts ...templ.Component) error {
	var data bytes.Buffer
	for _, p := range parts {
		if err := p.Render(s.Ctx, &data); err != nil {
			return err
		}
	}
	return s.SendText(event, id, data.String())
}

// SendText writes one event with a text as its data. id may be "".
func (s *EventStream) SendText(event, id, data string) error {
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

// Beat keeps the connection alive.
func (s *EventStream) Beat() error { return s.write(":\n\n") }

// Done tells the page that nothing more will come.
func (s *EventStream) Done() error { return s.SendText("done", "", "") }

func (s *EventStream) write(text string) error {
	if err := s.rc.SetWriteDeadline(time.Now().Add(streamWrite)); err != nil {
		return err
	}
	if _, err := s.w.Write([]byte(text)); err != nil {
		return err
	}
	return s.rc.Flush()
}
