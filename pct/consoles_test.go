package pct_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/coder/websocket"

	"berth/pct"
	"berth/pct/consoles"
	"berth/store"
	"berth/store/storetest"
)

// Package consoles is tested here, as its tests need the SSH server of this package's.

// harbour opens consoles at a real SSH server for browsers.
type harbour struct {
	*consoles.Consoles
	t      testing.TB
	server *httptest.Server
	store  *store.Store
	over   context.Context // ends with the session
	end    context.CancelFunc
	clock  *storetest.Clock
}

var consoleHolder = consoles.Holder{UserID: "ada", SessionID: "s", Ref: store.Ref{NodeID: "n1", VMID: 100}}

func newHarbour(t testing.TB, host *pct.Host) *harbour {
	t.Helper()
	h := &harbour{t: t, store: storetest.Open(t), clock: storetest.NewClock(time.Date(2026, 11, 23, 21, 18, 4, 0, time.UTC))}
	h.over, h.end = context.WithCancel(t.Context())
	h.Consoles = consoles.New(consoles.Config{
		Store: h.store,
		Host:  func(string, store.Ref) (*pct.Host, error) { return host, nil },
		Clock: h.clock,
	})
	h.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ws, err := websocket.Accept(w, r, nil)
		if err != nil {
			t.Error(err)
			return
		}
		h.Serve(r.Context(), ws, consoles.Console{
			Holder: consoleHolder,
			Event:  store.Event{UserID: "ada", NodeID: "n1", Scope: "s1", VMID: 100},
			Size:   pct.WindowSize{Columns: 80, Rows: 24},
			Until:  h.untilSignedOut,
			Tell: func(o consoles.Outcome) consoles.Words {
				return consoles.Words{HTML: fmt.Sprintf("%s %d %v", o.End, o.Exit, o.Err)}
			},
		})
	}))
	t.Cleanup(func() {
		h.close()
		h.server.Close()
	})
	return h
}

// untilSignedOut waits until the session of the consoles has ended.
func (h *harbour) untilSignedOut(ctx context.Context) error {
	select {
	case <-h.over.Done():
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (h *harbour) close() {
	h.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 40*time.Second)
	defer cancel()
	if err := h.Close(ctx); err != nil {
		h.t.Error(err)
	}
}

// recorded waits until the end of the newest console is recorded.
func (h *harbour) recorded() {
	h.t.Helper()
	for {
		events, err := h.store.Events("ada", "s1", 100, 1)
		if err != nil {
			h.t.Fatal(err)
		}
		if len(events) == 1 && events[0].End != "" {
			return
		}
		time.Sleep(time.Millisecond) // another goroutine writes it
	}
}

// ends waits until no console is open, and returns how those that were opened ended, the newest first.
func (h *harbour) ends() (ends []store.EventEnd) {
	h.t.Helper()
	h.close()
	events, err := h.store.Events("ada", "s1", 100, 100)
	if err != nil {
		h.t.Fatal(err)
	}
	for _, e := range events {
		ends = append(ends, e.End)
	}
	return ends
}

// screen is a browser's side of a console, as the page's script has it.
type screen struct {
	t     testing.TB
	ws    *websocket.Conn
	quiet atomic.Bool // it does not tell what it has taken

	mu     sync.Mutex
	change *sync.Cond
	shown  []byte
	room   int // bytes that may be typed
	ended  string
	gone   error
}

func (h *harbour) screen(quiet bool) *screen {
	h.t.Helper()
	ws, _, err := websocket.Dial(h.t.Context(), h.server.URL, nil)
	if err != nil {
		h.t.Fatal(err)
	}
	ws.SetReadLimit(1 << 20)
	s := &screen{t: h.t, ws: ws, room: consoles.Window}
	s.quiet.Store(quiet)
	s.change = sync.NewCond(&s.mu)
	var reading sync.WaitGroup
	reading.Go(s.read)
	h.t.Cleanup(func() {
		ws.CloseNow()
		reading.Wait()
	})
	return s
}

func (s *screen) read() {
	for taken := 0; ; {
		kind, data, err := s.ws.Read(context.Background())
		var m struct {
			Taken int
			Ended *string
		}
		s.mu.Lock()
		switch {
		case err != nil:
			s.gone = err
		case kind == websocket.MessageBinary:
			s.shown = append(s.shown, data...)
			taken += len(data)
		case json.Unmarshal(data, &m) != nil:
			s.t.Errorf("message %q", data)
		case m.Ended != nil:
			s.ended = *m.Ended
		}
		s.room += m.Taken
		s.change.Broadcast()
		s.mu.Unlock()
		if err != nil {
			return
		}
		if m.Ended != nil {
			s.ws.Close(websocket.StatusNormalClosure, "")
		}
		if taken >= consoles.Window/4 && !s.quiet.Load() {
			s.send(websocket.MessageText, fmt.Appendf(nil, `{"taken":%d}`, taken))
			taken = 0
		}
	}
}

// send sends a message. It ignores errors: that the console has ended, the reader notes in s.gone.
func (s *screen) send(kind websocket.MessageType, data []byte) {
	s.ws.Write(context.Background(), kind, data)
}

// types sends a text as fast as the flow control allows.
func (s *screen) types(text string) {
	for len(text) > 0 {
		s.mu.Lock()
		for s.room == 0 && s.gone == nil {
			s.change.Wait()
		}
		n := min(s.room, len(text), 16<<10)
		s.room -= n
		gone := s.gone
		s.mu.Unlock()
		if gone != nil {
			s.t.Fatalf("nobody takes what is typed: %v", gone)
		}
		s.send(websocket.MessageBinary, []byte(text[:n]))
		text = text[n:]
	}
}

// says waits until a text is shown, and returns what was shown before it.
func (s *screen) says(text string) string {
	s.t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	for looked := 0; ; s.change.Wait() {
		if at := bytes.Index(s.shown[looked:], []byte(text)); at >= 0 {
			before := string(s.shown[:looked+at])
			s.shown = s.shown[looked+at+len(text):]
			return before
		}
		if s.gone != nil {
			s.t.Fatalf("it ends without %q: %.200q, %q, %v", text, s.shown, s.ended, s.gone)
		}
		looked = max(len(s.shown)-len(text), 0)
	}
}

// waits until the console has ended, and returns the words of its last message.
func (s *screen) waits() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	for s.gone == nil {
		s.change.Wait()
	}
	return s.ended
}

// atPrompt waits for the prompt, and turns echo and prompt off.
func (s *screen) atPrompt() *screen {
	s.t.Helper()
	s.says("root@web:~# ")
	s.types("stty -echo -onlcr; PS1=; echo rea''dy\n")
	s.says("ready\n")
	return s
}

func TestAConsoleIsTypedInto(t *testing.T) {
	t.Parallel()
	h := newHarbour(t, newSSHD(t).host())
	s := h.screen(false).atPrompt()
	s.types("until [ \"$(stty size)\" = '50 132' ]; do sleep 0.1; done; echo si''zed\n")
	s.send(websocket.MessageText, []byte(`{"columns":132,"rows":50}`))
	s.says("sized\n")
	s.types("exit 7\n")
	if words := s.waits(); words != "exit 7 <nil>" {
		t.Errorf("%q", words)
	}
	if ends := h.ends(); len(ends) != 1 || ends[0] != store.EndExit {
		t.Errorf("%v", ends)
	}
}

func TestAConsoleCarriesTenMegabytes(t *testing.T) {
	t.Parallel()
	s := newHarbour(t, newSSHD(t).host()).screen(false).atPrompt()
	const lines, line = 10 << 10, 1 << 10
	s.types(fmt.Sprintf("yes %s | head -n %d; echo wh''ole\n", strings.Repeat("x", line-1), lines))
	got := s.says("whole\n")
	if want := strings.Repeat(strings.Repeat("x", line-1)+"\n", lines); got != want {
		t.Errorf("%d bytes, not the %d that were written", len(got), len(want))
	}
}

// A program echoes its input, and reads no more while its output is not taken: input and output must not wait for each other.
func TestFastTypingIntoAConsoleArrivesWhole(t *testing.T) {
	t.Parallel()
	s := newHarbour(t, newSSHD(t).host()).screen(false).atPrompt()
	s.types("stty raw -echo; echo ra''w; cat\n")
	s.says("raw\n")
	random := make([]byte, 1<<20)
	rand.Read(random) // never fails
	typed := fmt.Sprintf("%x", random)
	for _, key := range typed[:2000] { // a key a message, and then as a paste
		s.types(string(key))
	}
	s.types(typed[2000:] + "END")
	if got := s.says("END"); got != typed {
		t.Errorf("what came back is not what was typed: %d bytes of %d", len(got), len(typed))
	}
}

func TestTwentyConsolesAtOnce(t *testing.T) {
	t.Parallel()
	h := newHarbour(t, newSSHD(t).host())
	var open []*screen
	for range 20 {
		open = append(open, h.screen(false))
	}
	var all sync.WaitGroup
	for i, s := range open {
		all.Go(func() {
			s.atPrompt()
			s.types("yes " + strconv.Itoa(i+1000) + " | head -n 100000; echo wh''ole\n")
			if got, want := s.says("whole\n"), strings.Repeat(strconv.Itoa(i+1000)+"\n", 100000); got != want {
				t.Errorf("%d: %d bytes of %d", i, len(got), len(want))
			}
		})
	}
	all.Wait()
}

func TestAConsoleSendsNoMoreThanIsTaken(t *testing.T) {
	t.Parallel()
	h := newHarbour(t, newSSHD(t).host())
	s := h.screen(true)
	s.says("root@web:~# ")
	s.types("yes\n")
	shown := func() int {
		s.mu.Lock()
		defer s.mu.Unlock()
		return len(s.shown) + len("root@web:~# ")
	}
	await := func(n int) {
		s.mu.Lock()
		defer s.mu.Unlock()
		for len(s.shown)+len("root@web:~# ") < n && s.gone == nil {
			s.change.Wait()
		}
	}
	await(consoles.Window)
	for range 3 { // what was sent before the answer is there then
		if err := s.ws.Ping(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if n := shown(); n != consoles.Window {
		t.Errorf("%d bytes were sent, %d may be", n, consoles.Window)
	}
	s.send(websocket.MessageText, []byte(`{"taken":4096}`))
	await(consoles.Window + 4096)
}

func TestAConsoleTakesNoMoreThanItHasRoomFor(t *testing.T) {
	t.Parallel()
	h := newHarbour(t, newSSHD(t).host())
	for name, send := range map[string]func(*screen){
		"too much": func(s *screen) {
			s.types("exec sleep 300\n") // which reads nothing
			for range 1000 {            // 16 MB: more than all between have room for
				s.send(websocket.MessageBinary, bytes.Repeat([]byte("x"), 16<<10))
			}
		},
		"no message":     func(s *screen) { s.send(websocket.MessageText, []byte(`{"columns":0}`)) },
		"a long message": func(s *screen) { s.send(websocket.MessageBinary, make([]byte, 64<<10)) },
	} {
		t.Run(name, func(t *testing.T) {
			s := h.screen(false).atPrompt()
			send(s)
			s.waits()
			h.recorded() // before Close ends it too
		})
	}
	for _, end := range h.ends() {
		if end != store.EndLeft {
			t.Errorf("it ended by %s", end)
		}
	}
}

func TestTheShellOfAConsoleEnds(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		end  func(*harbour, *screen)
		want store.EventEnd
	}{
		"with its page":        {func(_ *harbour, s *screen) { s.ws.CloseNow() }, store.EndLeft},
		"when it is closed":    {func(_ *harbour, s *screen) { s.ws.Close(websocket.StatusNormalClosure, "") }, store.EndLeft},
		"with its session":     {func(h *harbour, _ *screen) { h.end() }, store.EndSignedOut},
		"when it is forgotten": {func(h *harbour, _ *screen) { h.clock.AdvanceAwaited(h.t, consoles.IdleLimit) }, store.EndIdle},
		"with Berth":           {func(h *harbour, _ *screen) { h.close() }, store.EndShutdown},
		"with its own exit":    {func(_ *harbour, s *screen) { s.types("exit\n") }, store.EndExit},
		"amid what it shows":   {func(h *harbour, s *screen) { s.types("yes\n"); s.says("y\ny\n"); h.end() }, store.EndSignedOut},
		"while nobody takes it": {func(h *harbour, s *screen) {
			s.quiet.Store(true)
			s.types("yes\n")
			s.says("y\ny\n")
			h.end()
		}, store.EndSignedOut},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHarbour(t, newSSHD(t).host())
			s := h.screen(false).atPrompt()
			s.types("echo $$\n")
			shell := strings.TrimSpace(s.says("\n"))
			tt.end(h, s)
			words := s.waits()
			if tt.want != store.EndLeft && !strings.HasPrefix(words, string(tt.want)) {
				t.Errorf("the page reads %q", words)
			}
			for deadline := time.Now().Add(40 * time.Second); exec.Command("kill", "-0", shell).Run() == nil; {
				if time.Now().After(deadline) {
					t.Fatalf("process %s is still there", shell)
				}
				time.Sleep(20 * time.Millisecond) // another process ends
			}
			if ends := h.ends(); len(ends) != 1 || ends[0] != tt.want {
				t.Errorf("%v", ends)
			}
		})
	}
}

func TestALostConnectionEndsItsConsole(t *testing.T) {
	t.Parallel()
	server := newSSHD(t)
	h := newHarbour(t, server.host())
	s := h.screen(false).atPrompt()
	server.cut()
	if words := s.waits(); !strings.HasPrefix(words, string(store.EndLost)) {
		t.Errorf("%q", words)
	}
}

func TestConsolesAreLimited(t *testing.T) {
	t.Parallel()
	h := newHarbour(t, newSSHD(t).host())
	var open []*screen
	for range consoles.MaxOfUser {
		open = append(open, h.screen(false))
	}
	for _, s := range open {
		s.says("root@web:~# ")
	}
	if words := h.screen(false).waits(); !strings.HasPrefix(words, string(store.EndFailed)) || !strings.Contains(words, strconv.Itoa(consoles.MaxOfUser)) {
		t.Errorf("%q", words)
	}
	if _, err := h.Ticket(consoleHolder); err == nil {
		t.Error("there is a ticket for one more")
	}
	open[0].types("exit\n")
	open[0].waits()
	for { // the place is free when it has parted
		ticket, err := h.Ticket(consoleHolder)
		if err == nil && h.Redeem(ticket, consoleHolder) {
			return
		}
	}
}
