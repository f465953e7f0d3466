package sim_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"berth/pct"
	"berth/proxmox"
	"berth/proxmox/sim"
)

// ashore is a simulated host that is reached over SSH: it holds the containers 100
// (Debian), 101 (stopped) and 103 (Alpine).
type ashore struct {
	t       testing.TB
	cluster *sim.Cluster
	server  *sim.SSH
	key     ssh.Signer
}

func newAshore(t testing.TB) *ashore {
	t.Helper()
	c := sim.New(sim.Config{Members: []string{"pve1"}})
	t.Cleanup(c.Close)
	c.Add(sim.Guest{VMID: 100, Name: "web", Status: "running"}, sim.Guest{VMID: 101}, sim.Guest{VMID: 103, Status: "running", OSType: "alpine"})
	server, err := c.ServeSSH("pve1")
	if err != nil {
		t.Fatal(err)
	}
	_, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	key, err := ssh.NewSignerFromKey(private)
	if err != nil {
		t.Fatal(err)
	}
	server.Allow(key.PublicKey())
	return &ashore{t, c, server, key}
}

// host is a way to it; change makes another of its settings.
func (a *ashore) host(change func(*pct.HostConfig)) *pct.Host {
	a.t.Helper()
	cfg := pct.HostConfig{Addr: a.server.Addr, User: "root", Key: a.key, HostKey: a.server.HostKey()}
	if change != nil {
		change(&cfg)
	}
	h := pct.NewHost(cfg)
	a.t.Cleanup(func() {
		if err := h.Close(); err != nil {
			a.t.Error(err)
		}
	})
	return h
}

func run(t testing.TB, h *pct.Host, vmid int, script string, env ...string) (exit int, stdout, stderr string, err error) {
	t.Helper()
	var out, errs bytes.Buffer
	exit, err = h.Run(t.Context(), pct.Run{ID: "r1", VMID: vmid, Script: script, Env: env, Limit: 20 * time.Second, Stdout: &out, Stderr: &errs})
	return exit, out.String(), errs.String(), err
}

func TestAScriptRunsInASimulatedContainer(t *testing.T) {
	a := newAshore(t)
	h := a.host(nil)
	for _, tt := range []struct {
		name, script, want string
		vmid, exit         int
	}{
		{name: "what it says", script: "echo one; printf two", want: "one\ntwo"},
		{name: "its exit status", script: "exit 7", exit: 7},
		{name: "timeout's status", script: "exit 124", exit: 124},
		{name: "no newline, 20 MB", script: "head -c 20971520 /dev/zero | wc -c", want: "20971520\n"},
		{name: "a variable", script: `printf %s "$A"`, want: "it's $(id)\n"},
		{name: "its system", script: `. /etc/os-release; echo "$ID $VERSION_ID"`, want: "debian 13\n"},
		{name: "Alpine", vmid: 103, script: `. /etc/os-release; echo "$ID"; command -v apt-get || echo none`, want: "alpine\nnone\n"},
		{name: "a file", script: "mkdir -p /srv/a/b && echo x >/srv/a/b/f && cp /srv/a/b/f /srv/g && cat /srv/g && ls /srv", want: "x\na\ng\n"},
		{name: "which stays", script: "cat /srv/g; rm -r /srv/a; [ -e /srv/a ] || echo gone", want: "x\ngone\n"},
		{name: "a password", script: "LC_ALL=C tr -dc 'A-Za-z0-9' </dev/urandom | head -c 24 | wc -c", want: "24\n"},
		{name: "a sum", script: "printf abc | sha256sum | cut -d ' ' -f 1", want: "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\n"},
		{name: "sed", script: `printf 'a=1\nb=2\n' >/tmp/c && sed -i 's/^b=.*/b=3/' /tmp/c && cat /tmp/c`, want: "a=1\nb=3\n"},
		{name: "sed, some commands", script: `printf 'a.b \nc.d.e\n#x\n' | sed -E 's/#.*//; /^$/d; s/ +$//; s/([a-z])\./\1-/'`, want: "a-b\nc-d.e\n"},
		{name: "sed prints", script: `printf 'one 1\ntwo 2\n' | sed -n 's/two \(.\)/[\1]/; /\[/p'`, want: "[2]\n"},
		{name: "sed quotes dots", script: `echo a.b | sed 's/\./\\./g; s/.*/\\.&$/'`, want: "\\.a\\.b$\n"},
		{name: "sed refuses", script: "echo a | sed y/a/b/", exit: 1},
		{name: "patterns of a file", script: `printf 'a.b\nc\n' >/tmp/p; printf 'a.b\naxb\nc\n' | grep -vxF -f /tmp/p; : >/tmp/p; echo all | grep -vF -f /tmp/p`, want: "axb\nall\n"},
		{name: "a basic expression", script: `printf 'a+b\naab\n' | grep 'a+b'; printf 'a+b\naab\n' | grep -E 'a+b'`, want: "a+b\naab\n"},
		{name: "a third stream", script: `{ { { echo out; echo err >&2; } 2>&1 >&3 3>&- | sed 's/^/marked /'; } 3>&1; } 2>/dev/null | sort`, want: "marked err\nout\n"},
		{name: "tee", script: "printf 'x\n' | tee /tmp/t >/dev/null; printf 'y\n' | tee -a /tmp/t; cat /tmp/t", want: "y\nx\ny\n"},
		{name: "a return gives the last status", script: "f() { false || return; }; f || echo failed", want: "failed\n"},
		{name: "a command that is not there", script: "nonsense 2>/dev/null", exit: 127},
		{name: "a package brings one", script: "apt-get -qy install nginx >/dev/null && command -v nginx && systemctl is-active nginx && grep -c ':0050 ' /proc/net/tcp", want: "/usr/bin/nginx\nactive\n1\n"},
		{name: "Alpine starts nothing by itself", vmid: 103, script: "apk add nginx >/dev/null; rc-service nginx status || rc-service nginx start >/dev/null; rc-service nginx status", want: " * status: stopped\n * status: started\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			vmid := max(tt.vmid, 100)
			exit, stdout, stderr, err := run(t, h, vmid, tt.script, "A=it's $(id)\n")
			if err != nil || exit != tt.exit || stdout != tt.want {
				t.Errorf("exit %d, %q, %v; want %d, %q (%s)", exit, stdout, err, tt.exit, tt.want, stderr)
			}
		})
	}
	if n := a.server.Connections(); n != 1 {
		t.Errorf("%d connections, want one for all", n)
	}
	exit, _, stderr, err := run(t, h, 100, "apt-get -qy install no-such-thing")
	if err != nil || exit != 100 || !strings.Contains(stderr, "E: Unable to locate package no-such-thing") {
		t.Errorf("exit %d, %q, %v", exit, stderr, err)
	}
}

func TestTheGateOfASimulatedHost(t *testing.T) {
	a := newAshore(t)
	h := a.host(nil)
	if info, err := h.Gate(t.Context()); err != nil || info.Version != pct.GateVersion || !info.Pct {
		t.Errorf("%+v, %v", info, err)
	}
	_, other, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	stranger, err := ssh.NewSignerFromKey(other)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name  string
		vmid  int
		fault *sim.SSHFault
		set   func(*pct.HostConfig)
		kind  proxmox.Kind
	}{
		{name: "it does not run", vmid: 101, kind: proxmox.KindNotRunning},
		{name: "it is not there", vmid: 999, kind: proxmox.KindNotFound},
		{name: "no gate", fault: &sim.SSHFault{NoGate: true}, kind: proxmox.KindNoGate},
		{name: "an older gate", fault: &sim.SSHFault{OldGate: true}, kind: proxmox.KindOldGate},
		{name: "no pct", fault: &sim.SSHFault{NoPct: true}, kind: proxmox.KindNoPct},
		{name: "dropped", fault: &sim.SSHFault{DropAfter: 10}, kind: proxmox.KindDropped},
		{name: "another host key", set: func(c *pct.HostConfig) { c.HostKey = "SHA256:other" }, kind: proxmox.KindHostKeyChanged},
		{name: "a key that is not allowed", set: func(c *pct.HostConfig) { c.Key = stranger }, kind: proxmox.KindKeyRefused},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if tt.fault != nil {
				tt.fault.Times = 1
				a.server.Play(*tt.fault)
			}
			_, _, _, err := run(t, a.host(tt.set), max(tt.vmid, 100), "echo a text that is longer than it takes")
			if proxmox.KindOf(err) != tt.kind {
				t.Errorf("%v, want %v", err, tt.kind)
			}
		})
	}
	before := a.server.HostKey()
	a.server.RenewHostKey()
	_, _, _, err = run(t, a.host(func(c *pct.HostConfig) { c.HostKey = before }), 100, "true")
	if proxmox.KindOf(err) != proxmox.KindHostKeyChanged {
		t.Errorf("after the host's key changed: %v", err)
	}
}

// A connection that broke while nobody used it is no failure of what is run next: nothing
// of that was begun.
func TestABrokenConnectionIsMadeAnew(t *testing.T) {
	a := newAshore(t)
	h := a.host(nil)
	for i := range 50 {
		if _, _, _, err := run(t, h, 100, "echo x >>/root/ran"); err != nil {
			t.Fatalf("run %d: %v", i, err)
		}
		a.server.Drop()
	}
	if _, stdout, _, err := run(t, h, 100, "wc -l </root/ran"); err != nil || stdout != "50\n" {
		t.Errorf("it ran %q times, %v", stdout, err)
	}
}

func TestAHangingHost(t *testing.T) {
	a := newAshore(t)
	h := a.host(nil)
	a.server.Play(sim.SSHFault{Hang: true, Times: 1, Then: a.server.Drop})
	if _, _, _, err := run(t, h, 100, "true"); proxmox.KindOf(err) != proxmox.KindDropped {
		t.Errorf("whose connection then breaks off: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	a.server.Play(sim.SSHFault{Hang: true, Times: 1, Then: cancel})
	_, err := h.Run(ctx, pct.Run{ID: "r1", VMID: 100, Script: "true", Limit: time.Minute, Stdout: io.Discard, Stderr: io.Discard})
	if proxmox.KindOf(err) != proxmox.KindCancelled {
		t.Errorf("that nobody waits for any more: %v", err)
	}
	if exit, stdout, _, err := run(t, h, 100, "echo well"); err != nil || exit != 0 || stdout != "well\n" {
		t.Errorf("afterwards: exit %d, %q, %v", exit, stdout, err)
	}
}

// What a slow host says in small pieces, and what a program writes without an end of line,
// arrives whole and on its own stream, however much it is.
func TestOutputOfASimulatedRun(t *testing.T) {
	a := newAshore(t)
	h := a.host(nil)
	const size = 20 << 20
	if exit, stdout, stderr, err := run(t, h, 100, "head -c 20971520 /dev/zero; printf 'no end' >&2"); err != nil || exit != 0 || len(stdout) != size || stderr != "no end" {
		t.Errorf("20 MB: exit %d, %d bytes, %q, %v", exit, len(stdout), stderr, err)
	}
	a.server.Play(sim.SSHFault{Slow: 2 * time.Millisecond, Times: 1})
	want := ""
	for i := range 100 {
		want += fmt.Sprintf("line %d\n", i)
	}
	exit, stdout, _, err := run(t, h, 100, "i=0; while [ $i -lt 100 ]; do echo line $i; i=$((i+1)); done; exit 5")
	if err != nil || exit != 5 || stdout != want {
		t.Errorf("slowly: exit %d, %q, %v", exit, stdout, err)
	}
}

func TestASimulatedRunIsKilledAndLookedAfter(t *testing.T) {
	a := newAshore(t)
	h := a.host(nil)
	r, w := io.Pipe()
	var all sync.WaitGroup
	var state pct.RunState
	var failed error
	all.Go(func() {
		state, failed = h.Start(t.Context(), lasting("echo begun; sleep 300; echo never", w))
	})
	if _, err := r.Read(make([]byte, 16)); err != nil {
		t.Fatal(err)
	}
	go io.Copy(io.Discard, r) // the rest; it ends with the pipe
	defer w.Close()
	if err := h.Kill(t.Context(), 100, "long"); err != nil {
		t.Error(err)
	}
	all.Wait()
	want := pct.RunState{Ended: true, Exit: 143}
	if failed != nil || state != want {
		t.Errorf("%+v, %v", state, failed)
	}
	if state, err := h.Attend(t.Context(), lasting("", io.Discard)); err != nil || state != want {
		t.Errorf("after it was killed: %+v, %v", state, err)
	}
}

// lasting is a script in container 100.
func lasting(script string, to io.Writer) pct.Lasting {
	return pct.Lasting{ID: "long", Name: "site", VMID: 100, Script: script, Limit: time.Minute, Stdout: to, Stderr: io.Discard}
}

// What runs side by side in a container shares its files and its services. (The race detector looks on.)
func TestRunsShareTheirContainer(t *testing.T) {
	a := newAshore(t)
	h := a.host(nil)
	var all sync.WaitGroup
	for i, script := range []string{
		"i=0; while [ $i -lt 300 ]; do echo x >>/srv/f; chmod 600 /srv/f; chown www-data /srv/f; i=$((i+1)); done",
		"i=0; while [ $i -lt 300 ]; do [ -s /srv/f ] && cat /srv/f >/srv/g; ls /srv; i=$((i+1)); done",
		"i=0; while [ $i -lt 300 ]; do systemctl stop nginx; systemctl start nginx; i=$((i+1)); done",
		"i=0; while [ $i -lt 300 ]; do systemctl show '*.service' >/dev/null; cat /proc/143/stat 2>/dev/null; i=$((i+1)); done; true",
	} {
		all.Go(func() {
			var stderr bytes.Buffer
			exit, err := h.Run(t.Context(), pct.Run{ID: fmt.Sprint("side-", i), VMID: 100, Script: script, Limit: time.Minute, Stdout: io.Discard, Stderr: &stderr})
			if err != nil || exit != 0 {
				t.Errorf("exit %d, %v: %s", exit, err, &stderr)
			}
		})
	}
	all.Wait()
	if _, stdout, _, err := run(t, h, 100, "wc -l </srv/f"); err != nil || stdout != "300\n" {
		t.Errorf("%q lines, %v", stdout, err)
	}
}

func TestASimulatedRunOutlivesItsConnection(t *testing.T) {
	a := newAshore(t)
	h := a.host(nil)
	a.server.Play(sim.SSHFault{DropAfter: 130, Times: 1}) // after the marks around it
	line := strings.Repeat("x", 80) + "\n"
	_, err := h.Start(t.Context(), lasting("set -e; echo "+line+"until [ -e /tmp/go ]; do sleep 0.01; done; echo meanwhile; exit 3", io.Discard))
	if proxmox.KindOf(err) != proxmox.KindDropped {
		t.Fatal(err)
	}
	if _, _, _, err := run(t, h, 100, "touch /tmp/go"); err != nil {
		t.Error(err)
	}
	var out bytes.Buffer
	state, err := h.Attend(t.Context(), lasting("", &out))
	if err != nil || state != (pct.RunState{Ended: true, Exit: 3}) || out.String() != line+"meanwhile\n" {
		t.Errorf("%+v, %q, %v", state, &out, err)
	}
}

// As on a real host: pct exec ignores SIGPIPE, and what is written to nobody fails.
func TestWhatIsWrittenToNobodyFails(t *testing.T) {
	a := newAshore(t)
	h := a.host(nil)
	a.server.Play(sim.SSHFault{DropAfter: 60, Times: 1})
	_, err := h.Run(t.Context(), pct.Run{
		ID: "cut", VMID: 100, Limit: time.Minute, Stdout: io.Discard, Stderr: io.Discard,
		Script: "echo " + strings.Repeat("x", 80) + "; set -e; while :; do echo more; touch /tmp/more; sleep 0.01; done; touch /tmp/never",
	})
	if proxmox.KindOf(err) != proxmox.KindDropped {
		t.Fatal(err)
	}
	for range 500 {
		exit, stdout, _, err := run(t, h, 100, "ls /tmp /run/berth")
		if err != nil || exit != 0 {
			t.Fatal(exit, err)
		}
		if !strings.Contains(stdout, "cut.sh") { // it has ended
			if strings.Contains(stdout, "never") {
				t.Error("it went on")
			}
			return
		}
	}
	t.Error("it goes on")
}

func TestWhatRunsEndsWithItsContainer(t *testing.T) {
	a := newAshore(t)
	h := a.host(nil)
	r, w := io.Pipe()
	ended := make(chan int, 1)
	var failed error
	go func() {
		exit, err := h.Run(t.Context(), pct.Run{ID: "long", VMID: 100, Script: "echo begun; sleep 300", Limit: time.Minute, Stdout: w, Stderr: io.Discard})
		failed = errors.Join(failed, err)
		ended <- exit
	}()
	if _, err := r.Read(make([]byte, 16)); err != nil {
		t.Fatal(err)
	}
	go io.Copy(io.Discard, r) // the rest; it ends with the pipe
	defer w.Close()
	a.cluster.SetStatus(100, "stopped")
	if exit := <-ended; failed != nil || exit != 137 {
		t.Errorf("exit %d, %v", exit, failed)
	}
}

// BenchmarkRunStart is what starting a step costs with a connection that is there, both
// ends of it and the simulated shell included.
func BenchmarkRunStart(b *testing.B) {
	h := newAshore(b).host(nil)
	for b.Loop() {
		if exit, err := h.Run(b.Context(), pct.Run{ID: "bench", VMID: 100, Script: ":", Limit: time.Minute, Stdout: io.Discard, Stderr: io.Discard}); err != nil || exit != 0 {
			b.Fatal(exit, err)
		}
	}
}
