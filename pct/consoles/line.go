package consoles

import (
	"context"
	"encoding/json"
	"errors"
	"sync"
	"time"

	"github.com/coder/websocket"

	"berth/pct"
)

const (
	writeWithin = 10 * time.Second // for one message
	pingEvery   = 15 * time.Second // and for the answer to it
	partWithin  = time.Second      // for the last message, and then for the browser to hang up
)

// line carries a console's bytes to a browser and back, with the flow control of Window.
type line struct {
	ws  *websocket.Conn
	now func() time.Time

	mu      sync.Mutex
	typed   []byte // that next has not returned yet
	owed    int    // bytes that came and that the browser was not told as taken
	credit  int    // bytes that may be sent
	lastKey time.Time

	moreTyped, moreCredit chan struct{} // hold a value when there is more
	hearing               sync.WaitGroup
}

func newLine(ws *websocket.Conn, now func() time.Time) *line {
	ws.SetReadLimit(maxMessage)
	return &line{ws: ws, now: now, credit: Window, lastKey: now(), moreTyped: make(chan struct{}, 1), moreCredit: make(chan struct{}, 1)}
}

// hear reads the browser's messages until it hangs up, or sends an invalid one; then it calls
// gone. part waits for its end.
func (l *line) hear(resize func(pct.WindowSize), gone func()) {
	l.hearing.Go(func() {
		defer gone()
		for {
			kind, data, err := l.ws.Read(context.Background()) // ended by closing the connection
			if err != nil {
				return
			}
			if err := l.heard(kind, data, resize); err != nil {
				return
			}
		}
	})
}

func (l *line) heard(kind websocket.MessageType, data []byte, resize func(pct.WindowSize)) error {
	if kind == websocket.MessageBinary {
		return l.keep(data)
	}
	m, err := readMessage(data)
	if err != nil {
		return err
	}
	if m.Taken == 0 {
		resize(pct.WindowSize{Columns: m.Columns, Rows: m.Rows})
		return nil
	}
	l.mu.Lock()
	l.credit = min(l.credit+m.Taken, Window)
	l.mu.Unlock()
	signal(l.moreCredit)
	return nil
}

var errTooMuch = errors.New("consoles: more was sent than may be under way")

// keep keeps what was typed for the terminal.
func (l *line) keep(typed []byte) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.owed+len(typed) > Window {
		return errTooMuch
	}
	l.owed += len(typed)
	l.typed = append(l.typed, typed...)
	l.lastKey = l.now()
	signal(l.moreTyped)
	return nil
}

// signal puts a value into a channel that holds one, if it is empty.
func signal(c chan<- struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// next waits until something was typed, and returns all of it.
func (l *line) next(ctx context.Context) ([]byte, error) {
	for {
		l.mu.Lock()
		typed := l.typed
		l.typed = nil
		l.mu.Unlock()
		if len(typed) > 0 {
			return typed, nil
		}
		select {
		case <-l.moreTyped:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// took tells the browser that the terminal took bytes, once there are tellFrom of them. taken
// counts those that it was not told yet; left is the new count.
func (l *line) took(taken int) (left int, err error) {
	if taken < tellFrom {
		return taken, nil
	}
	l.mu.Lock()
	l.owed -= taken
	l.mu.Unlock()
	return 0, l.tell(takenMessage{taken}, writeWithin)
}

// room waits until output may be sent, and returns the number of bytes.
func (l *line) room(ctx context.Context) (int, error) {
	for {
		l.mu.Lock()
		credit := l.credit
		l.mu.Unlock()
		if credit > 0 {
			return credit, nil
		}
		select {
		case <-l.moreCredit:
		case <-ctx.Done():
			return 0, ctx.Err()
		}
	}
}

// show sends output of the terminal, which must be no more than room returned.
func (l *line) show(output []byte) error {
	l.mu.Lock()
	l.credit -= len(output)
	l.mu.Unlock()
	return l.send(websocket.MessageBinary, output, writeWithin)
}

func (l *line) tell(m any, within time.Duration) error {
	data, err := json.Marshal(m)
	if err != nil {
		return err
	}
	return l.send(websocket.MessageText, data, within)
}

// send does not take the context of the console: one that ends within a message would cut
// the connection off before its last message.
func (l *line) send(kind websocket.MessageType, data []byte, within time.Duration) error {
	ctx, cancel := context.WithTimeout(context.Background(), within)
	defer cancel()
	return l.ws.Write(ctx, kind, data)
}

// lastTyped returns the time of the last input; before the first, that of the console's begin.
func (l *line) lastTyped() time.Time {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.lastKey
}

// ping pings the browser every pingEvery until ctx ends, and calls gone when it does not answer.
func (l *line) ping(ctx context.Context, gone func()) {
	tick := time.NewTicker(pingEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
		within, cancel := context.WithTimeout(ctx, pingEvery)
		err := l.ws.Ping(within)
		cancel()
		if err != nil {
			gone()
			return
		}
	}
}

// part sends the last message, lets the browser hang up, and hangs up itself if it does not.
func (l *line) part(html string) {
	if err := l.tell(endedMessage{html}, partWithin); err != nil {
		l.ws.CloseNow() // the browser is gone
	}
	late := time.AfterFunc(partWithin, func() { l.ws.CloseNow() })
	defer late.Stop()
	l.hearing.Wait()
}
