package inside

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"berth/proxmox"
)

// portOf returns the port of a test's server.
func portOf(t *testing.T, l net.Listener) netip.AddrPort {
	t.Helper()
	return netip.MustParseAddrPort(l.Addr().String())
}

func TestPortsTellWhatTheySpeak(t *testing.T) {
	plain := httptest.NewServer(http.RedirectHandler("https://elsewhere.example/", http.StatusFound))
	defer plain.Close()
	secure := httptest.NewUnstartedServer(http.NotFoundHandler())
	secure.TLS = &tls.Config{ClientAuth: tls.RequireAnyClientCert}
	secure.StartTLS()
	defer secure.Close()
	other := func(serve func(net.Conn)) net.Listener {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { l.Close() })
		go func() {
			for {
				c, err := l.Accept()
				if err != nil {
					return
				}
				serve(c)
				c.Close()
			}
		}()
		return l
	}
	// Some web servers hang up on what is not HTTP, without an answer.
	strict := other(func(c net.Conn) {
		b := make([]byte, 1024)
		if n, err := c.Read(b); err == nil && strings.HasPrefix(string(b[:n]), "HEAD / HTTP/1.1\r\n") {
			fmt.Fprint(c, "HTTP/1.0 404 Not Found\r\n\r\n")
		}
	})
	banner := other(func(c net.Conn) { fmt.Fprint(c, "SSH-2.0-OpenSSH_9.2\r\n") })
	hangs := other(func(net.Conn) {})
	in := New(Config{})
	defer in.Close(t.Context())
	for name, tt := range map[string]struct {
		at   netip.AddrPort
		want string
	}{
		"a web server":            {portOf(t, plain.Listener), "http"},
		"one with TLS":            {portOf(t, secure.Listener), "https"},
		"one that hangs up":       {portOf(t, strict), "http"},
		"one that speaks first":   {portOf(t, banner), ""},
		"one that says nothing":   {portOf(t, hangs), ""},
		"a port without a server": {netip.MustParseAddrPort("127.0.0.1:1"), ""},
	} {
		ctx, cancel := context.WithTimeout(t.Context(), webWithin)
		if got := in.scheme(ctx, tt.at); got != tt.want {
			t.Errorf("%s speaks %q, want %q", name, got, tt.want)
		}
		cancel()
	}
}

// Only what others reach is asked, and only at addresses of the container.
func TestWhichPortsAreAsked(t *testing.T) {
	addresses := []netip.Prefix{
		netip.MustParsePrefix("127.0.0.1/8"), netip.MustParsePrefix("fe80::1/64"), netip.MustParsePrefix("169.254.169.254/16"),
		netip.MustParsePrefix("192.0.2.61/24"), netip.MustParsePrefix("2001:db8::1/64"),
	}
	l := func(addr string, port uint16) Listener {
		return Listener{Proto: "tcp", Addr: netip.MustParseAddr(addr), Port: port}
	}
	r := Report{
		Services: []Service{{Listeners: []Listener{l("0.0.0.0", 8080), l("127.0.0.1", 81), l("::1", 82), l("::", 443)}}, {Listeners: []Listener{l("0.0.0.0", 22), l("::", 8080)}}},
		Others:   []Listener{l("192.0.2.61", 3000), l("192.0.2.99", 83), l("169.254.169.254", 84), {Proto: "udp", Addr: netip.IPv4Unspecified(), Port: 85}},
	}
	if got := webPorts(r, addresses, []uint16{3000}); !slices.Equal(got, []uint16{3000, 443, 8080}) {
		t.Errorf("%v", got)
	}
	if got := webPorts(r, addresses[:3], nil); len(got) > 0 {
		t.Errorf("a container without an address: %v", got)
	}
	if a, ok := proxmox.MainAddress(addresses); !ok || a.String() != "192.0.2.61" {
		t.Errorf("%v", a)
	}
	for range 30 {
		r.Others = append(r.Others, l("0.0.0.0", uint16(9100+len(r.Others))))
	}
	if got := webPorts(r, addresses, nil); len(got) != maxAsked {
		t.Errorf("%d ports", len(got))
	}
}
