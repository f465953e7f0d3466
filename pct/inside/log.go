package inside

import (
	"context"
	_ "embed"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"berth/pct"
	"berth/proxmox"
	"berth/proxmox/shell"
)

//go:embed log.sh
var logScript string

const (
	// logLines is the number of a log's last lines that are shown.
	logLines = 200
	// maxLog bounds the output of log.sh that does not follow, in bytes: it prints less.
	maxLog = 1 << 20
	// maxLogLine bounds a line of a log, in bytes; a longer one is broken into several.
	maxLogLine = 2 << 10
)

// serviceName matches the names of services that systemd and OpenRC allow, and nothing that
// would do more in log.sh: no blank, no slash, and no pattern that matches other services.
var serviceName = regexp.MustCompile(`^[A-Za-z0-9_@:.\\][A-Za-z0-9_@:.\\-]{0,127}$`)

// ValidService tells whether a service can have that name. Names from a request are checked by it before log.sh gets them.
func ValidService(name string) bool {
	return serviceName.MatchString(name) && name != "." && name != ".."
}

// Source tells where in a container the lines of a log come from.
type Source struct {
	Kind SourceKind
	File string // of SourceFile and SourceCommon
}

// SourceKind is a kind of Source.
type SourceKind string

// The kinds.
const (
	SourceUnknown SourceKind = ""        // not known yet
	SourceNone    SourceKind = "none"    // the service has no log
	SourceJournal SourceKind = "journal" // systemd's journal
	SourceFile    SourceKind = "file"    // a file of the service's own
	SourceCommon  SourceKind = "part"    // the lines of a common file that name the service
)

// A Line of a log, numbered from 1.
type Line struct {
	N    int
	Text string
}

// Log is the end of a service's log.
type Log struct {
	Source Source
	Lines  []Line
}

// reader reads the output of log.sh: first the source, for begun, then lines, for line.
type reader struct {
	mark  string
	split shell.Lines
	begun func(Source)
	line  func(string)
	known bool // begun was called
}

func newReader(mark string, begun func(Source), line func(string)) *reader {
	r := &reader{mark: mark, begun: begun, line: line}
	r.split = shell.Lines{Max: maxLogLine, Emit: r.take}
	return r
}

func (r *reader) Write(p []byte) (int, error) { return r.split.Write(p) }

func (r *reader) take(line string) {
	rest, marked := strings.CutPrefix(line, r.mark+" ")
	if r.known || !marked {
		r.line(readable(line))
		return
	}
	r.known = true
	kind, file, _ := strings.Cut(rest, " ")
	r.begun(Source{SourceKind(kind), plain(file)})
}

// readable removes control characters from a line, and those that would change the direction of text on the page.
func readable(line string) string {
	return strings.Map(func(c rune) rune {
		switch {
		case c >= 0x80 && c < 0xa0, c >= 0x202a && c <= 0x202e, c >= 0x2066 && c <= 0x2069, c == 0x2028, c == 0x2029:
			return -1
		}
		return c
	}, line)
}

// logRun makes the run of log.sh for a service, which must be a ValidService. follow is "yes" or "no".
func logRun(id string, vmid int, service, mark, follow string, to io.Writer) pct.Run {
	return pct.Run{
		ID: id, VMID: vmid, Script: logScript, Limit: limit, Stdout: to, Stderr: to,
		Env: []string{"MARK=" + mark, "NAME=" + service, "LINES=" + strconv.Itoa(logLines), "FOLLOW=" + follow},
	}
}

// ReadLog reads the last lines of a service's log, which must be a ValidService. Its errors are *proxmox.Error.
func ReadLog(ctx context.Context, host *pct.Host, vmid int, service string) (Log, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	var (
		mu  sync.Mutex
		log Log
		n   int
	)
	mark := newMark()
	r := newReader(mark, func(s Source) { log.Source = s }, func(text string) {
		n++
		log.Lines = append(log.Lines, Line{n, text})
		if len(log.Lines) > 2*logLines {
			log.Lines = slices.Delete(log.Lines, 0, logLines)
		}
	})
	run := logRun(newRun("log"), vmid, service, mark, "no", locked{&mu, r})
	run.Room = maxLog
	_, err := host.Run(ctx, run)
	mu.Lock()
	defer mu.Unlock()
	r.split.End()
	if proxmox.KindOf(err) == proxmox.KindTooMuch || log.Source.Kind == SourceUnknown && err != nil {
		return Log{}, err
	}
	log.Lines = log.Lines[max(0, len(log.Lines)-logLines):]
	return log, nil
}

// locked lets both streams of a run write to the same writer.
type locked struct {
	mu *sync.Mutex
	to io.Writer
}

func (l locked) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.to.Write(p)
}
