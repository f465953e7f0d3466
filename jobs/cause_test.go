package jobs

import (
	"strings"
	"testing"

	"berth/store"
)

// outputs has real output of tools of Debian, Alpine and Fedora for failures that are not theirs, with the cause of each
// and what it is about.
var outputs = []struct {
	tool, said string
	kind       store.MessageKind
	what       string
}{
	{"apt-get update without DNS", `Ign:1 http://deb.debian.org/debian trixie InRelease
Err:1 http://deb.debian.org/debian trixie InRelease
  Temporary failure resolving 'deb.debian.org'
Reading package lists...
E: Failed to fetch http://deb.debian.org/debian/dists/trixie/InRelease  Temporary failure resolving 'deb.debian.org'
E: Some index files failed to download. They have been ignored, or old ones used instead.`, CauseNames, "deb.debian.org"},
	{"apt-get update with a resolver that knows nothing", `E: Failed to fetch http://deb.debian.org/debian/dists/trixie/InRelease  Could not resolve 'deb.debian.org'
E: Some index files failed to download. They have been ignored, or old ones used instead.`, CauseNames, "deb.debian.org"},
	{"apt-get update without a route", `E: Failed to fetch http://deb.debian.org/debian/dists/trixie/InRelease  Could not connect to deb.debian.org:80 (151.101.2.132). - connect (113: No route to host)
E: Some index files failed to download. They have been ignored, or old ones used instead.`, CauseRoute, "deb.debian.org"},
	{"apt-get update without a gateway", `E: Failed to fetch http://deb.debian.org/debian/dists/trixie/InRelease  Cannot initiate the connection to deb.debian.org:80 (151.101.2.132). - connect (101: Network is unreachable)
E: Some index files failed to download. They have been ignored, or old ones used instead.`, CauseRoute, ""},
	{"apt-get update behind a firewall, without IPv6", `E: Failed to fetch http://deb.debian.org/debian/dists/trixie/InRelease  Cannot initiate the connection to deb.debian.org:80 (2a04:4e42::644). - connect (101: Network is unreachable) Could not connect to deb.debian.org:80 (151.101.2.132), connection timed out
E: Some index files failed to download. They have been ignored, or old ones used instead.`, CauseSilent, "deb.debian.org"},
	{"apt-get update at a proxy that is off", `E: Failed to fetch http://deb.debian.org/debian/dists/trixie/InRelease  Could not connect to cache.home.example:3142 (192.0.2.7). - connect (111: Connection refused)`, CauseRefused, "cache.home.example"},
	{"apt-get update of a release that is gone", `E: Failed to fetch http://deb.debian.org/debian/dists/buster/main/binary-amd64/Packages  404  Not Found [IP: 151.101.2.132 80]
E: Some index files failed to download. They have been ignored, or old ones used instead.`, CauseAway, "http://deb.debian.org/debian/dists/buster/main/binary-amd64/Packages"},
	{"apt-get update with a clock behind", `E: Release file for http://deb.debian.org/debian/dists/trixie-updates/InRelease is not valid yet (invalid for another 2h 3min 4s). Updates for this repository will not be applied.`, CauseClock, "http://deb.debian.org/debian/dists/trixie-updates/InRelease"},
	{"apt-get install on a small disk", `E: You don't have enough free space in /var/cache/apt/archives/.`, CauseSpace, ""},
	{"dpkg on a full disk", `dpkg: error processing archive /var/cache/apt/archives/vim_2%3a9.1.1230-2_amd64.deb (--unpack):
 cannot copy extracted data for './usr/bin/vim.basic' to '/usr/bin/vim.basic.dpkg-new': failed to write (No space left on device)
Errors were encountered while processing:
 /var/cache/apt/archives/vim_2%3a9.1.1230-2_amd64.deb
E: Sub-process /usr/bin/dpkg returned an error code (1)`, CauseSpace, ""},
	{"apt-get install of a typo", "Reading package lists...\nE: Unable to locate package nonsense", CausePackage, "nonsense"},
	{"apt-get install of a name only", "E: Package 'docker-ce' has no installation candidate", CausePackage, "docker-ce"},
	{"apt-get install of another version", "E: Version '1.0' for 'git' was not found", CausePackage, "git"},
	{"apt-get beside another", "E: Could not get lock /var/lib/dpkg/lock-frontend. It is held by process 417 (unattended-upgr)\nE: Unable to acquire the dpkg frontend lock (/var/lib/dpkg/lock-frontend), is another process using it?", CauseLock, ""},
	{"apk without DNS", `fetch https://dl-cdn.alpinelinux.org/alpine/v3.20/main/x86_64/APKINDEX.tar.gz
WARNING: updating and opening https://dl-cdn.alpinelinux.org/alpine/v3.20/main: temporary error (try again later)
ERROR: unable to select packages:
  caddy (no such package):
    required by: world[caddy]`, CauseNames, "dl-cdn.alpinelinux.org"},
	{"an older apk without DNS", "ERROR: https://dl-cdn.alpinelinux.org/alpine/v3.18/main: temporary error (try again later)", CauseNames, "dl-cdn.alpinelinux.org"},
	{"a newer apk without DNS", "WARNING: fetching https://dl-cdn.alpinelinux.org/alpine/v3.22/main: DNS: transient error (try again later)", CauseNames, "dl-cdn.alpinelinux.org"},
	{"apk without a route", "WARNING: fetching https://dl-cdn.alpinelinux.org/alpine/v3.20/main: network error (check Internet connection and firewall)", CauseRoute, ""},
	{"apk add of a typo", "ERROR: unable to select packages:\n  nonsense (no such package):\n    required by: world[nonsense]", CausePackage, "nonsense"},
	{"apk on a full disk", "ERROR: Failed to extract usr/bin/vim: No space left on device", CauseSpace, ""},
	{"apk beside another", "ERROR: Unable to lock database: Resource temporarily unavailable\nERROR: Failed to open apk database: Resource temporarily unavailable", CauseLock, ""},
	{"dnf without DNS", `Errors during downloading metadata for repository 'fedora':
  - Curl error (6): Couldn't resolve host name for https://mirrors.fedoraproject.org/metalink?repo=fedora-40&arch=x86_64 [Could not resolve host: mirrors.fedoraproject.org]
Error: Failed to download metadata for repo 'fedora': Cannot prepare internal mirrorlist: Curl error (6): Couldn't resolve host name for https://mirrors.fedoraproject.org/metalink?repo=fedora-40&arch=x86_64 [Could not resolve host: mirrors.fedoraproject.org]`, CauseNames, "mirrors.fedoraproject.org"},
	{"dnf with a clock behind", "  - Curl error (60): SSL peer certificate or SSH remote key was not OK for https://mirrors.fedoraproject.org/metalink?repo=fedora-40 [SSL certificate problem: certificate is not yet valid]", CauseClock, ""},
	{"dnf behind a firewall", "  - Curl error (28): Timeout was reached for https://mirrors.fedoraproject.org/metalink?repo=fedora-40 [Connection timed out after 30001 milliseconds]", CauseSilent, ""},
	{"dnf install of a typo", "No match for argument: nonsense\nError: Unable to find a match: nonsense", CausePackage, "nonsense"},
	{"dnf on a small disk", "Error: Transaction test error:\n  installing package vim-enhanced needs 12MB more space on the / filesystem", CauseSpace, ""},
	{"curl without DNS", "curl: (6) Could not resolve host: get.example.org", CauseNames, "get.example.org"},
	{"curl at a server that is off", "curl: (7) Failed to connect to get.example.org port 443 after 3 ms: Couldn't connect to server", CauseRefused, "get.example.org"},
	{"curl without a route", "curl: (7) Failed to connect to get.example.org port 443 after 3061 ms: No route to host", CauseRoute, "get.example.org"},
	{"curl behind a firewall", "curl: (28) Failed to connect to get.example.org port 443 after 20001 ms: Connection timed out", CauseSilent, "get.example.org"},
	{"curl of what is gone", "curl: (22) The requested URL returned error: 404", CauseAway, ""},
	{"curl with a clock behind", "curl: (60) SSL certificate problem: certificate is not yet valid", CauseClock, ""},
	{"wget without DNS", "wget: unable to resolve host address ‘get.example.org’", CauseNames, "get.example.org"},
	{"wget at length", "Resolving get.example.org (get.example.org)... failed: Temporary failure in name resolution.", CauseNames, ""},
	{"busybox's wget without DNS", "wget: bad address 'get.example.org'", CauseNames, "get.example.org"},
	{"busybox's wget at a server that is off", "wget: can't connect to remote host (192.0.2.7): Connection refused", CauseRefused, "192.0.2.7"},
	{"busybox's wget without a route", "wget: can't connect to remote host (192.0.2.7): No route to host", CauseRoute, "192.0.2.7"},
	{"busybox's wget of what is gone", "wget: server returned error: HTTP/1.1 404 Not Found", CauseAway, ""},
	{"git without DNS", "fatal: unable to access 'https://github.com/a/b.git/': Could not resolve host: github.com", CauseNames, "github.com"},
	{"pip without DNS", "WARNING: Retrying (Retry(total=0)) after connection broken by 'NewConnectionError('<pip._vendor.urllib3.connection.HTTPSConnection object at 0x7f>: Failed to establish a new connection: [Errno -3] Temporary failure in name resolution')': /simple/flask/\nERROR: Could not find a version that satisfies the requirement flask (from versions: none)\nERROR: No matching distribution found for flask", CauseNames, ""},
	{"pip of a typo", "ERROR: Could not find a version that satisfies the requirement nonsense (from versions: none)\nERROR: No matching distribution found for nonsense", CausePackage, "nonsense"},
	{"npm without DNS", "npm error code EAI_AGAIN\nnpm error request to https://registry.npmjs.org/left-pad failed, reason: getaddrinfo EAI_AGAIN registry.npmjs.org", CauseNames, "registry.npmjs.org"},
	{"npm on a full disk", "npm error code ENOSPC", CauseSpace, ""},
	{"Docker without DNS", "Error response from daemon: Get \"https://registry-1.docker.io/v2/\": dial tcp: lookup registry-1.docker.io on 192.0.2.1:53: read udp 192.0.2.9:45016->192.0.2.1:53: i/o timeout", CauseNames, "registry-1.docker.io"},
	{"Go without a resolver", "dial tcp: lookup proxy.golang.org on [::1]:53: read udp [::1]:4711->[::1]:53: read: connection refused", CauseNames, "proxy.golang.org"},
	{"Docker with a clock behind", "x509: certificate has expired or is not yet valid: current time 2020-01-01T00:00:00Z is before 2026-01-01T00:00:00Z", CauseClock, ""},
	{"without memory", "sh: can't fork: Cannot allocate memory", CauseMemory, ""},
	{"a service on itself that is not up", "curl: (7) Failed to connect to localhost port 8080 after 0 ms: Connection refused", "", ""},
	{"a limit of watches", "Failed to add watch on /etc: inotify watch limit reached, No space left on device", "", ""},
	{"something else", "dpkg: error processing package x (--configure):\n installed x package post-installation script subprocess returned error exit status 1", "", ""},
}

func TestWhatToolsSayTellsTheCause(t *testing.T) {
	t.Parallel()
	for _, o := range outputs {
		c := causeIn(strings.Split(o.said, "\n"))
		if c == nil {
			c = &store.Message{}
		}
		if c.Kind != o.kind || c.Name != o.what {
			t.Errorf("%s: %q about %q (by %q), want %q about %q", o.tool, c.Kind, c.Name, c.Said, o.kind, o.what)
		}
	}
}
