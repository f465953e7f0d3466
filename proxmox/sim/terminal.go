package sim

import (
	"context"
	"io"
	"strings"
	"sync"

	"golang.org/x/crypto/ssh"
	"golang.org/x/term"
)

// tty is the terminal of a session, made by a pty-req. What is typed comes through it to lines, which has it edited.
type tty struct {
	lines   *term.Terminal
	out     io.Writer       // of the session
	serving *sync.WaitGroup // of the session
	typed   chan byte       // that nobody has read; what is typed waits when it is full
	ctx     context.Context // of the shell

	mu            sync.Mutex
	columns, rows int
	interrupt     func() // ends what runs; nil at the prompt
}

// typedAhead is how much may be typed while something runs, in bytes.
const typedAhead = 64 << 10

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
	t := &tty{out: out, columns: int(r.Columns), rows: int(r.Rows), typed: make(chan byte, typedAhead)}
	t.lines = term.NewTerminal(t, "")
	t.lines.History = history{t.lines.History}
	return t
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

func (t *tty) Write(p []byte) (int, error) { return t.out.Write(p) }

// Read reads what was typed.
func (t *tty) Read(p []byte) (n int, err error) {
	select {
	case p[0] = <-t.typed:
	case <-t.ctx.Done():
		return 0, io.EOF
	}
	for n = 1; n < len(p) && len(t.typed) > 0; n++ {
		p[n] = <-t.typed
	}
	return n, nil
}

// ctrlC is typed to end what runs, or to give a line up.
const ctrlC = 0x03

// keys takes what is typed until there is nothing more.
func (t *tty) keys(in io.Reader) {
	p := make([]byte, 4<<10)
	for {
		n, err := in.Read(p)
		for _, key := range p[:n] {
			keys := []byte{key}
			if key == ctrlC {
				t.mu.Lock()
				interrupt := t.interrupt
				t.mu.Unlock()
				if interrupt != nil {
					interrupt()
					continue
				}
				keys = []byte("x\x05\x15\r") // end a key of several bytes, go to the line's end, take it back, and go on
			}
			for _, key := range keys {
				select {
				case t.typed <- key:
				case <-t.ctx.Done():
					return
				}
			}
		}
		if err != nil {
			return
		}
	}
}

// during has ^C end what runs; at the prompt, interrupt is nil.
func (t *tty) during(interrupt func()) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.interrupt = interrupt
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
	s := &shell{box: b, name: "-bash", out: t.lines, err: t.lines, dir: "/root", tty: t, commands: commands(), vars: map[string]string{
		"HOME": "/root", "USER": "root", "LANG": "C.UTF-8", "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
	}}
	if b.os.id == "alpine" {
		s.name = "-ash"
	}
	for !s.exited {
		t.lines.SetPrompt(s.prompt())
		if err := t.lines.SetSize(t.size()); err != nil {
			return 1
		}
		line, err := t.lines.ReadLine()
		switch {
		case t.ctx.Err() != nil:
			return statusEnded
		case err != nil:
			s.print("exit\n")
			return s.status
		}
		ctx, interrupt := context.WithCancel(t.ctx)
		s.ctx = ctx
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
