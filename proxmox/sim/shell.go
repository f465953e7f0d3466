package sim

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"mvdan.cc/sh/v3/expand"
	"mvdan.cc/sh/v3/interp"
	"mvdan.cc/sh/v3/syntax"
)

// session is one `pct exec` or `pct enter`.
type session struct {
	*box
	pid     int // of what the program starts in the background
	noNames bool
	third   io.Writer // the stream 3; guarded by box.mu
	tty     *tty      // of pct enter; else nil
}

// The exit statuses of a shell.
const (
	statusNotFound = 127
	statusTimeout  = 124 // timeout's
	statusSignal   = 128 // and the signal
)

// exec runs a program as `timeout LIMIT pct exec … /bin/sh -s` does, and returns the exit
// status. What the program started in a session of its own may go on after that.
func (b *box) exec(program string, limit time.Duration, stdout, stderr io.Writer, noNames bool) int {
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	ended := make(chan struct{})
	defer close(ended)
	go func() {
		select {
		case <-b.closed:
			cancel()
		case <-ended:
		}
	}()
	s := &session{box: b, pid: b.newPID(), noNames: noNames}
	status := s.shell(ctx, program, "sh", expand.ListEnviron("PATH=/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/"), nil, stdout, stderr)
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return statusTimeout
	}
	return status
}

// shell runs a script to its end and returns the exit status.
func (s *session) shell(ctx context.Context, script, name string, env expand.Environ, stdin io.Reader, stdout, stderr io.Writer, params ...string) int {
	parsed, err := parse(script, name)
	if err != nil {
		fmt.Fprintln(stderr, err)
		return 2
	}
	if err := s.sourced(parsed); err != nil {
		fmt.Fprintln(stderr, err)
		return 2
	}
	runner, err := s.runner(env, "/", stdin, stdout, stderr, params...)
	if err != nil {
		fmt.Fprintln(stderr, err)
		return 2
	}
	err = runner.Run(ctx, parsed)
	var status interp.ExitStatus
	switch {
	case err == nil:
		return 0
	case errors.As(err, &status):
		return int(status)
	case ctx.Err() != nil:
		return statusSignal + 15
	}
	fmt.Fprintln(stderr, err)
	return 1
}

// parse reads a script, and writes anew what the interpreter takes otherwise than a shell does.
func parse(script, name string) (*syntax.File, error) {
	parsed, err := syntax.NewParser().Parse(strings.NewReader(script), name)
	if err != nil {
		return nil, err
	}
	unescape(parsed)
	thirdStream(parsed)
	return parsed, nil
}

// sourced puts the files that a script reads (`. FILE`) in the places where it does: they
// are written anew as the script is, and keep the numbers of their lines.
func (s *session) sourced(f *syntax.File) error {
	var stmts []*syntax.Stmt
	for _, st := range f.Stmts {
		call, ok := st.Cmd.(*syntax.CallExpr)
		if !ok || len(call.Args) != 2 || call.Args[0].Lit() != "." || call.Args[1].Lit() == "" {
			stmts = append(stmts, st)
			continue
		}
		name := call.Args[1].Lit()
		text, ok := s.fs.read(path.Clean(name))
		if !ok {
			return fmt.Errorf("sh: .: %s: not found", name)
		}
		parsed, err := parse(string(text), name)
		if err != nil {
			return err
		}
		stmts = append(stmts, parsed.Stmts...)
	}
	f.Stmts = stmts
	return nil
}

// runner is a shell in the container.
func (s *session) runner(env expand.Environ, dir string, stdin io.Reader, stdout, stderr io.Writer, params ...string) (*interp.Runner, error) {
	return interp.New(
		interp.Env(env), interp.Dir(dir), interp.StdIO(stdin, stdout, stderr), interp.Params(append([]string{"--"}, params...)...),
		interp.CallHandler(s.call),
		interp.ExecHandlers(func(interp.ExecHandlerFunc) interp.ExecHandlerFunc { return s.command }),
		interp.OpenHandler(s.open),
		interp.StatHandler(s.stat),
		interp.AccessHandler(func(ctx context.Context, name string, _ interp.AccessMode) error {
			_, err := s.stat(ctx, name, true)
			return err
		}),
		interp.ReadDirHandler2(func(_ context.Context, dir string) ([]fs.DirEntry, error) { return s.readDir(path.Clean(dir)), nil }),
	)
}

// unescape writes the escaped characters of assigned values in quotes: the interpreter
// leaves their backslashes in, which no shell does.
func unescape(f *syntax.File) {
	syntax.Walk(f, func(n syntax.Node) bool {
		a, ok := n.(*syntax.Assign)
		if !ok || a.Value == nil {
			return true
		}
		var parts []syntax.WordPart
		for _, p := range a.Value.Parts {
			lit, ok := p.(*syntax.Lit)
			if !ok {
				parts = append(parts, p)
				continue
			}
			for rest := lit.Value; rest != ""; {
				plain, after, escaped := strings.Cut(rest, `\`)
				if plain != "" {
					parts = append(parts, &syntax.Lit{Value: plain})
				}
				if rest = after; escaped && rest != "" {
					parts = append(parts, &syntax.DblQuoted{Parts: []syntax.WordPart{&syntax.Lit{Value: rest[:1]}}})
					rest = rest[1:]
				}
			}
		}
		a.Value.Parts = parts
		return true
	})
}

// third is the name under which the stream 3 is opened.
const third = "/dev/fd/3"

// thirdStream gives a script the stream 3, which the interpreter has not: 3>&1 keeps
// where standard output goes, and >&3 leads there.
func thirdStream(f *syntax.File) {
	word := func(text string) *syntax.Word {
		return &syntax.Word{Parts: []syntax.WordPart{&syntax.Lit{Value: text}}}
	}
	syntax.Walk(f, func(n syntax.Node) bool {
		st, ok := n.(*syntax.Stmt)
		if !ok {
			return true
		}
		st.Redirs = slices.DeleteFunc(st.Redirs, func(r *syntax.Redirect) bool {
			if r.Op != syntax.DplOut {
				return false
			}
			if r.Word.Lit() == "3" {
				r.Op, r.Word = syntax.AppOut, word(third)
			}
			if r.N == nil || r.N.Value != "3" {
				return false
			}
			if r.Word.Lit() == "1" {
				keep := &syntax.Stmt{Cmd: &syntax.CallExpr{Args: []*syntax.Word{word("sim-keep")}}}
				st.Cmd = &syntax.Block{Stmts: []*syntax.Stmt{keep, {Cmd: st.Cmd}}}
			}
			return true // 3>&- too: it closes what nobody has to close here
		})
		return true
	})
}

// keepThird keeps where standard output goes now as the stream 3.
func (c *invocation) keepThird() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.session.third = c.out
	return 0
}

// call replaces the calls that the interpreter would answer from the machine it runs on,
// or not at all.
func (s *session) call(ctx context.Context, args []string) ([]string, error) {
	switch {
	case args[0] == "command" && len(args) == 3 && (args[1] == "-v" || args[1] == "-V"):
		return []string{"which", args[2]}, nil
	case args[0] == "ulimit", args[0] == "trap" && len(args) > 2 && !slices.Contains(args[2:], "EXIT"):
		return []string{"true"}, nil // signals that are sent here end what they are sent to, see setsid
	case args[0] == "echo" && brokenPipe(ctx), args[0] == "printf" && brokenPipe(ctx):
		return []string{"false"}, nil
	case args[0] == "kill" || args[0] == "umask":
		return append([]string{"sim-" + args[0]}, args[1:]...), nil
	case args[0] == "echo" && len(args) == 2 && len(args[1]) > 1 && args[1][0] == 'g' && strings.Trim(args[1][1:], "0123456789") == "":
		return []string{"echo", strconv.Itoa(s.pid)}, nil // $!, which is no number here
	case args[0] == "return" && len(args) == 1: // which the interpreter takes for 0
		return []string{"return", strconv.Itoa(interp.HandlerCtx(ctx).LastExitStatus)}, nil
	}
	return args, nil
}

// brokenPipe tells whether what is written to standard output goes to somebody who is gone.
// `pct exec` ignores SIGPIPE, so that a command then fails.
func brokenPipe(ctx context.Context) bool {
	out, ok := interp.HandlerCtx(ctx).Stdout.(stream)
	return ok && out.isGone()
}

func absolute(ctx context.Context, name string) string {
	if !path.IsAbs(name) {
		name = path.Join(interp.HandlerCtx(ctx).Dir, name)
	}
	return path.Clean(name)
}

func (s *session) open(ctx context.Context, name string, flag int, perm os.FileMode) (io.ReadWriteCloser, error) {
	name = absolute(ctx, name)
	if d, ok := s.special(name); ok {
		return d, nil
	}
	f, isDir := s.fs.opened(name)
	writes := flag&(os.O_WRONLY|os.O_RDWR) != 0
	switch {
	case f == nil && flag&os.O_CREATE == 0:
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	case isDir:
		return nil, &fs.PathError{Op: "open", Path: name, Err: errors.New("is a directory")}
	case f == nil:
		if dir := s.fs.get(path.Dir(name)); dir == nil || !dir.IsDir() {
			return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
		}
		f = &file{mode: perm & 0o777}
		s.fs.put(name, f)
	}
	if f.pipe != nil {
		return f.pipe.open(ctx, writes), nil
	}
	h := &handle{s: &s.fs, f: f, append: flag&os.O_APPEND != 0}
	if writes && flag&os.O_TRUNC != 0 {
		s.fs.mu.Lock()
		f.data = nil
		s.fs.mu.Unlock()
	}
	return h, nil
}

// special is a file that is made when it is read.
func (s *session) special(name string) (device, bool) {
	none := strings.NewReader("")
	switch name {
	case third:
		s.mu.Lock()
		defer s.mu.Unlock()
		return device{none, s.third}, s.third != nil
	case "/dev/null":
		return device{none, io.Discard}, true
	case "/dev/stderr", "/dev/stdout", "/dev/tty":
		return device{none, io.Discard}, true
	case "/dev/zero":
		return device{zeros{}, io.Discard}, true
	case "/dev/urandom", "/dev/random":
		return device{rand.Reader, io.Discard}, true
	case "/proc/net/tcp":
		return device{strings.NewReader(s.procNetTCP()), io.Discard}, true
	case "/proc/net/tcp6":
		return device{none, io.Discard}, true
	}
	if text, ok := s.procOf(name); ok {
		return device{strings.NewReader(text), io.Discard}, true
	}
	return device{}, false
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

func (s *session) stat(ctx context.Context, name string, follow bool) (fs.FileInfo, error) {
	name = absolute(ctx, name)
	if _, ok := s.special(name); ok {
		mode := fs.ModeDevice | 0o666
		if strings.HasPrefix(name, "/proc/") {
			mode = 0o444
		}
		return &file{name: path.Base(name), data: []byte{0}, mode: mode}, nil
	}
	f := s.fs.own(name)
	if follow {
		f = s.fs.get(name)
	}
	if f == nil {
		return nil, &fs.PathError{Op: "stat", Path: name, Err: fs.ErrNotExist}
	}
	return f, nil
}

// invocation is one command that is run.
type invocation struct {
	*session
	ctx      context.Context
	env      expand.Environ
	name     string
	args     []string
	in       io.Reader
	out, err io.Writer
}

// command runs what is no builtin of the shell.
func (s *session) command(ctx context.Context, args []string) error {
	h := interp.HandlerCtx(ctx)
	c := &invocation{session: s, ctx: ctx, env: h.Env, name: path.Base(args[0]), args: args[1:], in: h.Stdin, out: h.Stdout, err: h.Stderr}
	switch {
	case h.Stdin == nil && s.tty != nil:
		c.in = s.tty.reader(ctx)
	case h.Stdin == nil:
		c.in = bytes.NewReader(nil)
	}
	if status := c.run(); status != 0 {
		return interp.ExitStatus(uint8(status))
	}
	return nil
}

func (c *invocation) run() int {
	if do := lookCommandOf(c.name, c.args); do != nil && c.has(c.name) {
		return do(c)
	}
	if do := commandOf(c.name); do != nil && c.has(c.name) {
		return do(c)
	}
	if f := c.fs.get(absolute(c.ctx, c.name)); strings.Contains(c.name, "/") && f != nil {
		return c.script(c.name, c.args)
	}
	c.mu.Lock()
	brought := c.commands[c.name]
	c.mu.Unlock()
	if brought {
		return 0
	}
	for _, dir := range []string{"/usr/local/sbin/", "/usr/local/bin/"} {
		if c.fs.get(dir+c.name) != nil {
			return c.script(dir+c.name, c.args)
		}
	}
	c.fail("%s: not found", c.name)
	return statusNotFound
}

// has tells whether the container's system has a command that the simulation knows.
func (b *box) has(name string) bool {
	switch name {
	case "apt-get", "apt", "dpkg", "apt-cache", "dpkg-query":
		return b.os.id == "debian" || b.os.id == "ubuntu"
	case "apk", "rc-service", "rc-status", "rc-update", "openrc", "netstat":
		return b.os.id == "alpine"
	case "dnf", "rpm":
		return b.os.id == "fedora"
	case "bash", "dash":
		b.mu.Lock()
		defer b.mu.Unlock()
		return b.os.id != "alpine" && (name == "bash" || b.os.id != "fedora") || b.installed[name]
	case "ash":
		return b.os.id == "alpine"
	case "systemctl", "journalctl", "ss":
		return b.os.systemd()
	case "npm", "pip3", "curl", "openssl", "dig", "docker", "docker-compose", "pg_lsclusters", "wg":
		b.mu.Lock()
		defer b.mu.Unlock()
		return b.commands[name]
	}
	return commandOf(name) != nil || name == "df"
}

// script runs a file of the container.
func (c *invocation) script(name string, params []string) int {
	text, ok := c.fs.read(absolute(c.ctx, name))
	if !ok {
		c.fail("%s: No such file", name)
		return statusNotFound
	}
	return c.shell(c.ctx, string(text), name, c.env, nil, c.out, c.err, params...)
}

// setsid runs a script in a session of its own, which goes on when the one that began it
// is gone.
func (c *invocation) setsid() int {
	if len(c.args) < 2 || path.Base(c.args[0]) != "sh" {
		c.fail("only a script of sh can be run")
		return 1
	}
	text, ok := c.fs.read(absolute(c.ctx, c.args[1]))
	if !ok {
		c.fail("%s: No such file", c.args[1])
		return statusNotFound
	}
	ctx, end := context.WithCancel(context.WithoutCancel(c.ctx))
	pid := c.pid
	env := exported(c.env) // the shell that began it may go on, and change its own
	r := c.begin(pid, end)
	result := make(chan int, 1)
	c.work.Go(func() {
		defer end()
		stop := make(chan struct{})
		defer close(stop)
		go func() {
			select {
			case <-c.closed:
				end()
			case <-stop:
			}
		}()
		status := c.shell(ctx, string(text), c.args[1], env, nil, c.out, c.err, c.args[2:]...)
		signal := c.signalled(r)
		if signal != 0 {
			status = statusSignal + signal
		}
		if dir := path.Dir(absolute(c.ctx, c.args[1])); signal == 15 && path.Base(c.args[1]) == "run" {
			// It has a trap for this: it comes to its own end once its command is gone.
			c.fs.add(dir+"/exit", strconv.Itoa(status)+"\n")
		}
		c.ended(pid, r)
		result <- status
	})
	select {
	case status := <-result:
		return status
	case <-c.ctx.Done():
		return statusSignal + 15
	}
}

// exported is what a program gets of its shell's variables.
func exported(env expand.Environ) expand.Environ {
	var list []string
	env.Each(func(name string, v expand.Variable) bool {
		if v.Exported && v.IsSet() {
			list = append(list, name+"="+v.String())
		}
		return true
	})
	return expand.ListEnviron(list...)
}

// kill is as in `kill -TERM -PID`.
func (c *invocation) kill() int {
	signal, args := 15, c.args
	if len(args) > 1 && args[0] == "-s" {
		args = append([]string{"-" + args[1]}, args[2:]...)
	}
	if len(args) > 1 {
		switch strings.TrimPrefix(args[0], "-") {
		case "0":
			signal, args = 0, args[1:]
		case "TERM", "15":
			args = args[1:]
		case "KILL", "9":
			signal, args = 9, args[1:]
		}
	}
	status := 0
	for _, arg := range args {
		pid, err := strconv.Atoi(strings.TrimPrefix(arg, "-"))
		if err != nil || !c.send(pid, signal) {
			c.fail("can't kill pid %s: No such process", arg)
			status = 1
		}
	}
	return status
}

func (c *invocation) say(format string, args ...any) { fmt.Fprintf(c.out, format+"\n", args...) }
func (c *invocation) fail(format string, args ...any) {
	fmt.Fprintf(c.err, "sh: "+format+"\n", args...)
}

// wait takes the time that a real command would; false when it was ended meanwhile.
func (c *invocation) wait(d time.Duration) bool {
	if d <= 0 {
		return c.ctx.Err() == nil
	}
	select {
	case <-time.After(d):
		return true
	case <-c.ctx.Done():
		return false
	}
}
