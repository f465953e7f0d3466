// Package proxmox talks to the API of one Proxmox VE host with one API token.
//
// Every call of Client is one request. Its failures are *Error, whose Kind says
// what happened. The bounds of Proxmox's parameters are in limits.go, the rights
// that a token needs in rights.go.
package proxmox

import (
	"bytes"
	"context"
	"errors"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Config says which host to talk to, and as whom.
type Config struct {
	Host        string           // name or IP address, without scheme and port
	Port        int              // 8006 as installed
	TokenID     string           // USER@REALM!TOKENID
	TokenSecret string           // the token's UUID
	Fingerprint string           // pinned SHA-256 of the leaf certificate: 64 hex digits, colons allowed; "" trusts the system's roots
	Now         func() time.Time // nil: time.Now; counts calls per minute
}

// Client calls the API of one host. It is safe for concurrent use.
// Every call ends by its context or after CallTimeout, a change after changeTime, whichever is earlier.
type Client struct {
	base   string // "https://host:port/api2/json"
	token  string // the Authorization header
	secret string // of the token, to be struck from answers
	calls  callCount
	served atomic.Pointer[Certificate] // presented with the last answer; nil before the first
	down   atomic.Pointer[Error]       // of the last call that needed pvedaemon, if that did not run; else nil
	denied atomic.Int64                // changes refused with KindForbidden

	// Reading calls share kept connections. The host closes those after 100
	// requests or 5 idle seconds, and net/http sends a GET that hit upon a closed
	// one again. A change gets a connection of its own: cut off on a kept one, it
	// could not be told from one that took effect, and must not be sent again.
	reads, changes *http.Client
}

type patienceKey struct{}

// Patiently returns a context for calls that may take longer than CallTimeout, up to limit: such as listing a storage
// that has to wake up first, or is far away.
func Patiently(ctx context.Context, limit time.Duration) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithValue(ctx, patienceKey{}, limit), limit)
}

// patience returns the time limit of a call: that of Patiently, else changeTime for a change and CallTimeout for a GET.
func patience(ctx context.Context, method string) time.Duration {
	if limit, ok := ctx.Value(patienceKey{}).(time.Duration); ok {
		return limit
	}
	if method != http.MethodGet {
		return changeTime
	}
	return CallTimeout
}

// New returns a client. No connection is made before the first call.
func New(cfg Config) *Client {
	now := cfg.Now
	if now == nil {
		now = time.Now
	}
	fingerprint := plainFingerprint(cfg.Fingerprint)
	base := url.URL{Scheme: "https", Host: net.JoinHostPort(cfg.Host, strconv.Itoa(cfg.Port)), Path: "/api2/json"}
	reads, changes := newTransport(fingerprint), newTransport(fingerprint)
	changes.DisableKeepAlives = true
	return &Client{
		base:    base.String(),
		token:   "PVEAPIToken=" + cfg.TokenID + "=" + cfg.TokenSecret,
		secret:  cfg.TokenSecret,
		calls:   callCount{now: now},
		reads:   &http.Client{Transport: reads, CheckRedirect: stay},
		changes: &http.Client{Transport: changes, CheckRedirect: stay},
	}
}

// stay never follows a redirect: Proxmox sends none, and the token is for this host alone.
func stay(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// Close drops idle connections.
func (c *Client) Close() {
	c.reads.CloseIdleConnections()
	c.changes.CloseIdleConnections()
}

// CallsPerMinute counts the calls sent during the last minute.
func (c *Client) CallsPerMinute() int { return c.calls.lastMinute() }

// Certificate returns the certificate that came with the host's last answer; false before the first. It makes no call.
func (c *Client) Certificate() (Certificate, bool) {
	if presented := c.served.Load(); presented != nil {
		return *presented, true
	}
	return Certificate{}, false
}

// get reads what is at path into out.
func (c *Client) get(ctx context.Context, path string, args url.Values, out any) error {
	return c.call(ctx, http.MethodGet, path, args, out)
}

// task makes a change that the host works on in a task, and returns its UPID.
func (c *Client) task(ctx context.Context, method, path string, args url.Values) (UPID, error) {
	out, err := c.said(ctx, method, path, args)
	if err != nil {
		return "", err
	}
	return taskNamed(out, method, path)
}

// said makes a change that the host answers with one word.
func (c *Client) said(ctx context.Context, method, path string, args url.Values) (string, error) {
	var out text
	err := c.call(ctx, method, path, args, &out)
	return string(out), err
}

// taskNamed reads the UPID that the host answered to a change; KindNotProxmox when it is none.
func taskNamed(out, method, path string) (UPID, error) {
	id, err := ParseUPID(out)
	if err != nil {
		return "", &Error{Kind: KindNotProxmox, Call: method + " " + unescaped(path), Status: http.StatusOK, Cause: err}
	}
	return id, nil
}

func (c *Client) call(ctx context.Context, method, path string, args url.Values, out any) error {
	a, _, err := c.exchange(ctx, method, path, args)
	if err != nil {
		return err
	}
	call := method + " " + unescaped(path)
	err = a.decode(call, out)
	if method != http.MethodGet && KindOf(err) == KindForbidden {
		c.denied.Add(1)
	}
	switch e, ok := errors.AsType[*Error](err); {
	case ok && e.Kind == KindDaemonDown:
		c.down.Store(e)
	case throughDaemon(method, path) && KindOf(err) != KindForbidden: // which pveproxy may have found itself
		c.down.Store(nil)
	}
	return err
}

// DaemonDown returns the error of the last call that needed pvedaemon, if pvedaemon did not run; else nil. It makes no call.
func (c *Client) DaemonDown() error {
	if e := c.down.Load(); e != nil {
		return e
	}
	return nil
}

// Denied counts the changes that the host refused with KindForbidden. Berth sends no change that the rights it has read
// do not allow, so whenever the count grows, those rights are out of date and have to be read again. Questions do not
// count: some are asked to find out whether the token may. It makes no call.
func (c *Client) Denied() int64 { return c.denied.Load() }

// throughDaemon tells whether pveproxy surely passes a call on to pvedaemon: those that change something, and the
// list of storages ("protected" in the API schema).
func throughDaemon(method, path string) bool {
	return method != http.MethodGet || strings.HasSuffix(path, "/storage") || strings.HasSuffix(path, "/status/current")
}

// exchange sends one request and reads its answer, and the certificate that
// the host presented. The elements of path are escaped.
func (c *Client) exchange(ctx context.Context, method, path string, args url.Values) (answer, Certificate, error) {
	call := method + " " + unescaped(path)
	if !printable(c.token) {
		// It cannot be a header, and no host knows it.
		err := errors.New("the token has characters that no token has")
		return answer{}, Certificate{}, &Error{Kind: KindUnauthorized, Call: call, Cause: err}
	}
	limited, cancel := context.WithTimeout(ctx, patience(ctx, method))
	defer cancel()
	req, err := c.request(limited, method, path, args)
	if err != nil {
		return answer{}, Certificate{}, &Error{Kind: KindNoSuchHost, Call: call, Cause: err}
	}
	client := c.changes
	if method == http.MethodGet {
		client = c.reads
	}

	c.calls.count()
	res, err := client.Do(req)
	if err != nil {
		return answer{}, Certificate{}, c.broken(ctx, call, err)
	}
	defer res.Body.Close()
	content, err := readAnswer(res.Body)
	if errors.Is(err, errTooLarge) {
		return answer{}, Certificate{}, &Error{Kind: KindNotProxmox, Call: call, Status: res.StatusCode, Cause: err}
	}
	if err != nil {
		return answer{}, Certificate{}, c.broken(ctx, call, err)
	}
	_, reason, _ := strings.Cut(res.Status, " ")
	presented := certificateOf(res.TLS.PeerCertificates[0])
	c.served.Store(&presented)
	return answer{
		status: res.StatusCode,
		reason: c.strike(reason),
		header: res.Header,
		body:   c.strikeFrom(content),
	}, presented, nil
}

// request puts args into the body of a POST or PUT and into the query of all others:
// Proxmox refuses a DELETE with a body, and a line of a request above 8 KiB. It fails
// when the host's name is none.
func (c *Client) request(ctx context.Context, method, path string, args url.Values) (*http.Request, error) {
	target, form := c.base+path, ""
	hasForm := method == http.MethodPost || method == http.MethodPut
	if hasForm {
		form = args.Encode()
	} else if len(args) > 0 {
		target += "?" + args.Encode()
	}
	req, err := http.NewRequestWithContext(ctx, method, target, strings.NewReader(form))
	if err != nil {
		return nil, err
	}
	if hasForm {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	req.Header.Set("Accept", "application/json")
	req.Header.Set("Authorization", c.token)
	return req, nil
}

// broken makes an *Error of an exchange that ended without a whole answer.
func (c *Client) broken(ctx context.Context, call string, err error) *Error {
	if u, ok := errors.AsType[*url.Error](err); ok {
		err = u.Err // it adds just method and URL, which Error tells itself
	}
	e := transportError(ctx, call, err)
	if words := err.Error(); c.strike(words) != words {
		e.Cause = errors.New(c.strike(words)) // net/http quotes an answer that is not HTTP
	}
	return e
}

// strike takes the token's secret out of what a host sent back, which may end
// in a log or on a page.
func (c *Client) strike(s string) string {
	if c.secret == "" {
		return s
	}
	return strings.ReplaceAll(s, c.secret, "(secret)")
}

// strikeFrom is strike for a body, which may be large and mostly has nothing to take out.
func (c *Client) strikeFrom(body []byte) []byte {
	if c.secret == "" || !bytes.Contains(body, []byte(c.secret)) {
		return body
	}
	return bytes.ReplaceAll(body, []byte(c.secret), []byte("(secret)"))
}

// printable tells whether s is of ASCII without space and control characters.
func printable(s string) bool {
	for i := range len(s) {
		if s[i] <= ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}

// nodePath is a path below a member of the cluster, of elements yet to be escaped.
func nodePath(node string, elements ...string) string {
	path := "/nodes/" + escaped(node)
	for _, e := range elements {
		path += "/" + escaped(e)
	}
	return path
}

// containerPath is a path below a container.
func containerPath(node string, vmid int, elements ...string) string {
	return nodePath(node, append([]string{"lxc", strconv.Itoa(vmid)}, elements...)...)
}

// escaped is one element of a path. Dots alone would lead elsewhere.
func escaped(element string) string {
	if strings.Trim(element, ".") == "" {
		return strings.ReplaceAll(element, ".", "%2E")
	}
	return url.PathEscape(element)
}

// unescaped is a path as people read it.
func unescaped(path string) string {
	if plain, err := url.PathUnescape(path); err == nil {
		return plain
	}
	return path
}

// callCount counts calls by their time.
type callCount struct {
	now func() time.Time

	mu   sync.Mutex
	sent []time.Time // of the last minute, oldest first
}

func (c *callCount) count() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.forget()
	c.sent = append(c.sent, c.now())
}

func (c *callCount) lastMinute() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.forget()
	return len(c.sent)
}

// forget drops what is older than a minute. c.mu is held.
func (c *callCount) forget() {
	begin := c.now().Add(-time.Minute)
	i := 0
	for i < len(c.sent) && !c.sent[i].After(begin) {
		i++
	}
	c.sent = append(c.sent[:0], c.sent[i:]...)
}
