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

// Dial connects to a port of a running container of the cluster, as far as something
// listens there: there is no network beneath the simulated hosts. Web servers answer, on
// 443 and 8443 by TLS; others break the connection off.
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

// webPatience is how long a simulated web server waits for a request.
const webPatience = 3 * time.Second

// boxAt is the inside of the running container that has an address.
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
