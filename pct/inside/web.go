package inside

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"berth/proxmox"
)

const (
	// webWithin bounds the questions to all ports of a container together.
	webWithin = 1500 * time.Millisecond
	// maxAsked bounds the ports that are asked.
	maxAsked = 12
	// askedAtOnce bounds those that are asked at the same time.
	askedAtOnce = 4
	// answerSize bounds the bytes that are read of an answer.
	answerSize = 1 << 10
)

// notWeb lists the ports of other well-known services, which are not asked: many of them log strangers.
var notWeb = []uint16{21, 22, 23, 25, 53, 88, 110, 111, 139, 143, 389, 445, 465, 514, 587, 636, 853, 873, 993, 995, 1883, 2049,
	3306, 3389, 5060, 5061, 5222, 5432, 5672, 5900, 6379, 6667, 6697, 8883, 9050, 11211, 27017}

// webPorts lists the TCP ports to ask: those that others can reach and that may belong to a web
// server, those of first in front, at most maxAsked.
func webPorts(r Report, addresses []netip.Prefix, first []uint16) []uint16 {
	var all []uint16
	note := func(listeners []Listener) {
		for _, l := range listeners {
			if l.Proto == "tcp" && reached(l, addresses) && !slices.Contains(notWeb, l.Port) {
				all = append(all, l.Port)
			}
		}
	}
	for _, s := range r.Services {
		note(s.Listeners)
	}
	note(r.Others)
	slices.SortFunc(all, func(a, b uint16) int {
		switch x, y := slices.Contains(first, a), slices.Contains(first, b); {
		case x == y:
			return int(a) - int(b)
		case x:
			return -1
		}
		return 1
	})
	all = slices.Compact(all)
	return all[:min(len(all), maxAsked)]
}

// reached tells whether others can reach a listener at one of the container's addresses, as the
// host tells them.
func reached(l Listener, addresses []netip.Prefix) bool {
	_, ok := proxmox.MainAddress(addresses)
	if !ok || l.Addr.IsLoopback() {
		return false
	}
	return l.Addr.IsUnspecified() || slices.ContainsFunc(addresses, func(p netip.Prefix) bool { return p.Addr() == l.Addr && proxmox.Reachable(p.Addr()) })
}

// schemes asks ports for their scheme, within webWithin; those that answer otherwise, or not in time, are left out.
func (in *Inside) schemes(ctx context.Context, addresses []netip.Prefix, ports []uint16) map[uint16]string {
	address, ok := proxmox.MainAddress(addresses)
	if !ok || len(ports) == 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, webWithin)
	defer cancel()
	var (
		mu    sync.Mutex
		found = make(map[uint16]string)
		work  sync.WaitGroup
		slots = make(chan struct{}, askedAtOnce)
	)
	for _, port := range ports {
		work.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			if scheme := in.scheme(ctx, netip.AddrPortFrom(address, port)); scheme != "" {
				mu.Lock()
				defer mu.Unlock()
				found[port] = scheme
			}
		})
	}
	work.Wait()
	return found
}

// scheme returns "https", "http", or "" for a port that speaks something else. It begins a TLS
// handshake; a plain web server answers that with an HTTP error, or not at all, and is then
// asked for the head of its page. No data of users is sent, and the certificate is not
// checked: the browser that opens the page does that.
func (in *Inside) scheme(ctx context.Context, at netip.AddrPort) string {
	conn, err := in.dial(ctx, at)
	if err != nil {
		return ""
	}
	defer conn.Close()
	err = tls.Client(conn, &tls.Config{ServerName: at.Addr().String(), NextProtos: []string{"http/1.1"}}).HandshakeContext(ctx)
	var (
		untrusted *tls.CertificateVerificationError
		alert     tls.AlertError
		plain     tls.RecordHeaderError
	)
	switch {
	case err == nil, errors.As(err, &untrusted), errors.As(err, &alert):
		return "https"
	case errors.As(err, &plain) && isHTTP(plain.RecordHeader[:]):
		return "http"
	}
	if in.speaksHTTP(ctx, at) {
		return "http"
	}
	return ""
}

// dial connects, with ctx's deadline on the connection.
func (in *Inside) dial(ctx context.Context, at netip.AddrPort) (net.Conn, error) {
	conn, err := in.cfg.Dial(ctx, "tcp", at.String())
	if err != nil {
		return nil, err
	}
	if deadline, ok := ctx.Deadline(); ok {
		err = conn.SetDeadline(deadline)
	}
	if err != nil {
		conn.Close()
		return nil, err
	}
	return conn, nil
}

// speaksHTTP asks for the head of a page, and tells whether the answer is HTTP.
func (in *Inside) speaksHTTP(ctx context.Context, at netip.AddrPort) bool {
	conn, err := in.dial(ctx, at)
	if err != nil {
		return false
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, "HEAD / HTTP/1.1\r\nHost: "+at.String()+"\r\nUser-Agent: Berth\r\nConnection: close\r\n\r\n"); err != nil {
		return false
	}
	line, err := bufio.NewReader(io.LimitReader(conn, answerSize)).ReadString('\n')
	return err == nil && isHTTP([]byte(line))
}

// isHTTP tells whether an answer begins like one of HTTP/1.
func isHTTP(answer []byte) bool { return strings.HasPrefix(string(answer), "HTTP/") }
