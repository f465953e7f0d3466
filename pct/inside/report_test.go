package inside

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"
)

var update = flag.Bool("update", false, "write testdata/*.want anew")

// sampleMark is that of the recorded looks in testdata.
const sampleMark = "BERTHMARK"

// summary is a report in a form that can be compared and read.
func summary(r Report) string {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	line("os %q %q %q", r.OS.ID, r.OS.Name, r.OS.Short)
	line("up %v, load %v, whole %v, init %q", r.Uptime.Round(time.Second), r.Load, r.Whole, r.Init)
	line("memory %d of %d, swap %d of %d KiB", r.Memory.Used()>>10, r.Memory.Total>>10, r.Memory.SwapUsed()>>10, r.Memory.SwapTotal>>10)
	for _, d := range r.Disks {
		line("disk %q %q %d of %d KiB, %.0f %%", d.Mount, d.Device, d.Used>>10, d.Total>>10, d.Percent())
	}
	listens := func(all []Listener) string {
		var words []string
		for _, l := range all {
			words = append(words, fmt.Sprintf("%s %s port %d by %q", l.Proto, l.Addr, l.Port, l.Process))
		}
		return strings.Join(words, "; ")
	}
	for _, s := range r.Services {
		failure := ""
		if s.State == StateFailed {
			failure = fmt.Sprintf(" %+v", s.Failure)
		}
		line("%s %s%s %q %s %s", s.State, s.Name, failure, s.Description, s.Since.Format(time.RFC3339), listens(s.Listeners))
	}
	line("others: %s", listens(r.Others))
	return b.String()
}

// testdata/README.md tells which looks were recorded and which put together.
func TestReportsOfRealContainers(t *testing.T) {
	compareSamples(t, "testdata", 11, func(out []byte) string { return summary(parseReport(out, sampleMark)) })
}

// compareSamples reads what is recorded in a folder and compares it with the file that
// tells what is to be read from it. There are so many samples, or more.
func compareSamples(t *testing.T, dir string, least int, read func(out []byte) string) {
	files, err := filepath.Glob(filepath.Join(dir, "*.txt"))
	if err != nil || len(files) < least {
		t.Fatal(files, err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			out, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			got := read(out)
			wanted := strings.TrimSuffix(file, ".txt") + ".want"
			if *update {
				if err := os.WriteFile(wanted, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			want, err := os.ReadFile(wanted)
			if err != nil {
				t.Fatal(err)
			}
			if got != string(want) {
				t.Errorf("reads\n%s\nwant\n%s", got, want)
			}
		})
	}
}

func TestWhetherTheListenersAreKnown(t *testing.T) {
	const mark = "BERTH-ABC"
	for text, want := range map[string]bool{
		mark + " ss\n": true,
		mark + " ss\ntcp LISTEN 0 511 0.0.0.0:80 0.0.0.0:* users:((\"nginx\",pid=77,fd=5))\n": true,
		mark + " ss\nss: error while loading shared libraries\n":                              false,
		mark + " netstat\nActive Internet connections (only servers)\n":                       true,
		mark + " tcp\n  sl  local_address rem_address\n":                                      true,
		mark + " tcp\n": false,
		mark + " os\n":  false,
	} {
		if r := parseReport([]byte("\n"+text+"\n"+mark+" end\n"), mark); r.Listened != want {
			t.Errorf("%q: the listeners are known: %v", text, r.Listened)
		}
	}
}

func TestALookThatWasCutOff(t *testing.T) {
	out, err := os.ReadFile("testdata/debian-12.txt")
	if err != nil {
		t.Fatal(err)
	}
	i := strings.Index(string(out), "\n"+sampleMark+" ss")
	r := parseReport(out[:i], sampleMark)
	if r.Whole || !r.isKnown() || len(r.Services) == 0 {
		t.Errorf("%s", summary(r))
	}
	if r := parseReport(nil, sampleMark); r.Whole || r.isKnown() {
		t.Errorf("%s", summary(r))
	}
}

// What a container says looks like a part of its own only with the mark, which is random.
func TestAPartCannotBeForged(t *testing.T) {
	const mark = "BERTH-ABC"
	forged := "\n" + mark + " os\nPRETTY_NAME=\"one\nBERTHMARK systemd\nBERTH-ABD systemd\n x" + mark + " systemd\nId=evil.service\nActiveState=active\n"
	r := parseReport([]byte(forged), mark)
	if r.Init != InitUnknown || len(r.Services) > 0 {
		t.Errorf("%s", summary(r))
	}
}

func TestHostileNamesAreMadePlain(t *testing.T) {
	for text, want := range map[string]string{
		"nginx.service":                     "nginx.service",
		"\x1b[31mred\x1b[0m":                "[31mred[0m", // the sequences themselves are gone before, with the lines
		"a\u202egnp.exe\u2066\u200b\x00\nb": "agnp.exeb",
		"<script>alert(1)</script>":         "<script>alert(1)</script>",
		strings.Repeat("x", maxField+5):     strings.Repeat("x", maxField) + "…",
		"  spaces \t":                       "spaces",
		"\xff\xfe":                          "\ufffd\ufffd",
	} {
		if got := plain(text); got != want {
			t.Errorf("%q becomes %q, want %q", text, got, want)
		}
	}
	if got := lines([]byte("\x1b[31mred\x1b[0m\x00\r\n\n\x1b]0;title\x07b")); len(got) != 2 || got[0] != "red" || got[1] != "b" {
		t.Errorf("%q", got)
	}
}

// shown fails when something may not stand on a page.
func shown(t *testing.T, words ...string) {
	t.Helper()
	for _, w := range words {
		if utf8.RuneCountInString(w) > maxField+1 {
			t.Errorf("%q is too long", w)
		}
		if strings.ContainsFunc(w, func(r rune) bool { return unicode.Is(unicode.Cc, r) || unicode.Is(unicode.Cf, r) }) {
			t.Errorf("%q holds what is not seen", w)
		}
	}
}

func shownListeners(t *testing.T, all []Listener) {
	t.Helper()
	if len(all) > maxListeners {
		t.Errorf("%d listeners", len(all))
	}
	for _, l := range all {
		shown(t, l.Process)
		if l.Port == 0 || !l.Addr.IsValid() || l.Proto != "tcp" && l.Proto != "udp" {
			t.Errorf("%+v", l)
		}
	}
}

// The script of a look works in the shells that containers have.
func TestALookInTheShellsOfThisMachine(t *testing.T) {
	for _, shell := range [][]string{{"sh"}, {"busybox", "sh"}} {
		path, err := exec.LookPath(shell[0])
		if err != nil {
			t.Logf("LEFT OUT: there is no %s on this machine", shell[0])
			continue
		}
		cmd := exec.Command(path, append(shell[1:], "-s")...)
		cmd.Stdin = strings.NewReader(lookScript)
		cmd.Env = []string{"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "MARK=" + sampleMark}
		out, err := cmd.Output()
		if err != nil {
			t.Errorf("%v: %v", shell, err)
		}
		if r := parseReport(out, sampleMark); !r.Whole || r.OS.Name == "" || r.Memory.Total == 0 || r.Uptime == 0 {
			t.Errorf("%v: %s", shell, summary(r))
		}
	}
}

func TestTheScriptsPassShellcheck(t *testing.T) {
	path, err := exec.LookPath("shellcheck")
	if err != nil {
		t.Skip("LEFT OUT: there is no shellcheck on this machine (apt-get install shellcheck)")
	}
	for name, script := range map[string]string{"look": lookScript, "log": logScript, "credentials": credentialsScript, "updates": updatesScript} {
		cmd := exec.CommandContext(t.Context(), path, "-")
		cmd.Stdin = strings.NewReader(script)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", name, err, out)
		}
	}
}

// seed gives a part of each recorded look.
func seed(f *testing.F, names ...string) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		out, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		for _, name := range names {
			if text := parts(out, sampleMark)[name]; len(text) > 0 {
				f.Add(strings.Join(text[:min(len(text), 60)], "\n"))
			}
		}
	}
}

func FuzzReport(f *testing.F) {
	f.Add("\nBERTHMARK os\nID=x\n\nBERTHMARK openrc\nRunlevel: default\n sshd [ started ]\n\nBERTHMARK ss\ntcp LISTEN 0 1 0.0.0.0:22 0.0.0.0:* users:((\"sshd\",pid=7,fd=1))\n\nBERTHMARK processes\n7\t7\t/\tsshd\n\nBERTHMARK end\n")
	f.Fuzz(func(t *testing.T, out string) {
		r := parseReport([]byte(out), sampleMark)
		shown(t, r.OS.ID, r.OS.Name, r.OS.Short)
		shownListeners(t, r.Others)
		for _, s := range r.Services {
			shownListeners(t, s.Listeners)
		}
	})
}

func FuzzSystem(f *testing.F) {
	seed(f, "os", "uptime", "load", "memory", "disks")
	f.Add(`PRETTY_NAME="a \"b\" c"`)
	f.Fuzz(func(t *testing.T, text string) {
		all := lines([]byte(text))
		os := parseOS(all)
		shown(t, os.ID, os.Name)
		if up := parseUptime(all); up < 0 {
			t.Errorf("up %v", up)
		}
		for _, n := range parseLoad(all) {
			if !(n >= 0) {
				t.Errorf("load %v", n)
			}
		}
		if m := parseMemory(all); m.Used() > m.Total || m.SwapUsed() > m.SwapTotal {
			t.Errorf("%+v", m)
		}
		for _, d := range parseDisks(all) {
			shown(t, d.Mount, d.Device)
			if p := d.Percent(); !(p >= 0 && p <= 100) {
				t.Errorf("%+v is %v %% full", d, p)
			}
		}
	})
}

func FuzzServices(f *testing.F) {
	seed(f, "systemd", "openrc")
	f.Fuzz(func(t *testing.T, text string) {
		all := lines([]byte(text))
		services := append(parseSystemd(all, parseActivation(all)), parseOpenRC(all)...)
		if len(services) > 2*maxServices {
			t.Errorf("%d services", len(services))
		}
		for _, s := range services {
			shown(t, s.Name, s.Description, s.Failure.Result)
			if _, known := stateOrder[s.State]; !known || s.Name == "" {
				t.Errorf("%+v", s)
			}
		}
	})
}

// A container may name as many sockets as fit into an answer.
func TestSocketsOfSystemdAreBounded(t *testing.T) {
	var all []string
	for i := range 10 * maxListeners {
		port := strconv.Itoa(1 + i)
		all = append(all, "Listen=[::]:"+port+" (Stream)", "Id="+port+".socket", "Triggers="+port+".service")
	}
	if n := len(parseActivation(all)); n != maxListeners {
		t.Errorf("%d services are started on demand, want %d", n, maxListeners)
	}
}

func FuzzSockets(f *testing.F) {
	seed(f, "ss", "netstat", "tcp", "tcp6", "udp6", "sockets", "processes", "daemons")
	f.Fuzz(func(t *testing.T, text string) {
		all := lines([]byte(text))
		shownListeners(t, parseSS(all))
		shownListeners(t, parseNetstat(all))
		shownListeners(t, parseProcNet("tcp6", all))
		shownListeners(t, parseProcNet("udp", all))
		parseHolders(all)
		for _, p := range parseProcesses(all) {
			shown(t, p.name)
		}
		for _, d := range parseDaemons(all) {
			shown(t, d.service)
		}
	})
}
