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
	// webWithin is how long all ports of a container together may take to tell what they are.
	webWithin = 1500 * time.Millisecond
	// maxAsked is how many ports are asked.
	maxAsked = 12
	// askedAtOnce is how many of them at the same time.
	askedAtOnce = 4
	// answerSize is how much of an answer is read, in bytes.
	answerSize = 1 << 10
)

// notWeb are ports that are no web server's, and whose servers note a stranger in their logs.
var notWeb = []uint16{21, 22, 23, 25, 53, 88, 110, 111, 139, 143, 389, 445, 465, 514, 587, 636, 853, 873, 993, 995, 1883, 2049,
	3306, 3389, 5060, 5061, 5222, 5432, 5672, 5900, 6379, 6667, 6697, 8883, 9050, 11211, 27017}

// webPorts are the TCP ports that others reach and that may be those of a web server, first
// those that are to be asked before all others.
func webPorts(r Report, addresses []netip.Prefix, first []uint16) []uint16 {
	var all []uint16
	note := func(listeners []Listener) {
		for _, l := range listeners {
			if l.Proto == "tcp" && Reached(l, addresses) && !slices.Contains(notWeb, l.Port) {
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

// Reached tells whether others reach what listens there, at one of the addresses that the
// host says the container has.
func Reached(l Listener, addresses []netip.Prefix) bool {
	_, ok := proxmox.MainAddress(addresses)
	if !ok || l.Addr.IsLoopback() {
		return false
	}
	return l.Addr.IsUnspecified() || slices.ContainsFunc(addresses, func(p netip.Prefix) bool { return p.Addr() == l.Addr && proxmox.Reachable(p.Addr()) })
}

// schemes asks ports what they speak.
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

// scheme asks a port what it speaks: https, http, or "" for something else. It greets it as
// a browser greets HTTPS; a plain web server answers that with an error, or not at all and
// is asked for its page's head. Nothing of anybody's is sent, and nothing that comes is
// believed beyond that: whether the certificate is right is for the browser to judge.
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

// dial connects, for as long as ctx.
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

// speaksHTTP asks for the head of a page.
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

// isHTTP tells whether an answer begins as those of web servers do.
func isHTTP(answer []byte) bool { return strings.HasPrefix(string(answer), "HTTP/") }
