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

// host makes a pct.Host for it; change, if not nil, changes the settings first.
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
		{name: "what it says", script: "echo one; echo -n two", want: "one\ntwo"},
		{name: "its exit status", script: "exit 7", exit: 7},
		{name: "timeout's status", script: "exit 124", exit: 124},
		{name: "a variable", script: `echo -n "$A"`, want: "it's $(id)\n"},
		{name: "its system", script: "cat /etc/hostname; whoami; uname -a", want: "web\nroot\nLinux web 6.14.8-2-pve x86_64 GNU/Linux\n"},
		{name: "a file", script: "mkdir -p /srv/a/b && echo x >/srv/a/b/f && cat /srv/a/b/f && ls /srv", want: "x\na\n"},
		{name: "which stays", script: "cd /srv/a; echo y >>b/f; cat b/f; rm -r /srv/a; [ -e /srv/a ] || echo gone", want: "x\ny\ngone\n"},
		{name: "what is joined", script: "true && false || echo either; false && echo neither; false; echo $?", want: "either\n1\n"},
		{name: "quotes", script: `a=1; b="2 $a"; echo "$b" 'it'"'"'s' \$a "\$a \\ ${a} ${c:-none of $a}${d:-}" # nothing`, want: "2 1 it's $a $a \\ 1 none of 1\n"},
		{name: "lines that go on", script: "echo one \\\n  two", want: "one two\n"},
		{name: "a text that follows", script: "cat /etc/hostname <<'END' >/tmp/text; cat /tmp/text; echo on\nif $a\nEND\necho after", want: "web\non\nafter\n"},
		{name: "the first failure", script: "set -e; false || true; false && true; echo on; false; echo never", want: "on\n", exit: 1},
		{name: "a command that is not there", script: "nonsense", exit: 127},
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
	exit, _, stderr, err := run(t, h, 100, "echo one\nnonsense\n\necho 'two\nlines'; cat /nothing")
	if want := "/run/berth/r1.sh: 2: nonsense: not found\ncat: /nothing: No such file or directory\n"; err != nil || exit != 1 || stderr != want {
		t.Errorf("exit %d, %q, %v", exit, stderr, err)
	}
}

// The simulated shell refuses what it cannot do, and makes nothing up.
func TestTheSimulatedShellRefusesWhatItCannotDo(t *testing.T) {
	a := newAshore(t)
	h := a.host(nil)
	for script, what := range map[string]string{
		"echo a | cat": "|", "sleep 1 & echo": "&", "(true)": "(", "echo $(id)": "$(", "echo `id`": "`", `echo "$(id)"`: "$(", "echo ${A#x}": "$", "ls *": "*", "ls /et?": "?",
		"if true; then echo; fi": "if", "while true; do echo; done": "while", "f() { echo; }": "(", "{ echo; }": "{", "! true": "!", "case a in esac": "case", "A=1 echo": "variables of one command",
		"cat <<END\n$A\nEND\n": "<", "echo 2>&1": "2>", "echo >&2": "&", "a=1 b=2": "variables of one command", "cat <file": "<", "[[ 1 ]]": "[[", "echo $((1 + 1))": "$(",
	} {
		exit, stdout, stderr, err := run(t, h, 100, "echo one\n"+script+"\necho never\n")
		if want := "/run/berth/r1.sh: 2: this simulated shell takes no " + what; err != nil || exit != 2 || stdout != "one\n" || !strings.HasPrefix(stderr, want) {
			t.Errorf("%s: exit %d, %q, %q, %v", script, exit, stdout, stderr, err)
		}
	}
	for _, script := range []string{"echo 'a", `echo "a`, "cat <<'END'\na\n"} {
		if exit, _, stderr, err := run(t, h, 100, script); err != nil || exit != 2 || !strings.Contains(stderr, "Syntax error: ") {
			t.Errorf("%q: exit %d, %q, %v", script, exit, stderr, err)
		}
	}
}

func TestTheGateOfASimulatedHost(t *testing.T) {
	a := newAshore(t)
	h := a.host(nil)
	if info, err := h.ForcedCommand(t.Context()); err != nil || info.Version != pct.ForcedCommandVersion || !info.Pct {
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
		{name: "no gate", fault: &sim.SSHFault{NoGate: true}, kind: proxmox.KindNoForcedCommand},
		{name: "an older gate", fault: &sim.SSHFault{OldGate: true}, kind: proxmox.KindOldForcedCommand},
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
	if _, stdout, _, err := run(t, h, 100, "cat /root/ran"); err != nil || stdout != strings.Repeat("x\n", 50) {
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
	a.cluster.WriteFile(100, "/root/zeros", string(make([]byte, size)))
	if exit, stdout, stderr, err := run(t, h, 100, "cat /root/zeros nothing"); err != nil || exit != 1 || len(stdout) != size || stderr != "cat: nothing: No such file or directory\n" {
		t.Errorf("20 MB: exit %d, %d bytes, %q, %v", exit, len(stdout), stderr, err)
	}
	a.server.Play(sim.SSHFault{Slow: 2 * time.Millisecond, Times: 1})
	want := ""
	for i := range 100 {
		want += fmt.Sprintf("line %d\n", i)
	}
	a.cluster.WriteFile(100, "/root/lines", want)
	exit, stdout, _, err := run(t, h, 100, "cat /root/lines; exit 5")
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
		state, failed = h.Start(t.Context(), detached("echo begun; sleep 300; echo never", w))
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
	if state, err := h.Attend(t.Context(), detached("", io.Discard)); err != nil || state != want {
		t.Errorf("after it was killed: %+v, %v", state, err)
	}
}

// detached is a script in container 100.
func detached(script string, to io.Writer) pct.Detached {
	return pct.Detached{ID: "long", Name: "site", VMID: 100, Script: script, Limit: time.Minute, Stdout: to, Stderr: io.Discard}
}

// What runs side by side in a container shares its files and its services. (The race detector looks on.)
func TestRunsShareTheirContainer(t *testing.T) {
	a := newAshore(t)
	h := a.host(nil)
	var all sync.WaitGroup
	const often = 300
	for i, script := range []string{
		strings.Repeat("echo x >>/srv/f\n", often), strings.Repeat("cat /srv/f >/srv/g; ls /srv\n", often), strings.Repeat("ps; rm /srv/g\n", often),
	} {
		all.Go(func() {
			var stderr bytes.Buffer
			exit, err := h.Run(t.Context(), pct.Run{ID: fmt.Sprint("side-", i), VMID: 100, Script: script, Limit: time.Minute, Stdout: io.Discard, Stderr: &stderr})
			if err != nil || exit != 0 {
				t.Errorf("exit %d, %v: %s", exit, err, &stderr)
			}
		})
	}
	for range often {
		a.cluster.RunService(100, "nginx", "", 80)
		a.cluster.FailService(100, "nginx", "", 1)
	}
	all.Wait()
	if _, stdout, _, err := run(t, h, 100, "cat /srv/f"); err != nil || stdout != strings.Repeat("x\n", often) {
		t.Errorf("%d lines, %v", strings.Count(stdout, "\n"), err)
	}
}

func TestASimulatedRunOutlivesItsConnection(t *testing.T) {
	a := newAshore(t)
	h := a.host(nil)
	a.server.Play(sim.SSHFault{DropAfter: 130, Times: 1}) // after the marks around it
	line := strings.Repeat("x", 80) + "\n"
	l := detached("say "+line+"wait_for_port 7; say meanwhile; exit 3", io.Discard)
	l.Prelude = source(t, "../../jobs/prelude.sh")
	_, err := h.Start(t.Context(), l)
	if proxmox.KindOf(err) != proxmox.KindDropped {
		t.Fatal(err)
	}
	a.cluster.RunService(100, "go", "", 7)
	var out bytes.Buffer
	state, err := h.Attend(t.Context(), detached("", &out))
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
		Script: "set -e; echo " + strings.Repeat("x", 80) + " || touch /tmp/failed; echo more; touch /tmp/never",
	})
	if proxmox.KindOf(err) != proxmox.KindDropped {
		t.Fatal(err)
	}
	for a.cluster.Runs(100) > 0 {
		time.Sleep(time.Millisecond)
	}
	if _, stdout, _, err := run(t, h, 100, "ls /tmp"); err != nil || stdout != "failed\n" {
		t.Errorf("%q, %v", stdout, err)
	}
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

// BenchmarkRunStart measures the start of a step over an open connection, with both ends of
// it in this process.
func BenchmarkRunStart(b *testing.B) {
	h := newAshore(b).host(nil)
	for b.Loop() {
		if exit, err := h.Run(b.Context(), pct.Run{ID: "bench", VMID: 100, Script: ":", Limit: time.Minute, Stdout: io.Discard, Stderr: io.Discard}); err != nil || exit != 0 {
			b.Fatal(exit, err)
		}
	}
}
