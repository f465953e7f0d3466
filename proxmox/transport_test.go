package proxmox

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
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
		says(`{}`)(w, r)
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
