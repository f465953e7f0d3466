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
		{"a command, echoed", "echo one-$((1 + 1))\r", "echo one-$((1 + 1))\r\none-2\r\n"},
		{"what was typed wrong is taken back", "echo fxx\x7f\x7foo\r", "echo fxx\b \b\b \boo\r\nfoo\r\n"},
		{"a whole line is", "rubbish\x15echo ok\r", "rubbish" + strings.Repeat("\b \b", 7) + "echo ok\r\nok\r\n"},
		{"a word is", "echo a bc\x17d\r", "echo a bc\b \b\b \bd\r\na d\r\n"},
		{"a character of several bytes is", "echo ä\x7fu\r", "echo ä\b \bu\r\nu\r\n"},
		{"nothing", "\r", "\r\n"},
		{"variables stay", "a=5\r", "a=5\r\n"},
		{"and are there", "echo $a\r", "echo $a\r\n5\r\n"},
		{"the line before comes back", "\x1b[A\r", "echo $a\r\n5\r\n"},
		{"and the one after it", "\x1b[A\x1b[A\x1b[B\r", "echo $a" + strings.Repeat("\b \b", 7) + "echo $a" + strings.Repeat("\b \b", 7) + "echo $a\r\n5\r\n"},
		{"other keys do nothing", "\x1b[C\x1b[3~echo x\r", "echo x\r\nx\r\n"},
		{"what is no statement", "echo )\r", "echo )\r\nsh:1:6: a command can only contain words and redirects; encountered `)`\r\n"},
		{"a command that is not there", "nonsense\r", "nonsense\r\nsh: nonsense: not found\r\n"},
		{"the line is given up", "half\x03", "half^C\r\n"},
		{"the terminal's size", "stty size\r", "stty size\r\n24 80\r\n"},
		{"its name", "tty\r", "tty\r\n/dev/pts/1\r\n"},
		{"its kind", "echo $TERM $HOME $PWD\r", "echo $TERM $HOME $PWD\r\nxterm-256color /root /root\r\n"},
		{"what waits for nothing", "journalctl\r", "journalctl\r\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			y.t = t
			y.types(tt.typed)
			if got := y.says(prompt); got != tt.want {
				t.Errorf("%q, want %q", got, tt.want)
			}
		})
	}
	y.t = t

	for _, step := range [][2]string{ // where one waits for what comes before the next is typed
		{"if true; then\r", "if true; then\r\n> "}, {"echo yes; fi\r", "echo yes; fi\r\nyes\r\n" + prompt},
		{"cat\r", "cat\r\n"}, {"one\r", "one\r\none\r\n"}, {"\x04", prompt},
		{"cat >f\r", "cat >f\r\n"}, {"two\r", "two\r\n"}, {"\x04", prompt}, {"cat f\r", "cat f\r\ntwo\r\n" + prompt},
	} {
		if y.types(step[0]); y.says(step[1]) != "" {
			t.Errorf("%q is not answered by %q", step[0], step[1])
		}
	}
	y.types("cd /etc\r")
	y.says("root@web:/etc# ")
	y.types("cd\r")
	y.says(prompt)
	y.types("while :; do stty size; sleep 0.01; done\r")
	y.Resize(pct.WindowSize{Columns: 132, Rows: 50})
	y.says("50 132\r\n")
	y.types("\x03")
	y.says(prompt)
	y.types("yes\r")
	y.says("y\r\ny\r\n")
	y.types("\x03")
	y.says(prompt)
	y.types("yes | head -n 2; seq 3\r")
	if got := y.says(prompt); got != "yes | head -n 2; seq 3\r\ny\r\ny\r\n1\r\n2\r\n3\r\n" {
		t.Errorf("%q", got)
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
