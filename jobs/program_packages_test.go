package jobs

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"berth/store"
)

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
	provision := store.Provision{Packages: []store.Package{
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
				out, errs, exit := run(packagesProgram(provision))
				if exit != 0 || out != c.want {
					t.Errorf("exit %d, it says\n%s\nwant\n%s\n%s", exit, out, c.want, errs)
				}
			})
		})
	}
	inEveryShell(t, func(t *testing.T, b *box, run func(string, ...string) (string, string, int)) {
		b.command("apk", "exit 9")
		_, errs, exit := run(packagesProgram(store.Provision{Packages: []store.Package{{Manager: "apt", Name: "git"}}}))
		if exit != 1 || !strings.Contains(errs, "None of the packages is for this system (linux): they are for apt") {
			t.Errorf("exit %d\n%s", exit, errs)
		}
	})
}
