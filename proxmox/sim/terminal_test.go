package sim_test

import (
	"io"
	"strings"
	"testing"

	"berth/pct"
	"berth/proxmox"
)

// typist is somebody at a terminal in a simulated container.
type typist struct {
	*pct.Terminal
	t    testing.TB
	seen string // that says has not looked at yet
}

func enter(t testing.TB, h *pct.Host, vmid int) *typist {
	t.Helper()
	terminal, err := h.Enter(t.Context(), vmid, pct.WindowSize{Columns: 80, Rows: 24})
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
	p := make([]byte, 4<<10)
	for {
		if before, after, found := strings.Cut(y.seen, text); found {
			y.seen = after
			return before
		}
		n, err := y.Read(p)
		y.seen += string(p[:n])
		if err != nil {
			y.t.Fatalf("it ends without %q: %q, %v", text, y.seen, err)
		}
	}
}

// ends reads to the end, and returns the exit status.
func (y *typist) ends() int {
	y.t.Helper()
	if _, err := io.Copy(io.Discard, y); err != nil {
		y.t.Fatal(err)
	}
	exit, err := y.Wait(y.t.Context())
	if err != nil {
		y.t.Fatal(err)
	}
	return exit
}

func TestAShellInASimulatedContainer(t *testing.T) {
	a := newAshore(t)
	y := enter(t, a.host(nil), 100)
	const prompt = "root@web:~# "
	if before := y.says(prompt); before != "" {
		t.Errorf("before the prompt: %q", before)
	}
	for _, tt := range []struct{ name, typed, want string }{
		{"a command", "echo one\r", "one\r\n"},
		{"what was typed wrong is taken back", "echo fxx\x7f\x7foo\r", "foo\r\n"},
		{"a whole line is", "rubbish\x15echo ok\r", "ok\r\n"},
		{"a word is", "echo a bc\x17d\r", "a d\r\n"},
		{"a character of several bytes is", "echo ä\x7fu\r", "u\r\n"},
		{"nothing", "\r", ""},
		{"variables stay", "a=5\r", ""},
		{"and are there", "echo $a\r", "5\r\n"},
		{"the line before comes back", "\x1b[A\r", "5\r\n"},
		{"and the one after it", "\x1b[A\x1b[A\x1b[B\r", "5\r\n"},
		{"other keys do nothing", "\x1b[C\x1b[3~echo x\r", "x\r\n"},
		{"what the shell cannot do", "echo | cat\r", "-bash: this simulated shell takes no |\r\n"},
		{"and it goes on", "echo $?\r", "2\r\n"},
		{"a command that is not there", "nonsense\r", "-bash: nonsense: command not found\r\n"},
		{"the line is given up", "half\x03", ""},
		{"the terminal's size", "stty size\r", "24 80\r\n"},
		{"where one is", "pwd; hostname; uname\r", "/root\r\nweb\r\nLinux web 6.14.8-2-pve x86_64 GNU/Linux\r\n"},
		{"its files", "ls /etc; cat /etc/hostname nothing\r", "berth\r\nhostname\r\nhosts\r\nos-release\r\nweb\r\ncat: nothing: No such file or directory\r\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			y.t = t
			y.types(tt.typed)
			if _, got, _ := strings.Cut(y.says(prompt), "\r\n"); got != tt.want {
				t.Errorf("%q, want %q", got, tt.want)
			}
		})
	}
	y.t = t
	y.types("help\r")
	if got := y.says(prompt); !strings.Contains(got, "This container is simulated. It knows: : [ cat cd echo exit") {
		t.Errorf("%q", got)
	}
	y.types("ps\r")
	if got := y.says(prompt); !strings.Contains(got, "00:00:01 init\r\n") || !strings.Contains(got, "00:00:00 nginx\r\n") || !strings.HasSuffix(got, " pts/1    00:00:00 bash\r\n") {
		t.Errorf("%q", got)
	}
	y.types("cd /etc\r")
	y.says("root@web:/etc# ")
	y.types("cd\r")
	y.says(prompt)
	y.types("echo begun; sleep 300\r")
	y.says("\r\nbegun\r\n")
	y.types("echo typed ahead\r\x03")
	y.says("typed ahead\r\n")
	y.says(prompt)
	y.Resize(pct.WindowSize{Columns: 132, Rows: 50})
	for size := ""; size != "50 132"; {
		y.types("stty size\r")
		_, size, _ = strings.Cut(strings.TrimSuffix(y.says("\r\n"+prompt), "\r\n"), "\r\n")
	}
	y.types("exit 7\r")
	if exit := y.ends(); exit != 7 {
		t.Errorf("exit %d", exit)
	}
}

func TestASimulatedShellEnds(t *testing.T) {
	a := newAshore(t)
	h := a.host(nil)
	y := enter(t, h, 103)
	y.says(":~# ")
	y.types("false\r")
	y.says(":~# ")
	y.types("\x04") // with the status of the last command
	if exit := y.ends(); exit != 1 {
		t.Errorf("exit %d", exit)
	}

	y = enter(t, h, 100)
	y.says("# ")
	y.types("sleep 300\r")
	y.says("sleep 300\r\n")
	a.cluster.SetStatus(100, "stopped")
	if _, err := io.Copy(io.Discard, y); err != nil {
		t.Fatal(err)
	}

	for vmid, want := range map[int]proxmox.Kind{101: proxmox.KindNotRunning, 999: proxmox.KindNotFound} {
		y := enter(t, h, vmid)
		if _, err := io.Copy(io.Discard, y); err != nil {
			t.Fatal(err)
		}
		if _, err := y.Wait(y.t.Context()); proxmox.KindOf(err) != want {
			t.Errorf("%d: %v", vmid, err)
		}
	}
}
