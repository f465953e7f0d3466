package jobs

import (
	"crypto/sha256"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"berth/store"
)

func mustDo(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
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
		provision := store.Provision{Files: []store.File{
			file("old/replace", store.FileReplace, "new", 0o600),
			file("old/default", store.FileDefault, "new", 0),
			file("old/backup", store.FileBackup, "new", 0),
			file("old/same", store.FileBackup, "same", 0),
			file("new/deep/it's a $file", store.FileDefault, binary, 0o755),
			file("new/empty", "", "", 0),
		}}
		for range 2 { // a step that is repeated does no harm
			if _, errs, exit := run(filesProgram(provision)); exit != 0 {
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
		_, errs, exit := run(filesProgram(store.Provision{Files: []store.File{f}}))
		if exit != 1 || !strings.Contains(errs, "cannot be given to postgres:postgres") {
			t.Errorf("exit %d\n%s", exit, errs)
		}
		provision := store.Provision{Files: []store.File{f}, Packages: []store.Package{{Manager: "apt", Name: "postgresql"}}}
		out, errs, exit := run(filesProgram(provision))
		if exit != 0 || !strings.Contains(out, "is root's until the packages are installed") {
			t.Errorf("exit %d\n%s\n%s", exit, out, errs)
		}
		if _, _, exit = run(packagesProgram(provision)); exit != 1 {
			t.Errorf("exit %d without the owner", exit)
		}
		b.put("postgres", "")
		if _, errs, exit = run(packagesProgram(provision)); exit != 0 {
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
		out, errs, exit := run(lookProgram(store.Provision{Services: []store.Service{{Name: "caddy", Port: port}, {Name: "web", Port: 1}, {Name: "job"}}}))
		want := fmt.Sprintf("caddy runs, port %d is open; web does not run, nothing listens on port 1; job does not run\n", port)
		if exit != 0 || out != want {
			t.Errorf("exit %d\n%s\n%s", exit, out, errs)
		}
		out, _, exit = run(lookProgram(store.Provision{}))
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
	provision := store.Provision{
		Files:    []store.File{{Path: "/etc/it's", Content: []byte("x")}},
		Packages: []store.Package{{Manager: "apt", Name: "git"}, {Manager: "pip", Name: "x"}, {Manager: "npm", Name: "y"}},
		Services: []store.Service{{Name: "caddy", Port: 80}},
	}
	for name, program := range map[string]string{
		"prelude": prelude, "init": initProgram(), "files": filesProgram(provision), "packages": packagesProgram(provision), "look": lookProgram(provision),
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
		whole := filesProgram(store.Provision{Files: []store.File{{Path: path, Content: []byte(content)}}})
		cut := strings.LastIndex(whole, "\nberth_put ")
		if _, errs, exit := b.run([]string{"/bin/sh"}, program+whole[cut+1:]); exit != 0 {
			t.Fatalf("exit %d\n%s", exit, errs)
		}
		if b.read("path") != path || b.read("content") != content {
			t.Errorf("%q arrived as %q, %q as %q", path, b.read("path"), content, b.read("content"))
		}
	})
}
