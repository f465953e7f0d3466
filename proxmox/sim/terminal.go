package sim

import (
	"context"
	"io"
	"strings"
	"sync"

	"golang.org/x/crypto/ssh"
	"golang.org/x/term"
)

// tty is the terminal of a session, made by a pty-req. What is typed is read from it.
type tty struct {
	*term.Terminal
	serving *sync.WaitGroup // of the session
	ctx     context.Context // of the shell
	typed   chan string     // and not read yet
	rest    string          // of that which is being read

	mu            sync.Mutex
	columns, rows int
	interrupt     func() // ends what runs; nil at the prompt
}

// newTTY answers a pty-req; nil when it is none that can be read.
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

// requests takes what comes while a session runs: changes of the window's size. t may be nil.
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

// during has ^C end what runs; at the prompt, interrupt is nil.
func (t *tty) during(interrupt func()) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.interrupt = interrupt
}

// keys takes what is typed until there is nothing more. ^C at the prompt gives a line up: it ends a key that came in
// part, goes to the line's end, takes all back, and goes on.
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

// enter is `pct enter`: a shell at a terminal, until it is left, hung up, or the container
// stops. It returns the exit status.
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

// interact runs what is typed, line by line.
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

// prompt is that of root's shell.
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
