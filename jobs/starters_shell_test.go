package jobs_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"berth/store"
	"berth/templates"
)

// within leads a program of a host whose containers are apart to their own files.
func (g *gate) within(text string) string {
	var pairs []string
	for _, name := range []string{
		"/etc/", "/srv/", "/var/lib/", "/usr/local/sbin/", "/usr/share/zoneinfo", "/run/systemd", "/run/openrc", "/proc/1/comm", "/proc/net/tcp", "/proc/sys/net", "/sys/class/net",
	} {
		pairs = append(pairs, name, g.dir+"/root"+name)
	}
	pairs = append(pairs, "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "PATH="+g.dir+"/bin")
	return strings.NewReplacer(pairs...).Replace(text)
}

// newApart is a host whose containers have only what every system has, and what a test puts there.
func newApart(t *testing.T) *gate {
	t.Helper()
	g := newGate(t)
	g.apart = true
	for _, name := range []string{
		"base64", "basename", "cat", "chmod", "cp", "cut", "date", "dirname", "env", "grep", "head", "id", "ln", "ls", "mkdir", "mkfifo", "mktemp", "mv", "readlink", "rm", "sed", "seq",
		"setsid", "sh", "sha256sum", "sleep", "sort", "tail", "tee", "touch", "tr", "wc",
	} {
		path, err := exec.LookPath(name)
		mustNot(t, err)
		mustNot(t, os.Symlink(path, filepath.Join(g.dir, "bin", name)))
	}
	return g
}

// file puts a file into the containers of a host that are apart.
func (g *gate) file(name, text string) {
	g.t.Helper()
	mustNot(g.t, os.MkdirAll(filepath.Dir(g.dir+"/root"+name), 0o755))
	mustNot(g.t, os.WriteFile(g.dir+"/root"+name, []byte(text), 0o644))
}

// system gives containers that are apart a system, on which the ports of a starter are open.
func (g *gate) system(template store.Template) {
	os := map[string]string{
		"debian-13-standard":  "ID=debian\nVERSION_ID=13\nPRETTY_NAME='Debian GNU/Linux 13 (trixie)'\n",
		"debian-12-standard":  "ID=debian\nVERSION_ID=12\nPRETTY_NAME='Debian GNU/Linux 12 (bookworm)'\n",
		"alpine-3.22-default": "ID=alpine\nVERSION_ID=3.22.0\nPRETTY_NAME='Alpine Linux v3.22'\n",
	}[template.OSTemplate]
	g.file("/etc/os-release", os)
	g.file("/usr/share/zoneinfo/Etc/UTC", "TZif2")
	g.file("/proc/sys/net/ipv4/ip_forward", "0")
	for name, text := range brought {
		g.file(name, text)
	}
	listening := "sl local_address rem_address st\n"
	for _, s := range template.Services {
		listening += fmt.Sprintf("0: 00000000:%04X 00000000:0000 0A\n", s.Port)
	}
	g.file("/proc/net/tcp", listening)
	for name, body := range programs {
		g.command(name, body)
	}
	if strings.HasPrefix(os, "ID=debian") {
		g.file("/run/systemd/system/here", "")
		g.file("/proc/1/comm", "systemd\n")
		g.command("apt-get", ":")
		g.command("systemctl", `case "$*" in is-system-running) echo running ;; *systemd-resolved) exit 3 ;; esac`)
		return
	}
	g.file("/proc/1/comm", "init\n")
	g.file("/run/openrc/softlevel", "default")
	for _, name := range []string{"apk", "openrc", "rc-service", "rc-update"} {
		g.command(name, ":")
	}
}

// brought are files that packages bring.
var brought = map[string]string{
	"/etc/conf.d/jellyfin":                "command_args=\"--service --nowebclient\"\n",
	"/etc/postgresql/17/main/pg_hba.conf": "local all postgres peer\n",
	"/etc/resolv.conf":                    "nameserver 192.0.2.53\n",
	"/etc/samba/smb.conf":                 "[global]\n",
	"/etc/sysctl.d/here":                  "",
	"/var/lib/forgejo/here":               "",
}

// programs stand for what packages bring, and for what only root may do: they say what the scripts of starters wait for.
var programs = map[string]string{
	"caddy":             "echo Valid configuration",
	"chown":             ":",
	"curl":              `while [ "$1" != -o ]; do shift; done; printf '0.0.0.0 a.example.com\n0.0.0.0 b.example.com\n0.0.0.0 c.example.com\n' >"$2"`,
	"dig":               "echo ';; ->>HEADER<<- opcode: QUERY, status: NOERROR, id: 7'",
	"docker":            `case "$*" in *Server*) echo 26.1.5+dfsg1 ;; *Driver*) echo overlay2 ;; esac`,
	"docker-compose":    "echo 'Docker Compose version 2.26.1-4'",
	"dpkg":              ":",
	"forgejo":           `echo "$*" >>"$BOX/accounts"`,
	"ip":                `case "$*" in *route*) echo "default via 192.0.2.1 dev eth0 " ;; esac`,
	"pg_lsclusters":     "echo 17 main 5432 online postgres",
	"runuser":           `cat >>"$BOX/sql"`,
	"smbpasswd":         `cat >>"$BOX/smb"`,
	"su":                `[ "$1 $2 $3 $4" = "-s /bin/sh forgejo -c" ] && sh -c "$5"`,
	"testparm":          ":",
	"unbound-checkconf": ":",
	"useradd":           ":",
	"wg":                "echo KEY",
}

// What differs from one container to the next.
var differs = regexp.MustCompile(`\d{4}-\d\d-\d\d \d\d:\d\d|The public key of this end is .*`)

// said are the lines that the steps of a set-up said.
func (h *house) said(j store.Job, dir string) []string {
	h.t.Helper()
	log := strings.ReplaceAll(h.log(j), dir, "")
	_, log, _ = strings.Cut(log, "step: Wait until the system in")
	var lines []string
	for line := range strings.Lines(differs.ReplaceAllString(log, "…")) {
		if !strings.HasPrefix(line, "step: ") {
			lines = append(lines, line)
		}
	}
	return lines
}

// The simulated host plays what the scripts of the starters, and Berth's own steps, say in a real shell. (What package
// managers and services say besides, the commands here do not.)
func TestTheSimulatedHostSaysOfTheStartersWhatARealShellSays(t *testing.T) {
	t.Parallel()
	for _, template := range templates.Starters() {
		t.Run(template.Name, func(t *testing.T) {
			t.Parallel()
			played, _ := newSimHouse(t)
			simulated := played.said(played.await(played.begin(template, 200)), "")

			h, g := newHouse(t), newApart(t)
			g.system(template)
			h.reach(g.host)
			for i, f := range template.Files {
				template.Files[i].Content = []byte(g.within(string(f.Content)))
			}
			j := h.await(h.begin(template, 200))
			if j.State != store.JobDone {
				t.Fatalf("in a real shell it is %s: %+v\n%s", j.State, j.Problem, h.log(j))
			}
			rest := simulated
			for _, line := range h.said(j, g.dir+"/root") {
				i := slices.Index(rest, line)
				if i < 0 {
					t.Fatalf("the simulated host says\n%s\na real shell says in its place %q:\n%s", strings.Join(simulated, ""), line, h.log(j))
				}
				rest = rest[i+1:]
			}
		})
	}
}
