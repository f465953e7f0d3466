package pct_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"berth/pct"
	"berth/proxmox"
	"berth/proxmox/shell"
)

// run runs a script in container 100 and returns its exit status and what it wrote.
func run(t testing.TB, h *pct.Host, r pct.Run) (exit int, stdout, stderr string, err error) {
	t.Helper()
	if r.ID == "" {
		r.ID = "r1"
	}
	if r.VMID == 0 {
		r.VMID = 100
	}
	if r.Limit == 0 {
		r.Limit = 30 * time.Second
	}
	var out, errs bytes.Buffer
	r.Stdout, r.Stderr = &out, &errs
	exit, err = h.Run(t.Context(), r)
	return exit, out.String(), errs.String(), err
}

func TestAScriptRunsInAContainer(t *testing.T) {
	t.Parallel()
	s := newSSHD(t)
	h := s.host()
	big := strings.Repeat("# "+strings.Repeat("x", 1021)+"\n", 4<<10) + "echo whole\n"
	for _, tt := range []struct {
		name, script, stdout, stderr string
		env                          []string
		exit                         int
	}{
		{name: "what it writes", script: "echo one; echo two >&2; printf three", stdout: "one\nthree", stderr: "two\n"},
		{name: "its exit status", script: "exit 7", exit: 7},
		{name: "a status that is timeout's", script: "exit 124", exit: 124},
		{name: "a status that is ssh's", script: "exit 255", exit: 255},
		{name: "a status that is the gate's", script: "echo 'berth-gate: version 9, pct none' >&2; exit 64", stderr: "berth-gate: version 9, pct none\n", exit: 64},
		{name: "a command that is not there", script: "no-such-command 2>/dev/null", exit: 127},
		{name: "it reads nothing", script: "cat; echo after", stdout: "after\n"},
		{name: "variables", script: `printf %s "$A$B"`, env: []string{"A=it's $(id) `id` \"", "B=\nnext \\ \x1e"}, stdout: "it's $(id) `id` \"\nnext \\ \x1e"},
		{name: "its surroundings", script: `echo "$PATH $HOME $DEBIAN_FRONTEND"`, stdout: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin /root noninteractive\n"},
		{name: "four megabytes", script: big, stdout: "whole\n"},
		{name: "what looks like the end", script: "}\n)\n", exit: 2},
	} {
		t.Run(tt.name, func(t *testing.T) {
			exit, stdout, stderr, err := run(t, h, pct.Run{Script: tt.script, Env: tt.env})
			if err != nil {
				t.Fatal(err)
			}
			if exit != tt.exit || stdout != tt.stdout {
				t.Errorf("exit %d, wrote %q; want %d, %q (%s)", exit, stdout, tt.exit, tt.stdout, stderr)
			}
			if tt.stderr != "" && stderr != tt.stderr {
				t.Errorf("to standard error %q, want %q", stderr, tt.stderr)
			}
			id := strings.ToLower(strings.ReplaceAll(strings.ReplaceAll(tt.name, " ", "-"), "'", ""))
			state, stdout, stderr, err := start(t, h, pct.Detached{ID: id, Script: tt.script, Env: tt.env})
			if err != nil || !state.Ended || state.Exit != tt.exit || stdout != tt.stdout || tt.stderr != "" && stderr != tt.stderr {
				t.Errorf("detached: %+v, wrote %q and %q, %v; want %d, %q and %q", state, stdout, stderr, err, tt.exit, tt.stdout, tt.stderr)
			}
		})
	}
	if n := s.dials(); n != 1 {
		t.Errorf("%d connections were made, want one for all", n)
	}
}

func TestManyScriptsShareAConnection(t *testing.T) {
	t.Parallel()
	s := newSSHD(t)
	h := s.host()
	var all sync.WaitGroup
	for i := range 12 {
		all.Go(func() {
			exit, stdout, _, err := run(t, h, pct.Run{ID: "r" + strconv.Itoa(i), Script: "echo " + strconv.Itoa(i)})
			if err != nil || exit != 0 || stdout != strconv.Itoa(i)+"\n" {
				t.Errorf("%d: %d, %q, %v", i, exit, stdout, err)
			}
		})
	}
	all.Wait()
	if n := s.dials(); n != 1 {
		t.Errorf("%d connections", n)
	}
}

func TestMuchOutput(t *testing.T) {
	t.Parallel()
	h := newSSHD(t).host()
	const size = 20 << 20
	exit, stdout, stderr, err := run(t, h, pct.Run{Script: "head -c " + strconv.Itoa(size) + " /dev/zero; head -c 1000000 /dev/zero | tr '\\0' '\\036' >&2"})
	if err != nil || exit != 0 || len(stdout) != size || len(stderr) != 1000000 {
		t.Errorf("exit %d, %d and %d bytes, %v", exit, len(stdout), len(stderr), err)
	}
}

func TestWhatIsLeftInTheBackgroundHoldsNothingUp(t *testing.T) {
	t.Parallel()
	h := newSSHD(t).host()
	exit, stdout, _, err := run(t, h, pct.Run{Script: "echo $$; sleep 60 & echo started"})
	if err != nil || exit != 0 || !strings.HasSuffix(stdout, "started\n") {
		t.Fatalf("exit %d, %q, %v", exit, stdout, err)
	}
	group, _, _ := strings.Cut(stdout, "\n")
	if err := exec.Command("kill", "-s", "KILL", "--", "-"+group).Run(); err != nil {
		t.Errorf("what was left in the background: %v", err)
	}
}

func TestWhyAScriptDoesNotRun(t *testing.T) {
	t.Parallel()
	s := newSSHD(t)
	other := s.key("other_key")
	for _, tt := range []struct {
		name  string
		vmid  int
		setUp func(c *pct.HostConfig)
		kind  proxmox.Kind
	}{
		{name: "the container does not run", vmid: 101, kind: proxmox.KindNotRunning},
		{name: "pct fails without a word", vmid: 102, kind: proxmox.KindOther},
		{name: "the container has no shell", vmid: 104, kind: proxmox.KindNoShell},
		{name: "there is no such container", vmid: 999, kind: proxmox.KindNotFound},
		{name: "no host key is pinned", setUp: func(c *pct.HostConfig) { c.HostKey = "" }, kind: proxmox.KindHostKeyUnknown},
		{name: "the host key changed", setUp: func(c *pct.HostConfig) { c.HostKey = "SHA256:other" }, kind: proxmox.KindHostKeyChanged},
		{name: "the key is not accepted", setUp: func(c *pct.HostConfig) { c.Key = other }, kind: proxmox.KindKeyRefused},
		{name: "nothing listens", setUp: func(c *pct.HostConfig) { c.Addr = "127.0.0.1:" + strconv.Itoa(freePort(t)) }, kind: proxmox.KindRefused},
	} {
		t.Run(tt.name, func(t *testing.T) {
			cfg := s.cfg
			if tt.setUp != nil {
				tt.setUp(&cfg)
			}
			h := pct.NewHost(cfg)
			defer h.Close()
			_, _, _, err := run(t, h, pct.Run{VMID: tt.vmid, Script: "true"})
			if proxmox.KindOf(err) != tt.kind || err == nil {
				t.Errorf("%v, want %v", err, tt.kind)
			}
		})
	}
}

func TestAHostThatTakesConnectionsAndSaysNothing(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	h := pct.NewHost(pct.HostConfig{Addr: l.Addr().String(), User: "root"})
	defer h.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := h.ForcedCommand(ctx); proxmox.KindOf(err) != proxmox.KindTimeout {
		t.Errorf("%v", err)
	}
}

// Whoever closes a Host does not wait for a host that says nothing.
func TestClosingEndsAConnectionThatIsBeingMade(t *testing.T) {
	t.Parallel()
	mine, its := net.Pipe() // who reads from it waits for good
	defer its.Close()
	dialled := make(chan struct{})
	h := pct.NewHost(pct.HostConfig{Addr: "pve1:22", User: "root", Dial: func(context.Context, string, string) (net.Conn, error) {
		close(dialled)
		return mine, nil
	}})
	asked := make(chan error)
	go func() {
		_, err := h.ForcedCommand(t.Context())
		asked <- err
	}()
	<-dialled
	began := time.Now()
	if err := h.Close(); err != nil {
		t.Error(err)
	}
	if took := time.Since(began); took >= 9*time.Second { // a connection has ten
		t.Errorf("it took %v", took)
	}
	if err := <-asked; proxmox.KindOf(err) != proxmox.KindUnreachable || !errors.Is(err, net.ErrClosed) {
		t.Errorf("who waited for it: %v", err)
	}
}

func TestTheHostKeyIsShown(t *testing.T) {
	t.Parallel()
	s := newSSHD(t)
	for pinned, kind := range map[string]proxmox.Kind{"": proxmox.KindHostKeyUnknown, "SHA256:other": proxmox.KindHostKeyChanged} {
		cfg := s.cfg
		cfg.HostKey = pinned
		h := pct.NewHost(cfg)
		defer h.Close()
		_, err := h.ForcedCommand(t.Context())
		shown, ok := errors.AsType[*pct.HostKeyError](err)
		want := pct.HostKey{Type: "ssh-ed25519", Fingerprint: s.cfg.HostKey}
		if !ok || shown.Key != want || shown.Pinned != pinned || proxmox.KindOf(err) != kind {
			t.Errorf("with %q pinned: %v", pinned, err)
		}
	}
}

func TestTheGateIsTested(t *testing.T) {
	t.Parallel()
	s := newSSHD(t)
	key := s.cfg.Key
	for _, tt := range []struct {
		name  string
		setUp func()
		kind  proxmox.Kind
	}{
		{name: "another version", kind: proxmox.KindOldForcedCommand, setUp: func() {
			s.write("gate", "#!/bin/sh\necho 'berth-gate: version 0, pct /usr/sbin/pct' >&2; exit 64\n", 0o755)
		}},
		{name: "no pct", kind: proxmox.KindNoPct, setUp: func() {
			s.write("gate", "#!/bin/sh\necho 'berth-gate: version 1, pct none' >&2; exit 64\n", 0o755)
		}},
		{name: "no script", kind: proxmox.KindNoForcedCommand, setUp: func() {
			if err := os.Remove(filepath.Join(s.dir, "gate")); err != nil {
				t.Fatal(err)
			}
		}},
		{name: "a key without a command of its own", kind: proxmox.KindNoForcedCommand, setUp: func() { s.allow(key, "") }},
	} {
		if tt.name == "another version" {
			if info, err := s.host().ForcedCommand(t.Context()); err != nil || info != (pct.ForcedCommandInfo{Version: pct.ForcedCommandVersion, Pct: true}) {
				t.Errorf("as it should be: %+v, %v", info, err)
			}
		}
		tt.setUp()
		h := s.host()
		if _, err := h.ForcedCommand(t.Context()); proxmox.KindOf(err) != tt.kind {
			t.Errorf("%s: %v", tt.name, err)
		}
		if _, _, _, err := run(t, h, pct.Run{Script: "true"}); proxmox.KindOf(err) != tt.kind {
			t.Errorf("%s, at a run: %v", tt.name, err)
		}
	}
}

func TestTheGateAcceptsNothingElse(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	gate := strings.Replace(pct.GateScript, "PATH=", "PATH="+dir+":", 1)
	gate = strings.Replace(gate, `"$(id -u)" != 0`, `"" != ""`, 1)
	program := filepath.Join(dir, "pct")
	if err := os.WriteFile(program, []byte("#!/bin/sh\necho \"pct $*\"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	for request, want := range map[string]string{
		"exec 100 60":              "pct exec 100 --keep-env 0 -- /bin/sh -s",
		"enter 100":                "pct enter 100",
		"":                         "",
		"exec":                     "",
		"exec 100":                 "",
		"exec 100 60 --":           "",
		"exec 100 60; id":          "",
		"exec 100 $(id)":           "",
		"exec 100 `id`":            "",
		"exec * 60":                "",
		"exec 0100 60":             "",
		"exec 100 0":               "",
		"exec -1 60":               "",
		"exec 1e3 60":              "",
		"exec 1000000000 60":       "",
		"enter 100 60":             "",
		"enter --help":             "",
		"destroy 100":              "",
		"/usr/sbin/pct destroy":    "",
		"sh -c id":                 "",
		"exec\t999999999\n86400":   "pct exec 999999999 --keep-env 0 -- /bin/sh -s",
		"internal-sftp":            "",
		"exec 100 60 exec 100 60 ": "",
	} {
		cmd := exec.CommandContext(t.Context(), "/bin/sh", "-c", gate)
		cmd.Env = []string{"SSH_ORIGINAL_COMMAND=" + request}
		var stderr strings.Builder
		cmd.Stderr = &stderr
		out, err := cmd.Output()
		if want != "" {
			if err != nil || strings.TrimSpace(string(out)) != want {
				t.Errorf("%q: %q, %v, want %q", request, out, err, want)
			}
			continue
		}
		if exit, ok := errors.AsType[*exec.ExitError](err); !ok || exit.ExitCode() != 64 || len(out) != 0 {
			t.Errorf("%q: %q, %v", request, out, err)
		}
		if said := "berth-gate: version " + strconv.Itoa(pct.ForcedCommandVersion) + ", pct " + program + "\n"; stderr.String() != said {
			t.Errorf("%q: says %q, want %q", request, stderr.String(), said)
		}
	}
}

// Logs that are followed must not keep jobs from running, however many there are.
func TestWhatIsFollowedTakesNoSessionFromRuns(t *testing.T) {
	t.Parallel()
	s := newSSHD(t)
	h := s.host()
	const followed = 10
	var ended sync.WaitGroup
	for i := range followed {
		r, w := io.Pipe()
		id := "follow-" + strconv.Itoa(i)
		ended.Go(func() {
			if exit, err := h.Follow(t.Context(), pct.Run{ID: id, VMID: 100, Script: "echo $$; sleep 300", Limit: time.Minute, Stdout: w, Stderr: io.Discard}); err != nil || exit < 128 {
				t.Errorf("%s: exit %d, %v", id, exit, err)
			}
		})
		began(t, r)
	}
	for range 5 {
		if _, stdout, _, err := run(t, h, pct.Run{Script: "echo here"}); stdout != "here\n" || err != nil {
			t.Errorf("%q, %v", stdout, err)
		}
	}
	if n := s.dials(); n != 3 { // one for all runs, and two of eight sessions each
		t.Errorf("%d connections", n)
	}
	for i := range followed {
		ended.Go(func() {
			if err := h.Kill(t.Context(), 100, "follow-"+strconv.Itoa(i)); err != nil {
				t.Error(err)
			}
		})
	}
	ended.Wait()
}

func TestACallerWhoGivesUpIsNotKeptWaiting(t *testing.T) {
	t.Parallel()
	h := newSSHD(t).host()
	r, w := io.Pipe()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		_, err := h.Run(ctx, pct.Run{ID: "left", VMID: 100, Script: "echo $$; sleep 300", Limit: time.Minute, Stdout: w, Stderr: io.Discard})
		ended <- err
	}()
	began(t, r)
	cancel()
	if err := <-ended; proxmox.KindOf(err) != proxmox.KindCancelled {
		t.Errorf("%v", err)
	}
	if err := h.Kill(t.Context(), 100, "left"); err != nil {
		t.Error(err)
	}
}

func TestARefusalIsNotAskedForAgainAtOnce(t *testing.T) {
	t.Parallel()
	now := time.Now()
	dials := 0
	h := pct.NewHost(pct.HostConfig{
		Addr: "pve1:22",
		Now:  func() time.Time { return now },
		Dial: func(context.Context, string, string) (net.Conn, error) {
			dials++
			return nil, &net.DNSError{Err: "no such host", Name: "pve1", IsNotFound: true}
		},
	})
	defer h.Close()
	try := func() {
		t.Helper()
		if _, _, _, err := run(t, h, pct.Run{Script: "true"}); proxmox.KindOf(err) != proxmox.KindNoSuchHost {
			t.Error(err)
		}
	}
	for i, step := range []struct {
		after time.Duration
		dials int
	}{{0, 1}, {4 * time.Second, 1}, {2 * time.Second, 2}, {9 * time.Second, 2}, {2 * time.Second, 3}, {time.Hour, 4}, {0, 4}} {
		now = now.Add(step.after)
		if try(); dials != step.dials {
			t.Errorf("step %d: %d dials, want %d", i, dials, step.dials)
		}
	}
	if _, err := h.ForcedCommand(t.Context()); proxmox.KindOf(err) != proxmox.KindNoSuchHost || dials != 5 {
		t.Errorf("a test by hand: %v, %d dials", err, dials)
	}
}

// late takes its first bytes only after a while.
type late struct {
	bytes.Buffer
	once sync.Once
	wait time.Duration
}

func (l *late) Write(p []byte) (int, error) {
	l.once.Do(func() { <-time.After(l.wait) })
	return l.Buffer.Write(p)
}

func TestWhatIsReadLateIsReadWhole(t *testing.T) {
	t.Parallel()
	h := newSSHD(t).host()
	const size = 1_000_000
	out := &late{wait: 5 * time.Second} // longer than the silence that is taken for the end
	exit, err := h.Run(t.Context(), pct.Run{
		ID: "r1", VMID: 100, Limit: time.Minute, Stdout: out, Stderr: io.Discard,
		Script: "head -c " + strconv.Itoa(size) + " /dev/zero",
	})
	if err != nil || exit != 0 || out.Len() != size {
		t.Errorf("exit %d, %v, %d bytes of %d", exit, err, out.Len(), size)
	}
}

func TestSlowOutputArrivesAsItIsSaid(t *testing.T) {
	t.Parallel()
	h := newSSHD(t).host()
	goOn := filepath.Join(t.TempDir(), "go-on")
	r, w := io.Pipe()
	var running sync.WaitGroup
	running.Go(func() {
		exit, err := h.Run(t.Context(), pct.Run{
			ID: "r1", VMID: 100, Limit: time.Minute, Stdout: w, Stderr: io.Discard,
			Script: "printf begun; until [ -e " + shell.Quote(goOn) + " ]; do sleep 0.05; done; printf ' and ended'",
		})
		if exit != 0 || err != nil {
			t.Errorf("exit %d, %v", exit, err)
		}
		w.Close()
	})
	first := make([]byte, len("begun"))
	if _, err := io.ReadFull(r, first); err != nil || string(first) != "begun" {
		t.Errorf("while it runs: %q, %v", first, err)
	}
	if err := os.WriteFile(goOn, nil, 0o600); err != nil {
		t.Error(err)
	}
	if rest, err := io.ReadAll(r); err != nil || string(rest) != " and ended" {
		t.Errorf("then: %q, %v", rest, err)
	}
	running.Wait()
}
