// Package pct runs programs and opens terminals in the containers of a host, over SSH and its command pct. The key that it
// signs in with may do nothing else there: see command.go.
package pct

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"sync"
	"syscall"
	"time"

	"golang.org/x/crypto/ssh"

	"berth/proxmox"
)

const (
	hostSessions   = 4                // at once on a connection, for programs
	hostEnders     = 2                // and for what ends them, which must not wait until they have ended
	hostPatience   = 10 * time.Second // to connect and sign in
	hostKeepalive  = 15 * time.Second // between two, and for an answer to one
	hostIdle       = 5 * time.Minute  // without a session, after which the connection is closed
	hostBackoff    = 5 * time.Second  // after the first refusal; doubled after each further one
	hostBackoffMax = 5 * time.Minute
)

// HostConfig says how to reach a host by SSH.
type HostConfig struct {
	Addr    string // host:port
	User    string
	Key     ssh.Signer
	HostKey string // the pinned key as ssh.FingerprintSHA256 writes it; empty accepts none
	// Dial connects; nil takes a net.Dialer.
	Dial func(ctx context.Context, network, addr string) (net.Conn, error)
	Now  func() time.Time // nil takes time.Now
	// Patience is how long the host may take to open a session; 0 takes 6 s, less only for tests.
	Patience time.Duration
}

// Host runs programs in the containers of a host, by `pct exec` through its forced command. It
// keeps one connection, made when it is needed, for all callers, and others for terminals
// (Enter). After a refusal it answers with the same refusal for a while, so that the
// host's journal is not filled.
// Its errors are *Error.
type Host struct {
	cfg    HostConfig
	slots  chan struct{} // one for each session
	enders chan struct{} // one for each session that ends a program
	lock   chan struct{} // held while the fields below are used, also to connect

	conn     *hostConn
	consoles []*hostConn    // of terminals
	refused  *proxmox.Error // the last refusal; nil after a success
	refusals int
	until    time.Time // when to ask again after it

	ctx     context.Context // ends with Close, and with it all connections
	end     context.CancelFunc
	keeping sync.WaitGroup
}

// NewHost makes a Host; it connects when it is first used. It must be closed.
func NewHost(cfg HostConfig) *Host {
	if cfg.Dial == nil {
		cfg.Dial = (&net.Dialer{}).DialContext
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	cfg.Patience = cmp.Or(cfg.Patience, openPatience)
	ctx, end := context.WithCancel(context.Background())
	return &Host{
		cfg: cfg, slots: make(chan struct{}, hostSessions), enders: make(chan struct{}, hostEnders), lock: make(chan struct{}, 1), ctx: ctx, end: end,
	}
}

// Addr is where the host is, as in "pve1:22".
func (h *Host) Addr() string { return h.cfg.Addr }

// closeWithin is how long Close waits for what ran over the connections. That ends with
// them: only who takes what comes from a host may be slow.
const closeWithin = time.Second

// Close ends all connections and what runs over them, also one that is being made.
func (h *Host) Close() error {
	h.end()
	done := make(chan struct{})
	go func() {
		defer close(done)
		h.lock <- struct{}{} // no connection is made any more
		<-h.lock
		h.keeping.Wait()
	}()
	late := time.NewTimer(closeWithin)
	defer late.Stop()
	select {
	case <-done:
		return nil
	case <-late.C:
		return h.fail(proxmox.KindTimeout, "", errors.New("ssh: what ran over the connection goes on after its end"))
	}
}

// HostKey is the key by which a host shows that it is itself.
type HostKey struct {
	Type        string // as in "ssh-ed25519"
	Fingerprint string // as in "SHA256:…"
}

// HostKeyError is a host key that is not the pinned one.
type HostKeyError struct {
	Key    HostKey // what the host shows
	Pinned string  // the fingerprint it should have; empty when none is pinned yet
}

func (e *HostKeyError) Error() string {
	if e.Pinned == "" {
		return fmt.Sprintf("ssh: host key %s is not known", e.Key.Fingerprint)
	}
	return fmt.Sprintf("ssh: host key is %s and not %s", e.Key.Fingerprint, e.Pinned)
}

// hostKeyAlgorithms in a fixed order: the pinned key is one of several that a host has,
// and it must be asked for the same one each time.
var hostKeyAlgorithms = []string{
	ssh.KeyAlgoED25519, ssh.KeyAlgoECDSA256, ssh.KeyAlgoECDSA384, ssh.KeyAlgoECDSA521,
	ssh.KeyAlgoRSASHA512, ssh.KeyAlgoRSASHA256,
}

// dial connects and signs in.
func (h *Host) dial(ctx context.Context) (*ssh.Client, error) {
	ctx, cancel := context.WithTimeout(ctx, hostPatience)
	defer cancel()
	defer context.AfterFunc(h.ctx, cancel)()
	conn, err := h.cfg.Dial(ctx, "tcp", h.cfg.Addr)
	if err != nil {
		return nil, h.unreachable(err)
	}
	stop := context.AfterFunc(ctx, func() { conn.SetDeadline(time.Unix(1, 0)) }) // ends the handshake
	var wrong *HostKeyError
	known := false
	client, channels, requests, err := ssh.NewClientConn(conn, h.cfg.Addr, &ssh.ClientConfig{
		User:              h.cfg.User,
		Auth:              []ssh.AuthMethod{ssh.PublicKeys(h.cfg.Key)},
		HostKeyAlgorithms: hostKeyAlgorithms,
		HostKeyCallback: func(_ string, _ net.Addr, key ssh.PublicKey) error {
			if seen := ssh.FingerprintSHA256(key); seen != h.cfg.HostKey {
				wrong = &HostKeyError{Key: HostKey{Type: key.Type(), Fingerprint: seen}, Pinned: h.cfg.HostKey}
				return wrong
			}
			known = true
			return nil
		},
	})
	if !stop() && err == nil {
		client.Close()
		err = ctx.Err()
	}
	if err == nil {
		return ssh.NewClient(client, channels, requests), nil
	}
	conn.Close() // the handshake failed: nothing is lost
	switch {
	case wrong != nil && wrong.Pinned == "":
		return nil, h.fail(proxmox.KindHostKeyUnknown, "", wrong)
	case wrong != nil:
		return nil, h.fail(proxmox.KindHostKeyChanged, "", wrong)
	case ctx.Err() != nil:
		return nil, h.unreachable(ctx.Err())
	case known && strings.Contains(err.Error(), "unable to authenticate"):
		return nil, h.fail(proxmox.KindKeyRefused, "", err)
	case strings.Contains(err.Error(), "no common algorithm"), strings.Contains(err.Error(), "overflow reading version string"):
		return nil, h.fail(proxmox.KindNotSSH, "", err)
	}
	return nil, h.unreachable(err)
}

// fail is an *Error of this host.
func (h *Host) fail(kind proxmox.Kind, message string, cause error) *proxmox.Error {
	return &proxmox.Error{Kind: kind, Call: proxmox.CallSSH + h.cfg.Addr, Message: message, Cause: cause}
}

// unreachable says why there is no connection.
func (h *Host) unreachable(err error) *proxmox.Error {
	kind := proxmox.KindUnreachable
	dns, isDNS := errors.AsType[*net.DNSError](err)
	switch {
	case h.ctx.Err() != nil:
		err = net.ErrClosed
	case errors.Is(err, context.Canceled):
		kind = proxmox.KindCancelled
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded):
		kind = proxmox.KindTimeout
	case isDNS && dns.IsNotFound:
		kind = proxmox.KindNoSuchHost
	case errors.Is(err, syscall.ECONNREFUSED):
		kind = proxmox.KindRefused
	}
	return h.fail(kind, "", err)
}

// hold takes the lock of a Host that is not closed.
func (h *Host) hold(ctx context.Context) error {
	select {
	case h.lock <- struct{}{}:
	case <-ctx.Done():
		return h.unreachable(ctx.Err())
	}
	if h.ctx.Err() != nil {
		h.letGo()
		return h.fail(proxmox.KindUnreachable, "", net.ErrClosed)
	}
	return nil
}

func (h *Host) letGo() { <-h.lock }

// connection is the one that is there, or a new one. After a refusal it is that refusal
// again until its time is over; anew asks all the same.
func (h *Host) connection(ctx context.Context, anew bool) (*hostConn, error) {
	if err := h.hold(ctx); err != nil {
		return nil, err
	}
	defer h.letGo()
	if h.conn != nil && h.conn.alive() {
		return h.conn, nil
	}
	conn, err := h.connect(ctx, anew)
	if err != nil {
		return nil, err
	}
	h.conn = conn
	return conn, nil
}

// connect makes a new connection. h.lock is held.
func (h *Host) connect(ctx context.Context, anew bool) (*hostConn, error) {
	if h.refused != nil && !anew && h.cfg.Now().Before(h.until) {
		return nil, h.refused
	}
	client, err := h.dial(ctx)
	if err != nil {
		h.backOff(err)
		return nil, err
	}
	h.refused, h.refusals = nil, 0
	conn := newHostConn(client, h.cfg.Patience)
	h.keeping.Go(func() {
		defer context.AfterFunc(h.ctx, conn.close)()
		conn.keep()
	})
	return conn, nil
}

// backOff notes a refusal. h.lock is held.
func (h *Host) backOff(err error) {
	refused, ok := errors.AsType[*proxmox.Error](err)
	if !ok || refused.Kind == proxmox.KindCancelled {
		return
	}
	h.refused = refused
	h.until = h.cfg.Now().Add(min(hostBackoff<<min(h.refusals, 10), hostBackoffMax))
	h.refusals++
}
