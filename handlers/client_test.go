package handlers

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/securecookie"
	"golang.org/x/net/html"

	"berth/fleet"
	"berth/fleet/vmids"
	"berth/handlers/web"
	"berth/jobs"
	"berth/pct/consoles"
	"berth/pct/inside"
	"berth/proxmox/sim"
	"berth/store"
	"berth/store/storetest"
)

// testApp is Berth with its real wiring, served on loopback.
type testApp struct {
	*site
	t      testing.TB
	server *httptest.Server
	clock  *storetest.Clock
	log    *testLog
	dir    string // of the store
	tokens map[*sim.Cluster]string
}

// patient are waits of pages that a slow machine does not reach: what they wait for is there in time.
var patient = fleet.Config{RefreshWait: storetest.Patience, ListsWait: storetest.Patience, VerdictWait: storetest.Patience / 2}

// testLog keeps what was logged.
type testLog struct {
	mu sync.Mutex
	b  strings.Builder
}

func (l *testLog) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *testLog) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// newTestApp serves a new Berth without accounts; change may set more of its configuration.
func newTestApp(t testing.TB, change ...func(*web.Config)) *testApp {
	t.Helper()
	return newTestAppWith(t, t.TempDir(), patient, change...)
}

// newTestAppAt is newTestApp over a data folder that may have been used before.
func newTestAppAt(t testing.TB, dir string, change ...func(*web.Config)) *testApp {
	t.Helper()
	return newTestAppWith(t, dir, patient, change...)
}

// newTestAppWith is newTestAppAt with the waits of pages for a node.
func newTestAppWith(t testing.TB, dir string, waits fleet.Config, change ...func(*web.Config)) *testApp {
	t.Helper()
	ta := &testApp{t: t, dir: dir, log: &testLog{}, clock: storetest.NewClock(time.Date(2026, 11, 23, 21, 18, 4, 0, time.UTC)), tokens: map[*sim.Cluster]string{}}
	cfg := web.Config{
		Store: storetest.OpenAt(t, dir, store.Options{Now: ta.clock.Now}),
		Clock: ta.clock,
		Log:   slog.New(slog.NewTextHandler(ta.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}
	ta.work(&cfg, waits)
	for _, f := range change {
		f(&cfg)
	}
	a, err := newSite(cfg)
	if err != nil {
		t.Fatal(err)
	}
	ta.site = a
	ctx, cancel := context.WithCancel(context.Background())
	ta.server = httptest.NewUnstartedServer(a.echo())
	ta.server.Config.BaseContext = func(net.Listener) context.Context { return ctx }
	ta.server.Start()
	t.Cleanup(func() {
		cancel() // ends the streams
		ta.server.Close()
	})
	return ta
}

// work sets what is behind the web going: the inventory of the nodes and the jobs.
func (ta *testApp) work(cfg *web.Config, waits fleet.Config) {
	ta.t.Helper()
	vmids, err := vmids.Open("")
	if err != nil {
		ta.t.Fatal(err)
	}
	cfg.Fleet = fleet.New(fleet.Config{
		Store: cfg.Store, VMIDs: vmids, Clock: ta.clock, Log: cfg.Log,
		RefreshWait: waits.RefreshWait, ListsWait: waits.ListsWait, VerdictWait: waits.VerdictWait,
	})
	cfg.Jobs = jobs.New(jobs.Config{
		Store: cfg.Store, Client: cfg.Fleet.Client, Host: cfg.Fleet.Host, Changed: cfg.Fleet.GuestsChanged, Addressed: cfg.Fleet.NoteAddresses,
		Clock: storetest.Eager{Clock: ta.clock}, Log: cfg.Log,
	})
	cfg.Consoles = consoles.New(consoles.Config{Store: cfg.Store, Host: cfg.Fleet.Host, Clock: ta.clock, Log: cfg.Log})
	cfg.Inside = inside.New(inside.Config{Clock: ta.clock, Dial: ta.dial})
	ta.t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 40*time.Second)
		defer cancel()
		if err := errors.Join(cfg.Consoles.Close(ctx), cfg.Jobs.Close(ctx), cfg.Inside.Close(ctx), cfg.Fleet.Close(), vmids.Close()); err != nil {
			ta.t.Error(err)
		}
	})
	if err := cfg.Jobs.Resume(); err != nil {
		ta.t.Fatal(err)
	}
}

// dial connects to a port of a container of one of the simulated clusters.
func (ta *testApp) dial(ctx context.Context, network, addr string) (conn net.Conn, err error) {
	err = net.ErrClosed
	for cluster := range ta.tokens {
		if conn, err = cluster.Dial(ctx, network, addr); err == nil {
			return conn, nil
		}
	}
	return nil, err
}

// testPassword is that of all accounts in tests.
const testPassword = "harbour lights"

// user makes an account.
func (ta *testApp) user(name string) store.User {
	ta.t.Helper()
	u, err := ta.Store.AddUser(name, testPassword)
	if err != nil {
		ta.t.Fatal(err)
	}
	return u
}

// client is a browser without script: it keeps cookies and follows no redirect by itself.
type client struct {
	t    testing.TB
	app  *testApp
	http *http.Client
	user store.User // of signedIn
}

// browser returns a new client that nobody is signed in with.
func (ta *testApp) browser() *client {
	jar, err := cookiejar.New(nil)
	if err != nil {
		ta.t.Fatal(err)
	}
	h := *ta.server.Client()
	h.Jar = jar
	h.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &client{t: ta.t, app: ta, http: &h}
}

// signedIn makes an account and returns a client that has a session of it.
func (ta *testApp) signedIn(name string) *client {
	ta.t.Helper()
	c := ta.browser()
	c.signInAs(ta.user(name))
	return c
}

// signInAs gives the client a session of an account.
func (c *client) signInAs(u store.User) {
	c.t.Helper()
	c.user = u
	secret, err := c.app.Store.StartSession(u.ID, "Go-http-client/1.1", "127.0.0.1", false)
	if err != nil {
		c.t.Fatal(err)
	}
	value, err := securecookie.EncodeMulti(c.app.auth.Sessions.Name(), secret, c.app.auth.Sessions.Codecs...)
	if err != nil {
		c.t.Fatal(err)
	}
	c.setCookie(c.app.auth.Sessions.Name(), value)
}

func (c *client) setCookie(name, value string) {
	c.t.Helper()
	u, err := url.Parse(c.app.server.URL)
	if err != nil {
		c.t.Fatal(err)
	}
	c.http.Jar.SetCookies(u, []*http.Cookie{{Name: name, Value: value, Path: "/"}})
}

// signIn signs the client in with testPassword.
func (c *client) signIn(name string) {
	c.t.Helper()
	c.post("/login", url.Values{"username": {name}, "password": {testPassword}}, http.StatusSeeOther)
}

// answer holds a response with its body, for the checks of a test.
type answer struct {
	t      testing.TB
	what   string // "GET /login"
	status int
	header http.Header
	body   string
}

// get asks for a page and fails the test when the status is not want.
func (c *client) get(path string, want int) answer {
	c.t.Helper()
	return c.do(http.MethodGet, path, nil, nil, want)
}

// post sends a form.
func (c *client) post(path string, form url.Values, want int) answer {
	c.t.Helper()
	return c.do(http.MethodPost, path, form, nil, want)
}

// htmxGet and htmxPost ask as htmx does.
func (c *client) htmxGet(path string, want int) answer {
	c.t.Helper()
	return c.do(http.MethodGet, path, nil, http.Header{"Hx-Request": {"true"}}, want)
}

func (c *client) htmxPost(path string, form url.Values, want int) answer {
	c.t.Helper()
	return c.do(http.MethodPost, path, form, http.Header{"Hx-Request": {"true"}}, want)
}

func (c *client) do(method, path string, form url.Values, header http.Header, want int) answer {
	c.t.Helper()
	var body io.Reader
	if method == http.MethodPost {
		body = strings.NewReader(form.Encode())
	}
	r, err := http.NewRequestWithContext(c.t.Context(), method, c.app.server.URL+path, body)
	if err != nil {
		c.t.Fatal(err)
	}
	if body != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Origin", c.app.server.URL)
		r.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	maps.Copy(r.Header, header)
	return c.send(r, want)
}

// send makes a request and reads the answer, which must have that status.
func (c *client) send(r *http.Request, want int) answer {
	c.t.Helper()
	res, err := c.http.Do(r)
	if err != nil {
		c.t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	a := answer{t: c.t, what: r.Method + " " + r.URL.RequestURI(), status: res.StatusCode, header: res.Header, body: string(b)}
	if a.status != want {
		c.t.Fatalf("%s: status %d, want %d\n%s", a.what, a.status, want, a.text())
	}
	return a
}

// follow gets the page that an answer redirects to.
func (c *client) follow(a answer, want int) answer {
	c.t.Helper()
	to := a.header.Get("Location")
	if to == "" {
		to = a.header.Get("HX-Redirect")
	}
	if to == "" {
		c.t.Fatalf("%s: redirects nowhere", a.what)
	}
	return c.get(to, want)
}

// leadsTo fails unless the answer redirects to url.
func (a answer) leadsTo(url string) {
	a.t.Helper()
	got := a.header.Get("Location") + a.header.Get("HX-Redirect")
	if got != url {
		a.t.Errorf("%s: leads to %q, want %q", a.what, got, url)
	}
}

// has fails unless the answer's HTML contains each of the strings.
func (a answer) has(parts ...string) {
	a.t.Helper()
	for _, p := range parts {
		if !strings.Contains(a.body, p) {
			a.t.Errorf("%s: lacks %q\n%s", a.what, p, a.text())
		}
	}
}

// lacks fails when the answer's HTML or headers contain any of the strings.
func (a answer) lacks(parts ...string) {
	a.t.Helper()
	for _, p := range parts {
		if strings.Contains(a.body, p) {
			a.t.Errorf("%s: has %q", a.what, p)
		}
		for name, values := range a.header {
			if strings.Contains(strings.Join(values, "\n"), p) {
				a.t.Errorf("%s: header %s has %q", a.what, name, p)
			}
		}
	}
}

// says fails unless the words of the answer, as people read them, contain each of the strings.
func (a answer) says(words ...string) {
	a.t.Helper()
	text := a.text()
	for _, w := range words {
		if !strings.Contains(text, w) {
			a.t.Errorf("%s: does not say %q\n%s", a.what, w, text)
		}
	}
}

// doc parses the answer's HTML.
func (a answer) doc() *html.Node {
	a.t.Helper()
	n, err := html.Parse(strings.NewReader(a.body))
	if err != nil {
		a.t.Fatalf("%s: %v", a.what, err)
	}
	return n
}

// text is the answer's words without tags, with single spaces.
func (a answer) text() string { return textOf(a.doc()) }

// fieldError returns the text of the verdict at a form's field.
func (a answer) fieldError(field string) string {
	a.t.Helper()
	n := find(a.doc(), func(n *html.Node) bool { return attr(n, "id") == field+"-verdict" })
	if n == nil {
		a.t.Fatalf("%s: no field %q", a.what, field)
	}
	return textOf(n)
}

// fieldValue returns the value of a form's field.
func (a answer) fieldValue(field string) string {
	a.t.Helper()
	n := find(a.doc(), func(n *html.Node) bool { return attr(n, "name") == field && attr(n, "type") != "hidden" })
	if n == nil {
		a.t.Fatalf("%s: no field %q", a.what, field)
	}
	switch n.Data {
	case "textarea":
		return strings.TrimPrefix(n.FirstChild.Data, "\n")
	case "select":
		chosen := find(n, func(n *html.Node) bool { return n.Data == "option" && hasAttr(n, "selected") })
		if chosen == nil {
			return ""
		}
		return attr(chosen, "value")
	}
	return attr(n, "value")
}

// count returns the number of HTML elements with that name, without those in drawings.
func (a answer) count(element string) int {
	n := 0
	for node := range a.doc().Descendants() {
		if node.Type == html.ElementNode && node.Data == element && node.Namespace == "" {
			n++
		}
	}
	return n
}

func find(root *html.Node, fits func(*html.Node) bool) *html.Node {
	for n := range root.Descendants() {
		if n.Type == html.ElementNode && fits(n) {
			return n
		}
	}
	return nil
}

func attr(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func hasAttr(n *html.Node, name string) bool {
	return slices.ContainsFunc(n.Attr, func(a html.Attribute) bool { return a.Key == name })
}

func textOf(root *html.Node) string {
	var b strings.Builder
	for n := range root.Descendants() {
		if n.Type == html.TextNode && n.Parent.Data != "script" && n.Parent.Data != "style" && n.Parent.Data != "title" {
			b.WriteString(n.Data + " ")
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

// hiddenValue is the value of the hidden field with that name; "" when there is none.
func hiddenValue(a answer, name string) string {
	n := find(a.doc(), func(n *html.Node) bool { return attr(n, "name") == name && attr(n, "type") == "hidden" })
	if n == nil {
		return ""
	}
	return attr(n, "value")
}

// cookie is the value of one of the client's cookies.
func (c *client) cookie(name string) string {
	c.t.Helper()
	u, err := url.Parse(c.app.server.URL)
	if err != nil {
		c.t.Fatal(err)
	}
	for _, k := range c.http.Jar.Cookies(u) {
		if k.Name == name {
			return k.Value
		}
	}
	c.t.Fatalf("no cookie %q", name)
	return ""
}
