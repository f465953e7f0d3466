package pct

import (
	_ "embed"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"berth/proxmox/shell"
)

// ForcedCommandVersion is the only version of the forced command that this Berth works with.
const ForcedCommandVersion = 1

// forcedCommandScript is the only program that Berth's SSH key may run on a host. It takes `exec VMID SECONDS`
// and `enter VMID`, and answers anything else with its version, on standard error, and exit status 64.
//
//go:embed gate.sh
var forcedCommandScript string

// forcedCommandPath is the path at which PasteBlock installs the forced command on a host.
const forcedCommandPath = "/usr/local/sbin/berth-gate"

// PasteBlock returns shell commands for root to paste on the host. They install the forced
// command, and allow the key, given as a line of authorized_keys, to run it as that user, and
// nothing else. Pasting them again changes nothing; a key with the same comment that was
// allowed before is replaced. On Proxmox root's authorized_keys is a link into /etc/pve,
// shared by the whole cluster: the link stays.
func PasteBlock(authorizedKey, user string) string {
	key := strings.TrimSpace(authorizedKey)
	line := `restrict,pty,command="` + forcedCommandPath + `" ` + key
	comment := key[strings.LastIndexByte(key, ' ')+1:]
	var b strings.Builder
	b.WriteString("cat >" + forcedCommandPath + " <<'BERTH_GATE'\n" + forcedCommandScript + "BERTH_GATE\n")
	b.WriteString("chmod 755 " + forcedCommandPath + "\n")
	if user == "root" {
		b.WriteString("keys=/root/.ssh/authorized_keys\nmkdir -p -m 700 /root/.ssh\n")
	} else {
		fmt.Fprintf(&b, "home=$(getent passwd %s | cut -d: -f6)\nkeys=$home/.ssh/authorized_keys\n", shell.Quote(user))
		fmt.Fprintf(&b, "install -d -m 700 -o %[1]s \"$home/.ssh\"\n", shell.Quote(user))
		fmt.Fprintf(&b, "echo %s >/etc/sudoers.d/berth\nchmod 440 /etc/sudoers.d/berth\n", shell.Quote(user+" ALL=(root) NOPASSWD: "+forcedCommandPath))
	}
	b.WriteString("touch \"$keys\"\n")
	fmt.Fprintf(&b, "{ grep -vF %s \"$keys\"; echo %s; } >/root/berth-keys\n", shell.Quote(" "+comment), shell.Quote(line))
	b.WriteString("cat /root/berth-keys >\"$keys\"; rm /root/berth-keys\n")
	if user != "root" {
		fmt.Fprintf(&b, "chown %s \"$keys\"; chmod 600 \"$keys\"\n", shell.Quote(user))
	}
	return b.String()
}

// ForcedCommandInfo is the answer of a host's forced command to a request that it refuses.
type ForcedCommandInfo struct {
	Version int
	Pct     bool // the host has pct
}

var gateAnswer = regexp.MustCompile(`(?m)^berth-gate: version (\d{1,6}), pct (\S+)`)

// parseForcedCommand finds that answer in standard error; false when there is none.
func parseForcedCommand(stderr string) (ForcedCommandInfo, bool) {
	m := gateAnswer.FindStringSubmatch(stderr)
	if m == nil {
		return ForcedCommandInfo{}, false
	}
	version, err := strconv.Atoi(m[1])
	return ForcedCommandInfo{Version: version, Pct: m[2] != "none"}, err == nil
}
