package pct_test

import (
	"bytes"
	"cmp"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"berth/pct"
	"berth/proxmox"
	"berth/proxmox/shell"
)

// start begins a detached script in container 100 and returns how it ended and what it wrote.
func start(t testing.TB, h *pct.Host, l pct.Detached) (state pct.RunState, stdout, stderr string, err error) {
	t.Helper()
	var out, errs bytes.Buffer
	l.Stdout, l.Stderr = &out, &errs
	state, err = h.Start(t.Context(), detached(l))
	return state, out.String(), errs.String(), err
}

// attend reads what a detached script says.
func attend(t testing.TB, h *pct.Host, l pct.Detached) (state pct.RunState, stdout, stderr string, err error) {
	t.Helper()
	var out, errs bytes.Buffer
	l.Stdout, l.Stderr = &out, &errs
	state, err = h.Attend(t.Context(), detached(l))
	return state, out.String(), errs.String(), err
}

func detached(l pct.Detached) pct.Detached {
	l.ID, l.Name, l.VMID, l.Limit = cmp.Or(l.ID, "r1"), cmp.Or(l.Name, "site"), cmp.Or(l.VMID, 100), cmp.Or(l.Limit, 30*time.Second)
	if l.Stdout == nil {
		l.Stdout = io.Discard
	}
	if l.Stderr == nil {
		l.Stderr = io.Discard
	}
	return l
}

// inBothShells runs a test in a container with this machine's shell and commands, and in
// one with busybox's.
func inBothShells(t *testing.T, try func(t *testing.T, s *sshd, vmid int)) {
	t.Helper()
	t.Parallel()
	for name, vmid := range map[string]int{"Debian's shell": 100, "busybox": 103} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSSHD(t)
			if vmid == 103 {
				s.busybox()
			}
			try(t, s, vmid)
		})
	}
}

// until is a piece of a script that waits for a file.
func until(file string) string {
	return "until [ -e " + shell.Quote(file) + " ]; do sleep 0.02; done; "
}

func TestAScriptThatPrintsOutlivesItsConnection(t *testing.T) {
	inBothShells(t, func(t *testing.T, s *sshd, vmid int) {
		h := s.host()
		first, last := filepath.Join(s.dir, "first"), filepath.Join(s.dir, "last")
		script := "set -e; echo begun; echo careful >&2; " + until(first) + "echo meanwhile; echo 'also this' >&2; " + until(last) + "printf ended; exit 3"
		r, w := io.Pipe()
		ended := make(chan error, 1)
		go func() {
			_, err := h.Start(t.Context(), detached(pct.Detached{VMID: vmid, Script: script, Stdout: w}))
			ended <- err
		}()
		began(t, r)
		s.cut()
		if err := <-ended; proxmox.KindOf(err) != proxmox.KindDropped {
			t.Errorf("%v", err)
		}
		s.write("first", "", 0o600)
		seen := &said{until: "meanwhile\n", reached: make(chan struct{})}
		go func() {
			_, err := h.Attend(t.Context(), detached(pct.Detached{VMID: vmid, Out: int64(len("begun\n")), Stdout: seen}))
			ended <- err
		}()
		<-seen.reached
		s.cut()
		<-ended
		s.write("last", "", 0o600)
		state, stdout, stderr, err := attend(t, h, pct.Detached{VMID: vmid, Out: int64(len("begun\nmean"))})
		if err != nil || state != (pct.RunState{Ended: true, Exit: 3}) || stdout != "while\nended" || stderr != "careful\nalso this\n" {
			t.Errorf("%+v, %q, %q, %v", state, stdout, stderr, err)
		}
		state, stdout, _, err = attend(t, h, pct.Detached{VMID: vmid, Out: int64(len("begun\nmeanwhile\nended"))})
		if err != nil || state != (pct.RunState{Ended: true, Exit: 3}) || stdout != "" {
			t.Errorf("once more: %+v, %q, %v", state, stdout, err)
		}
	})
}

// said waits for words.
type said struct {
	until   string
	reached chan struct{}
	all     string
}

func (s *said) Write(p []byte) (int, error) {
	before := strings.Contains(s.all, s.until)
	if s.all += string(p); !before && strings.Contains(s.all, s.until) {
		close(s.reached)
	}
	return len(p), nil
}

func TestAScriptThatFloodsFillsNothing(t *testing.T) {
	inBothShells(t, func(t *testing.T, s *sshd, vmid int) {
		state, stdout, _, err := start(t, s.host(), pct.Detached{VMID: vmid, Script: "head -c 40000000 /dev/zero | tr '\\0' x; echo; echo the last line; exit 4"})
		if err != nil || state != (pct.RunState{Ended: true, Exit: 4}) {
			t.Errorf("%+v, %v", state, err)
		}
		if len(stdout) > 10<<20 || !strings.Contains(stdout, "\n[Berth: it says more than is kept.") || !strings.HasSuffix(stdout, "x\nthe last line\n") {
			t.Errorf("%d bytes, of which the last are %q", len(stdout), stdout[max(0, len(stdout)-200):])
		}
	})
}

// A reader whose connection is half dead must not take output from the next one, nor go on beside it.
func TestOnlyTheReaderThatCameLastGoesOn(t *testing.T) {
	inBothShells(t, func(t *testing.T, s *sshd, vmid int) {
		h := s.host()
		r, w := io.Pipe()
		first := make(chan error, 1)
		go func() {
			_, err := h.Start(t.Context(), detached(pct.Detached{VMID: vmid, Script: "echo begun; " + until(filepath.Join(s.dir, "last")) + "echo ended; exit 3", Stdout: w}))
			first <- err
		}()
		began(t, r)
		second := &said{until: "begun\n", reached: make(chan struct{})}
		type end struct {
			state pct.RunState
			err   error
		}
		ended := make(chan end, 1)
		go func() {
			state, err := h.Attend(t.Context(), detached(pct.Detached{VMID: vmid, Stdout: second}))
			ended <- end{state, err}
		}()
		<-second.reached
		select {
		case err := <-first:
			if err == nil {
				t.Error("the first reader says how it ended, before it has")
			}
		case <-time.After(time.Minute):
			t.Fatal("the first reader goes on beside the second")
		}
		s.write("last", "", 0o600)
		if e := <-ended; e.err != nil || e.state != (pct.RunState{Ended: true, Exit: 3}) || second.all != "begun\nended\n" {
			t.Errorf("the second reader: %+v, %v, %q", e.state, e.err, second.all)
		}
	})
}

// Some containers cannot make named pipes.
func TestAScriptIsHeardWhereNoPipeCanBeMade(t *testing.T) {
	t.Parallel()
	state, stdout, stderr, err := start(t, newSSHD(t).host(), pct.Detached{VMID: 105, Script: "echo one; echo two >&2; exit 3"})
	if err != nil || state.Exit != 3 || stdout != "one\n" || stderr != "two\n" {
		t.Errorf("%+v, %q, %q, %v", state, stdout, stderr, err)
	}
}

func TestAScriptKeepsItsOwnLineNumbers(t *testing.T) {
	inBothShells(t, func(t *testing.T, s *sshd, vmid int) {
		state, _, stderr, err := start(t, s.host(), pct.Detached{
			VMID: vmid, Prelude: "set -eu\n\n\nhelp() { echo helped; }\n\n", Script: "help\nno-such-command\n",
		})
		if err != nil || state.Exit != 127 || !strings.Contains(stderr, "site.sh: 2:") && !strings.Contains(stderr, "site.sh: line 2:") {
			t.Errorf("%+v, %q, %v", state, stderr, err)
		}
	})
}

func TestAScriptIsRunByWhatItNames(t *testing.T) {
	t.Parallel()
	s := newSSHD(t)
	h := s.host()
	for name, tt := range map[string]struct {
		l       pct.Detached
		stdout  string
		missing string
	}{
		"bash, by its name":     {l: pct.Detached{Command: []string{"bash"}, Prelude: "set -eu\nhelp() { echo helped; }\n", Script: "set -o pipefail\n[[ 1 ]]; help; a=(x y); echo ${a[1]}; [ \"$0\" = \"${BASH_SOURCE[0]}\" ]; echo $#"}, stdout: "helped\ny\n0\n"},
		"bash, with an option":  {l: pct.Detached{Command: []string{"bash", "-u"}, Script: "echo $- | tr -cd u"}, stdout: "u"},
		"bash, at another path": {l: pct.Detached{Command: []string{"/opt/not/there/bash"}, Script: "[[ 1 ]] && echo ran"}, stdout: "ran\n"},
		"env with a variable":   {l: pct.Detached{Wrap: []string{"env", "X=it is"}, Command: []string{"bash"}, Script: "echo $X"}, stdout: "it is\n"},
		"what is not there":     {l: pct.Detached{Command: []string{"/usr/bin/no-such-thing", "-x"}, Script: "echo never"}, missing: "no-such-thing"},
		"no shell":              {l: pct.Detached{Command: []string{"sed", "-n", "1p"}, Script: "#!the script itself\n"}, stdout: "#!the script itself\n"},
	} {
		t.Run(name, func(t *testing.T) {
			tt.l.ID = strings.ToLower(strings.NewReplacer(" ", "-", ",", "").Replace(name))
			state, stdout, stderr, err := start(t, h, tt.l)
			if err != nil || state.Missing != tt.missing || stdout != tt.stdout {
				t.Errorf("%+v, %q, %q, %v", state, stdout, stderr, err)
			}
		})
	}
}

// A shell's start-up files on the host may say something before Berth's forced command begins.
func TestWhatTheHostsShellSaysFirstConfusesNothing(t *testing.T) {
	t.Parallel()
	s := newSSHD(t)
	gate, err := os.ReadFile(filepath.Join(s.dir, "gate"))
	if err != nil {
		t.Fatal(err)
	}
	s.write("gate", strings.Replace(string(gate), "set -f\n", "set -f\necho Welcome; echo 'ended 7'; printf 'no end of line'\necho 'the folder does not exist' >&2; echo 'is not running' >&2; head -c 9000 /dev/zero | tr '\\0' '#' >&2; echo >&2\n", 1), 0o755)
	h := s.host()
	if exit, stdout, stderr, err := run(t, h, pct.Run{Script: "echo one; echo two >&2; exit 3"}); exit != 3 || stdout != "one\n" || stderr != "two\n" || err != nil {
		t.Errorf("exit %d, %q, %q, %v", exit, stdout, stderr, err)
	}
	if state, stdout, stderr, err := start(t, h, pct.Detached{Script: "echo one; echo two >&2; exit 3"}); state.Exit != 3 || stdout != "one\n" || stderr != "two\n" || err != nil {
		t.Errorf("%+v, %q, %q, %v", state, stdout, stderr, err)
	}
	if state, stdout, _, err := attend(t, h, pct.Detached{}); state.Exit != 3 || stdout != "one\n" || err != nil {
		t.Errorf("%+v, %q, %v", state, stdout, err)
	}
	if err := h.Kill(t.Context(), 100, "r1"); err != nil {
		t.Error(err)
	}
	if info, err := h.ForcedCommand(t.Context()); err != nil || info.Version != pct.ForcedCommandVersion {
		t.Errorf("%+v, %v", info, err)
	}
	for vmid, kind := range map[int]proxmox.Kind{101: proxmox.KindNotRunning, 102: proxmox.KindOther, 104: proxmox.KindNoShell, 999: proxmox.KindNotFound} {
		if _, _, _, err := run(t, h, pct.Run{VMID: vmid, Script: "true"}); proxmox.KindOf(err) != kind {
			t.Errorf("%d: %v, want %v", vmid, err, kind)
		}
	}
}

func TestThePathIsThatOfTheContainersOwnLoginToo(t *testing.T) {
	t.Parallel()
	const safe = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
	for name, tt := range map[string]struct{ environment, profile, own, path string }{
		"nothing":            {path: safe},
		"/etc/environment":   {environment: "LANG=x\nPATH=\"/usr/bin:/opt/a/bin\"", path: safe + ":/opt/a/bin"},
		"its older form":     {environment: "export PATH='/opt/a b'\n", path: safe + ":/opt/a b"},
		"/etc/profile":       {profile: "PATH=/opt/p:/usr/bin:relative:\nexport PATH\n", path: safe + ":/opt/p"},
		"root's own":         {own: "PATH=$PATH:/opt/own\n", path: safe + ":/opt/own"},
		"all":                {environment: "PATH=/opt/e", profile: "PATH=$PATH:/opt/p", own: "PATH=/opt/own:$PATH", path: safe + ":/opt/e:/opt/own:/opt/p"},
		"one that talks":     {profile: "echo hello; echo careful >&2; PATH=$PATH:/opt/p; read -r x; cat\n", path: safe + ":/opt/p"},
		"one that ends":      {profile: "PATH=$PATH:/opt/p; exit 3\n", path: safe + ":/opt/p"},
		"one that is broken": {profile: "PATH=$PATH:/opt/p\nif true; then\n", path: safe + ":/opt/p"},
		"one that hangs":     {environment: "PATH=/opt/e", profile: "sleep 20\n", path: safe + ":/opt/e"},
	} {
		t.Run(name, func(t *testing.T) {
			inBothShells(t, func(t *testing.T, s *sshd, vmid int) {
				for file, text := range map[string]string{"environment": tt.environment, "profile": tt.profile, "root-profile": tt.own} {
					if text != "" {
						s.write(file, text, 0o644)
					}
				}
				want := tt.path
				if vmid == 103 {
					want = strings.Replace(want, safe, s.dir+"/busybox", 1)
				}
				state, stdout, stderr, err := start(t, s.host(), pct.Detached{VMID: vmid, Script: `printf %s "$PATH"`})
				if stdout = strings.ReplaceAll(stdout, ":/usr/bin", ""); vmid == 100 {
					want = strings.ReplaceAll(want, ":/usr/bin", "")
				}
				if err != nil || stdout != want || stderr != "" {
					t.Errorf("%+v, %q, %q, %v; want %q", state, stdout, stderr, err, want)
				}
			})
		})
	}
}
