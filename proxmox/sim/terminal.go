package sim

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"golang.org/x/crypto/ssh"
	"mvdan.cc/sh/v3/expand"
	"mvdan.cc/sh/v3/interp"
	"mvdan.cc/sh/v3/syntax"
)

// tty is the terminal of a session: it echoes what is typed, lets a line be edited, and
// passes whole lines on, as a terminal in its usual mode does. It is made by a pty-req.
type tty struct {
	term    string
	out     io.Writer       // of the session
	serving *sync.WaitGroup // of the session
	writing sync.Mutex      // held while out is written to: a channel of SSH takes one writer at a time

	mu            sync.Mutex
	columns, rows int
	line          []byte   // being typed
	escape        []byte   // of a key that sends several bytes, as far as they have come
	history       []string // the oldest first
	at            int      // in it
	interrupt     func()   // ends what runs; nil at the prompt

	lines chan typedLine // that nobody has read; what is typed waits when it is full
}

// typedLine is what somebody typed; ^C and ^D are told by an error.
type typedLine struct {
	text string
	err  error
}

// errInterrupted is ^C at the prompt.
var errInterrupted = errors.New("interrupted")

const (
	linesAhead = 256  // that may be typed ahead
	lineLength = 4095 // as long as one may be; more is not taken
	maxHistory = 100
)

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
	return &tty{term: r.Term, out: out, columns: int(r.Columns), rows: int(r.Rows), lines: make(chan typedLine, linesAhead)}
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

// Write shows a program's output, or what is typed meanwhile: a line feed goes to the beginning
// of the next line.
func (t *tty) Write(p []byte) (int, error) {
	t.writing.Lock()
	defer t.writing.Unlock()
	if _, err := t.out.Write(bytes.ReplaceAll(p, []byte("\n"), []byte("\r\n"))); err != nil {
		return 0, err
	}
	return len(p), nil
}

// keys takes what is typed until there is nothing more, or ctx ends.
func (t *tty) keys(ctx context.Context, in io.Reader) {
	p := make([]byte, 4<<10)
	for {
		n, err := in.Read(p)
		for _, key := range p[:n] {
			line, whole := t.key(key)
			if !whole {
				continue
			}
			select {
			case t.lines <- line:
			case <-ctx.Done():
				return
			}
		}
		if err != nil {
			return
		}
	}
}

// key takes one byte; with it a line may be whole.
func (t *tty) key(key byte) (line typedLine, whole bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.escape) > 0 {
		t.sequence(key)
		return line, false
	}
	switch {
	case key == 0x1b:
		t.escape = append(t.escape, key)
	case key == 0x03: // ^C
		t.echo("^C\n")
		t.line = t.line[:0]
		if t.interrupt != nil {
			t.interrupt()
			return line, false
		}
		return typedLine{err: errInterrupted}, true
	case key == 0x04: // ^D
		if len(t.line) == 0 {
			return typedLine{err: io.EOF}, true
		}
	case key == '\r' || key == '\n':
		t.echo("\n")
		text := string(t.line)
		t.line = t.line[:0]
		return typedLine{text: text}, true
	case key == 0x7f || key == 0x08:
		t.erase(1)
	case key == 0x15: // ^U
		t.erase(utf8.RuneCount(t.line))
	case key == 0x17: // ^W
		before := strings.TrimRight(string(t.line), " ")
		before = before[:strings.LastIndexByte(before, ' ')+1]
		t.erase(utf8.RuneCount(t.line) - utf8.RuneCountInString(before))
	case key >= 0x20 && len(t.line) < lineLength:
		t.line = append(t.line, key)
		t.echo(string([]byte{key}))
	}
	return line, false
}

// sequence takes a byte of an arrow key or the like. Up and down bring lines back.
func (t *tty) sequence(key byte) {
	t.escape = append(t.escape, key)
	if len(t.escape) == 2 && (key == '[' || key == 'O') {
		return
	}
	if len(t.escape) > 2 && (key < 0x40 || key > 0x7e) && len(t.escape) < 16 {
		return
	}
	letter := key
	t.escape = t.escape[:0]
	if t.interrupt != nil || letter != 'A' && letter != 'B' {
		return
	}
	step := 1
	if letter == 'A' {
		step = -1
	}
	if at := t.at + step; at >= 0 && at <= len(t.history) {
		t.at = at
		t.erase(utf8.RuneCount(t.line))
		if at < len(t.history) {
			t.line = append(t.line, t.history[at]...)
			t.echo(t.history[at])
		}
	}
}

// erase takes the last characters of the line back.
func (t *tty) erase(n int) {
	for ; n > 0 && len(t.line) > 0; n-- {
		_, size := utf8.DecodeLastRune(t.line)
		t.line = t.line[:len(t.line)-size]
		t.echo("\b \b")
	}
}

func (t *tty) echo(text string) { _, _ = t.Write([]byte(text)) } // nobody may be there to see it

// next waits for a line.
func (t *tty) next(ctx context.Context) (string, error) {
	select {
	case l := <-t.lines:
		return l.text, l.err
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

// prompt asks for a line at the prompt.
func (t *tty) prompt(ctx context.Context, prompt string) (string, error) {
	t.mu.Lock()
	t.at = len(t.history)
	t.mu.Unlock()
	if _, err := io.WriteString(t, prompt); err != nil {
		return "", err
	}
	line, err := t.next(ctx)
	if err == nil && strings.TrimSpace(line) != "" {
		t.mu.Lock()
		t.history = append(t.history, line)
		t.history = t.history[max(len(t.history)-maxHistory, 0):]
		t.mu.Unlock()
	}
	return line, err
}

// during has ^C end what runs; at the prompt, interrupt is nil.
func (t *tty) during(interrupt func()) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.interrupt = interrupt
}

// reader is the standard input of a program in the foreground.
func (t *tty) reader(ctx context.Context) io.Reader { return &ttyReader{t: t, ctx: ctx} }

type ttyReader struct {
	t    *tty
	ctx  context.Context
	rest string
}

func (r *ttyReader) Read(p []byte) (int, error) {
	if r.rest == "" {
		line, err := r.t.next(r.ctx)
		if err != nil {
			return 0, io.EOF
		}
		r.rest = line + "\n"
	}
	n := copy(p, r.rest)
	r.rest = r.rest[n:]
	return n, nil
}

// enter is `pct enter`: a shell at a terminal, until it is left, hung up, or the container
// stops. It returns the exit status.
func (b *box) enter(t *tty, in io.Reader) int {
	ctx, end := context.WithCancel(context.Background())
	defer end()
	pid := b.newPID()
	r := b.begin(pid, end)
	defer b.ended(pid, r)
	t.serving.Go(func() { // until the session's channel is closed
		defer end()
		t.keys(ctx, in)
	})
	t.serving.Go(func() {
		select {
		case <-b.closed:
			end()
		case <-ctx.Done():
		}
	})
	s := &session{box: b, pid: pid, tty: t}
	runner, err := s.runner(expand.ListEnviron("PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root", "USER=root", "LOGNAME=root", "LANG=C.UTF-8", "TERM="+t.term), "/root", nil, t, t)
	if err != nil {
		fmt.Fprintln(t, err)
		return 1
	}
	return s.interact(ctx, runner)
}

// interact runs what is typed, line by line.
func (s *session) interact(ctx context.Context, runner *interp.Runner) int {
	status := 0
	for {
		text, err := s.tty.prompt(ctx, s.promptAt(runner.Dir))
		parsed, bad := parse(text, "sh")
		for err == nil && syntax.IsIncomplete(bad) {
			var more string
			if more, err = s.tty.prompt(ctx, "> "); err == nil {
				text += "\n" + more
				parsed, bad = parse(text, "sh")
			}
		}
		switch {
		case errors.Is(err, errInterrupted):
			status = statusSignal + 2
			continue
		case errors.Is(err, io.EOF):
			fmt.Fprintln(s.tty, "exit")
			return status
		case err != nil:
			return statusSignal + 1
		case bad != nil:
			fmt.Fprintln(s.tty, bad)
			status = 2
			continue
		}
		for _, stmt := range parsed.Stmts {
			var interrupted bool
			if status, interrupted = s.foreground(ctx, runner, stmt); interrupted {
				break
			}
			if runner.Exited() {
				return status
			}
		}
	}
}

// foreground runs a statement, which ^C ends.
func (s *session) foreground(ctx context.Context, runner *interp.Runner, stmt *syntax.Stmt) (status int, interrupted bool) {
	ctx, interrupt := context.WithCancel(ctx)
	defer interrupt()
	s.tty.during(interrupt)
	defer s.tty.during(nil)
	err := runner.Run(ctx, stmt)
	var exit interp.ExitStatus
	switch {
	case ctx.Err() != nil:
		return statusSignal + 2, true
	case errors.As(err, &exit):
		return int(exit), false
	case err != nil:
		fmt.Fprintln(s.tty, err)
		return 1, false
	}
	return 0, false
}

// promptAt is the prompt of root's shell in a folder.
func (s *session) promptAt(dir string) string {
	if dir == "/root" {
		dir = "~"
	} else if under, ok := strings.CutPrefix(dir, "/root/"); ok {
		dir = "~/" + under
	}
	if s.os.id == "alpine" {
		return s.hostname + ":" + dir + "# "
	}
	return "root@" + s.hostname + ":" + dir + "# "
}

// stty is as in `stty size`; what else can be set is taken.
func (c *invocation) stty() int {
	if c.tty == nil {
		c.fail("stty: standard input: Not a tty")
		return 1
	}
	columns, rows := c.tty.size()
	switch {
	case len(c.args) == 0 || c.args[0] == "-a":
		c.say("speed 38400 baud; rows %d; columns %d; line = 0;", rows, columns)
	case c.args[0] == "size":
		c.say("%d %d", rows, columns)
	}
	return 0
}

// clear wipes the screen.
func (c *invocation) clear() int { return c.write([]byte("\x1b[H\x1b[2J\x1b[3J")) }

// ttyName is as in `tty`.
func (c *invocation) ttyName() int {
	if c.tty == nil {
		c.say("not a tty")
		return 1
	}
	c.say("/dev/pts/1")
	return 0
}

// yes says the same until it is ended, or nobody takes it.
func (c *invocation) yes() int {
	word := "y"
	if len(c.args) > 0 {
		word = strings.Join(c.args, " ")
	}
	all := bytes.Repeat([]byte(word+"\n"), max(1, 8<<10/(len(word)+1)))
	for c.ctx.Err() == nil {
		if _, err := c.out.Write(all); err != nil {
			return statusSignal + 13
		}
	}
	return statusSignal + 2
}

// seq counts.
func (c *invocation) seq() int {
	from, to := 1, 0
	for i, arg := range c.args {
		n := 0
		if _, err := fmt.Sscan(arg, &n); err != nil || i > 1 {
			c.fail("seq: invalid argument '%s'", arg)
			return 1
		}
		from, to = to, n
	}
	if len(c.args) < 2 {
		from = 1
	}
	for n := from; n <= to && c.ctx.Err() == nil; n++ {
		c.say("%d", n)
	}
	return 0
}

// ps lists the shell and the services that run.
func (c *invocation) ps() int {
	c.say("    PID TTY          TIME CMD")
	c.say("      1 ?        00:00:01 %s", map[bool]string{true: "systemd", false: "init"}[c.os.systemd()])
	c.mu.Lock()
	var names []string
	for name, u := range c.units {
		if u.active && !strings.Contains(name, ".") {
			names = append(names, name)
		}
	}
	c.mu.Unlock()
	for _, name := range slices.Sorted(slices.Values(names)) {
		c.say("%7d ?        00:00:00 %.15s", 100+number(name, 250), name)
	}
	c.say("%7d pts/1    00:00:00 sh", c.pid)
	return 0
}
