package sim

import (
	"context"
	"io"
	"strings"
	"sync"

	"golang.org/x/crypto/ssh"
	"golang.org/x/term"
)

// tty is the terminal of a session, made by a pty-req. Read returns what is typed.
type tty struct {
	*term.Terminal
	serving *sync.WaitGroup // of the session
	ctx     context.Context // of the shell
	typed   chan string     // not read yet
	rest    string          // of the text that is being read

	mu            sync.Mutex
	columns, rows int
	interrupt     func() // ends the running command; nil at the prompt
}

// newTTY makes the terminal that a pty-req asks for; nil when the payload cannot be read.
func newTTY(payload []byte, out io.Writer) *tty {
	var r struct {
		Term                         string
		Columns, Rows, Width, Height uint32
		Modes                        string
	}
	if ssh.Unmarshal(payload, &r) != nil {
		return nil
	}
	t := &tty{columns: int(r.Columns), rows: int(r.Rows), typed: make(chan string, 1<<10)}
	t.Terminal = term.NewTerminal(struct {
		io.Reader
		io.Writer
	}{t, out}, "")
	t.History = history{t.History}
	return t
}

func (t *tty) Read(p []byte) (int, error) {
	if t.rest == "" {
		select {
		case t.rest = <-t.typed:
		case <-t.ctx.Done():
			return 0, io.EOF
		}
	}
	n := copy(p, t.rest)
	t.rest = t.rest[n:]
	return n, nil
}

// history leaves empty lines out.
type history struct{ term.History }

func (h history) Add(line string) {
	if strings.TrimSpace(line) != "" {
		h.History.Add(line)
	}
}

// requests answers the requests that come while a session runs: changes of the window's size. t may be nil.
func (t *tty) requests(all <-chan *ssh.Request) {
	for r := range all {
		var size struct{ Columns, Rows, Width, Height uint32 }
		ok := t != nil && r.Type == "window-change" && ssh.Unmarshal(r.Payload, &size) == nil
		if ok {
			t.mu.Lock()
			t.columns, t.rows = int(size.Columns), int(size.Rows)
			t.mu.Unlock()
		}
		reply(r, ok)
	}
}

func (t *tty) size() (columns, rows int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.columns, t.rows
}

// during sets what ^C calls to end the running command; nil at the prompt.
func (t *tty) during(interrupt func()) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.interrupt = interrupt
}

// keys passes on what is typed until in ends. ^C at the prompt gives up the line: the keys sent for it end a key sequence
// that came in part, go to the line's end, delete the line, and press Enter.
func (t *tty) keys(in io.Reader) {
	p := make([]byte, 4<<10)
	for {
		n, err := in.Read(p)
		for i, text := range strings.Split(string(p[:n]), "\x03") {
			t.mu.Lock()
			interrupt := t.interrupt
			t.mu.Unlock()
			switch {
			case i > 0 && interrupt != nil:
				interrupt()
			case i > 0:
				text = "x\x05\x15\r" + text
			}
			select {
			case t.typed <- text:
			case <-t.ctx.Done():
				return
			}
		}
		if err != nil {
			return
		}
	}
}

// enter is `pct enter`: a shell at a terminal, until its user leaves it, the session is closed, or
// the container stops. It returns the exit status.
func (b *box) enter(t *tty, in io.Reader) int {
	r := b.begin("enter-"+password(), false, func(ctx context.Context, r *run) int {
		t.ctx = ctx
		t.serving.Go(func() { // until the session's channel is closed
			defer r.end()
			t.keys(in)
		})
		return b.interact(t)
	})
	b.await(context.Background(), func() bool { return r.ended })
	return r.exit
}

// interact runs what is typed, line by line, and returns the exit status.
func (b *box) interact(t *tty) int {
	s := &shell{box: b, name: "-bash", out: t.Terminal, err: t.Terminal, dir: "/root", tty: t, commands: commands(), vars: map[string]string{
		"HOME": "/root", "USER": "root", "LANG": "C.UTF-8", "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
	}}
	if b.os.id == "alpine" {
		s.name = "-ash"
	}
	for !s.exited {
		t.SetPrompt(s.prompt())
		if err := t.SetSize(t.size()); err != nil {
			return 1
		}
		line, err := t.ReadLine()
		switch {
		case t.ctx.Err() != nil:
			return statusEnded
		case err != nil:
			s.print("exit\n")
			return s.status
		}
		within, interrupt := context.WithCancel(t.ctx)
		s.ctx = within
		t.during(interrupt)
		s.status = s.run(line)
		t.during(nil)
		interrupt()
	}
	return s.status
}

// prompt makes the prompt of root's shell.
func (s *shell) prompt() string {
	dir := s.dir
	if under, ok := strings.CutPrefix(dir+"/", "/root/"); ok {
		dir = strings.TrimSuffix("~/"+under, "/")
	}
	if s.os.id == "alpine" {
		return s.hostname + ":" + dir + "# "
	}
	return "root@" + s.hostname + ":" + dir + "# "
}
