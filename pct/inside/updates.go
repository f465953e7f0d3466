package inside

import (
	"context"
	_ "embed"
	"regexp"
	"strconv"
	"strings"
	"time"

	"berth/pct"
)

//go:embed updates.sh
var updatesScript string

// maxUpdates bounds the packages that are listed.
const maxUpdates = 1000

// Updates lists the packages of a container that have newer versions, by the package lists that
// it has: they are not fetched anew.
type Updates struct {
	Manager  string    // "apt", "apk" or "dnf"; "": the container has none of them
	Index    time.Time // of the last fetch of the lists; zero: never, or not known
	Packages []Update
	Failed   string // the manager's error message, if it failed
}

// An Update is a package with its installed version, "" when not known, and the new one.
type Update struct {
	Name, Old, New string
	Security       bool // it mends a security hole, where the manager tells
}

// Security counts the updates that mend security holes.
func (u Updates) Security() int {
	n := 0
	for _, p := range u.Packages {
		if p.Security {
			n++
		}
	}
	return n
}

// PendingUpdates asks a container's package manager for updates; nothing is fetched or changed. Its errors are *proxmox.Error.
func PendingUpdates(ctx context.Context, host *pct.Host, vmid int) (Updates, error) {
	out, mark, err := brief(ctx, host, vmid, "updates", updatesScript)
	if err != nil {
		return Updates{}, err
	}
	return parseUpdates(out, mark), nil
}

// parseUpdates reads the output of updates.sh with that mark.
func parseUpdates(out []byte, mark string) Updates {
	all := parts(out, mark)
	var u Updates
	dnf := func(text []string) []Update {
		return parseDnf(text, parseRpm(all["rpm"]), parseDnf(all["security"], nil, nil))
	}
	for manager, parse := range map[string]func([]string) []Update{"apt": parseApt, "apk": parseApk, "dnf": dnf} {
		if text, ok := all[manager]; ok {
			u.Manager, u.Packages = manager, parse(text)
			u.Failed = complaint(text)
		}
	}
	if index := all["index"]; len(index) > 0 {
		if at, err := strconv.ParseInt(index[0], 10, 64); err == nil && at > 0 && at < 1<<33 {
			u.Index = time.Unix(at, 0).UTC()
		}
	}
	return u
}

// complaint returns the first error in a package manager's output; "" when there is none.
func complaint(lines []string) string {
	for _, l := range lines {
		for _, begin := range []string{"E: ", "ERROR: ", "Error: ", "Cache-only enabled but no cache"} {
			if strings.HasPrefix(l, begin) {
				return plain(l)
			}
		}
	}
	return ""
}

// aptInst matches a line of `apt-get -s`: Inst libc6 [2.36-9] (2.36-10 Debian:12.10/stable [amd64]) …
var aptInst = regexp.MustCompile(`^Inst (\S+) \[([^\]]+)\] \((\S+) ([^)]*)\)`)

// parseApt reads `apt-get -s dist-upgrade`. Packages that are not installed yet, and come along with others, are left out.
func parseApt(lines []string) []Update {
	var all []Update
	for _, l := range lines {
		if m := aptInst.FindStringSubmatch(l); m != nil && len(all) < maxUpdates {
			all = append(all, Update{plain(m[1]), plain(m[2]), plain(m[3]), strings.Contains(m[4], "-Security:") || strings.Contains(m[4], "-security")})
		}
	}
	return all
}

// apkVersion splits a package's name from its version, as in busybox-1.36.1-r28.
var apkVersion = regexp.MustCompile(`^(.+)-([^-]+-r\d+)$`)

// parseApk reads `apk version -v -l '<'`: busybox-1.36.1-r28  < 1.36.1-r29
func parseApk(lines []string) []Update {
	var all []Update
	for _, l := range lines {
		words := strings.Fields(l)
		if len(words) < 3 || words[1] != "<" || len(all) == maxUpdates {
			continue
		}
		if m := apkVersion.FindStringSubmatch(words[0]); m != nil {
			all = append(all, Update{Name: plain(m[1]), Old: plain(m[2]), New: plain(words[2])})
		}
	}
	return all
}

// dnfPackage matches a package's name with its architecture, as in kernel-core.x86_64.
var dnfPackage = regexp.MustCompile(`^[A-Za-z0-9_.+-]+\.(noarch|x86_64|i686|aarch64|[a-z0-9_]+)$`)

// parseRpm reads rpm's list of installed packages, and maps names with architectures to versions.
// One that is installed in several versions, as kernels are, gets "".
func parseRpm(lines []string) map[string]string {
	all := make(map[string]string)
	for _, l := range lines {
		name, version, _ := strings.Cut(l, "\t")
		if _, twice := all[name]; twice {
			version = ""
		}
		all[name] = version
	}
	return all
}

// parseDnf reads `dnf check-update`, of dnf 4 and 5: kernel-core.x86_64  6.11.4-301.fc41  updates
// installed has the versions of parseRpm; mends, the answer to the same question with --security.
func parseDnf(lines []string, installed map[string]string, mends []Update) []Update {
	security := make(map[string]bool)
	for _, u := range mends {
		security[u.Name] = true
	}
	var all []Update
	for _, l := range lines {
		if strings.HasPrefix(strings.ToLower(l), "obsoleting packages") {
			break
		}
		words := strings.Fields(l)
		if len(words) != 3 || !dnfPackage.MatchString(words[0]) || !strings.ContainsAny(words[1], "0123456789") || len(all) == maxUpdates {
			continue
		}
		name, _, _ := cutLast(words[0], ".")
		name = plain(name)
		all = append(all, Update{name, plain(installed[words[0]]), plain(words[1]), security[name]})
	}
	return all
}
