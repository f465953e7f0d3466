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
)

func TestAnAnswerIsBounded(t *testing.T) {
	full := 0
	b := bounded{full: func() { full++ }}
	half := make([]byte, maxAnswer*2/3)
	for i, want := range []int{len(half), maxAnswer, maxAnswer} {
		if n, err := b.Write(half); n != len(half) || err != nil || len(b.bytes()) != want || b.over() != (i > 0) || full != i {
			t.Errorf("write %d: %d, %v, kept %d, over %v", i, n, err, len(b.bytes()), b.over())
		}
	}
}

// portOf is where a test's server listens.
func portOf(t *testing.T, l net.Listener) netip.AddrPort {
	t.Helper()
	return netip.MustParseAddrPort(l.Addr().String())
}

func TestPortsTellWhatTheySpeak(t *testing.T) {
	quiet := func(s *httptest.Server) *httptest.Server { s.Config.ErrorLog = nil; return s }
	plain := quiet(httptest.NewServer(http.RedirectHandler("https://elsewhere.example/", http.StatusFound)))
	defer plain.Close()
	secure := httptest.NewUnstartedServer(http.NotFoundHandler())
	secure.TLS = &tls.Config{ClientAuth: tls.RequireAnyClientCert}
	secure.StartTLS()
	defer secure.Close()
	// Servers of other things: one that speaks first, one that hangs up, one that answers
	// nothing but HTTP of its own kind, and one without a word.
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
	defer in.Close()
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
		netip.MustParsePrefix("2001:db8::1/64"), netip.MustParsePrefix("192.0.2.61/24"),
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
	if a, ok := Best(addresses); !ok || a.String() != "192.0.2.61" {
		t.Errorf("%v", a)
	}
	for range 30 {
		r.Others = append(r.Others, l("0.0.0.0", uint16(9100+len(r.Others))))
	}
	if got := webPorts(r, addresses, nil); len(got) != maxAsked {
		t.Errorf("%d ports", len(got))
	}
}

func TestUpdatesOfEachManager(t *testing.T) {
	for name, tt := range map[string]struct {
		out      string
		manager  string
		packages []Update
		failed   string
	}{
		"apt": {
			out: "\nM index\n1764000000\n\nM apt\nReading package lists...\nCalculating upgrade...\nThe following NEW packages will be installed:\n  linux-image-6.12.57\n" +
				"Inst linux-image-6.12.57 (6.12.57-1 Debian:13.2/stable [amd64])\nInst libc6 [2.41-12] (2.41-12+deb13u1 Debian:13.2/stable [amd64]) [libc6-dev:amd64 ]\n" +
				"Inst openssl [3.5.1-1] (3.5.1-1+deb13u1 Debian-Security:13/stable-security [amd64])\nConf openssl (3.5.1-1+deb13u1 Debian-Security:13/stable-security [amd64])\n\nM end\n",
			manager:  "apt",
			packages: []Update{{"libc6", "2.41-12", "2.41-12+deb13u1", false}, {"openssl", "3.5.1-1", "3.5.1-1+deb13u1", true}},
		},
		"Ubuntu's apt": {
			out:      "\nM apt\nInst libssl3t64 [3.0.13-0ubuntu3.4] (3.0.13-0ubuntu3.5 Ubuntu:24.04/noble-updates, Ubuntu:24.04/noble-security [amd64])\n",
			manager:  "apt",
			packages: []Update{{"libssl3t64", "3.0.13-0ubuntu3.4", "3.0.13-0ubuntu3.5", true}},
		},
		"apk": {
			out:     "\nM apk\nInstalled:                                Available:\nbusybox-1.37.0-r18                      < 1.37.0-r19 \nlibcrypto3-3.5.0-r0                     < 3.5.4-r0 \n",
			manager: "apk", packages: []Update{{"busybox", "1.37.0-r18", "1.37.0-r19", false}, {"libcrypto3", "3.5.0-r0", "3.5.4-r0", false}},
		},
		"dnf": {
			out:     "\nM dnf\n\nkernel-core.x86_64                     6.17.8-200.fc42                updates\nvim-data.noarch    2:9.1.1914-1.fc42   updates\nObsoleting Packages\ngrub2-tools.x86_64   1:2.12-40.fc42   updates\n",
			manager: "dnf", packages: []Update{{"kernel-core", "", "6.17.8-200.fc42", false}, {"vim-data", "", "2:9.1.1914-1.fc42", false}},
		},
		"nothing to do": {out: "\nM index\n0\n\nM apk\nInstalled:                                Available:\n", manager: "apk"},
		"locked":        {out: "\nM apt\nE: Unmet dependencies. Try 'apt --fix-broken install'\n", manager: "apt", failed: "E: Unmet dependencies. Try 'apt --fix-broken install'"},
		"no manager":    {out: "\nM end\n"},
	} {
		u := parseUpdates([]byte(tt.out), "M")
		if u.Manager != tt.manager || !slices.Equal(u.Packages, tt.packages) || u.Failed != tt.failed {
			t.Errorf("%s: %+v", name, u)
		}
	}
}

func FuzzUpdates(f *testing.F) {
	f.Add("Inst libc6 [2.41-12] (2.41-12+deb13u1 Debian:13.2/stable [amd64])")
	f.Add("busybox-1.37.0-r18                      < 1.37.0-r19 ")
	f.Add("kernel-core.x86_64                     6.17.8-200.fc42                updates")
	f.Fuzz(func(t *testing.T, text string) {
		all := lines([]byte(text))
		shown(t, complaint(all))
		for _, u := range slices.Concat(parseApt(all), parseApk(all), parseDnf(all)) {
			shown(t, u.Name, u.Old, u.New)
		}
	})
}

func TestCredentialsOfEveryKind(t *testing.T) {
	for line, want := range map[string]Credential{
		"A=plain":               {Key: "A", Value: "plain"},
		"export A=b c":          {Key: "A", Value: "b c"},
		"  A='it is'  ":         {Key: "A", Value: "it is"},
		`A="say \"hi\" \$x \n"`: {Key: "A", Value: `say "hi" $x \n`},
		"A=$(rm -rf /)`id`":     {Key: "A", Value: "$(rm -rf /)`id`"},
		"A='b'c'":               {Key: "A", Value: "'b'c'"},
		`A="b\"`:                {Key: "A", Value: `"b\"`},
		"A=b=c==":               {Key: "A", Value: "b=c=="},
		"A=tab\there\x1b[31m":   {Key: "A", Value: `"tab\there\x1b[31m"`, Quoted: true},
		"A=\xff":                {Key: "A", Value: `"\xff"`, Quoted: true},
		"A=turned\u202e":        {Key: "A", Value: `"turned\u202e"`, Quoted: true},
		"A=<script>&amp;":       {Key: "A", Value: "<script>&amp;"},
		"A=windows\r":           {Key: "A", Value: "windows"},
	} {
		f := credentialFile("/etc/berth/credentials/x", []byte("# comment\n\n"+line+"\n"))
		if len(f.Values) != 1 || f.Values[0] != want || f.Others != 0 {
			t.Errorf("%q: %+v", line, f)
		}
	}
	f := credentialFile("x", []byte("no line of ours\n1A=b\n"))
	if len(f.Values) != 0 || f.Others != 2 {
		t.Errorf("%+v", f)
	}
	if f := credentialFile("x", make([]byte, maxCredentialFile+1)); !f.TooBig || f.Values != nil {
		t.Errorf("%+v", f)
	}
}

func FuzzCredentials(f *testing.F) {
	f.Add("\nM file /etc/berth/credentials/a\nA='b'\nexport B=\"c\\\"\"\n\nM end\n")
	f.Fuzz(func(t *testing.T, out string) {
		for _, file := range parseCredentials([]byte(out), "M") {
			shown(t, file.Path)
			if len(file.Values) > maxCredentials {
				t.Errorf("%d values", len(file.Values))
			}
			for _, c := range file.Values {
				if c.Key == "" || strings.ContainsAny(c.Value, "\n\x00\x1b") {
					t.Errorf("%+v", c)
				}
			}
		}
	})
}

func FuzzLogReader(f *testing.F) {
	f.Add("M journal\n\x1b[31mred\nM file /x\n")
	f.Add("no source\n")
	f.Fuzz(func(t *testing.T, out string) {
		sources := 0
		r := newReader("M", func(s Source) { sources++; shown(t, s.File) }, func(line string) {
			if strings.ContainsAny(line, "\n\x1b\u202e\u2028") || len(line) > maxLogLine {
				t.Errorf("the line %q", line)
			}
		})
		if _, err := r.Write([]byte(out)); err != nil {
			t.Error(err)
		}
		r.split.End()
		if sources > 1 {
			t.Errorf("%d sources", sources)
		}
	})
}
