package sim

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// Host is a served member. It is safe for concurrent use, but for its fields while Renew runs.
type Host struct {
	Member      string
	Addr        string // "127.0.0.1:PORT"
	Port        int
	Fingerprint string // SHA-256 of its certificate: 64 upper-case hex digits

	cluster *Cluster
	cert    atomic.Pointer[tls.Certificate]

	mu      sync.Mutex
	server  *http.Server
	serving sync.WaitGroup
	hang    chan struct{} // while it hangs; closed when it answers again
	idle    bool          // pvedaemon does not run
}

// Serve begins to serve a member's API over TLS on a loopback port, with a certificate of its own made by the cluster's CA.
func (c *Cluster) Serve(member string) (*Host, error) {
	c.mu.Lock()
	m := c.member(member)
	c.mu.Unlock()
	if m == nil {
		return nil, fmt.Errorf("the simulated cluster has no member %q", member)
	}
	h := &Host{Member: member, Addr: "127.0.0.1:0", Fingerprint: m.cert.fingerprint, cluster: c}
	h.cert.Store(&m.cert.tls)
	if err := h.Start(); err != nil {
		return nil, err
	}
	c.mu.Lock()
	m.host = h
	c.mu.Unlock()
	return h, nil
}

// Start listens again on the port that the host had before Stop.
func (h *Host) Start() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.server != nil {
		return nil
	}
	l, err := net.Listen("tcp", h.Addr)
	if err != nil {
		return err
	}
	h.Addr, h.Port = l.Addr().String(), l.Addr().(*net.TCPAddr).Port
	h.server = &http.Server{
		Handler:           h,
		ReadHeaderTimeout: time.Minute,
		ErrorLog:          log.New(io.Discard, "", 0),
		ConnContext: func(ctx context.Context, _ net.Conn) context.Context {
			return context.WithValue(ctx, answered{}, new(atomic.Int32))
		},
	}
	server := h.server
	secure := tls.NewListener(l, &tls.Config{ // without ALPN, as pveproxy
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return h.cert.Load(), nil },
	})
	h.serving.Go(func() { _ = server.Serve(secure) }) // ends with http.ErrServerClosed
	return nil
}

// Stop closes the listener and all connections; Start listens on the same port again.
func (h *Host) Stop() {
	h.mu.Lock()
	server := h.server
	h.server = nil
	h.mu.Unlock()
	if server == nil {
		return
	}
	_ = server.Close()
	h.serving.Wait()
}

// Hang makes the host accept connections and answer nothing, until Hang(false).
func (h *Host) Hang(on bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case on && h.hang == nil:
		h.hang = make(chan struct{})
	case !on && h.hang != nil:
		close(h.hang)
		h.hang = nil
	}
}

// StopDaemon stops the host's pvedaemon, or starts it again: pveproxy goes on answering what it may itself.
func (h *Host) StopDaemon(stopped bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.idle = stopped
}

// daemonRuns tells whether pvedaemon runs on a host. On one that is not served, h is nil, it does.
func (h *Host) daemonRuns() bool {
	if h == nil {
		return true
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	return !h.idle
}

// Renew gives the host another certificate.
func (h *Host) Renew() { h.RenewUntil(time.Now().Add(certLife)) }

// RenewUntil gives the host another certificate, which is valid until end.
func (h *Host) RenewUntil(end time.Time) {
	cert := h.cluster.ca.issue(h.Member, end)
	h.cluster.mu.Lock()
	h.cluster.member(h.Member).cert = cert
	h.cluster.mu.Unlock()
	h.cert.Store(&cert.tls)
	h.Fingerprint = cert.fingerprint
	h.mu.Lock()
	server := h.server
	h.mu.Unlock()
	if server != nil { // closes idle connections, which were made with the old certificate
		server.SetKeepAlivesEnabled(false)
		server.SetKeepAlivesEnabled(true)
	}
}

// state is "up", "hanging" or "down", as another member sees the host. One that is not served is up.
func (h *Host) state() string {
	if h == nil {
		return "up"
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case h.server == nil:
		return "down"
	case h.hang != nil:
		return "hanging"
	}
	return "up"
}

// answered is the context key of a connection's count of requests.
type answered struct{}

// requestsPerConnection is the number of requests after which pveproxy closes a connection.
const requestsPerConnection = 100

// ServeHTTP answers as the member does, or hangs.
func (h *Host) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h.mu.Lock()
	hang := h.hang
	h.mu.Unlock()
	if hang != nil {
		select {
		case <-hang:
		case <-h.cluster.life.Done():
		case <-r.Context().Done():
		}
		panic(http.ErrAbortHandler)
	}
	if n, ok := r.Context().Value(answered{}).(*atomic.Int32); ok && n.Add(1) >= requestsPerConnection {
		w.Header().Set("Connection", "close")
	}
	h.cluster.serve(h.Member, w, r)
}

// authority is the CA of a cluster.
type authority struct {
	key  *ecdsa.PrivateKey
	cert *x509.Certificate
}

type certificate struct {
	tls         tls.Certificate
	fingerprint string // 64 upper-case hex digits
}

func newAuthority() *authority {
	key := newKey()
	template := &x509.Certificate{
		SerialNumber:          big.NewInt(1),
		Subject:               pkix.Name{CommonName: "Proxmox Virtual Environment", OrganizationalUnit: []string{serial().Text(16)}, Organization: []string{"PVE Cluster Manager CA"}},
		NotBefore:             time.Now().Add(-90 * 24 * time.Hour),
		NotAfter:              time.Now().Add(10 * 365 * 24 * time.Hour),
		IsCA:                  true,
		BasicConstraintsValid: true,
		KeyUsage:              x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	must(err)
	cert, err := x509.ParseCertificate(der)
	must(err)
	return &authority{key, cert}
}

// certLife is the time that a new certificate has left: those that Proxmox makes are valid for 730 days, and issue lets
// them begin 30 days ago.
const certLife = 700 * 24 * time.Hour

// issue makes a member's certificate that is valid until end, as pvecm updatecerts does.
func (a *authority) issue(name string, end time.Time) certificate {
	key := newKey()
	template := &x509.Certificate{
		SerialNumber: serial(),
		Subject:      pkix.Name{CommonName: name + ".home.arpa", OrganizationalUnit: []string{"PVE Cluster Node"}, Organization: []string{"Proxmox Virtual Environment"}},
		NotBefore:    time.Now().Add(-30 * 24 * time.Hour),
		NotAfter:     end,
		DNSNames:     []string{"localhost", name, name + ".home.arpa"},
		IPAddresses:  []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback},
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.cert, &key.PublicKey, a.key)
	must(err)
	return certificate{
		tls:         tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key},
		fingerprint: fmt.Sprintf("%X", sha256.Sum256(der)),
	}
}

func newKey() *ecdsa.PrivateKey {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(err)
	return key
}

func serial() *big.Int {
	n, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	must(err)
	return n
}

// must panics on an error that cannot occur with the arguments that this package passes.
func must(err error) {
	if err != nil {
		panic(err)
	}
}
