package proxmox

import (
	"net/url"
	"strconv"
	"strings"

	"berth/proxmox/shell"
)

// CreateParams are the arguments of Create. Zero values are not sent, so that
// Proxmox's defaults hold, unless a field says otherwise. The JSON names are kept
// in job records.
//
// There is no field for what only root@pam itself may set, and none of its tokens:
// features besides nesting, any feature of a privileged container, devices, hook
// scripts, bind mounts. Nor is there a password: root has none, entry is by SSH
// key or pct enter.
type CreateParams struct {
	VMID         int      `json:"vmid"`
	Hostname     string   `json:"hostname"`
	OSTemplate   string   `json:"ostemplate"` // volume
	Cores        int      `json:"cores"`
	Memory       int      `json:"memory"` // MiB
	Swap         int      `json:"swap"`   // MiB; 0 is sent: no swap
	Disk         int      `json:"disk"`   // GiB
	Storage      string   `json:"storage"`
	Bridge       string   `json:"bridge"` // "": no network
	VLAN         int      `json:"vlan,omitempty"`
	IP           string   `json:"ip"` // "dhcp", a CIDR, or "" for none
	Gateway      string   `json:"gateway,omitempty"`
	IP6          string   `json:"ip6"` // "dhcp", "auto" (SLAAC), a CIDR, or "" for none
	Gateway6     string   `json:"gateway6,omitempty"`
	Nameserver   string   `json:"nameserver,omitempty"` // separated by spaces
	SearchDomain string   `json:"searchdomain,omitempty"`
	SSHKeys      []string `json:"ssh_keys,omitempty"`
	Unprivileged bool     `json:"unprivileged"` // sent either way
	Nesting      bool     `json:"nesting"`      // sent for an unprivileged container only
	OnBoot       bool     `json:"onboot"`
	Tags         []string `json:"tags,omitempty"`
	Description  string   `json:"description,omitempty"`
	Pool         string   `json:"pool,omitempty"`
}

// parameter is a parameter of Proxmox's schema with its value.
type parameter struct{ name, value string }

// parameters lists what POST /nodes/{node}/lxc and the options of pct create have
// in common: all but VMID, OS template and SSH keys, which the two take in
// different ways. Empty values are left out: pveproxy reads "name=" as undefined.
func (p CreateParams) parameters() []parameter {
	all := []parameter{
		{"hostname", p.Hostname},
		{"cores", positive(p.Cores)},
		{"memory", positive(p.Memory)},
		{"swap", strconv.Itoa(p.Swap)},
		{"rootfs", p.rootFS()},
		{"storage", p.defaultStorage()},
		{"net0", p.net0()},
		{"nameserver", p.Nameserver},
		{"searchdomain", p.SearchDomain},
		{"unprivileged", flag(p.Unprivileged)},
		{"features", p.features()},
		{"onboot", only(p.OnBoot)},
		{"tags", strings.Join(p.Tags, ";")},
		{"description", p.Description},
		{"pool", p.Pool},
	}
	sent := all[:0]
	for _, a := range all {
		if a.value != "" {
			sent = append(sent, a)
		}
	}
	return sent
}

// values are the arguments of POST /nodes/{node}/lxc.
func (p CreateParams) values() url.Values {
	v := url.Values{"vmid": {strconv.Itoa(p.VMID)}, "ostemplate": {p.OSTemplate}}
	for _, a := range p.parameters() {
		v.Set(a.name, a.value)
	}
	if len(p.SSHKeys) > 0 {
		v.Set("ssh-public-keys", strings.Join(p.SSHKeys, "\n"))
	}
	return v
}

// PctCreate returns the command line that does the same in the host's shell, for
// people to read and copy, a parameter a line; each word is quoted where it needs to be. SSH keys,
// which pct wants in a file, reach it through standard input.
func (p CreateParams) PctCreate() string {
	const more = " \\\n  " // the shell reads on in the next line
	line := shell.QuoteLine("pct", "create", strconv.Itoa(p.VMID), p.OSTemplate)
	for _, a := range p.parameters() {
		line += more + shell.QuoteLine("--"+a.name, a.value)
	}
	if len(p.SSHKeys) == 0 {
		return line
	}
	keys := append([]string{"printf", `%s\n`}, p.SSHKeys...)
	return shell.QuoteLine(keys...) + " | " + line + more + shell.QuoteLine("--ssh-public-keys", "/dev/stdin")
}

// rootFS asks for a new volume: STORAGE:GiB, or GiB on the default storage.
func (p CreateParams) rootFS() string {
	size := positive(p.Disk)
	if size == "" || p.Storage == "" {
		return size
	}
	return p.Storage + ":" + size
}

// defaultStorage names the storage where no Disk is asked for: Proxmox then chooses the root volume's size.
func (p CreateParams) defaultStorage() string {
	if p.Disk > 0 {
		return ""
	}
	return p.Storage
}

// FirstInterface is the name of net0 inside a container that Create makes.
const FirstInterface = "eth0"

func (p CreateParams) net0() string {
	if p.Bridge == "" {
		return ""
	}
	properties := []parameter{
		{"name", FirstInterface},
		{"bridge", p.Bridge},
		{"tag", positive(p.VLAN)},
		{"ip", p.IP},
		{"gw", p.Gateway},
		{"ip6", p.IP6},
		{"gw6", p.Gateway6},
		{"type", "veth"},
	}
	var s []string
	for _, a := range properties {
		if a.value != "" {
			s = append(s, a.name+"="+a.value)
		}
	}
	return strings.Join(s, ",")
}

// features is empty for a privileged container: a token may set none there.
func (p CreateParams) features() string {
	if p.Nesting && p.Unprivileged {
		return "nesting=1"
	}
	return ""
}

// flag writes a boolean as Proxmox takes it in a form.
func flag(b bool) string {
	if b {
		return "1"
	}
	return "0"
}

// only writes a boolean whose default is false: "" then leaves it out.
func only(b bool) string {
	if b {
		return "1"
	}
	return ""
}

// positive is n in digits, or "" when it is to be left out.
func positive(n int) string {
	if n <= 0 {
		return ""
	}
	return strconv.Itoa(n)
}
