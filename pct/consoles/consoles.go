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

// The most consoles that may be open at once, of one user and on one host. A host is told by
// its SSH address, as it may be a node of several users.
const (
	MaxOfUser = 24
	MaxOfHost = 32
)

// IdleLimit is the time after which a console in which nothing is typed is closed, whatever it shows.
const IdleLimit = time.Hour

// Config of Consoles. Store and Host must be set.
type Config struct {
	Store *store.Store
	Host  func(userID string, at store.Ref) (*pct.Host, error) // as fleet.Fleet.Host
	Clock live.Clock                                           // nil: the real one
	Log   *slog.Logger                                         // nil: discarded
}

// Consoles opens consoles and keeps count of those that are open. It is safe for concurrent use and must be closed.
type Consoles struct {
	Config
	tickets tickets

	mu     sync.Mutex
	closed bool
	ends   map[*context.CancelFunc]struct{} // end the open ones
	ofUser map[string]int
	ofHost map[string]int
	open   sync.WaitGroup
}

// New makes Consoles.
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

// Close ends all consoles, opens no more, and waits for them until ctx ends.
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

// Holder identifies the user and the session that a console is for, and its container. A ticket is bound to all three.
type Holder struct {
	UserID, SessionID string
	store.Ref
}

// LimitError says that a console was not opened, as there are Max already.
type LimitError struct {
	Max    int
	OfHost bool // on the host; else of the user
}

func (e *LimitError) Error() string {
	if e.OfHost {
		return fmt.Sprintf("consoles: %d are open on the host", e.Max)
	}
	return fmt.Sprintf("consoles: %d of the user are open", e.Max)
}

// ErrClosed says that a console was not opened, as Berth is shutting down.
var ErrClosed = errors.New("consoles: closed")

// Ticket returns a ticket with which the holder's browser opens one console, once, within
// TicketLife. It fails with *LimitError, ErrClosed, or the error of Config.Host. The host
// itself is not asked.
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

// Redeem uses up a ticket; false when it is not one of that holder, or too old. It is called before Serve.
func (c *Consoles) Redeem(ticket string, h Holder) bool { return c.tickets.take(ticket, h) }

// room returns the error that keeps one more console from being opened. c.mu is held.
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

// enter counts one more console, which Close ends by calling end; leave must be called when it has ended.
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

// Console has the arguments of Serve for one console.
type Console struct {
	Holder Holder
	Event  store.Event // the record that is kept of it, with its user and container; Serve fills in the rest
	Size   pct.WindowSize
	Until  func(context.Context) error // waits until the session that opened it has ended; an error when that cannot be told
	Tell   func(Outcome) (w Words)     // called once, at the end, for the words about it
}

// Outcome is the end of a console, and its cause.
type Outcome struct {
	End  store.EventEnd
	Exit int   // with store.EndExit
	Err  error // with store.EndFailed and store.EndLost
}

// Words tell an outcome to people.
type Words struct {
	HTML   string        // for the console's page
	Detail store.Message // for the event: the cause of a failure or a lost connection
}

// Serve opens a console over ws, which it takes over, and returns when it has ended: when
// ctx ends, or the session, or either side hangs up, at IdleLimit, or at Close. It records
// the console as an event; where that fails, it opens none.
func (c *Consoles) Serve(ctx context.Context, ws *websocket.Conn, k Console) {
	defer ws.CloseNow() // its error is of no use: the connection is over either way
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
