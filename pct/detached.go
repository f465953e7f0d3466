package pct

import (
	"bytes"
	"context"
	"crypto/rand"
	_ "embed"
	"fmt"
	"io"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"berth/proxmox"
	"berth/proxmox/shell"
)

// Detached is a script that outlives the connection over which it was begun: its output
// goes to files in the container, from which it can be read later, and more than once.
type Detached struct {
	ID   string // by which Attend and Kill find it: lower-case letters, digits and -
	VMID int

	// For Start alone:
	Script  string
	Name    string   // of the script's file; a shell puts it before its messages
	Command []string // the interpreter, a path or a name, with its arguments; none: the container's /bin/sh
	Wrap    []string // a command that runs Command, such as env with its options; nil: none
	Prelude string   // read before the script by Command, which must be a shell then
	Env     []string // NAME=value; passed through standard input, and so in no command line and no file

	Over string // the files of ended runs whose IDs begin with this are removed; "": none

	Limit    time.Duration // of this call; the script goes on after it
	Out, Err int64         // bytes of its output and its errors that were read before, and are skipped
	Stdout   io.Writer
	Stderr   io.Writer
}

// RunState tells how a detached script ended, as far as its container knows.
type RunState struct {
	Ended   bool   // false: it never began, its process vanished, or the container was restarted since
	Exit    int    // the exit status, if Ended
	Mute    bool   // its output was not kept, as an earlier version of Berth began it
	Missing string // the interpreter that the container lacks: the script did not begin
}

const (
	// runDir is the folder in a container for the files of runs.
	runDir = "/run/berth/"
	// keptBlocks bounds each of the two files for a detached script's output, in blocks of
	// 512 bytes: 4 MiB. (bash outside of its POSIX mode takes blocks of 1,024.)
	keptBlocks = 8 << 10
)

var (
	//go:embed detached_keep.sh
	keepProgram string // runs the script and keeps its output
	//go:embed detached_lives.sh
	livesProgram string // precedes the next two
	//go:embed detached_read.sh
	readProgram string // sends the output that was kept
	//go:embed detached_end.sh
	endProgram string // ends the script
)

// Start begins a script and passes on its output until it has ended. The script gets a session
// of its own, so that Kill reaches all that it started. When ctx ends, the limit is over
// (KindTimeout) or the connection is lost (KindDropped), the script goes on: Attend reads on.
func (h *Host) Start(ctx context.Context, l Detached) (RunState, error) {
	begin, err := l.begin()
	if err != nil {
		return RunState{}, err
	}
	return h.read(ctx, l, begin)
}

// Attend passes on the output of a script that Start began before, from l.Out and l.Err on, until it has ended.
func (h *Host) Attend(ctx context.Context, l Detached) (RunState, error) { return h.read(ctx, l, "") }

// read runs begin, then the reader.
func (h *Host) read(ctx context.Context, l Detached, begin string) (RunState, error) {
	if !runID.MatchString(l.ID) {
		return RunState{}, fmt.Errorf("pct: %q is no ID of a run", l.ID)
	}
	first := ""
	if begin != "" {
		first = "yes"
	}
	notes := newNotes(l.Stderr)
	program := runPrelude + notes.function() + begin + "dir=" + runDir + l.ID + "\n" + livesProgram +
		fmt.Sprintf("reader=%s out=%d err=%d first=%s\n", rand.Text(), l.Out, l.Err, first) + readProgram
	exit, err := h.exec(ctx, errand{l.VMID, l.Limit, program, 0, l.Stdout, notes})
	if err != nil {
		return RunState{}, err
	}
	return h.state(notes.note, exit)
}

// state makes a RunState of the reader's last note. KindDropped when there is none: the reader was cut off, with that
// exit status.
func (h *Host) state(note string, exit int) (RunState, error) {
	word, rest, _ := strings.Cut(note, " ")
	status, err := strconv.Atoi(rest)
	switch {
	case word == "unknown":
		return RunState{}, nil
	case word == "missing":
		return RunState{Missing: rest}, nil
	case word == "unable":
		return RunState{}, h.fail(proxmox.KindOther, "the container takes no files in "+strings.TrimSuffix(runDir, "/"), nil)
	case (word == "ended" || word == "mute") && err == nil:
		return RunState{Ended: true, Exit: status, Mute: word == "mute"}, nil
	}
	return RunState{}, h.fail(proxmox.KindDropped, "the program that reads ended with status "+strconv.Itoa(exit), nil)
}

// begin returns the part of a program that writes the script to files and starts it.
func (l Detached) begin() (string, error) {
	for _, word := range []string{l.ID, l.Name} {
		if !runID.MatchString(word) {
			return "", fmt.Errorf("pct: %q is no name of a run", word)
		}
	}
	env, err := environment(l.Env)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	dir := runDir + l.ID
	b.WriteString("mkdir -p -m 700 " + strings.TrimSuffix(runDir, "/") + " && mkdir -m 700 " + dir + " || unable\n")
	b.WriteString(l.clearance())
	b.WriteString(pathProgram(dir + "/path"))
	b.WriteString(l.find())
	script, prelude := dir+"/"+l.Name+".sh", dir+"/prelude"
	for _, f := range [][2]string{{script, l.Script}, {prelude, l.Prelude}, {dir + "/run", keepProgram}} {
		here, err := hereDocument(f[0], f[1])
		if err != nil {
			return "", err
		}
		b.WriteString("{\n" + here + "} || unable\n")
	}
	args := []string{script}
	if l.Prelude != "" { // the script as a file of its own, so that lines have its own numbers
		args = []string{"-c", ". " + prelude + "\n. " + script, script}
	}
	if len(l.Command) > 1 {
		args = slices.Concat(l.Command[1:], args)
	}
	b.WriteString(env)
	b.WriteString("KEEP_BLOCKS=" + strconv.Itoa(keptBlocks) + " setsid /bin/sh " + dir + "/run " + dir + " " +
		shell.QuoteLine(l.Wrap...) + ` "$berth_command" ` + shell.QuoteLine(args...) + " </dev/null >/dev/null 2>&1 &\n")
	b.WriteString("echo $! >" + dir + "/pid\n")
	b.WriteString(identify(dir + "/pid"))
	return b.String(), nil
}

// find sets berth_command to the interpreter: at its path, or else by its name in PATH. Without either, the program notes
// what is missing and ends.
func (l Detached) find() string {
	command := "/bin/sh"
	if len(l.Command) > 0 {
		command = l.Command[0]
	}
	name := shell.Quote(path.Base(command))
	return "berth_command=" + shell.Quote(command) + "\n" +
		`command -v "$berth_command" >/dev/null 2>&1 || berth_command=` + name + "\n" +
		`command -v "$berth_command" >/dev/null 2>&1 || missing ` + name + "\n"
}

// clearance removes the files of ended runs whose IDs begin with l.Over.
func (l Detached) clearance() string {
	if !runID.MatchString(l.Over) {
		return ""
	}
	return "for old in " + runDir + l.Over + "*; do\n\tif [ -s \"$old/exit\" ]; then rm -rf \"$old\"; fi\ndone\n"
}

// identify adds a process's start time to the file with its number, so that another process with the same number is not
// taken for it.
func identify(file string) string {
	return "read -r pid <" + file + `
{ IFS= read -r stat <"/proc/$pid/stat"; } 2>/dev/null && set -- ${stat##*) } && [ $# -ge 20 ] && echo "$pid ${20}" >` + file + "\n"
}

// notes takes the notes for Berth out of a program's standard error, and passes on the rest.
type notes struct {
	to   io.Writer
	mark []byte
	held []byte // bytes that may begin a note, or a note that is not complete yet
	note string // the last one
}

// maxNote bounds a note, in bytes.
const maxNote = 256

func newNotes(to io.Writer) *notes {
	return &notes{to: to, mark: []byte("\x1enote " + rand.Text() + " ")}
}

// function defines the shell's functions by which a program writes a note; unable and missing also end it.
func (n *notes) function() string {
	return "note() { printf '\\036" + string(n.mark[1:]) + `%s\n' "$1" >&2; }
unable() { note unable; exit 0; }
missing() { note "missing $1"; exit 0; }
`
}

func (n *notes) Write(p []byte) (int, error) {
	n.held = append(n.held, p...)
	for {
		i := bytes.Index(n.held, n.mark)
		if i < 0 {
			return len(p), n.pass(len(n.held) - overlap(n.held, n.mark))
		}
		note, rest, whole := bytes.Cut(n.held[i+len(n.mark):], []byte("\n"))
		if !whole && len(note) < maxNote {
			return len(p), n.pass(i)
		}
		n.note, rest = string(note), bytes.Clone(rest)
		if err := n.pass(i); err != nil {
			return len(p), err
		}
		n.held = rest
	}
}

// pass hands on the first bytes that are held.
func (n *notes) pass(size int) error {
	_, err := n.to.Write(n.held[:size])
	n.held = n.held[size:]
	return err
}
