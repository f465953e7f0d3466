package sim

import (
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"syscall"
	"time"
)

// Dial connects to a port of a running container in place of a network, which the simulated hosts
// have none of; ECONNREFUSED where no service listens. Web servers answer one request, on 443 and
// 8443 over TLS; other services close the connection.
func (c *Cluster) Dial(_ context.Context, _, addr string) (net.Conn, error) {
	at, err := netip.ParseAddrPort(addr)
	if err != nil {
		return nil, err
	}
	b := c.boxAt(at.Addr())
	if b == nil || !slices.Contains(b.ports(), int(at.Port())) {
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
	}
	near, far := net.Pipe()
	c.work.Go(func() {
		defer far.Close()
		if far.SetDeadline(time.Now().Add(webPatience)) == nil {
			serveWeb(far, int(at.Port()), c.members[0].cert.tls)
		}
	})
	return near, nil
}

// webPatience bounds a connection to a simulated web server, from its begin to its end.
const webPatience = 3 * time.Second

// boxAt returns the inside of the running container that has an address; nil when there is none.
func (c *Cluster) boxAt(addr netip.Addr) *box {
	c.mu.Lock()
	var member string
	vmid := 0
	for _, g := range c.sortedGuests() {
		parts, _ := propertyString(nil, g.config["net0"])
		for _, a := range g.addresses(parts, c.noDHCP) {
			if ip, err := netip.ParsePrefix(a); err == nil && ip.Addr() == addr {
				member, vmid = g.Node, g.VMID
			}
		}
	}
	c.mu.Unlock()
	b, _, _ := c.inside(member, vmid)
	return b
}

// serveWeb answers the first request of a connection.
func serveWeb(conn net.Conn, port int, cert tls.Certificate) {
	switch port {
	case 22, 53, 445, 5432:
		return
	case 443, 8443:
		conn = tls.Server(conn, &tls.Config{Certificates: []tls.Certificate{cert}})
	}
	request := make([]byte, 4<<10)
	n, err := conn.Read(request)
	if err != nil {
		return
	}
	status := "200 OK"
	if !bytes.Contains(request[:n], []byte(" HTTP/1.")) {
		status = "400 Bad Request" // as to the greeting of TLS
	}
	fmt.Fprintf(conn, "HTTP/1.1 %s\r\nConnection: close\r\n\r\n", status)
}
