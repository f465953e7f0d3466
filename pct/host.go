// Package pct runs programs and opens terminals in the containers of a host, by its command pct over SSH. The key that it
// signs in with can do nothing else there: see command.go.
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
	hostSessions   = 4                // programs at once on a connection
	hostEnders     = 2                // sessions besides, for Kill, which must not wait for the programs that it ends
	hostPatience   = 10 * time.Second // to connect and sign in
	hostKeepalive  = 15 * time.Second // from one keepalive to the next, and for its answer
	hostIdle       = 5 * time.Minute  // without a session, until the connection is closed
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
	// Patience bounds the wait for the host to open a session; 0 takes 6 s. Less is for tests only.
	Patience time.Duration
}

// Host runs programs in the containers of a host, by `pct exec` through its forced command. It
// keeps one connection, made when it is first needed, for all callers, and others for terminals
// (Enter). After a refusal it answers with the same refusal for a while without asking, so that
// the host's journal is not filled. Its errors are *proxmox.Error.
type Host struct {
	cfg    HostConfig
	slots  chan struct{} // one for each session
	enders chan struct{} // one for each session that ends a program
	lock   chan struct{} // held while the fields below are used, and while a connection is made

	conn     *hostConn
	consoles []*hostConn    // of terminals
	refused  *proxmox.Error // the last refusal; nil after a success
	refusals int
	until    time.Time // before it, refused is the answer to every call

	ctx     context.Context // ends with Close, and with it all connections
	end     context.CancelFunc
	keeping sync.WaitGroup
}

// NewHost makes a Host. It connects when it is first used, and must be closed.
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

// Addr returns the host's SSH address, as in "pve1:22".
func (h *Host) Addr() string { return h.cfg.Addr }

// closeWithin bounds the wait of Close for what ran over the connections. All of that ends
// with them, unless a caller's writer is slow to take the output.
const closeWithin = time.Second

// Close ends all connections, with what runs over them, and one that is being made. KindTimeout when something
// goes on for longer than closeWithin.
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

// HostKey identifies a host to its clients.
type HostKey struct {
	Type        string // as in "ssh-ed25519"
	Fingerprint string // as in "SHA256:…"
}

// HostKeyError says that a host presented another key than the pinned one, or that none is pinned.
type HostKeyError struct {
	Key    HostKey // that the host presented
	Pinned string  // the fingerprint it should have; empty when none is pinned yet
}

func (e *HostKeyError) Error() string {
	if e.Pinned == "" {
		return fmt.Sprintf("ssh: host key %s is not known", e.Key.Fingerprint)
	}
	return fmt.Sprintf("ssh: host key is %s and not %s", e.Key.Fingerprint, e.Pinned)
}

// hostKeyAlgorithms has a fixed order: a host has several keys, and must be asked for the
// pinned one each time.
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
	conn.Close() // its error tells no more than the handshake's
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

// fail makes an error of this host.
func (h *Host) fail(kind proxmox.Kind, message string, cause error) *proxmox.Error {
	return &proxmox.Error{Kind: kind, Call: proxmox.CallSSH + h.cfg.Addr, Message: message, Cause: cause}
}

// unreachable makes the error of a connection that could not be made.
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

// hold takes the lock; it fails when ctx ends first, and when the Host is closed.
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

// connection returns the open connection, or makes one. After a refusal it returns the same
// refusal again until h.until, unless anew.
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

// backOff notes a refusal, and the time until which connect repeats it. h.lock is held.
func (h *Host) backOff(err error) {
	refused, ok := errors.AsType[*proxmox.Error](err)
	if !ok || refused.Kind == proxmox.KindCancelled {
		return
	}
	h.refused = refused
	h.until = h.cfg.Now().Add(min(hostBackoff<<min(h.refusals, 10), hostBackoffMax))
	h.refusals++
}
