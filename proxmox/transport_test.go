package proxmox

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

const (
	testTokenID = "berth@pve!app"
	testSecret  = "6f5e0c2a-9d1b-4f7e-8a35-0c9b1e2d3f40"
)

// serve runs h over TLS on loopback as pveproxy does, and returns the Config that reaches it.
func serve(t testing.TB, h http.HandlerFunc) Config {
	t.Helper()
	s := httptest.NewTLSServer(h)
	t.Cleanup(s.Close)
	s.Config.ErrorLog = nil
	return configFor(t, s)
}

func configFor(t testing.TB, s *httptest.Server) Config {
	t.Helper()
	host, port, err := net.SplitHostPort(s.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	n, err := strconv.Atoi(port)
	if err != nil {
		t.Fatal(err)
	}
	cfg := Config{Host: host, Port: n, TokenID: testTokenID, TokenSecret: testSecret}
	if s.Certificate() != nil {
		cfg.Fingerprint = certificateOf(s.Certificate()).Fingerprint
	}
	return cfg
}

func newClient(t testing.TB, cfg Config) *Client {
	t.Helper()
	c := New(cfg)
	t.Cleanup(c.Close)
	return c
}

// says answers every request with a body of data.
func says(data string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json;charset=UTF-8")
		io.WriteString(w, `{"data":`+data+`}`)
	}
}

func version(t *testing.T, cfg Config) error {
	t.Helper()
	_, err := newClient(t, cfg).Version(t.Context())
	return err
}

func wantKind(t *testing.T, err error, want Kind) *Error {
	t.Helper()
	e, ok := errors.AsType[*Error](err)
	if !ok {
		t.Fatalf("%v is no *Error", err)
	}
	if e.Kind != want || KindOf(err) != want {
		t.Fatalf("kind %v, want %v: %v", e.Kind, want, err)
	}
	return e
}

func TestAnUnknownCertificateIsShownAndNoTokenSent(t *testing.T) {
	asked := false
	cfg := serve(t, func(http.ResponseWriter, *http.Request) { asked = true })
	presented := cfg.Fingerprint
	cfg.Fingerprint = ""
	e := wantKind(t, version(t, cfg), KindUntrusted)
	if e.Certificate == nil || e.Certificate.Fingerprint != presented || e.Certificate.Issuer != "Acme Co" || e.Certificate.NotAfter.IsZero() {
		t.Errorf("certificate %+v, want the one with %s", e.Certificate, presented)
	}
	if asked {
		t.Error("the token reached a host that nobody trusts")
	}
}

func TestAChangedCertificateIsRefusedAndNoTokenSent(t *testing.T) {
	asked := false
	cfg := serve(t, func(http.ResponseWriter, *http.Request) { asked = true })
	presented := cfg.Fingerprint
	cfg.Fingerprint = strings.Repeat("AB", 32)
	e := wantKind(t, version(t, cfg), KindCertChanged)
	if e.Certificate == nil || e.Certificate.Fingerprint != presented {
		t.Errorf("certificate %+v, want the one presented, %s", e.Certificate, presented)
	}
	if asked {
		t.Error("the token reached a host with another certificate")
	}
}

func TestAPinMayHaveColonsAndSmallLetters(t *testing.T) {
	cfg := serve(t, says(`{"version":"9.2.3","release":"9.2"}`))
	var pairs []string
	for i := 0; i < len(cfg.Fingerprint); i += 2 {
		pairs = append(pairs, strings.ToLower(cfg.Fingerprint[i:i+2]))
	}
	cfg.Fingerprint = strings.Join(pairs, ":")
	if err := version(t, cfg); err != nil {
		t.Error(err)
	}
}

func TestOnlyHTTP11IsOffered(t *testing.T) {
	cfg := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.TLS.NegotiatedProtocol != "" || r.ProtoMajor != 1 {
			t.Errorf("%s, negotiated %q", r.Proto, r.TLS.NegotiatedProtocol)
		}
		says(`{"version":"9.2.3"}`)(w, r)
	})
	if err := version(t, cfg); err != nil {
		t.Fatal(err)
	}
}

func TestWhatDoesNotAnswerAsAProxmoxHost(t *testing.T) {
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := closed.Addr().(*net.TCPAddr).Port
	closed.Close()
	wantKind(t, version(t, Config{Host: "127.0.0.1", Port: port}), KindRefused)

	for _, host := range []string{"not a name", "a/b", "a?b", "a#b"} {
		wantKind(t, version(t, Config{Host: host, Port: 8006}), KindNoSuchHost)
	}
	unknown := &net.OpError{Op: "dial", Err: &net.DNSError{Err: "no such host", Name: "pve.lan", IsNotFound: true}}
	wantKind(t, transportError(t.Context(), "GET /version", unknown), KindNoSuchHost)
	silent := &net.OpError{Op: "dial", Err: &net.DNSError{Err: "i/o timeout", Name: "pve.lan", IsTimeout: true}}
	wantKind(t, transportError(t.Context(), "GET /version", silent), KindTimeout)
	noRoute := &net.OpError{Op: "dial", Err: syscall.EHOSTUNREACH}
	wantKind(t, transportError(t.Context(), "GET /version", noRoute), KindUnreachable)

	plain := httptest.NewServer(says(`{}`))
	t.Cleanup(plain.Close)
	wantKind(t, version(t, configFor(t, plain)), KindNotProxmox)

	for _, words := range []string{"SSH-2.0-OpenSSH_9.2p1\r\n", "220 mail.lan ESMTP\r\n"} {
		wantKind(t, version(t, raw(t, nil, words)), KindNotProxmox)
	}
	wantKind(t, version(t, raw(t, nil, "")), KindUnreachable)

	server := httptest.NewTLSServer(nil)
	t.Cleanup(server.Close)
	for words, want := range map[string]Kind{
		"+OK POP3 ready\r\n": KindNotProxmox,
		"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{\"data\"": KindUnreachable,
		"HTTP/1.1 twohundred OK\r\nContent-Length: 0\r\n\r\n":    KindNotProxmox,
		"": KindUnreachable,
	} {
		cfg := raw(t, server.TLS, words)
		cfg.Fingerprint = certificateOf(server.Certificate()).Fingerprint
		wantKind(t, version(t, cfg), want)
	}
}

// raw listens on loopback, with TLS if there is a configuration for it, and
// says words to whoever connects, whatever they say.
func raw(t *testing.T, tlsConfig *tls.Config, words string) Config {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := l.Addr().(*net.TCPAddr).Port
	if tlsConfig != nil {
		l = tls.NewListener(l, tlsConfig)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			io.ReadAtLeast(conn, make([]byte, 4096), 1)
			io.WriteString(conn, words)
			conn.Close()
		}
	}()
	t.Cleanup(func() { l.Close(); <-done })
	return Config{Host: "127.0.0.1", Port: port, TokenID: testTokenID, TokenSecret: testSecret}
}

func TestEveryCallEnds(t *testing.T) {
	release := make(chan struct{})
	cfg := serve(t, func(http.ResponseWriter, *http.Request) { <-release })
	t.Cleanup(func() { close(release) })
	c := newClient(t, cfg)

	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	_, err := c.Version(ctx)
	wantKind(t, err, KindTimeout)

	ctx, cancel = context.WithCancel(t.Context())
	cancel()
	_, err = c.Version(ctx)
	wantKind(t, err, KindCancelled)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("%v does not tell that it was cancelled", err)
	}
}

func TestAnAnswerOfNoEndIsGivenUp(t *testing.T) {
	cfg := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		block := []byte(strings.Repeat("x", 1<<20))
		for range maxAnswer>>20 + 8 {
			if _, err := w.Write(block); err != nil {
				return
			}
		}
	})
	if err := version(t, cfg); !errors.Is(wantKind(t, err, KindNotProxmox), errTooLarge) {
		t.Error(err)
	}
}

func TestARedirectIsNotFollowed(t *testing.T) {
	cfg := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/api2/json/version" {
			t.Errorf("followed to %s", r.URL.Path)
		}
		http.Redirect(w, r, "/elsewhere", http.StatusMovedPermanently)
	})
	wantKind(t, version(t, cfg), KindNotProxmox)
}

// TestConnectionsThatTheHostCloses plays a host that closes a connection
// without a word when the second request comes over it.
func TestConnectionsThatTheHostCloses(t *testing.T) {
	type connection struct{}
	s := httptest.NewUnstartedServer(nil)
	var mu sync.Mutex
	var requests []string
	s.Config.ConnContext = func(ctx context.Context, _ net.Conn) context.Context {
		return context.WithValue(ctx, connection{}, new(int))
	}
	s.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		over := r.Context().Value(connection{}).(*int)
		*over++
		mu.Lock()
		requests = append(requests, r.Method)
		mu.Unlock()
		if *over > 1 || r.URL.Path == "/api2/json/nodes/pve1/lxc/105/status/stop" {
			panic(http.ErrAbortHandler)
		}
		says(`"`+upidStart0+`"`)(w, r)
	})
	s.StartTLS()
	t.Cleanup(s.Close)
	c := newClient(t, configFor(t, s))

	for range 3 {
		if err := c.CheckVMID(t.Context(), 105); err != nil {
			t.Fatalf("a read over a closed connection: %v", err)
		}
	}
	mu.Lock()
	requests = nil
	mu.Unlock()
	for range 3 {
		if _, err := c.Start(t.Context(), "pve1", 105); err != nil {
			t.Fatalf("a change after a read: %v", err)
		}
	}
	_, err := c.Stop(t.Context(), "pve1", 105)
	wantKind(t, err, KindUnreachable)
	mu.Lock()
	defer mu.Unlock()
	if got := strings.Join(requests, " "); got != "POST POST POST POST" {
		t.Errorf("sent %s, want each change once", got)
	}
}

func TestTheSecretIsInNoError(t *testing.T) {
	echo := func(status int, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			conn, _, err := http.NewResponseController(w).Hijack()
			if err != nil {
				t.Error(err)
				return
			}
			defer conn.Close()
			body := strings.ReplaceAll(body, "TOKEN", r.Header.Get("Authorization"))
			io.WriteString(conn, "HTTP/1.1 "+strconv.Itoa(status)+" refused "+r.Header.Get("Authorization")+"\r\n"+
				"Content-Length: "+strconv.Itoa(len(body))+"\r\n\r\n"+body)
		}
	}
	for name, h := range map[string]http.HandlerFunc{
		"in the status line": echo(403, ""),
		"in the message":     echo(500, `{"data":null,"message":"TOKEN"}`),
		"in a field":         echo(400, `{"data":null,"errors":{"TOKEN":"TOKEN"}}`),
		"in a lock":          echo(500, `{"data":null,"message":"CT is locked (`+testSecret+`)"}`),
		"in a page":          echo(200, `TOKEN`),
		"in odd data":        echo(200, `{"data":["TOKEN"]}`),
		"in a number":        echo(200, `{"data":{"version":{"a":"TOKEN"}}}`),
		"in no HTTP": func(w http.ResponseWriter, r *http.Request) {
			conn, _, err := http.NewResponseController(w).Hijack()
			if err != nil {
				t.Error(err)
				return
			}
			io.WriteString(conn, r.Header.Get("Authorization")+"\r\n\r\n")
			conn.Close()
		},
	} {
		err := version(t, serve(t, h))
		e, ok := errors.AsType[*Error](err)
		if !ok {
			t.Errorf("%s: %v", name, err)
			continue
		}
		everything := fmt.Sprintf("%s %+v %+v", e, *e, errors.Unwrap(e))
		if strings.Contains(everything, testSecret) {
			t.Errorf("%s: %s", name, everything)
		}
	}
	for _, secret := range []string{"with space", "line\nbreak", "ümlaut", "\x00"} {
		e := wantKind(t, version(t, Config{Host: "127.0.0.1", Port: 1, TokenID: testTokenID, TokenSecret: secret}), KindUnauthorized)
		if strings.Contains(e.Error(), secret) {
			t.Errorf("%q is in %q", secret, e.Error())
		}
	}
}

func TestCallsAreCountedForAMinute(t *testing.T) {
	now := time.Unix(1764000000, 0)
	cfg := serve(t, says(`{"version":"9.2.3"}`))
	cfg.Now = func() time.Time { return now }
	c := newClient(t, cfg)
	// Every 25 s a call: 50 s of three calls are in a minute.
	for i, want := range []int{1, 2, 3, 3, 3} {
		if _, err := c.Version(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := c.CallsPerMinute(); got != want {
			t.Errorf("call %d: %d a minute, want %d", i+1, got, want)
		}
		now = now.Add(25 * time.Second)
	}
	now = now.Add(time.Hour)
	if got := c.CallsPerMinute(); got != 0 {
		t.Errorf("%d a minute after a silent hour", got)
	}
}
