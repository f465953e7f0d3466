package pct_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"berth/pct"
	"berth/proxmox"
)

// typist is somebody at a terminal.
type typist struct {
	*pct.Terminal
	t    testing.TB
	seen strings.Builder // that says has not looked at yet
}

// enter opens a terminal in container 100, which is hung up with the test.
func enter(t testing.TB, h *pct.Host) *typist {
	t.Helper()
	terminal, err := h.Enter(t.Context(), 100, pct.WindowSize{Columns: 80, Rows: 24})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(terminal.Close)
	return &typist{Terminal: terminal, t: t}
}

func (y *typist) types(text string) {
	y.t.Helper()
	if _, err := io.WriteString(y, text); err != nil {
		y.t.Fatal(err)
	}
}

// says reads until a text has come, and returns what came before it.
func (y *typist) says(text string) string {
	y.t.Helper()
	p := make([]byte, 16<<10)
	for {
		if before, after, found := strings.Cut(y.seen.String(), text); found {
			y.seen.Reset()
			y.seen.WriteString(after)
			return before
		}
		n, err := y.Read(p)
		y.seen.Write(p[:n])
		if err != nil {
			y.t.Fatalf("it ends without %q: %q, %v", text, y.seen.String(), err)
		}
	}
}

// atPrompt waits for the prompt, and turns echo and prompt off, so that only answers come.
func (y *typist) atPrompt() *typist {
	y.t.Helper()
	y.says("root@web:~# ")
	y.types("stty -echo -onlcr; PS1=; echo rea''dy\n")
	y.says("ready\n")
	return y
}

func TestAShellIsTypedInto(t *testing.T) {
	t.Parallel()
	y := enter(t, newSSHD(t).host())
	y.says("root@web:~# ")
	y.types("echo one-$((1 + 1))\n")
	y.says("echo one-$((1 + 1))\r\none-2\r\n")
	y.types("sh -c 'echo u\"\"p; exec sleep 300'\n")
	y.says("up\r\n") // it has the terminal by now
	y.types("\x03")
	y.says("root@web:~# ")
	y.types("tty >/dev/null && echo $TERM\n")
	y.says("xterm-256color\r\n")
	y.types("exit 7\n")
	if _, err := io.Copy(io.Discard, y); err != nil {
		t.Fatal(err)
	}
	if exit, err := y.Wait(t.Context()); exit != 7 || err != nil {
		t.Errorf("exit %d, %v", exit, err)
	}
}

func TestATerminalHasTheSizeOfItsWindow(t *testing.T) {
	t.Parallel()
	y := enter(t, newSSHD(t).host()).atPrompt()
	y.types("stty size\n")
	y.says("24 80\n")
	y.types("while :; do stty size; sleep 0.1; done\n")
	y.Resize(pct.WindowSize{Columns: 132, Rows: 50})
	y.says("50 132\n")
	y.Resize(pct.WindowSize{Columns: -1, Rows: 1 << 30})
	y.says("1000 1\n")
}

func TestTenMegabytesComeWithoutLoss(t *testing.T) {
	t.Parallel()
	y := enter(t, newSSHD(t).host()).atPrompt()
	const lines, line = 10 << 10, 1 << 10
	y.types(fmt.Sprintf("yes %s | head -n %d; echo wh''ole\n", strings.Repeat("x", line-1), lines))
	got := y.says("whole\n")
	if want := strings.Repeat(strings.Repeat("x", line-1)+"\n", lines); got != want {
		t.Errorf("%d bytes, not the %d that were written", len(got), len(want))
	}
}

func TestFastTypingArrivesWhole(t *testing.T) {
	t.Parallel()
	y := enter(t, newSSHD(t).host()).atPrompt()
	y.types("stty raw -echo; echo ra''w; cat\n")
	y.says("raw\n")
	typed := make([]byte, 128<<10)
	rand.Read(typed) // never fails
	var typing sync.WaitGroup
	typing.Go(func() {
		for rest := typed; len(rest) > 0; { // keys, and now and then what is pasted
			n := 1
			if len(rest)%2048 == 0 {
				n = 1536
			}
			if _, err := y.Write(rest[:n]); err != nil {
				t.Error(err)
				return
			}
			rest = rest[n:]
		}
	})
	got := make([]byte, len(typed))
	n := copy(got, y.seen.String())
	if _, err := io.ReadFull(y, got[n:]); err != nil {
		t.Fatal(err)
	}
	typing.Wait()
	if !bytes.Equal(got, typed) {
		t.Error("what came back is not what was typed")
	}
}

func TestTwentyConsolesLeaveTheScriptsTheirPlaces(t *testing.T) {
	t.Parallel()
	s := newSSHD(t)
	h := s.host()
	var open []*typist
	for range 20 {
		open = append(open, enter(t, h))
	}
	for i, y := range open {
		y.says("root@web:~# ")
		y.types("echo $((" + strconv.Itoa(i) + " + 1000))\n")
	}
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			exit, stdout, _, err := run(t, h, pct.Run{ID: "r" + strconv.Itoa(i), Script: "echo done"})
			if err != nil || exit != 0 || stdout != "done\n" {
				t.Errorf("%d: %d, %q, %v", i, exit, stdout, err)
			}
		})
	}
	for i, y := range open {
		y.says("\r\n" + strconv.Itoa(i+1000) + "\r\n")
	}
	all.Wait()
	if n := s.dials(); n != 4 {
		t.Errorf("%d connections, want three for the consoles and one for the scripts", n)
	}
}

func TestAHostThatAllowsFewSessionsGetsMoreConnections(t *testing.T) {
	t.Parallel()
	s := newSSHD(t, "MaxSessions 2")
	h := s.host()
	for range 5 {
		y := enter(t, h)
		y.says("root@web:~# ")
	}
	if n := s.dials(); n != 3 {
		t.Errorf("%d connections for five consoles, want 3", n)
	}
}

// A running script must not keep others from being run, or itself from being killed, for want of a session.
func TestAHostThatAllowsOneSessionRunsMoreThanOneProgram(t *testing.T) {
	t.Parallel()
	h := newSSHD(t, "MaxSessions 1").host()
	var all sync.WaitGroup
	for _, id := range []string{"one", "two"} {
		r, w := io.Pipe()
		all.Go(func() {
			if exit, err := h.Run(t.Context(), pct.Run{ID: id, VMID: 100, Script: "echo $$; sleep 300", Limit: time.Minute, Stdout: w, Stderr: io.Discard}); err != nil || exit < 128 {
				t.Errorf("%s: exit %d, %v", id, exit, err)
			}
		})
		began(t, r)
	}
	for _, id := range []string{"one", "two"} {
		if err := h.Kill(t.Context(), 100, id); err != nil {
			t.Errorf("%s: %v", id, err)
		}
	}
	all.Wait()
}

func TestAHostThatAllowsNoSession(t *testing.T) {
	t.Parallel()
	h := newSSHD(t, "MaxSessions 0").host()
	if _, _, _, err := run(t, h, pct.Run{Script: "true"}); proxmox.KindOf(err) != proxmox.KindUnreachable {
		t.Errorf("%v", err)
	}
}

func TestTheShellEndsWhenItsTerminalIsClosed(t *testing.T) {
	t.Parallel()
	s := newSSHD(t)
	h := s.host()
	for name, hangUp := range map[string]func(*typist){
		"closed":                 func(y *typist) { y.Close() },
		"the connection is lost": func(*typist) { s.cut() },
	} {
		y := enter(t, h).atPrompt()
		y.types("echo $$; exec sleep 300\n")
		shell := strings.TrimSpace(y.says("\n"))
		hangUp(y)
		for deadline := time.Now().Add(40 * time.Second); exec.Command("kill", "-0", shell).Run() == nil; {
			if time.Now().After(deadline) {
				t.Fatalf("%s: process %s is still there", name, shell)
			}
			time.Sleep(20 * time.Millisecond) // another process ends
		}
		if _, err := y.Wait(t.Context()); name != "closed" && proxmox.KindOf(err) != proxmox.KindDropped {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// tardy is a connection on which nothing arrives while held is locked.
type tardy struct {
	net.Conn
	held *sync.Mutex
}

func (c tardy) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.held.Lock()
	defer c.held.Unlock()
	return n, err
}

func TestAConsoleThatEndsWhileTheHostIsSlowEndsNoOther(t *testing.T) {
	t.Parallel()
	server := newSSHD(t)
	var held sync.Mutex
	server.cfg.Dial = func(ctx context.Context, network, addr string) (net.Conn, error) {
		conn, err := server.dial(ctx, network, addr)
		return tardy{conn, &held}, err
	}
	h := server.host()
	killed, other := enter(t, h).atPrompt(), enter(t, h).atPrompt()
	if n := server.dials(); n != 1 {
		t.Fatalf("%d connections, want both consoles on one", n)
	}
	killed.types("kill -9 $$\n")
	if _, err := io.Copy(io.Discard, killed); err != nil {
		t.Fatal(err)
	}
	<-killed.Ended()
	held.Lock()
	late := time.AfterFunc(20*time.Second, held.Unlock)
	_, err := killed.Wait(t.Context()) // asks whether the connection is there still, and gets no answer in time
	if late.Stop() {
		held.Unlock()
	}
	if proxmox.KindOf(err) != proxmox.KindDropped {
		t.Errorf("the first ended by %v", err)
	}
	other.types("echo st''ill here\n")
	other.says("still here\n")
	enter(t, h).atPrompt()
	if n := server.dials(); n != 2 {
		t.Errorf("%d connections, want another for the next console", n)
	}
}

func TestALongPasteThatIsNotShownEndsNoConsole(t *testing.T) {
	t.Parallel()
	server := newSSHD(t)
	h := server.host()
	pasted, other := enter(t, h).atPrompt(), enter(t, h).atPrompt()
	if n := server.dials(); n != 1 {
		t.Fatalf("%d connections, want both consoles on one", n)
	}
	pasted.types("echo $$\n")
	sshd := ancestor(t, strings.TrimSpace(pasted.says("\n")), "sshd")
	pasted.types("echo re''ads; exec sleep 300\n")
	pasted.says("reads\n")

	// A host that is held up gets all that was sent by then in one go.
	if err := syscall.Kill(sshd, syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	goOn := sync.OnceFunc(func() { syscall.Kill(sshd, syscall.SIGCONT) })
	defer goOn()
	var typing sync.WaitGroup
	typing.Go(func() { pasted.Write(bytes.Repeat([]byte("x"), 1<<20)) })
	time.Sleep(300 * time.Millisecond) // another process is held up; less only makes the paste shorter
	goOn()
	typing.Wait()

	other.types("echo st''ill here\n")
	other.says("still here\n")
	if n := server.dials(); n != 1 {
		t.Errorf("%d connections", n)
	}
}

// ancestor returns the process of that name from which another descends.
func ancestor(t testing.TB, pid, name string) int {
	t.Helper()
	for pid != "0" {
		stat, err := os.ReadFile("/proc/" + pid + "/stat") // pid (name) state parent …, see proc(5)
		if err != nil {
			t.Fatal(err)
		}
		own, rest, _ := strings.Cut(string(stat), ") ")
		if strings.HasPrefix(own[strings.Index(own, "(")+1:], name) {
			n, err := strconv.Atoi(pid)
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
		pid = strings.Fields(rest)[1]
	}
	t.Fatalf("no process above is %s", name)
	return 0
}

func TestWhyThereIsNoShell(t *testing.T) {
	t.Parallel()
	s := newSSHD(t)
	other, key := s.key("other_key"), s.cfg.Key
	gate := `restrict,pty,command="` + s.dir + `/gate" `
	for _, tt := range []struct {
		name  string
		vmid  int
		setUp func(*pct.HostConfig)
		kind  proxmox.Kind
		early bool // Enter itself says it
	}{
		{name: "the container does not run", vmid: 101, kind: proxmox.KindNotRunning},
		{name: "there is no such container", vmid: 999, kind: proxmox.KindNotFound},
		{name: "the key is not accepted", early: true, kind: proxmox.KindKeyRefused, setUp: func(c *pct.HostConfig) { c.Key = other }},
		{name: "the host key changed", early: true, kind: proxmox.KindHostKeyChanged, setUp: func(c *pct.HostConfig) { c.HostKey = "SHA256:other" }},
		{name: "the key gets no terminal", early: true, kind: proxmox.KindNoTerminal, setUp: func(*pct.HostConfig) { s.allow(key, strings.Replace(gate, ",pty", "", 1)) }},
		{name: "the gate is of another version", kind: proxmox.KindOldForcedCommand, setUp: func(*pct.HostConfig) {
			s.allow(key, gate)
			s.write("gate", "#!/bin/sh\necho 'berth-gate: version 0, pct /usr/sbin/pct' >&2; exit 64\n", 0o755)
		}},
		{name: "there is no gate", kind: proxmox.KindNoForcedCommand, setUp: func(*pct.HostConfig) { s.allow(key, `restrict,pty,command="/nowhere/berth-gate" `) }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			cfg := s.cfg
			if tt.setUp != nil {
				tt.setUp(&cfg)
			}
			h := pct.NewHost(cfg)
			defer h.Close()
			y, err := h.Enter(t.Context(), max(tt.vmid, 100), pct.WindowSize{Columns: 80, Rows: 24})
			if tt.early {
				if proxmox.KindOf(err) != tt.kind || err == nil {
					t.Errorf("%v, want %v", err, tt.kind)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			defer y.Close()
			if _, err := io.Copy(io.Discard, y); err != nil {
				t.Fatal(err)
			}
			if _, err := y.Wait(t.Context()); proxmox.KindOf(err) != tt.kind || err == nil {
				t.Errorf("%v, want %v", err, tt.kind)
			}
		})
	}
}

func TestAConsoleThatNobodyWaitsForIsNotOpened(t *testing.T) {
	t.Parallel()
	h := newSSHD(t).host()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := h.Enter(ctx, 100, pct.WindowSize{}); proxmox.KindOf(err) != proxmox.KindCancelled {
		t.Errorf("%v", err)
	}
	y := enter(t, h)
	y.says("root@web:~# ")
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(io.Discard, y); err != nil && !errors.Is(err, io.EOF) {
		t.Error(err)
	}
	if _, err := h.Enter(t.Context(), 100, pct.WindowSize{}); proxmox.KindOf(err) != proxmox.KindUnreachable {
		t.Errorf("after its end: %v", err)
	}
}
