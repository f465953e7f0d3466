package container

import (
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"

	"berth/fleet"
	"berth/pct/inside"
	"berth/proxmox"
	"berth/store"
	"berth/views/cards"
	"berth/views/golden"
	"berth/views/layout"
)

// looked is a look that holds something of everything, some of it hostile.
func looked() ServicesPage {
	now := time.Date(2026, 11, 23, 21, 18, 4, 0, golden.Zone())
	at := func(proto, addr string, port uint16) inside.Listener {
		return inside.Listener{Proto: proto, Addr: netip.MustParseAddr(addr), Port: port, Process: "<b>p</b>"}
	}
	c := fleet.Container{NodeID: "n1", NodeName: "pve1"}
	c.VMID, c.Name, c.Status = 104, "jellyfin", "running"
	return ServicesPage{
		Page: Page{Card: cards.New(c, nil, now), Node: store.Node{ID: "n1", Name: "pve1"}, Now: now},
		Look: &InsideLook{
			Planned: []store.Service{{Name: "jellyfin", Port: 8096, Path: "/web/#/home"}},
			Seen: inside.Seen{
				At:        now.Add(-40 * time.Second),
				Addresses: []netip.Prefix{netip.MustParsePrefix("192.0.2.60/24"), netip.MustParsePrefix("2001:db8::60/64")},
				Schemes:   map[uint16]string{80: "http", 443: "https", 3000: "http", 8096: "http"},
				Report: inside.Report{
					OS: inside.OS{ID: "debian", Name: "Debian <13>"}, Uptime: 51 * time.Hour, Load: []float64{0.63, 0.5, 0.4}, Init: inside.InitSystemd, Whole: true,
					Memory: inside.Memory{Total: 4 << 30, Available: 256 << 20, SwapTotal: 512 << 20, SwapFree: 480 << 20},
					Disks:  []inside.Disk{{Mount: "/", Device: "/dev/loop0", Total: 32 << 30, Used: 17 << 30, Available: 15 << 30}, {Mount: "/srv/<i>", Total: 100, Used: 80, Available: 20}},
					Services: []inside.Service{
						{Name: `"><script>alert(1)</script>.service`, State: inside.StateFailed, Failure: inside.Failure{Result: "exit-code", Status: 1, Restarts: 5}, Since: now.Add(-14 * time.Minute)},
						{Name: "jellyfin.service", Description: "Jellyfin Media Server", State: inside.StateRunning, Listeners: []inside.Listener{at("tcp", "0.0.0.0", 8096), at("udp", "0.0.0.0", 1900), at("tcp", "127.0.0.1", 8100)}},
						{Name: "nginx.service", State: inside.StateRunning, Listeners: []inside.Listener{at("tcp", "0.0.0.0", 80), at("tcp", "::", 80), at("tcp", "0.0.0.0", 443)}},
						{Name: "ssh.service", State: inside.StateStopped, Listeners: []inside.Listener{at("tcp", "::", 22)}},
						{Name: "systemd-sysctl.service", State: inside.StateExited},
					},
					Others: []inside.Listener{at("tcp", "0.0.0.0", 3000), at("tcp", "::", 3000), {Proto: "tcp", Addr: netip.MustParseAddr("::1"), Port: 25}},
				},
			},
		},
		Updates: &InsideUpdates{Updates: inside.Updates{Manager: "apt", Index: now.Add(-72 * time.Hour), Packages: []inside.Update{{Name: "openssl", Old: "3.5.1-1", New: "3.5.1-2", Security: true}}}},
		Credentials: &InsideCredentials{Files: []inside.CredentialFile{
			{Path: "/etc/berth/credentials/web", Values: []inside.Credential{{Key: "USER", Value: "<admin>"}, {Key: "NONE"}, {Key: "KEY", Value: `"\x1b"`, Quoted: true}}, Others: 2},
			{Path: "/etc/berth/credentials/big", TooBig: true},
		}},
	}
}

func TestContainerServices(t *testing.T) {
	p := looked()
	page := frameOf(t, p.Page).Variant(t, "services", Services(p))
	p.Look, p.Updates, p.Credentials = nil, nil, nil
	page.Variant(t, "not_inspected", Services(p))
	p.Look = &InsideLook{Problem: &layout.Problem{Status: http.StatusConflict, Title: "The container is not running", Why: "There is nothing inside to connect to.", Next: "Start it, then try again."}}
	page.Part(t, "inside").Variant(t, "problem", InsidePanel(p))
}

func TestServiceLog(t *testing.T) {
	p := LogPage{Page: looked().Page, Service: "nginx.service"}
	before := frameOf(t, p.Page).Variant(t, "service_log", ServiceLog(p))
	p.Log = &inside.Log{Source: inside.Source{Kind: inside.SourceJournal}, Lines: []inside.Line{{N: 7, Text: "</script><b>x</b>"}, {N: 8, Text: "next"}}}
	before.Variant(t, "read", ServiceLog(p))
	p.Log, p.Follow = nil, true
	before.Variant(t, "followed", ServiceLog(p))
}

func TestFailureWords(t *testing.T) {
	now := time.Date(2026, 11, 23, 21, 18, 4, 0, golden.Zone())
	for _, tt := range []struct {
		failure inside.Failure
		want    string
	}{
		{inside.Failure{Result: "exit-code", Status: 3}, "exit status 3"},
		{inside.Failure{Result: "signal", Status: 9, Signal: true, Restarts: 1}, "ended by signal 9; started again 1 time before"},
		{inside.Failure{Result: "oom-kill", Status: 9, Signal: true}, "ran out of memory"},
		{inside.Failure{Result: "timeout"}, "took too long to start or to stop"},
		{inside.Failure{Result: "watchdog"}, "did not give its sign of life"},
		{inside.Failure{Result: "start-limit-hit", Restarts: 5}, "started too often in a short time; started again 5 times before"},
		{inside.Failure{Result: "crashed"}, "its process is gone"},
		{inside.Failure{Result: "failed"}, "started too often in a short time"},
		{inside.Failure{Result: "unsupervised"}, "what started it again is gone"},
		{inside.Failure{Result: "resources"}, "resources"},
		{inside.Failure{}, "the reason is not told"},
	} {
		if got := failureWords(inside.Service{Failure: tt.failure}, now); got != tt.want {
			t.Errorf("%+v: %q, want %q", tt.failure, got, tt.want)
		}
	}
}

func TestNothingIsSaidToBeZeroMillisecondsAgo(t *testing.T) {
	t.Parallel()
	for age, want := range map[time.Duration]string{0: "just now", 20 * time.Second: "just now", 90 * time.Second: "1 min ago", 25 * time.Hour: "1 d 1 h ago"} {
		u := InsideUpdates{}
		u.Manager, u.Index = "apt", golden.Now().Add(-age)
		if words := u.indexWords(golden.Now()); !strings.Contains(words, ", "+want+".") || strings.Contains(words, "0 ms") {
			t.Errorf("after %v: %s", age, words)
		}
	}
	p := SnapshotPage{SnapshotsPage: SnapshotsPage{Page: Page{Now: golden.Now()}}, Snapshot: proxmox.Snapshot{Name: "now", Created: golden.Now()}}
	if words := p.lost(); !strings.Contains(words, "in the last minute") {
		t.Error(words)
	}
}
