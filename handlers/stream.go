package handlers

import (
	"bytes"
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"
)

const (
	// heartbeat is how long a stream may be silent: proxies cut off what is.
	heartbeat = 15 * time.Second
	// streamWrite is how long one event may take to be sent.
	streamWrite = 10 * time.Second
)

// eventStream is an open answer of server-sent events.
type eventStream struct {
	ctx context.Context // ends when the browser is gone or Berth is shut down
	w   http.ResponseWriter
	rc  *http.ResponseController
}

// openStream begins the answer. What can fail in words must have been done before.
func openStream(c echo.Context) (*eventStream, error) {
	h := c.Response().Header()
	h.Set(echo.HeaderContentType, "text/event-stream")
	h.Set(echo.HeaderCacheControl, "no-store")
	h.Set("X-Accel-Buffering", "no") // nginx else keeps events back
	s := &eventStream{ctx: c.Request().Context(), w: c.Response(), rc: http.NewResponseController(c.Response())}
	c.Response().WriteHeader(http.StatusOK)
	return s, s.write(":\n\n")
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

// over tells whether the session that opened the stream has ended.
func (a *app) over(c echo.Context) (bool, error) {
	session := sessionOf(c)
	live, err := a.Store.Sessions(session.UserID)
	if err != nil {
		return false, err
	}
	for _, s := range live {
		if s.ID == session.ID {
			return false, nil
		}
	}
	return true, nil
}
