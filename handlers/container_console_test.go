package handlers

import (
	"context"
	"encoding/json"
	"html"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
	nethtml "golang.org/x/net/html"

	"berth/handlers/web"
	"berth/pct/consoles"
	"berth/proxmox/sim"
	"berth/store"
	"berth/views/explain"
)

// moored is mira's harbour with SSH set up, and the URL of a console in it.
func moored(t *testing.T) (harbour, *sim.SSH, string) {
	t.Helper()
	h := newTestApp(t).harbour("mira",
		sim.Guest{VMID: 101, Name: "<b>web</b>", Status: "running"}, sim.Guest{VMID: 102, Name: "db"}, sim.Guest{VMID: 190, Name: "hidden", Status: "running"})
	s := h.ashore()
	h.allow(s)
	if _, err := h.app.Store.SetSSH(h.user.ID, h.node.ID, store.SSHSettings{Host: "127.0.0.1", Port: s.Port, HostKey: s.HostKey()}); err != nil {
		t.Fatal(err)
	}
	return h, s, "/containers/" + h.node.ID + "/101/console"
}

// ticket asks for one as the page does, and returns where the terminal connects to.
func (c *client) ticket(at string) string {
	c.t.Helper()
	a := c.htmxPost(at+"/tickets", nil, http.StatusOK)
	n := find(a.doc(), func(n *nethtml.Node) bool { return attr(n, "id") == "console" })
	if n == nil {
		c.t.Fatalf("no terminal: %s", a.text())
	}
	return attr(n, "data-socket")
}

// dial connects a terminal; change may make another of its request's headers.
func (c *client) dial(socket string, change func(http.Header)) (*websocket.Conn, int) {
	c.t.Helper()
	h := http.Header{"Origin": {c.app.server.URL}}
	if change != nil {
		change(h)
	}
	ctx, cancel := context.WithTimeout(c.t.Context(), 40*time.Second)
	defer cancel()
	ws, res, err := websocket.Dial(ctx, c.app.server.URL+socket, &websocket.DialOptions{HTTPClient: c.http, HTTPHeader: h})
	if err != nil {
		if res == nil {
			c.t.Fatal(err)
		}
		return nil, res.StatusCode
	}
	c.t.Cleanup(func() { ws.CloseNow() }) // it may be closed already
	return ws, res.StatusCode
}

// console opens one.
func (c *client) console(at string) *websocket.Conn {
	c.t.Helper()
	ws, status := c.dial(c.ticket(at), nil)
	if ws == nil {
		c.t.Fatalf("status %d", status)
	}
	return ws
}

// until reads what a console shows until a text has come.
func until(t *testing.T, ws *websocket.Conn, text string) {
	t.Helper()
	for shown := ""; !strings.Contains(shown, text); {
		kind, data, err := ws.Read(t.Context())
		if err != nil || kind != websocket.MessageBinary {
			t.Fatalf("it ends without %q: %q, %q, %v", text, shown, data, err)
		}
		shown += string(data)
	}
}

// ending reads to the end of a console, and returns its words.
func ending(t *testing.T, ws *websocket.Conn) string {
	t.Helper()
	for {
		kind, data, err := ws.Read(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		var m struct{ Ended string }
		if kind == websocket.MessageText && json.Unmarshal(data, &m) == nil && m.Ended != "" {
			ws.Close(websocket.StatusNormalClosure, "")
			return m.Ended
		}
	}
}

// lastEvent waits until the newest event of the container has ended.
func (h harbour) lastEvent() store.Event {
	h.t.Helper()
	for {
		events, err := h.app.Store.Events(h.user.ID, h.node.Scope, 101, 1)
		if err != nil {
			h.t.Fatal(err)
		}
		if len(events) == 1 && events[0].End != "" {
			return events[0]
		}
	}
}

func TestTheConsolesPage(t *testing.T) {
	t.Parallel()
	h, _, at := moored(t)
	a := h.get(at, http.StatusOK)
	isAWholePage(a)
	a.says("<b>web</b>", "pct enter 101", "A console needs JavaScript", "Open the console")
	a.has(`hx-post="`+at+`/tickets"`, `hx-trigger="load, submit"`, `data-state="ready"`, `/static/console.`, `/static/vendor/xterm.`)
	a.lacks("<b>web", "data-socket")
	h.get("/", http.StatusOK).lacks("/static/console.", "xterm")
	if events, err := h.app.Store.Events(h.user.ID, h.node.Scope, 101, 1); err != nil || len(events) != 0 {
		t.Errorf("looking at the page did something: %v, %v", events, err)
	}
	if got, want := a.header.Get("Content-Security-Policy"), web.Policy; got != want {
		t.Errorf("the page has a policy of its own: %q", got)
	}

	a = h.get(strings.Replace(at, "101", "102", 1), http.StatusOK)
	a.says("The container is not running", "Start it first")
	a.has(`hx-trigger="submit"`)
	h.post(at+"/tickets", nil, http.StatusSeeOther).leadsTo(at) // somebody without JavaScript
	h.htmxPost(strings.Replace(at, "101", "103", 1)+"/tickets", nil, http.StatusNotFound)
}

func TestAConsoleWithoutSSHSaysSo(t *testing.T) {
	t.Parallel()
	h := newTestApp(t).harbour("mira", sim.Guest{VMID: 101, Name: "web", Status: "running"})
	at := "/containers/" + h.node.ID + "/101/console"
	a := h.get(at, http.StatusOK)
	isAWholePage(a)
	a.says("This needs SSH to pve1", "Set it up on the node's page", "pct enter 101")
	a.has(`href="/settings/nodes/`+h.node.ID+`#ssh"`, `data-state="off"`)
	a.lacks("hx-trigger=\"load")
	h.htmxPost(at+"/tickets", nil, http.StatusConflict).says("This needs SSH to pve1")
}

func TestAConsoleThroughThePage(t *testing.T) {
	t.Parallel()
	h, _, at := moored(t)
	socket := h.ticket(at) + "&columns=132&rows=50"
	ws, _ := h.dial(socket, nil)
	until(t, ws, "# ")
	const secret = "typed-into-a-console"
	if err := ws.Write(t.Context(), websocket.MessageBinary, []byte("stty size; : "+secret+"\r")); err != nil {
		t.Fatal(err)
	}
	until(t, ws, "\r\n50 132\r\n")
	if ws, status := h.dial(socket, nil); ws != nil || status != http.StatusForbidden {
		t.Errorf("the ticket opens a second one: %d", status)
	}
	h.app.clock.Advance(72 * time.Second)
	if err := ws.Write(t.Context(), websocket.MessageBinary, []byte("exit 7\r")); err != nil {
		t.Fatal(err)
	}
	words := ending(t, ws)
	if !strings.Contains(words, "The shell ended with status 7.") || !strings.Contains(words, `hx-post="`+at+`/tickets"`) {
		t.Error(words)
	}
	e := h.lastEvent()
	if e.Kind != store.EventConsole || e.End != store.EndExit || e.Exit != 7 || e.Ended.Sub(e.Began) != 72*time.Second || e.Name != "<b>web</b>" || e.NodeName != "pve1" {
		t.Errorf("%+v", e)
	}
	if kept, err := json.Marshal(e); err != nil || strings.Contains(string(kept), secret) || strings.Contains(h.app.log.String(), secret) {
		t.Errorf("what was typed is kept: %s, %v", kept, err)
	}
	if log := h.app.log.String(); strings.Contains(log, url.QueryEscape(strings.TrimPrefix(socket, at))) || !strings.Contains(log, "/console/socket") {
		t.Error("the log lacks the request, or has its ticket")
	}
}

func TestWhoMayOpenAConsole(t *testing.T) {
	t.Parallel()
	h, _, at := moored(t)
	other := h.app.signedIn("noah")
	other.app.node(other.user, h.app.cluster(sim.Config{}), "pve1")
	other.get(at, http.StatusNotFound)
	other.htmxPost(at+"/tickets", nil, http.StatusNotFound)
	socket := h.ticket(at)
	if _, status := other.dial(socket, nil); status != http.StatusNotFound {
		t.Errorf("another user: %d", status)
	}
	elsewhere := h.app.browser() // another session of mira's
	elsewhere.signIn("mira")
	if _, status := elsewhere.dial(socket, nil); status != http.StatusForbidden {
		t.Errorf("another session: %d", status)
	}
	if _, status := h.dial(strings.Replace(socket, "/101/", "/102/", 1), nil); status != http.StatusForbidden {
		t.Errorf("another container: %d", status)
	}
	if _, status := h.app.browser().dial(socket, nil); status != http.StatusSeeOther {
		t.Errorf("a stranger: %d", status)
	}
	for name, change := range map[string]func(http.Header){
		"another site":     func(h http.Header) { h.Set("Origin", "https://evil.example") },
		"no origin":        func(h http.Header) { h.Del("Origin") },
		"an origin of its": func(h http.Header) { h.Set("Origin", "null") },
		"another port":     func(h http.Header) { h.Set("Origin", "http://127.0.0.1:1") },
	} {
		if _, status := h.dial(socket, change); status != http.StatusForbidden {
			t.Errorf("%s: %d", name, status)
		}
	}
	// Behind TLS the cookie gets another name: who comes without TLS afterwards is signed out.
	own := elsewhere.ticket(at)
	if _, status := elsewhere.dial(own, func(h http.Header) { h.Set("X-Forwarded-Proto", "https") }); status != http.StatusForbidden {
		t.Errorf("not by TLS: %d", status)
	}
	isAWholePage(h.do(http.MethodGet, socket, nil, http.Header{"Origin": {h.app.server.URL}}, http.StatusUpgradeRequired))
	if ws, status := h.dial(socket, nil); ws == nil { // none of them has used it up
		t.Errorf("the right one: %d", status)
	}
	if _, status := h.dial(socket, nil); status != http.StatusForbidden {
		t.Errorf("used up: %d", status)
	}

	socket = h.ticket(at)
	h.app.clock.Advance(consoles.TicketLife)
	if _, status := h.dial(socket, nil); status != http.StatusForbidden {
		t.Errorf("too late: %d", status)
	}
	h.do(http.MethodPost, at+"/tickets", nil, http.Header{"Origin": {"https://evil.example"}, "Sec-Fetch-Site": {"cross-site"}}, http.StatusForbidden)
}

func TestSigningOutEndsTheConsole(t *testing.T) {
	t.Parallel()
	h, _, at := moored(t)
	ws := h.console(at)
	until(t, ws, "# ")
	h.post("/logout", nil, http.StatusSeeOther)
	if words := ending(t, ws); !strings.Contains(words, "The session that opened it is over") {
		t.Error(words)
	}
	if e := h.lastEvent(); e.End != store.EndSignedOut {
		t.Errorf("%+v", e)
	}
}

func TestAConsoleEndsWithBerth(t *testing.T) {
	t.Parallel()
	h, _, at := moored(t)
	ws := h.console(at)
	until(t, ws, "# ")
	ctx, cancel := context.WithTimeout(t.Context(), 40*time.Second)
	defer cancel()
	closed := make(chan error, 1)
	go func() { closed <- h.app.Consoles.Close(ctx) }()
	if words := ending(t, ws); !strings.Contains(words, "Berth is shutting down") {
		t.Error(words)
	}
	if err := <-closed; err != nil {
		t.Error(err)
	}
	if e := h.lastEvent(); e.End != store.EndShutdown {
		t.Errorf("%+v", e)
	}
	h.htmxPost(at+"/tickets", nil, http.StatusServiceUnavailable).says("Berth is shutting down")
}

func TestWhyAConsoleWasNotOpened(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		wrong func(harbour, *sim.SSH)
		says  string
	}{
		"stopped":              {func(h harbour, _ *sim.SSH) { h.cluster.SetStatus(101, "stopped") }, "The container is not running"},
		"no gate":              {func(_ harbour, s *sim.SSH) { s.Play(sim.SSHFault{NoGate: true}) }, "The berth-gate script is missing on pve1"},
		"an old gate":          {func(_ harbour, s *sim.SSH) { s.Play(sim.SSHFault{OldGate: true}) }, "The berth-gate script on pve1 is a different version"},
		"no pct":               {func(_ harbour, s *sim.SSH) { s.Play(sim.SSHFault{NoPct: true}) }, "cannot find pct"},
		"another host key":     {func(_ harbour, s *sim.SSH) { s.RenewHostKey() }, "a different SSH host key than the one you trusted"},
		"nobody is listening":  {func(_ harbour, s *sim.SSH) { s.Stop() }, "refuses the connection"},
		"it hangs and is left": {func(_ harbour, s *sim.SSH) { s.Play(sim.SSHFault{Hang: true}); s.Play(sim.SSHFault{}) }, ""},
	} {
		t.Run(name, func(t *testing.T) {
			h, s, at := moored(t)
			socket := h.ticket(at)
			tt.wrong(h, s)
			ws, _ := h.dial(socket, nil)
			if tt.says == "" {
				ws.CloseNow()
				if e := h.lastEvent(); e.End != store.EndLeft {
					t.Errorf("%+v", e)
				}
				return
			}
			words := html.UnescapeString(ending(t, ws))
			if !strings.Contains(words, tt.says) || strings.Contains(words, "proxmox:") || strings.Contains(words, "ssh: ") {
				t.Errorf("%q is not said: %s", tt.says, words)
			}
			if e := h.lastEvent(); e.End != store.EndFailed || !strings.Contains(explain.Event(e), tt.says) {
				t.Errorf("%+v", e)
			}
		})
	}
}

func TestAConsoleInATabOfItsOwn(t *testing.T) {
	t.Parallel()
	c, _, _, at := aboard(t, sim.Guest{VMID: 101, Name: "web", Status: "running"})
	c.get(at+"/101/console", http.StatusOK).has(at + "/101/console?alone=1")
	a := c.get(at+"/101/console?alone=1", http.StatusOK)
	a.has(`id="console"`, "<h1", "Console of web")
	a.lacks(`aria-label="Main"`, "The same in the host's shell")
}
