package jobs

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"berth/store"
)

// box is a folder that stands for a container's file system, with only the commands that
// every system has, and those that a test puts there.
type box struct {
	t    *testing.T
	dir  string
	bin  string
	made []string // commands that are no system's
}

func newBox(t *testing.T) *box {
	b := &box{t: t, dir: t.TempDir()}
	b.bin = filepath.Join(b.dir, "bin")
	mustDo(t, os.Mkdir(b.bin, 0o755))
	for _, name := range []string{
		"base64", "cat", "chmod", "chown", "cp", "date", "dirname", "grep", "head", "id", "ls", "mkdir", "mktemp", "mv", "rm", "sed", "sha256sum", "sort", "tee", "tr",
	} {
		path, err := exec.LookPath(name)
		mustDo(t, err)
		mustDo(t, os.Symlink(path, filepath.Join(b.bin, name)))
	}
	b.command("sleep", `echo "sleep $1" >>"$BOX/slept"`)
	return b
}

// command puts a command into the box.
func (b *box) command(name, body string) {
	b.t.Helper()
	b.made = append(b.made, name)
	mustDo(b.t, os.WriteFile(filepath.Join(b.bin, name), []byte("#!/bin/sh\n"+body+"\n"), 0o755))
}

// shells are those that are there to try programs with: what /bin/sh is here, and others.
func shells(t *testing.T) [][]string {
	list := [][]string{{"/bin/sh"}}
	for _, words := range [][]string{{"busybox", "sh"}, {"dash"}, {"bash", "--posix"}} {
		path, err := exec.LookPath(words[0])
		if err != nil {
			t.Logf("LEFT OUT: there is no %s on this machine", words[0])
			continue
		}
		list = append(list, append([]string{path}, words[1:]...))
	}
	return list
}

// inEveryShell runs a test with each of the shells, each time in a box of its own.
func inEveryShell(t *testing.T, try func(t *testing.T, b *box, run func(program string, env ...string) (out, errs string, exit int))) {
	for _, sh := range shells(t) {
		t.Run(filepath.Base(strings.Join(sh, " ")), func(t *testing.T) {
			b := newBox(t)
			try(t, b, func(program string, env ...string) (string, string, int) { return b.run(sh, program, env...) })
		})
	}
}

// run gives a program to a shell by standard input.
func (b *box) run(sh []string, program string, env ...string) (out, errs string, exit int) {
	b.t.Helper()
	if filepath.Base(sh[0]) == "busybox" {
		program = b.overApplets(sh[0]) + program
	}
	program = strings.NewReplacer("/etc/berth", b.dir+"/etc/berth", "/etc/os-release", b.dir+"/etc/os-release", "/run/systemd", b.dir+"/run/systemd",
		"/run/openrc", b.dir+"/run/openrc", "/proc/1/comm", b.dir+"/proc/1/comm").Replace(program)
	cmd := exec.CommandContext(b.t.Context(), sh[0], append(sh[1:], "-s")...)
	cmd.Stdin = strings.NewReader(program)
	cmd.Env = append([]string{"PATH=" + b.bin, "HOME=" + b.dir, "BOX=" + b.dir, "TMPDIR=" + b.dir}, env...)
	var o, e strings.Builder
	cmd.Stdout, cmd.Stderr = &o, &e
	err := cmd.Run()
	if ended, ok := errors.AsType[*exec.ExitError](err); ok {
		exit = ended.ExitCode()
	} else {
		mustDo(b.t, err)
	}
	return o.String(), e.String(), exit
}

// overApplets defines the box's commands as functions where busybox brings its own: the
// busybox of Debian's package busybox-static takes these, whatever PATH says.
func (b *box) overApplets(busybox string) string {
	b.t.Helper()
	list, err := exec.CommandContext(b.t.Context(), busybox, "--list").Output()
	mustDo(b.t, err)
	applets := strings.Fields(string(list))
	var text strings.Builder
	for _, name := range b.made {
		if slices.Contains(applets, name) {
			fmt.Fprintf(&text, "%s() { \"$BOX/bin/%s\" \"$@\"; }\n", name, name)
		}
	}
	return text.String()
}

func (b *box) put(name, content string) string {
	b.t.Helper()
	path := filepath.Join(b.dir, name)
	mustDo(b.t, os.MkdirAll(filepath.Dir(path), 0o755))
	mustDo(b.t, os.WriteFile(path, []byte(content), 0o644))
	return path
}

func (b *box) read(name string) string {
	b.t.Helper()
	content, err := os.ReadFile(filepath.Join(b.dir, name))
	mustDo(b.t, err)
	return string(content)
}

func mustDo(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func script(content string) string {
	p := scriptProgram(store.Script{Content: content})
	return p.prelude + "\n" + p.text
}

func TestAScriptFindsItsHelpers(t *testing.T) {
	t.Parallel()
	inEveryShell(t, func(t *testing.T, b *box, run func(string, ...string) (string, string, int)) {
		b.put("etc/os-release", "NAME=\"Debian GNU/Linux\"\nID=debian\nVERSION_ID=\"12\"\nPRETTY_NAME='Debian 12'\n")
		out, errs, exit := run(script(`
say "$GREETING, $BERTH_OS $BERTH_OS_VERSION"
warn "mind the gap"
have cat && ! have no-such-command
a=$(random_password) b=$(random_password 40)
say "${#a} ${#b}"; [ "$a" != "$b" ]
save_credential app USER ada
save_credential app PASSWORD 'a=b $c'
save_credential app USER eve
ls -l /etc/berth/credentials/app`), "GREETING=Hello")
		if exit != 0 || errs != "Warning: mind the gap\n" || !strings.HasPrefix(out, "Hello, debian 12\n24 40\n-rw-------") {
			t.Errorf("exit %d\n%s\n%s", exit, out, errs)
		}
		if got := b.read("etc/berth/credentials/app"); got != "PASSWORD=a=b $c\nUSER=eve\n" {
			t.Errorf("the credentials are %q", got)
		}
	})
}

func TestAScriptEndsWithTheFirstFailure(t *testing.T) {
	t.Parallel()
	inEveryShell(t, func(t *testing.T, _ *box, run func(string, ...string) (string, string, int)) {
		for content, c := range map[string]struct {
			exit int
			says string
		}{
			"false; say on":                         {1, ""},
			"say \"$UNSET\"; say on":                {-1, "UNSET"},
			"die 'no disk is left'; say on":         {1, "no disk is left"},
			"exit 3":                                {3, ""},
			"say fine":                              {0, ""},
			"say fine\r\nhave cat\r\n":              {0, ""},
			"save_credential ../x KEY value":        {1, "no name of a file"},
			"save_credential app 'a b' value":       {1, "no key"},
			"wait_for_port 1 2; say on":             {1, "Nothing listens on port 1 after 2 seconds"},
			"install_packages git; say on":          {1, "none of apt-get, apk and dnf"},
			"service_enable nginx; say on":          {1, "neither systemd nor OpenRC"},
			"service_restart nginx; say on":         {1, "neither systemd nor OpenRC"},
			"x=$(die 'within words'); say on":       {1, "within words"},
			"fetch https://x.invalid/y /tmp/y; say": {1, "fetch needs an address"},
		} {
			out, errs, exit := run(script(content))
			if c.exit >= 0 && exit != c.exit || c.exit < 0 && exit == 0 || !strings.Contains(errs, c.says) || strings.Contains(out, "on\n") {
				t.Errorf("%q ends with %d, want %d\n%s\n%s", content, exit, c.exit, out, errs)
			}
		}
	})
}

func TestAScriptWaitsForAPort(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	mustDo(t, err)
	defer l.Close()
	port := l.Addr().(*net.TCPAddr).Port
	inEveryShell(t, func(t *testing.T, _ *box, run func(string, ...string) (string, string, int)) {
		out, errs, exit := run(script(fmt.Sprintf("wait_for_port %d 0; say open", port)))
		if exit != 0 || out != "open\n" {
			t.Errorf("exit %d\n%s\n%s", exit, out, errs)
		}
	})
}

func TestAFetchedFileIsTheOneThatIsMeant(t *testing.T) {
	t.Parallel()
	inEveryShell(t, func(t *testing.T, b *box, run func(string, ...string) (string, string, int)) {
		b.command("curl", `while [ "$1" != -o ]; do shift; done; printf content >"$2"`)
		fetch := fmt.Sprintf("cd \"$BOX\"; fetch https://example.org/x file %x; cat file", sha256.Sum256([]byte("content")))
		if out, errs, exit := run(script(fetch)); exit != 0 || out != "content" {
			t.Errorf("exit %d\n%s\n%s", exit, out, errs)
		}
		// Without curl it is fetched by wget: busybox's knows no --version.
		mustDo(t, os.Rename(filepath.Join(b.bin, "curl"), filepath.Join(b.bin, "no-curl")))
		for _, version := range []string{"0", "1"} {
			b.command("wget", `[ "$1" != --version ] || exit `+version+`
[ "$1" = `+map[string]string{"0": "-nv", "1": "-q"}[version]+` ] || exit 9
while [ "$1" != -O ]; do shift; done; printf content >"$2"`)
			if out, errs, exit := run(script(fetch)); exit != 0 || out != "content" {
				t.Errorf("exit %d\n%s\n%s", exit, out, errs)
			}
		}
		_, errs, exit := run(script(fmt.Sprintf("cd \"$BOX\"; fetch https://example.org/x other %x", sha256.Sum256([]byte("another")))))
		if exit != 1 || !strings.Contains(errs, "is not the file that is meant") {
			t.Errorf("exit %d\n%s", exit, errs)
		}
		for _, name := range []string{"other", "other.part"} {
			if _, err := os.Lstat(filepath.Join(b.dir, name)); err == nil {
				t.Errorf("%s was left behind", name)
			}
		}
	})
}

// OpenRC notes the runlevel, without a line's end, before it starts what belongs to it.
func TestTheStartOfOpenRCIsWaitedFor(t *testing.T) {
	t.Parallel()
	inEveryShell(t, func(t *testing.T, b *box, run func(string, ...string) (string, string, int)) {
		b.put("proc/1/comm", "init\n")
		mustDo(t, os.MkdirAll(filepath.Join(b.dir, "run/openrc"), 0o755))
		b.command("openrc", ":")
		b.command("sleep", `
n=$(cat "$BOX/waited" 2>/dev/null || echo 0); n=$((n + 1)); echo $n >"$BOX/waited"
level() { printf %s "$1" >"$BOX/run/openrc/softlevel"; }
case $n in
1) level sysinit ;;
2) level boot; mkdir "$BOX/run/openrc/rc.starting" ;;
3) rm -r "$BOX/run/openrc/rc.starting" ;;
4) level default; mkdir "$BOX/run/openrc/rc.starting" ;;
7) rm -r "$BOX/run/openrc/rc.starting" ;;
esac`)
		out, errs, exit := run(initProgram())
		if exit != 0 || out != "linux is up\n" || errs != "" || b.read("waited") != "7\n" {
			t.Errorf("exit %d after %s s\n%s\n%s", exit, b.read("waited"), out, errs)
		}
	})
}

// For OpenRC a service that crashed (status 32), or whose supervisor did (64), has been
// started already.
func TestAServiceThatCrashedIsStartedAgain(t *testing.T) {
	t.Parallel()
	inEveryShell(t, func(t *testing.T, b *box, run func(string, ...string) (string, string, int)) {
		b.command("rc-update", `[ "$*" = "-q add web default" ]`)
		b.command("rc-service", `case $2 in status) exit "$STATUS" ;; esac; echo "$2"`)
		for status, did := range map[int]string{0: "", 3: "start\n", 16: "start\n", 32: "restart\n", 64: "restart\n"} {
			out, errs, exit := run(script("service_enable web\nsay on"), fmt.Sprintf("STATUS=%d", status))
			if exit != 0 || errs != "" || out != did+"on\n" {
				t.Errorf("with status %d: exit %d\n%s\n%s", status, exit, out, errs)
			}
		}
	})
}

// aptFails makes the box's apt-get fail a number of times to install, with these words.
func (b *box) aptFails(times int, words string) {
	b.command("dpkg", ":")
	b.command("apt-get", fmt.Sprintf(`
case "$*" in *install*) ;; *) exit 0 ;; esac
n=$(cat "$BOX/tries" 2>/dev/null || echo 0); n=$((n + 1)); echo $n >"$BOX/tries"
[ "$DEBIAN_FRONTEND" = noninteractive ] || exit 99
if [ $n -le %d ]; then echo "%s" >&2; exit 100; fi
echo "installed ${*##* -- }"`, times, words))
}

// What the managers themselves said when another held their lock, and when a repository
// could not be reached: dnf 4.14, dnf 5.4 (5.2 for the lock), apk 2.14 and 3.0; and the
// programs that fetch files: busybox's wget, GNU's, curl and npm.
func TestTheWordsOfEachManagerAreKnown(t *testing.T) {
	t.Parallel()
	const lock, network, neither = "sleep 5\n", "sleep 10\n", ""
	said := map[string]string{
		"RPM: error: can't create transaction lock on /var/lib/rpm/.rpm.lock (Resource temporarily unavailable)":           lock,
		"Transaction failed: Failed to obtain rpm transaction lock. Another transaction is in progress.":                   lock,
		"ERROR: Unable to lock database: Resource temporarily unavailable":                                                 lock,
		"Error: Failed to download metadata for repo 'updates': Cannot download repomd.xml: All mirrors were tried":        network,
		">>> Curl error (6): Could not resolve hostname for http://mirror.example/repodata/repomd.xml":                     network,
		"WARNING: updating and opening http://mirror.example/main: could not connect to server (check repositories file)":  network,
		"WARNING: updating and opening http://mirror.example/main: temporary error (try again later)":                      network,
		"WARNING: updating and opening http://mirror.example/main/APKINDEX.tar.gz: DNS: transient error (try again later)": network,
		"WARNING: updating and opening http://mirror.example/main/APKINDEX.tar.gz: Connection refused":                     network,
		"WARNING: updating and opening http://mirror.example/main/APKINDEX.tar.gz: HTTP 503: Service Unavailable":          network,
		"wget: bad address 'mirror.example'":                                                                 network,
		"wget: error getting response":                                                                       network,
		"wget: server returned error: HTTP/1.1 503 Service Unavailable":                                      network,
		"wget: unable to resolve host address 'mirror.example'":                                              network,
		"http://mirror.example/x:\n2026-11-26 21:31:12 ERROR 503: Service Unavailable.":                      network,
		"curl: (6) Could not resolve host: mirror.example":                                                   network,
		"curl: (22) The requested URL returned error: 503":                                                   network,
		"curl: (22) The requested URL returned error: 404":                                                   neither,
		"wget: server returned error: HTTP/1.1 404 Not Found":                                                neither,
		"npm error code EAI_AGAIN":                                                                           network,
		"Error: Unable to find a match: nonsense":                                                            neither,
		"Failed to resolve the transaction:\nNo match for argument: nonsense":                                neither,
		"ERROR: unable to select packages:\n  nonsense (no such package):\n    required by: world[nonsense]": neither,
	}
	inEveryShell(t, func(t *testing.T, b *box, run func(string, ...string) (string, string, int)) {
		b.command("manager", `[ ! -e "$BOX/words" ] || { cat "$BOX/words" >&2; rm "$BOX/words"; exit 1; }`)
		for words, slept := range said {
			b.put("slept", "")
			b.put("words", words+"\n")
			out, errs, exit := run(script("berth_try manager"))
			if b.read("slept") != slept || (exit == 0) != (slept != neither) || !strings.HasPrefix(errs, words) {
				t.Errorf("exit %d, slept %q, want %q\n%s\n%s", exit, b.read("slept"), slept, out, errs)
			}
		}
	})
}

func TestPackagesAreTriedAgain(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		fails int
		words string
		tries string
		exit  int
		slept string
	}{
		"no failure":                  {0, "", "1", 0, ""},
		"a network error":             {1, "Temporary failure resolving 'deb.debian.org'", "2", 0, "sleep 10\n"},
		"network errors":              {5, "E: Failed to fetch http://deb.debian.org/x", "2", 100, "sleep 10\n"},
		"a lock":                      {3, "E: Could not get lock /var/lib/dpkg/lock-frontend. It is held by process 7", "4", 0, "sleep 5\nsleep 5\nsleep 5\n"},
		"a lock that never goes":      {1000, "E: Could not get lock /var/lib/dpkg/lock-frontend", "61", 100, strings.Repeat("sleep 5\n", 60)},
		"a package that is not there": {1, "E: Unable to locate package nonsense", "1", 100, ""},
	} {
		t.Run(name, func(t *testing.T) {
			inEveryShell(t, func(t *testing.T, b *box, run func(string, ...string) (string, string, int)) {
				b.aptFails(c.fails, c.words)
				b.put("slept", "")
				out, errs, exit := run(script("install_packages git curl=8.1\nsay on"))
				if got := strings.TrimSpace(b.read("tries")); exit != c.exit || got != c.tries || b.read("slept") != c.slept {
					t.Errorf("exit %d after %s tries, want %d after %s; slept %q\n%s\n%s", exit, got, c.exit, c.tries, b.read("slept"), out, errs)
				}
				if exit == 0 && !strings.HasSuffix(out, "installed git curl=8.1\non\n") || exit != 0 && !strings.Contains(errs, c.words) {
					t.Errorf("it says\n%s\n%s", out, errs)
				}
				left, err := filepath.Glob(filepath.Join(b.dir, "tmp.*"))
				if mustDo(t, err); len(left) > 0 {
					t.Errorf("left behind: %v", left)
				}
			})
		})
	}
}

func TestPackagesOfEachManager(t *testing.T) {
	t.Parallel()
	setup := store.Setup{Packages: []store.Package{
		{Manager: "pip", Name: "httpie", Version: "3.2"}, {Manager: "npm", Name: "@scope/tool", Version: "1.0.0"}, {Manager: "apt", Name: "git"}, {Manager: "apt", Name: "curl", Version: "8.1"},
		{Manager: "apk", Name: "git"}, {Manager: "apk", Name: "curl", Version: "8.2-r0"}, {Manager: "dnf", Name: "git"}, {Manager: "dnf", Name: "curl", Version: "8.3"},
	}}
	say := func(name string) string {
		return `case "$*" in *" update"|update) ;; *) echo "` + name + ` ${*##* -- }" ;; esac`
	}
	for manager, c := range map[string]struct{ command, want string }{
		"apt": {"apt-get", "apt-get git curl=8.1\nLeft out, because linux has no apk: git curl=8.2-r0\nLeft out, because linux has no dnf: git curl-8.3\napt-get npm\nnpm @scope/tool@1.0.0\napt-get python3-pip\npip3 httpie==3.2\n"},
		"apk": {"apk", "Left out, because linux has no apt: git curl=8.1\napk git curl=8.2-r0\nLeft out, because linux has no dnf: git curl-8.3\napk nodejs npm\nnpm @scope/tool@1.0.0\napk py3-pip\npip3 httpie==3.2\n"},
		"dnf": {"dnf", "Left out, because linux has no apt: git curl=8.1\nLeft out, because linux has no apk: git curl=8.2-r0\ndnf git curl-8.3\ndnf npm\nnpm @scope/tool@1.0.0\ndnf python3-pip\npip3 httpie==3.2\n"},
	} {
		t.Run(manager, func(t *testing.T) {
			inEveryShell(t, func(t *testing.T, b *box, run func(string, ...string) (string, string, int)) {
				b.command("dpkg", ":")
				body := say(c.command)
				for _, later := range []string{"npm", "pip3"} {
					file := filepath.Join(b.bin, later)
					body += fmt.Sprintf("\ncase \"$*\" in *%s*) printf '#!/bin/sh\\n%%s\\n' '%s' >%s; chmod 755 %s ;; esac",
						strings.TrimSuffix(later, "3"), strings.ReplaceAll(say(later), "'", `'\''`), file, file)
				}
				b.command(c.command, body)
				out, errs, exit := run(packagesProgram(setup))
				if exit != 0 || out != c.want {
					t.Errorf("exit %d, it says\n%s\nwant\n%s\n%s", exit, out, c.want, errs)
				}
			})
		})
	}
	inEveryShell(t, func(t *testing.T, b *box, run func(string, ...string) (string, string, int)) {
		b.command("apk", "exit 9")
		_, errs, exit := run(packagesProgram(store.Setup{Packages: []store.Package{{Manager: "apt", Name: "git"}}}))
		if exit != 1 || !strings.Contains(errs, "None of the packages is for this system (linux): they are for apt") {
			t.Errorf("exit %d\n%s", exit, errs)
		}
	})
}

func TestFilesArePutByTheirPolicy(t *testing.T) {
	t.Parallel()
	me, err := user.Current()
	mustDo(t, err)
	own := me.Uid + ":" + me.Gid
	inEveryShell(t, func(t *testing.T, b *box, run func(string, ...string) (string, string, int)) {
		b.put("old/replace", "old")
		b.put("old/default", "old")
		b.put("old/backup", "old")
		b.put("old/same", "same")
		file := func(name, policy, content string, mode uint32) store.File {
			return store.File{Path: filepath.Join(b.dir, name), Owner: own, Mode: mode, Policy: policy, Content: []byte(content)}
		}
		binary := "\x00\xff\r\n'$(id)'\nBERTH_FILE\n" + strings.Repeat("long ", 100_000)
		setup := store.Setup{Files: []store.File{
			file("old/replace", store.FileReplace, "new", 0o600),
			file("old/default", store.FileDefault, "new", 0),
			file("old/backup", store.FileBackup, "new", 0),
			file("old/same", store.FileBackup, "same", 0),
			file("new/deep/it's a $file", store.FileDefault, binary, 0o755),
			file("new/empty", "", "", 0),
		}}
		for range 2 { // a step that is repeated does no harm
			if _, errs, exit := run(filesProgram(setup)); exit != 0 {
				t.Fatalf("exit %d\n%s", exit, errs)
			}
		}
		for name, want := range map[string]string{"old/replace": "new", "old/default": "old", "old/backup": "new", "old/same": "same", "new/deep/it's a $file": binary, "new/empty": ""} {
			if got := b.read(name); got != want {
				t.Errorf("%s holds %.20q, want %.20q", name, got, want)
			}
		}
		for name, want := range map[string]os.FileMode{"old/replace": 0o600, "new/empty": 0o644, "new/deep/it's a $file": 0o755} {
			info, err := os.Stat(filepath.Join(b.dir, name))
			if mustDo(t, err); info.Mode() != want {
				t.Errorf("%s has mode %v", name, info.Mode())
			}
		}
		entries, err := os.ReadDir(filepath.Join(b.dir, "old"))
		mustDo(t, err)
		var kept []string
		for _, e := range entries {
			kept = append(kept, e.Name())
		}
		want := regexp.MustCompile(`^backup backup\.\d{4}-\d\d-\d\dT\d{6}Z default replace same$`)
		if got := strings.Join(kept, " "); !want.MatchString(got) {
			t.Errorf("the folder holds %s", got)
		}
	})
}

func TestAFileWhoseOwnerIsNotThere(t *testing.T) {
	t.Parallel()
	inEveryShell(t, func(t *testing.T, b *box, run func(string, ...string) (string, string, int)) {
		b.command("chown", `case "$*" in *postgres*) [ -e "$BOX/postgres" ] ;; esac`)
		b.aptFails(0, "")
		f := store.File{Path: filepath.Join(b.dir, "app.conf"), Owner: "postgres:postgres", Mode: 0o640, Content: []byte("x")}
		_, errs, exit := run(filesProgram(store.Setup{Files: []store.File{f}}))
		if exit != 1 || !strings.Contains(errs, "cannot be given to postgres:postgres") {
			t.Errorf("exit %d\n%s", exit, errs)
		}
		setup := store.Setup{Files: []store.File{f}, Packages: []store.Package{{Manager: "apt", Name: "postgresql"}}}
		out, errs, exit := run(filesProgram(setup))
		if exit != 0 || !strings.Contains(out, "is root's until the packages are installed") {
			t.Errorf("exit %d\n%s\n%s", exit, out, errs)
		}
		if _, _, exit = run(packagesProgram(setup)); exit != 1 {
			t.Errorf("exit %d without the owner", exit)
		}
		b.put("postgres", "")
		if _, errs, exit = run(packagesProgram(setup)); exit != 0 {
			t.Errorf("exit %d\n%s", exit, errs)
		}
	})
}

func TestALookAtTheServices(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	mustDo(t, err)
	defer l.Close()
	port := l.Addr().(*net.TCPAddr).Port
	inEveryShell(t, func(t *testing.T, b *box, run func(string, ...string) (string, string, int)) {
		mustDo(t, os.MkdirAll(filepath.Join(b.dir, "run/systemd/system"), 0o755))
		b.command("systemctl", `case "$*" in *caddy) ;; *) exit 3 ;; esac`)
		out, errs, exit := run(lookProgram(store.Setup{Services: []store.Service{{Name: "caddy", Port: port}, {Name: "web", Port: 1}, {Name: "job"}}}))
		want := fmt.Sprintf("caddy runs, port %d is open; web does not run, nothing listens on port 1; job does not run\n", port)
		if exit != 0 || out != want {
			t.Errorf("exit %d\n%s\n%s", exit, out, errs)
		}
		out, _, exit = run(lookProgram(store.Setup{}))
		if exit != 0 || !strings.Contains(out, fmt.Sprint(port)) {
			t.Errorf("exit %d\n%s", exit, out)
		}
	})
}

func TestTheProgramsPassShellcheck(t *testing.T) {
	t.Parallel()
	path, err := exec.LookPath("shellcheck")
	if err != nil {
		t.Skip("LEFT OUT: there is no shellcheck on this machine (apt-get install shellcheck)")
	}
	setup := store.Setup{
		Files:    []store.File{{Path: "/etc/it's", Content: []byte("x")}},
		Packages: []store.Package{{Manager: "apt", Name: "git"}, {Manager: "pip", Name: "x"}, {Manager: "npm", Name: "y"}},
		Services: []store.Service{{Name: "caddy", Port: 80}},
	}
	for name, program := range map[string]string{
		"prelude": prelude, "init": initProgram(), "files": filesProgram(setup), "packages": packagesProgram(setup), "look": lookProgram(setup),
	} {
		cmd := exec.CommandContext(t.Context(), path, "-s", "sh", "-")
		cmd.Stdin = strings.NewReader(program)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", name, err, out)
		}
	}
}

func FuzzProgramWords(f *testing.F) {
	f.Add("/etc/it's", "a\nb")
	f.Fuzz(func(t *testing.T, path, content string) {
		if strings.Contains(path, "\x00") {
			return
		}
		b := newBox(t)
		program := "berth_put() { printf '%s' \"$1\" >\"$BOX/path\"; base64 -d >\"$BOX/content\"; }\n"
		whole := filesProgram(store.Setup{Files: []store.File{{Path: path, Content: []byte(content)}}})
		cut := strings.LastIndex(whole, "\nberth_put ")
		if _, errs, exit := b.run([]string{"/bin/sh"}, program+whole[cut+1:]); exit != 0 {
			t.Fatalf("exit %d\n%s", exit, errs)
		}
		if b.read("path") != path || b.read("content") != content {
			t.Errorf("%q arrived as %q, %q as %q", path, b.read("path"), content, b.read("content"))
		}
	})
}
