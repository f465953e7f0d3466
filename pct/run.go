package pct

import (
	"context"
	"crypto/rand"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"time"

	"berth/proxmox"
	"berth/proxmox/shell"
)

// Run is a script to be run in a container, as root, by its /bin/sh, for as long as its caller
// waits; Detached is for scripts that go on without. Nothing of it stays in the container.
type Run struct {
	ID     string   // by which Kill finds it: lower-case letters, digits and -
	VMID   int      //
	Script string   // its standard input is empty
	Env    []string // NAME=value; passed through standard input, and so in no command line and no file
	Limit  time.Duration
	Stdout io.Writer
	Stderr io.Writer
	Room   int // the most bytes that it may print, both streams together; 0: no bound, for writers that hold it up
}

const (
	// pctPatience is added to a program's limit, for pct itself.
	pctPatience = 20 * time.Second
	// smallLimit is the limit of Berth's own short programs, such as that of Kill.
	smallLimit = 30 * time.Second
	// maxSaid bounds the messages of the forced command, pct and such programs, in bytes.
	maxSaid = 4 << 10
)

var (
	runID   = regexp.MustCompile(`^[a-z0-9-]{1,64}$`)
	envName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)
)

// Run runs a script and returns its exit status. The script gets a session of its own,
// so that Kill reaches all that it started. It is killed at its limit (KindTimeout), and
// when it prints more than there is room for (KindTooMuch); if so much comes before the
// script begins, only the SSH session is ended.
// When ctx ends, or the connection is lost (KindDropped), the script may still be running.
func (h *Host) Run(ctx context.Context, r Run) (int, error) { return h.run(ctx, r, h.exec) }

// Follow is Run for a script that goes on for long, such as one that follows a log: it takes
// none of the sessions that Run has, but one on a connection of terminals.
func (h *Host) Follow(ctx context.Context, r Run) (int, error) { return h.run(ctx, r, h.execAside) }

func (h *Host) run(ctx context.Context, r Run, exec execution) (int, error) {
	program, err := r.program()
	if err != nil {
		return 0, err
	}
	exit, err := exec(ctx, errand{r.VMID, r.Limit, program, r.Room, r.Stdout, r.Stderr})
	if (proxmox.KindOf(err) == proxmox.KindTimeout || errors.Is(err, errOverflow)) && ctx.Err() == nil {
		if killed := h.Kill(ctx, r.VMID, r.ID); killed != nil {
			return 0, errors.Join(err, killed)
		}
	}
	return exit, err
}

// runPrelude sets the environment and the umask for every script. pct exec is no login, which
// would set them: its PATH lacks /usr/local, and the host's environment is left out.
const runPrelude = `PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
HOME=/root
LC_ALL=C.UTF-8
TERM=dumb
DEBIAN_FRONTEND=noninteractive
export PATH HOME LC_ALL TERM DEBIAN_FRONTEND
umask 022
# Where NixOS has its commands.
if [ -d /run/current-system/sw/bin ]; then PATH=$PATH:/run/current-system/sw/bin; fi
`

// program returns the program for the container's shell: it writes the script to a file, starts
// it in a session of its own, and keeps its process ID in a file while it runs, for Kill.
func (r Run) program() (string, error) {
	if !runID.MatchString(r.ID) {
		return "", fmt.Errorf("pct: %q is no ID of a run", r.ID)
	}
	env, err := environment(r.Env)
	if err != nil {
		return "", err
	}
	file := runDir + r.ID
	here, err := hereDocument(file+".sh", r.Script)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	b.WriteString(runPrelude)
	b.WriteString("mkdir -p -m 700 " + strings.TrimSuffix(runDir, "/") + " || exit 1\n")
	b.WriteString(pathProgram(file + ".path"))
	b.WriteString(env)
	b.WriteString(here)
	b.WriteString("setsid /bin/sh " + file + ".sh </dev/null &\n")
	b.WriteString("echo $! >" + file + ".pid\n")
	b.WriteString("wait $!\nstatus=$?\n")
	b.WriteString("rm -f " + file + ".sh " + file + ".pid\nexit $status\n")
	return b.String(), nil
}

// environment returns commands that export variables, each given as NAME=value.
func environment(vars []string) (string, error) {
	var b strings.Builder
	for _, e := range vars {
		name, value, ok := strings.Cut(e, "=")
		if !ok || !envName.MatchString(name) {
			return "", fmt.Errorf("pct: %q is no name of a variable", name)
		}
		b.WriteString(name + "=" + shell.Quote(value) + "\nexport " + name + "\n")
	}
	return b.String(), nil
}

// hereDocument returns the command that writes text to a file.
func hereDocument(file, text string) (string, error) {
	if strings.Contains(text, "\x00") {
		return "", errors.New("pct: a script holds a NUL byte")
	}
	if text != "" && !strings.HasSuffix(text, "\n") {
		text += "\n"
	}
	end := "BERTH_" + rand.Text()
	return "cat >" + file + " <<'" + end + "'\n" + text + end + "\n", nil
}

//go:embed run_path.sh
var findPath string

// pathProgram returns commands that add the PATH of the container's own login to PATH. They need a file for that.
func pathProgram(file string) string { return "berth_found=" + file + "\n" + findPath }

// Kill ends a run with all that it started, by SIGTERM and after five seconds by SIGKILL,
// and checks that all of it is gone. A run that does not run is no error.
func (h *Host) Kill(ctx context.Context, vmid int, id string) error {
	if !runID.MatchString(id) {
		return fmt.Errorf("pct: %q is no ID of a run", id)
	}
	said := head{max: maxSaid}
	program := runPrelude + "dir=" + runDir + id + "\n" + livesProgram + endProgram
	exit, err := h.execIn(ctx, h.enders, errand{vmid, smallLimit, program, maxSaid, &said, io.Discard})
	if err != nil {
		return err
	}
	if exit != 0 {
		return h.fail(proxmox.KindOther, "the program in the container could not be ended: "+said.firstLine(), nil)
	}
	return nil
}

// ForcedCommand asks the host's forced command for its version, even while other calls repeat a
// refusal. KindNoForcedCommand: there is none; KindOldForcedCommand: it has another version
// than ForcedCommandVersion; KindNoPct. The info is filled in with the latter two.
func (h *Host) ForcedCommand(ctx context.Context) (ForcedCommandInfo, error) {
	ctx, cancel := context.WithTimeout(ctx, smallLimit)
	defer cancel()
	conn, err := h.connection(ctx, true)
	if err != nil {
		return ForcedCommandInfo{}, err
	}
	stderr := end{max: maxSaid}
	said := newRoom(0) // no program begins, so all output counts as noise
	_, err = conn.command(ctx, "version", strings.NewReader(""), limited{said, io.Discard}, limited{said, &stderr})
	if err != nil {
		return ForcedCommandInfo{}, h.broken(ctx, err)
	}
	info, ok := parseForcedCommand(stderr.String())
	switch {
	case !ok:
		return ForcedCommandInfo{}, h.fail(proxmox.KindNoForcedCommand, stderr.lastLine(), nil)
	case info.Version != ForcedCommandVersion:
		return info, h.fail(proxmox.KindOldForcedCommand, stderr.lastLine(), nil)
	case !info.Pct:
		return info, h.fail(proxmox.KindNoPct, stderr.lastLine(), nil)
	}
	return info, nil
}

// errand is a program for the shell of a container.
type errand struct {
	vmid           int
	limit          time.Duration
	program        string
	room           int // as in Run
	stdout, stderr io.Writer
}

// execution runs an errand and returns its exit status.
type execution func(context.Context, errand) (int, error)

// exec is an execution over the connection that all callers share. Where the host allows fewer
// sessions on it than are wanted, it is one aside.
func (h *Host) exec(ctx context.Context, e errand) (int, error) { return h.execIn(ctx, h.slots, e) }

// execIn is exec, once one of the slots is free.
func (h *Host) execIn(ctx context.Context, slots chan struct{}, e errand) (int, error) {
	select {
	case slots <- struct{}{}:
		defer func() { <-slots }()
	case <-ctx.Done():
		return 0, h.unreachable(ctx.Err())
	}
	for again := true; ; again = false {
		conn, err := h.connection(ctx, false)
		if err != nil {
			return 0, err
		}
		exit, err := h.execOver(ctx, conn.command, e)
		switch {
		case !errors.Is(err, errNoSession) || ctx.Err() != nil:
			return exit, err
		case isCrowded(err):
			return h.execAside(ctx, e)
		case !again || conn.alive():
			return exit, err
		} // the connection broke since it was last used: nothing was run, so once more
	}
}

// execAside is an execution over a connection of terminals, for which there is no queue.
func (h *Host) execAside(ctx context.Context, e errand) (int, error) {
	s, err := h.aside(ctx)
	if err != nil {
		return 0, err
	}
	defer s.conn.release()
	return h.execOver(ctx, s.run, e)
}

// execOver is an execution by command, which runs a command line on the host.
func (h *Host) execOver(ctx context.Context, command func(context.Context, string, io.Reader, io.Writer, io.Writer) (int, error), e errand) (int, error) {
	within, cancel := context.WithTimeout(ctx, e.limit+pctPatience)
	defer cancel()
	seconds := max(1, int((e.limit+time.Second-1)/time.Second))
	space := newRoom(e.room)
	marked := newMarked(e.stderr, space)
	line := fmt.Sprintf("exec %d %d", e.vmid, seconds)
	exit, err := command(within, line, strings.NewReader(marked.frame(e.program)), afterBegin{limited{space, marked.stdout(e.stdout)}}, marked)
	switch {
	case errors.Is(err, errTooMuch) && marked.began:
		return 0, h.broken(ctx, errOverflow)
	case errors.Is(err, errTooMuch):
		return 0, h.broken(ctx, err)
	case marked.ended:
		return marked.exit, nil
	case err != nil && ctx.Err() == nil && within.Err() != nil:
		return 0, h.fail(proxmox.KindTimeout, "", err)
	case err != nil:
		return 0, h.broken(ctx, err)
	}
	return 0, h.refusal(exit, marked)
}

// broken makes the error of a command whose end is not known.
func (h *Host) broken(ctx context.Context, err error) *proxmox.Error {
	switch {
	case ctx.Err() != nil:
		return h.unreachable(ctx.Err())
	case errors.Is(err, errTooMuch):
		return h.fail(proxmox.KindTooMuch, "", err)
	case errors.Is(err, errNoAnswer):
		return h.fail(proxmox.KindNoSession, "", err)
	case errors.Is(err, errNoSession):
		return h.fail(proxmox.KindUnreachable, "", err)
	}
	return h.fail(proxmox.KindDropped, "", err)
}

// refusal makes the error of a program that did not run to its end, by the exit status and
// messages of the forced command, timeout and pct.
func (h *Host) refusal(exit int, m *marked) *proxmox.Error {
	said := m.before.String()
	switch {
	case exit == 124 || exit == 137:
		return h.fail(proxmox.KindTimeout, "", nil)
	case m.began:
		return h.fail(proxmox.KindDropped, fmt.Sprintf("the shell in the container ended with status %d", exit), nil)
	}
	kind, _ := refusedBy(exit, said)
	return h.fail(kind, m.before.lastLine(), nil)
}

// Messages of pct, each in a line of its own.
var (
	noContainer = regexp.MustCompile(`(?m)^Configuration file '\S*' does not exist\s*$`)
	notRunning  = regexp.MustCompile(`(?m)^(CT \d+ not running|container '\d+' not running!)\s*$`)
	noShell     = regexp.MustCompile(`(?m)^lxc-attach: .*Failed to exec "/bin/sh"`)
)

// refusedBy returns the kind of a refusal by the forced command or pct, judged by the exit status and
// their output; false for one that it does not recognise.
func refusedBy(exit int, said string) (proxmox.Kind, bool) {
	switch {
	case exit == 64:
		info, ok := parseForcedCommand(said)
		switch {
		case ok && !info.Pct:
			return proxmox.KindNoPct, true
		case ok:
			return proxmox.KindOldForcedCommand, true
		}
	case noContainer.MatchString(said):
		return proxmox.KindNotFound, true
	case notRunning.MatchString(said):
		return proxmox.KindNotRunning, true
	case noShell.MatchString(said):
		return proxmox.KindNoShell, true
	case exit == 127:
		return proxmox.KindNoForcedCommand, true
	}
	return proxmox.KindOther, false
}
