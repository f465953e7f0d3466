// Package consoles carries shells in containers to browsers, each over a WebSocket.
package consoles

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/coder/websocket"

	"berth/pct"
	"berth/store"
	"berth/store/live"
)

// How many consoles may be open at once. A host is known by its SSH address: it may be a
// node of several people.
const (
	MaxOfUser = 24
	MaxOfHost = 32
)

// IdleLimit is how long a console stays open in which nothing is typed, whatever it shows.
const IdleLimit = time.Hour

// Config is what the consoles need. Store and Host must be set.
type Config struct {
	Store *store.Store
	Host  func(userID string, at store.Ref) (*pct.Host, error) // as fleet.Fleet.Host
	Clock live.Clock                                           // nil: the real one
	Log   *slog.Logger                                         // nil: discarded
}

// Consoles are all that are open. It is safe for concurrent use and must be closed.
type Consoles struct {
	Config
	tickets tickets

	mu     sync.Mutex
	closed bool
	ends   map[*context.CancelFunc]struct{} // of those that are open
	ofUser map[string]int
	ofHost map[string]int
	open   sync.WaitGroup
}

// New makes Consoles, none of which is open.
func New(cfg Config) *Consoles {
	if cfg.Clock == nil {
		cfg.Clock = live.RealClock{}
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	return &Consoles{
		Config:  cfg,
		tickets: newTickets(cfg.Clock.Now),
		ends:    make(map[*context.CancelFunc]struct{}),
		ofUser:  make(map[string]int),
		ofHost:  make(map[string]int),
	}
}

// Close ends all consoles and waits for them, for as long as ctx lasts.
func (c *Consoles) Close(ctx context.Context) error {
	c.mu.Lock()
	c.closed = true
	for end := range c.ends {
		(*end)()
	}
	c.mu.Unlock()
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		c.open.Wait()
	}()
	select {
	case <-ended:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Holder is who opens a console, in which session, and where.
type Holder struct {
	UserID, SessionID string
	store.Ref
}

// LimitError says that as many consoles are open as may be.
type LimitError struct {
	Max    int
	OfHost bool // the host's; else the user's
}

func (e *LimitError) Error() string {
	if e.OfHost {
		return fmt.Sprintf("consoles: %d are open on the host", e.Max)
	}
	return fmt.Sprintf("consoles: %d of the user are open", e.Max)
}

// ErrClosed is a console that is not opened as Berth is shutting down.
var ErrClosed = errors.New("consoles: closed")

// Ticket is what opens one console of a holder, once, within TicketLife. *LimitError,
// ErrClosed; what the Host function says against it. The host is not asked.
func (c *Consoles) Ticket(h Holder) (string, error) {
	host, err := c.Host(h.UserID, h.Ref)
	if err != nil {
		return "", err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.room(h, host); err != nil {
		return "", err
	}
	return c.tickets.add(h), nil
}

// Redeem takes a ticket; false when there is none of that holder.
func (c *Consoles) Redeem(ticket string, h Holder) bool { return c.tickets.take(ticket, h) }

// room says what is against one more console.
func (c *Consoles) room(h Holder, host *pct.Host) error {
	switch {
	case c.closed:
		return ErrClosed
	case c.ofUser[h.UserID] >= MaxOfUser:
		return &LimitError{Max: MaxOfUser}
	case c.ofHost[host.Addr()] >= MaxOfHost:
		return &LimitError{Max: MaxOfHost, OfHost: true}
	}
	return nil
}

// enter notes one more console; leave must be called when it has ended.
func (c *Consoles) enter(h Holder, host *pct.Host, end context.CancelFunc) (leave func(), err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.room(h, host); err != nil {
		return nil, err
	}
	c.ofUser[h.UserID]++
	c.ofHost[host.Addr()]++
	c.ends[&end] = struct{}{}
	return func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		delete(c.ends, &end)
		less(c.ofUser, h.UserID)
		less(c.ofHost, host.Addr())
	}, nil
}

// begin notes that a console is about to be opened, which Close waits for; false after Close.
func (c *Consoles) begin() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.closed {
		c.open.Add(1)
	}
	return !c.closed
}

func less(count map[string]int, key string) {
	if count[key]--; count[key] == 0 {
		delete(count, key)
	}
}

// Console is one to be opened.
type Console struct {
	Holder Holder
	Event  store.Event // what is kept of it: whose, and where
	Size   pct.WindowSize
	Until  func(context.Context) error // waits until the session that opened it has ended; an error when nobody can tell
	Tell   func(Outcome) (w Words)     // says how it ended
}

// Outcome is how a console ended.
type Outcome struct {
	End  store.EventEnd
	Exit int   // with store.EndExit
	Err  error // with store.EndFailed and store.EndLost
}

// Words are an outcome's.
type Words struct {
	HTML   string        // for its page
	Detail store.Message // for the event: why it failed or broke off
}

// Serve opens a console over ws, which it takes over, and returns when it has ended. It
// ends with ctx, with the session, with Close, and with either of its ends.
func (c *Consoles) Serve(ctx context.Context, ws *websocket.Conn, k Console) {
	defer ws.CloseNow() // what it says of a connection that is gone helps nobody
	if !c.begin() {
		return
	}
	defer c.open.Done()
	event := k.Event
	event.Kind = store.EventConsole
	event, err := c.Store.AddEvent(event)
	if err != nil {
		c.Log.Error("a console could not be recorded, so it was not opened", "error", err)
		return
	}
	l := newLine(ws, c.Clock.Now)
	outcome := c.run(ctx, l, k)
	words := k.Tell(outcome)
	event.End, event.Exit, event.Detail = outcome.End, outcome.Exit, words.Detail
	if err := c.Store.EndEvent(event); err != nil {
		c.Log.Error("the end of a console could not be recorded", "error", err)
	}
	l.part(words.HTML)
}
