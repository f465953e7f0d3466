package inside

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// room is a folder that stands for a container's file system, with the commands that every system has and those that
// a test puts there.
type room struct {
	t     *testing.T
	dir   string
	shell []string
	given string // functions for commands that the shell would take for its own
}

// inShells runs a test in a room of each of the shells that containers have.
func inShells(t *testing.T, try func(t *testing.T, r *room)) {
	t.Helper()
	t.Parallel()
	for _, shell := range [][]string{{"sh"}, {"busybox", "sh"}} {
		path, err := exec.LookPath(shell[0])
		if err != nil {
			t.Logf("LEFT OUT: there is no %s on this machine", shell[0])
			continue
		}
		t.Run(shell[0], func(t *testing.T) {
			r := &room{t: t, dir: t.TempDir(), shell: append([]string{path}, shell[1:]...)}
			r.must(os.Mkdir(r.dir+"/bin", 0o755))
			for _, name := range []string{"cat", "date", "grep", "head", "tail"} {
				path, err := exec.LookPath(name)
				r.must(err)
				r.must(os.Symlink(path, filepath.Join(r.dir, "bin", name)))
			}
			try(t, r)
		})
	}
}

func (r *room) must(err error) {
	r.t.Helper()
	if err != nil {
		r.t.Fatal(err)
	}
}

// command puts a command into the room.
func (r *room) command(name, body string) {
	r.t.Helper()
	r.must(os.RemoveAll(filepath.Join(r.dir, "bin", name))) // it may be a link to this machine's
	r.must(os.WriteFile(filepath.Join(r.dir, "bin", name), []byte("#!/bin/sh\n"+body+"\n"), 0o755))
	if !strings.Contains(name, "-") {
		r.given += name + "() { " + r.dir + "/bin/" + name + ` "$@"; }` + "\n"
	}
}

// file puts a file into the room.
func (r *room) file(name, text string) string {
	r.t.Helper()
	r.must(os.MkdirAll(filepath.Dir(r.dir+name), 0o755))
	r.must(os.WriteFile(r.dir+name, []byte(text), 0o644))
	return r.dir + name
}

// run runs one of the scripts, and returns what it says, with the room's own folder left out.
func (r *room) run(script string, env ...string) string {
	r.t.Helper()
	text := strings.NewReplacer("/etc/", r.dir+"/etc/", "/var/", r.dir+"/var/", "/run/systemd", r.dir+"/run/systemd", "exec ", "").Replace(script)
	cmd := exec.CommandContext(r.t.Context(), r.shell[0], append(r.shell[1:], "-s")...)
	cmd.Stdin, cmd.Env = strings.NewReader(r.given+text), append([]string{"PATH=" + r.dir + "/bin", "MARK=" + sampleMark}, env...)
	out, err := cmd.Output()
	if err != nil {
		r.t.Errorf("%v, %s", err, out)
	}
	return strings.ReplaceAll(string(out), r.dir, "")
}

// log runs log.sh for nginx.
func (r *room) log(follow string) string {
	return r.run(logScript, "NAME=nginx.service", "LINES=200", "FOLLOW="+follow)
}

func TestTheJournalIsAskedForAService(t *testing.T) {
	inShells(t, func(t *testing.T, r *room) {
		r.file("/run/systemd/system/here", "")
		r.command("journalctl", `echo "$@"`)
		const asked = "BERTHMARK journal\n--unit=nginx.service --lines=200 --quiet --no-pager --output=short-iso"
		if got := r.log("no"); got != asked+"\n" {
			t.Errorf("%q", got)
		}
		if got, _, _ := strings.Cut(r.log("yes"), " --follow\n"); got != asked {
			t.Errorf("followed: %q", got)
		}
	})
}

func TestALogIsLookedForWhereThereIsNoJournal(t *testing.T) {
	inShells(t, func(t *testing.T, r *room) {
		if got := r.log("no"); got != "BERTHMARK none\n" {
			t.Errorf("where there is none: %q", got)
		}
		all := ""
		for n := range 300 {
			all += fmt.Sprintf("line %d\n", n)
		}
		last := all[strings.Index(all, "line 100\n"):]
		for _, tt := range []struct {
			kind             SourceKind
			file, text, want string
		}{ // each goes before the ones above it
			{SourceCommon, "/var/log/syslog", "one\ntwo of nginx[7]\nthree\n", "BERTHMARK part /var/log/syslog\ntwo of nginx[7]\n"},
			{SourceCommon, "/var/log/messages", strings.Repeat("x\nnginx\n", 300), "BERTHMARK part /var/log/messages\n" + strings.Repeat("nginx\n", 200)},
			{SourceFile, "/var/log/nginx-own.log", "own\n", "BERTHMARK file /var/log/nginx-own.log\nown\n"},
			{SourceFile, "/var/log/nginx/access.log", "asked\n", "BERTHMARK file /var/log/nginx/access.log\nasked\n"},
			{SourceFile, "/var/log/nginx/error.log", all, "BERTHMARK file /var/log/nginx/error.log\n" + last},
			{SourceFile, "/var/log/nginx/nginx.log", "its own\n", "BERTHMARK file /var/log/nginx/nginx.log\nits own\n"},
			{SourceFile, "/var/log/nginx.log", strings.Repeat("long", 1<<18) + "\n", "BERTHMARK file /var/log/nginx.log\n" + strings.Repeat("long", 1<<18)[:786431] + "\n"},
		} {
			r.file(tt.file, tt.text)
			got := r.log("no")
			var from Source
			if _, err := newReader(sampleMark, func(s Source) { from = s }, func(string) {}).Write([]byte(got)); err != nil || from != (Source{tt.kind, tt.file}) {
				t.Errorf("%s is read as from %+v, %v", tt.file, from, err)
			}
			if tt.file == "/var/log/nginx.log" { // of which only so much is read
				got, tt.want = fmt.Sprint(len(got)), fmt.Sprint(len(tt.want))
			}
			if got != tt.want {
				t.Errorf("%s: %.200q, want %.200q", tt.file, got, tt.want)
			}
		}
		r.command("tail", `printf '%s\n' "$*"`)
		if got := r.log("yes"); !strings.HasPrefix(got, "BERTHMARK file /var/log/nginx.log\n-n 200 -F /var/log/nginx.log\n") {
			t.Errorf("followed: %q", got)
		}
		for _, name := range []string{"nginx.log", "nginx/nginx.log", "nginx/error.log", "nginx/access.log", "nginx-own.log"} {
			r.must(os.Remove(r.dir + "/var/log/" + name))
		}
		r.command("tail", `printf '%s of nginx\n' "$*"`)
		if got := r.log("yes"); !strings.HasPrefix(got, "BERTHMARK part /var/log/messages\n-n 5000 -F /var/log/messages of nginx\n") {
			t.Errorf("the common one, followed: %q", got)
		}
	})
}

func TestTheFilesOfCredentialsAreFound(t *testing.T) {
	inShells(t, func(t *testing.T, r *room) {
		if got := r.run(credentialsScript); got != "\nBERTHMARK end\n" {
			t.Errorf("where there are none: %q", got)
		}
		elsewhere := r.file("/elsewhere/credentials/shadow", "ROOT=x\n")
		r.file("/etc/infrahaus/credentials/db", "USER=a\n")
		r.file("/etc/berth/credentials/web", "PASSWORD='it is'\n")
		r.file("/etc/berth/credentials/long", strings.Repeat("x", 20_000))
		r.file("/etc/berth/credentials/folder/inner", "INNER=x\n")
		r.must(os.Symlink(elsewhere, r.dir+"/etc/berth/credentials/link"))
		want := "\nBERTHMARK file /etc/infrahaus/credentials/db\nUSER=a\n" +
			"\nBERTHMARK file /etc/berth/credentials/long\n" + strings.Repeat("x", maxCredentialFile+1) +
			"\nBERTHMARK file /etc/berth/credentials/web\nPASSWORD='it is'\n\nBERTHMARK end\n"
		if got := r.run(credentialsScript); got != want {
			t.Errorf("%.300q, want %.300q", got, want)
		}

		r.must(os.RemoveAll(r.dir + "/etc/infrahaus/credentials"))
		r.must(os.Symlink(r.dir+"/elsewhere/credentials", r.dir+"/etc/infrahaus/credentials"))
		r.must(os.RemoveAll(r.dir + "/etc/berth"))
		r.must(os.Symlink(r.dir+"/elsewhere", r.dir+"/etc/berth"))
		if got := r.run(credentialsScript); got != "\nBERTHMARK end\n" {
			t.Errorf("a link is followed: %q", got)
		}

		r.must(os.Remove(r.dir + "/etc/berth"))
		for n := range 60 {
			r.file(fmt.Sprintf("/etc/berth/credentials/%d", n), "A=b\n")
		}
		if n := len(parseCredentials([]byte(r.run(credentialsScript)), sampleMark)); n != 50 {
			t.Errorf("%d files", n)
		}
		r.must(os.Remove(r.dir + "/bin/head"))
		if r.shell[1:] == nil { // busybox has its own
			if got := r.run(credentialsScript); got != "\nBERTHMARK unable\n" {
				t.Errorf("without head: %q", got)
			}
		}
	})
}

func TestEachManagerIsAskedForUpdates(t *testing.T) {
	fetched := time.Date(2026, 11, 20, 8, 0, 0, 0, time.UTC)
	for manager, tt := range map[string]struct {
		lists    []string // of which the newest tells when they were fetched
		commands map[string]string
		want     []Update
	}{
		"apt": {
			[]string{"/var/lib/apt/lists/deb_InRelease", "/var/lib/apt/periodic/update-success-stamp"},
			map[string]string{"apt-get": `[ "$*" = "-q -s -o Debug::NoLocking=true dist-upgrade" ] && echo 'Inst tzdata [2025b-4] (2025c-1 Debian:13.2/stable [all])'`},
			[]Update{{Name: "tzdata", Old: "2025b-4", New: "2025c-1"}},
		},
		"apk": {
			[]string{"/etc/apk/cache/APKINDEX.1.tar.gz", "/var/cache/apk/APKINDEX.2.tar.gz"},
			map[string]string{"apk": `[ "$*" = "--no-network version -v -l <" ] && echo 'busybox-1.37.0-r18  < 1.37.0-r19'`},
			[]Update{{Name: "busybox", Old: "1.37.0-r18", New: "1.37.0-r19"}},
		},
		"dnf": {
			[]string{"/var/cache/dnf/a.solv", "/var/cache/libdnf5/updates-1/repodata/repomd.xml"},
			map[string]string{
				"dnf": `case "$*" in
--help) echo --skip-file-locks ;;
"-q -C --skip-file-locks check-update"*) echo 'openssl-libs.x86_64  1:3.2.6-3.fc42  updates'; [ "$*" != "${*%--security}" ] || echo 'bash.x86_64  5.3-1  updates'; exit 100 ;;
esac`,
				"rpm": `printf 'bash.x86_64\t5.2\nopenssl-libs.x86_64\t1:3.2.4-3.fc42\n'`,
			},
			[]Update{{Name: "openssl-libs", Old: "1:3.2.4-3.fc42", New: "1:3.2.6-3.fc42", Security: true}, {Name: "bash", Old: "5.2", New: "5.3-1"}},
		},
	} {
		t.Run(manager, func(t *testing.T) {
			inShells(t, func(t *testing.T, r *room) {
				for i, list := range tt.lists {
					at := fetched.Add(time.Duration(i-len(tt.lists)+1) * time.Hour)
					r.must(os.Chtimes(r.file(list, ""), at, at))
				}
				for name, body := range tt.commands {
					r.command(name, body)
				}
				out := r.run(updatesScript)
				u := parseUpdates([]byte(out), sampleMark)
				if u.Manager != manager || !u.Index.Equal(fetched) || !slices.Equal(u.Packages, tt.want) || !strings.HasSuffix(out, "\nBERTHMARK end\n") {
					t.Errorf("%+v of %s", u, out)
				}
			})
		})
	}
}
