package inside_test

import (
	"context"
	"crypto/ed25519"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"berth/pct"
	"berth/pct/inside"
	"berth/proxmox"
	"berth/proxmox/sim"
	"berth/store"
	"berth/store/storetest"
)

// home is a simulated host with the containers 101 (Debian), 102 (Alpine) and 103, which does
// not run, and an Inside for them.
type home struct {
	*inside.Inside
	t       *testing.T
	cluster *sim.Cluster
	ssh     *sim.SSH
	host    *pct.Host
	clock   *storetest.Clock
}

func newHome(t *testing.T) *home {
	t.Helper()
	cluster := sim.New(sim.Config{Members: []string{"pve1"}})
	t.Cleanup(cluster.Close)
	cluster.Add(
		sim.Guest{VMID: 101, Name: "web", Status: "running", Cores: 2, CPU: 0.5, Memory: 128 << 20, MaxMemory: 512 << 20, Disk: 2 << 30, MaxDisk: 8 << 30, Uptime: time.Hour, Address: "192.0.2.61/24"},
		sim.Guest{VMID: 102, Name: "caddy", Status: "running", OSType: "alpine", Address: "192.0.2.62/24"},
		sim.Guest{VMID: 103, Name: "off"},
	)
	server, err := cluster.ServeSSH("pve1")
	if err != nil {
		t.Fatal(err)
	}
	server.AllowAny()
	_, key, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := ssh.NewSignerFromKey(key)
	if err != nil {
		t.Fatal(err)
	}
	host := pct.NewHost(pct.HostConfig{Addr: server.Addr, User: "root", Key: signer, HostKey: server.HostKey()})
	c := storetest.NewClock(time.Date(2026, 11, 23, 21, 18, 4, 0, time.UTC))
	in := inside.New(inside.Config{Clock: c, Dial: cluster.Dial})
	t.Cleanup(func() {
		if err := in.Close(context.Background()); err != nil {
			t.Error(err)
		}
		if err := host.Close(); err != nil {
			t.Error(err)
		}
	})
	return &home{in, t, cluster, server, host, c}
}

func (h *home) look(vmid int) (inside.Seen, error) {
	return h.Look(h.t.Context(), store.Ref{NodeID: "n1", VMID: vmid}, inside.Ways{Host: h.host, Addresses: func(context.Context) []netip.Prefix {
		return []netip.Prefix{netip.MustParsePrefix("fe80::1/64"), netip.MustParsePrefix(map[int]string{101: "192.0.2.61/24", 102: "192.0.2.62/24", 103: "192.0.2.63/24"}[vmid])}
	}})
}

// service is one of a look.
func service(t *testing.T, seen inside.Seen, name string) inside.Service {
	t.Helper()
	i := slices.IndexFunc(seen.Services, func(s inside.Service) bool { return s.Name == name })
	if i < 0 {
		t.Fatalf("no %s among %+v", name, seen.Services)
	}
	return seen.Services[i]
}

func TestALookSeesWhatRuns(t *testing.T) {
	h := newHome(t)
	h.cluster.FailService(101, "exporter", "Figures", 3)
	h.cluster.RunService(101, "secure", "", 8443)
	seen, err := h.look(101)
	if err != nil {
		t.Fatal(err)
	}
	if seen.OS.ID != "debian" || seen.Init != inside.InitSystemd || !seen.Whole || !seen.At.Equal(h.clock.Now()) || seen.Uptime < time.Hour {
		t.Errorf("%+v", seen)
	}
	if m := seen.Memory; m.Total != 512<<20 || m.Used() != 128<<20 {
		t.Errorf("%+v", m)
	}
	if len(seen.Disks) != 1 || seen.Disks[0].Mount != "/" || seen.Disks[0].Total != 8<<30 || seen.Disks[0].Used != 2<<30 {
		t.Errorf("%+v", seen.Disks)
	}
	if s := seen.Services[0]; s.Name != "exporter.service" || s.State != inside.StateFailed || s.Failure.Status != 3 || s.Failure.Restarts == 0 {
		t.Errorf("the failed one is not the first: %+v", s)
	}
	nginx := service(t, seen, "nginx.service")
	if nginx.State != inside.StateRunning || len(nginx.Listeners) != 1 || nginx.Listeners[0].Port != 80 || nginx.Listeners[0].Process != "nginx" {
		t.Errorf("%+v", nginx)
	}
	if len(seen.Schemes) != 2 || seen.Schemes[80] != "http" || seen.Schemes[8443] != "https" {
		t.Errorf("schemes %v", seen.Schemes)
	}

	seen, err = h.look(102)
	if err != nil {
		t.Fatal(err)
	}
	caddy := service(t, seen, "caddy")
	if seen.Init != inside.InitOpenRC || caddy.State != inside.StateRunning || len(caddy.Listeners) != 1 || seen.Schemes[80] != "http" {
		t.Errorf("%+v", seen)
	}
}

// One session of SSH and one pct exec a look; who looks at the same time shares it.
func TestLooksAreShared(t *testing.T) {
	h := newHome(t)
	var viewers sync.WaitGroup
	for range 5 {
		viewers.Go(func() {
			if _, err := h.look(101); err != nil {
				t.Error(err)
			}
		})
	}
	viewers.Wait()
	if n := h.ssh.Execs(); n != 1 || h.ssh.Connections() != 1 {
		t.Errorf("%d pct exec over %d connections", n, h.ssh.Connections())
	}
	h.clock.Advance(4 * time.Second)
	if _, err := h.look(101); err != nil || h.ssh.Execs() != 1 {
		t.Errorf("a fresh look was not shared: %d, %v", h.ssh.Execs(), err)
	}
	h.clock.Advance(2 * time.Second)
	if _, err := h.look(101); err != nil || h.ssh.Execs() != 2 {
		t.Errorf("an old look was not made anew: %d, %v", h.ssh.Execs(), err)
	}
	if n := h.cluster.Runs(101); n != 0 {
		t.Errorf("%d programs are left", n)
	}
}

func TestWhyNothingIsSeen(t *testing.T) {
	h := newHome(t)
	if _, err := h.look(103); proxmox.KindOf(err) != proxmox.KindNotRunning {
		t.Errorf("one that does not run: %v", err)
	}
	for _, tt := range []struct {
		fault sim.SSHFault
		kind  proxmox.Kind
	}{
		{sim.SSHFault{NoGate: true}, proxmox.KindNoForcedCommand},
		{sim.SSHFault{OldGate: true}, proxmox.KindOldForcedCommand},
		{sim.SSHFault{NoPct: true}, proxmox.KindNoPct},
		{sim.SSHFault{NoShell: true}, proxmox.KindNoShell},
		{sim.SSHFault{DropAfter: 60}, proxmox.KindDropped},
	} {
		tt.fault.Times = 1
		h.ssh.Play(tt.fault)
		if _, err := h.look(101); proxmox.KindOf(err) != tt.kind || err == nil {
			t.Errorf("%+v: %v", tt.fault, err)
		}
	}
	if _, err := h.look(101); err != nil {
		t.Errorf("a failure is kept: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	h.clock.Advance(time.Minute)
	h.ssh.Play(sim.SSHFault{Hang: true, Times: 1})
	if _, err := h.Look(ctx, store.Ref{NodeID: "n1", VMID: 101}, inside.Ways{Host: h.host, Addresses: func(context.Context) []netip.Prefix { return nil }}); proxmox.KindOf(err) != proxmox.KindCancelled {
		t.Errorf("who gives up is kept waiting: %v", err)
	}
}

// A container that prints much is heard only for so long.
func TestTooMuchIsNotKept(t *testing.T) {
	h := newHome(t)
	h.cluster.WriteFile(101, "/etc/os-release", "PRETTY_NAME=\""+strings.Repeat("x", 1<<20)+"\"\nID=debian\n")
	seen, err := h.look(101)
	if err != nil || len(seen.OS.Name) > 1000 {
		t.Errorf("%d, %v", len(seen.OS.Name), err)
	}
}

func TestPendingUpdates(t *testing.T) {
	h := newHome(t)
	u, err := inside.PendingUpdates(t.Context(), h.host, 101)
	if err != nil || u.Manager != "apt" || len(u.Packages) != 3 || u.Security() != 2 || u.Index.IsZero() {
		t.Errorf("%+v, %v", u, err)
	}
	u, err = inside.PendingUpdates(t.Context(), h.host, 102)
	if err != nil || u.Manager != "apk" || len(u.Packages) != 2 || u.Packages[0] != (inside.Update{Name: "busybox", Old: "1.37.0-r18", New: "1.37.0-r19"}) {
		t.Errorf("%+v, %v", u, err)
	}
}

func TestCredentialsAreRead(t *testing.T) {
	h := newHome(t)
	h.cluster.WriteFile(101, "/etc/berth/credentials/db", "# a comment\nexport USER=\"a \\\"quoted\\\" $(id)\"\nPASSWORD='it is'\nEMPTY=\nnot a line\n")
	files, err := inside.Credentials(t.Context(), h.host, 101)
	if err != nil || len(files) != 2 {
		t.Fatalf("%+v, %v", files, err)
	}
	want := []inside.Credential{{Key: "USER", Value: `a "quoted" $(id)`}, {Key: "PASSWORD", Value: "it is"}, {Key: "EMPTY"}}
	if f := files[0]; f.Path != "/etc/berth/credentials/db" || !slices.Equal(f.Values, want) || f.Others != 1 {
		t.Errorf("%+v", f)
	}
}

func TestALogIsRead(t *testing.T) {
	h := newHome(t)
	h.cluster.WriteLog(101, "nginx", "\x1b[31mred\x1b[0m \x00and </script> \u202e turned")
	for vmid, name := range map[int]string{101: "nginx.service", 102: "caddy"} {
		log, err := inside.ReadLog(t.Context(), h.host, vmid, name)
		if err != nil || len(log.Lines) == 0 || log.Lines[0].N != 1 {
			t.Fatalf("%+v, %v", log, err)
		}
		last := log.Lines[len(log.Lines)-1].Text
		if vmid == 101 && (log.Source.Kind != inside.SourceJournal || last != "red and </script>  turned") {
			t.Errorf("%+v ends with %q", log.Source, last)
		}
		if vmid == 102 && log.Source != (inside.Source{Kind: inside.SourceFile, File: "/var/log/caddy.log"}) {
			t.Errorf("%+v", log.Source)
		}
	}
	log, err := inside.ReadLog(t.Context(), h.host, 102, "chronyd")
	if err != nil || log.Source.Kind != inside.SourceNone || len(log.Lines) != 0 {
		t.Errorf("%+v, %v", log, err)
	}
}

// taken follows a log until a line with those words came, and returns what came.
func taken(t *testing.T, v *inside.Viewer, words string) (texts []string, last inside.LogUpdate) {
	t.Helper()
	for {
		u, err := v.Next(t.Context())
		if err != nil || u.Err != nil {
			t.Fatal(err, u.Err)
		}
		for _, l := range u.Lines {
			texts = append(texts, l.Text)
		}
		if u.Over || len(texts) > 0 && strings.Contains(texts[len(texts)-1], words) {
			return texts, u
		}
	}
}

func TestALogIsFollowed(t *testing.T) {
	for vmid, name := range map[int]string{101: "nginx.service", 102: "caddy"} {
		h := newHome(t)
		at := store.Ref{NodeID: "n1", VMID: vmid}
		plain := strings.TrimSuffix(name, ".service")
		h.cluster.WriteLog(vmid, plain, "first")
		v, err := h.Follow(at, h.host, name, "")
		if err != nil {
			t.Fatal(err)
		}
		taken(t, v, "first")
		h.cluster.WriteLog(vmid, plain, "second", "third")
		texts, u := taken(t, v, "third")
		if len(texts) != 2 || u.Fresh || h.ssh.Execs() != 1 {
			t.Errorf("%q, %+v, %d pct exec", texts, u, h.ssh.Execs())
		}

		// A page that comes back goes on where it was, and another one sees the same.
		v.Close()
		h.cluster.WriteLog(vmid, plain, "fourth")
		again, err := h.Follow(at, h.host, name, u.ID)
		if err != nil {
			t.Fatal(err)
		}
		if texts, u := taken(t, again, "fourth"); len(texts) != 1 || u.Fresh {
			t.Errorf("after a reconnect %q, %+v", texts, u)
		}
		other, err := h.Follow(at, h.host, name, "log-other.7")
		if err != nil {
			t.Fatal(err)
		}
		if texts, _ := taken(t, other, "fourth"); len(texts) < 4 || h.ssh.Execs() != 1 {
			t.Errorf("another sees %q, %d pct exec", texts, h.ssh.Execs())
		}

		// The program ends a moment after the last page, and not after one that came back.
		h.clock.Await(t, 1)
		h.clock.Advance(9 * time.Second)
		again.Close()
		other.Close()
		h.clock.Await(t, 2)
		h.clock.Advance(9 * time.Second)
		time.Sleep(20 * time.Millisecond) // what must not happen gets its time
		h.cluster.WriteLog(vmid, plain, "fifth")
		last, err := h.Follow(at, h.host, name, u.ID)
		if err != nil {
			t.Fatal(err)
		}
		if texts, u := taken(t, last, "fifth"); len(texts) != 2 || u.Fresh || h.cluster.Runs(vmid) != 1 {
			t.Errorf("nine seconds after the last page %q, %+v", texts, u)
		}
		last.Close()
		h.clock.Await(t, 2)
		h.clock.Advance(time.Minute)
		until(t, "the program is gone", func() bool { return h.cluster.Runs(vmid) == 0 })
	}
}

// until waits for a condition.
func until(t *testing.T, what string, so func() bool) {
	t.Helper()
	for deadline := time.Now().Add(40 * time.Second); !so(); {
		if time.Now().After(deadline) {
			t.Fatalf("not so: %s", what)
		}
		time.Sleep(time.Millisecond)
	}
}

func TestAFollowedLogEndsWithItsContainerAndWithBerth(t *testing.T) {
	h := newHome(t)
	v, err := h.Follow(store.Ref{NodeID: "n1", VMID: 101}, h.host, "nginx.service", "")
	if err != nil {
		t.Fatal(err)
	}
	taken(t, v, "ready")
	h.cluster.SetStatus(101, "stopped")
	for {
		u, err := v.Next(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if u.Over {
			break
		}
	}
	v.Close()
	v, err = h.Follow(store.Ref{NodeID: "n1", VMID: 102}, h.host, "caddy", "")
	if err != nil {
		t.Fatal(err)
	}
	taken(t, v, "listening")
	if err := h.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := h.cluster.Runs(102); n != 0 {
		t.Errorf("%d programs are left", n)
	}
	if _, err := h.Follow(store.Ref{NodeID: "n1", VMID: 102}, h.host, "caddy", ""); err == nil {
		t.Error("it goes on after its end")
	}
}

func TestOnlySoManyLogsAreFollowed(t *testing.T) {
	h := newHome(t)
	for i := range 9 {
		_, err := h.Follow(store.Ref{NodeID: "n1", VMID: 101}, h.host, "unit"+string(rune('a'+i)), "")
		if (err == nil) != (i < 8) {
			t.Errorf("log %d: %v", i, err)
		}
	}
}

// A log that grows faster than anybody reads it waits; nothing is lost and little is kept.
func TestAQuickLogIsTakenInWhole(t *testing.T) {
	h := newHome(t)
	const many = 6000
	v, err := h.Follow(store.Ref{NodeID: "n1", VMID: 101}, h.host, "nginx.service", "")
	if err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	taken(t, v, "ready")
	lines := make([]string, many)
	for i := range lines {
		lines[i] = "line"
	}
	lines[many-1] = "the end"
	h.cluster.WriteLog(101, "nginx", lines...)
	if texts, _ := taken(t, v, "the end"); len(texts) != many {
		t.Errorf("%d of %d lines", len(texts), many)
	}
}

func TestNamesOfServices(t *testing.T) {
	for name, valid := range map[string]bool{
		"nginx.service": true, "postgresql@15-main.service": true, `systemd-fsck@dev-disk-by\x2duuid.service`: true, "php8.3-fpm": true,
		"": false, "-rf": false, "a b": false, "a/b": false, "..": false, "*": false, "a\nb": false, "$(id)": false, "a'b": false, strings.Repeat("x", 200): false,
	} {
		if inside.ValidService(name) != valid {
			t.Errorf("%q: %v", name, !valid)
		}
	}
}
