package container

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"berth/fleet"
	"berth/forms"
	"berth/proxmox"
	"berth/store"
	"berth/views/human"
)

// ConfigurationPage is a container with how it is set up.
type ConfigurationPage struct {
	Page
	Details fleet.Details
	Making  Making
}

// Making is the job and the template that a container came from; the zero Making when Berth did not make it, as far as it
// knows.
type Making struct {
	Job        store.Job
	Template   string // its name then; "" when it was made without
	TemplateID string // "" when it is gone
}

// told tells whether the container's configuration is known.
func (p ConfigurationPage) told() bool { return !p.Details.Seen.IsZero() }

// staleWords say how old the configuration is that is shown, where it could not be asked anew.
func (p ConfigurationPage) staleWords() string {
	switch {
	case p.Details.Err == nil, p.Card.Shows == fleet.StateCreating:
		return ""
	case proxmox.KindOf(p.Details.Err) == proxmox.KindForbidden:
		return fmt.Sprintf("The token of %s may not see how it is set up: it lacks VM.Audit.", p.Node.Name)
	case !p.told():
		return fmt.Sprintf("%s did not tell yet how it is set up. It comes when %s answers.", p.Node.Name, p.Node.Name)
	}
	return fmt.Sprintf("%s did not answer in time; how it is set up is shown as it was at %s.", p.Node.Name, human.When(p.Details.Seen, p.Now))
}

// system sums up the operating system and the kind of container: "Debian, amd64, unprivileged".
func (p ConfigurationPage) system() string {
	c := p.Details.Now
	var words []string
	if c.OSType != "" {
		words = append(words, osName(c.OSType))
	}
	if c.Arch != "" {
		words = append(words, c.Arch)
	}
	if c.Unprivileged {
		words = append(words, "unprivileged")
	} else {
		words = append(words, "privileged")
	}
	return strings.Join(words, ", ")
}

// osName is a system as it calls itself.
func osName(ostype string) string {
	names := map[string]string{
		"archlinux": "Arch Linux", "centos": "CentOS", "nixos": "NixOS", "opensuse": "openSUSE", "unmanaged": "a system that Proxmox does not know",
	}
	if name := names[ostype]; name != "" {
		return name
	}
	return human.Capital(ostype)
}

// bootWords say what happens when the host starts.
func bootWords(c proxmox.ContainerConfig) string {
	if !c.OnBoot {
		return "stays off when the host starts"
	}
	words := "starts with the host"
	for part := range strings.SplitSeq(c.Startup, ",") {
		name, value, named := strings.Cut(part, "=")
		switch {
		case part == "":
		case !named:
			words += ", as number " + name
		case name == "order":
			words += ", as number " + value
		case name == "up":
			words += ", " + value + " s before the next"
		case name == "down":
			words += ", and has " + value + " s to shut down"
		}
	}
	return words
}

// dnsWords are its DNS servers and search domain.
func dnsWords(c proxmox.ContainerConfig) string {
	var words []string
	if c.Nameserver != "" {
		words = append(words, strings.Join(strings.Fields(c.Nameserver), ", "))
	}
	if c.SearchDomain != "" {
		words = append(words, "search "+strings.Join(strings.Fields(c.SearchDomain), ", "))
	}
	return cmp.Or(strings.Join(words, "; "), "as the host")
}

func coresWords(c proxmox.ContainerConfig) string {
	words := "all of the host's"
	if c.Cores > 0 {
		words = strconv.Itoa(c.Cores)
	}
	if c.CPULimit > 0 {
		words += ", limited to the time of " + strconv.FormatFloat(c.CPULimit, 'f', -1, 64)
	}
	return words
}

func memoryWords(c proxmox.ContainerConfig) string {
	words := human.Bytes(uint64(c.Memory)<<20) + ", "
	if c.Swap == 0 {
		return words + "no swap"
	}
	return words + "swap " + human.Bytes(uint64(c.Swap)<<20)
}

// setting is a line of the configuration that can be changed.
type setting struct {
	part  forms.EditPart
	words string
	next  string        // what it is after a restart; "" when that is the same
	undo  []hiddenField // what the form holds of what it is now
}

// hiddenField is a field of a form that nobody fills in.
type hiddenField struct{ Name, Value string }

// settings are the lines in their order. The note has a place of its own.
func (p ConfigurationPage) settings() []setting {
	var list []setting
	for _, part := range forms.EditParts {
		if partWords[part.Name].now != nil {
			list = append(list, p.setting(part))
		}
	}
	return list
}

// setting is the line of a part, which has words.
func (p ConfigurationPage) setting(part forms.EditPart) setting {
	now := partWords[part.Name].now
	s := setting{part: part, words: now(p.Details.Now)}
	next := now(p.Details.Next)
	if next == s.words {
		return s
	}
	s.next = next
	before, _ := forms.NewEdit(part.Name, p.Details.Now)
	for _, name := range part.Fields {
		s.undo = append(s.undo, hiddenField{name, before.Form.Get(name)})
	}
	return s
}

// waitingWords say what waits for a restart; "" when nothing does.
func (p ConfigurationPage) waitingWords() string {
	names := make([]string, len(p.Details.Waiting))
	for i, key := range p.Details.Waiting {
		names[i] = settingName(key)
	}
	switch len(names) {
	case 0:
		return ""
	case 1:
		return "One change waits for a restart of the container: " + names[0] + "."
	}
	return strconv.Itoa(len(names)) + " changes wait for a restart of the container: " + human.List(names) + "."
}

// settingNames has a name in plain words for settings of Proxmox, by their keys.
var settingNames = map[string]string{
	"nameserver": "DNS servers", "searchdomain": "search domain", "onboot": "start with the host", "rootfs": "root disk",
	"ostype": "system", "arch": "architecture", "features": "features", "timezone": "time zone", "cores": "cores",
	"memory": "memory", "swap": "swap", "hostname": "hostname", "tags": "tags", "description": "note",
}

// settingName names a setting in a sentence: by Proxmox's key where it has no name in plain words.
func settingName(key string) string {
	if name, known := settingNames[key]; known {
		return "the " + name
	}
	return key
}

// disk is a volume of a container.
type disk struct {
	proxmox.Disk
	Waits bool // it is changed with the next restart
}

// disks are the root disk and the mount points in the order of their numbers.
func (p ConfigurationPage) disks() []disk {
	c := p.Details.Next
	var list []disk
	for _, d := range c.Disks() {
		if d.InUse() {
			list = append(list, disk{d, slices.Contains(p.Details.Waiting, d.Key)})
		}
	}
	return list
}

// words say what kind of volume it is, beside its source and size.
func (d disk) words() string {
	var words []string
	switch {
	case d.Bound() && strings.HasPrefix(d.Source, "/dev/"):
		words = append(words, "a device of the host")
	case d.Bound():
		words = append(words, "a folder of the host")
	case d.Size > 0:
		words = append(words, human.Bytes(d.Size)+" on "+d.Storage)
	default:
		words = append(words, "on "+d.Storage)
	}
	if d.ReadOnly {
		words = append(words, "read only")
	}
	if !d.Backup && !d.Bound() {
		words = append(words, "left out of backups")
	}
	if d.Waits {
		words = append(words, "changed with the next restart")
	}
	return strings.Join(words, ", ")
}

// network is an interface as it is configured, with its addresses as they are.
type network struct {
	Key string // "net0"
	proxmox.Network
	Live  []netip.Prefix
	Waits bool
}

// networks in the order of their numbers.
func (p ConfigurationPage) networks() []network {
	var list []network
	for _, key := range proxmox.NumberedKeys(p.Details.Next.Networks) {
		n := network{Key: key, Network: proxmox.ParseNetwork(p.Details.Next.Networks[key]), Waits: slices.Contains(p.Details.Waiting, key)}
		n.Live = n.LiveOf(p.Details.Interfaces)
		list = append(list, n)
	}
	return list
}

// live are the addresses that it has now.
func (n network) live() []string {
	list := make([]string, len(n.Live))
	for i, a := range n.Live {
		list[i] = a.String()
	}
	return list
}

// words say what it is connected to, and how.
func (n network) words() string {
	words := []string{cmp.Or(n.Bridge, "no bridge")}
	if n.VLAN != "" {
		words = append(words, "VLAN "+n.VLAN)
	}
	if n.Trunks != "" {
		words = append(words, "trunk of VLANs "+strings.ReplaceAll(n.Trunks, ";", ", "))
	}
	if n.Firewall {
		words = append(words, "firewall on")
	} else {
		words = append(words, "no firewall")
	}
	if n.Rate > 0 {
		words = append(words, "at most "+strconv.FormatFloat(n.Rate, 'f', -1, 64)+" MB/s")
	}
	if n.MTU != "" {
		words = append(words, "MTU "+n.MTU)
	}
	if n.Down {
		words = append(words, "unplugged")
	}
	if n.Waits {
		words = append(words, "changed with the next restart")
	}
	return strings.Join(words, ", ")
}

// ipWords say how it comes by an address of one family.
func ipWords(address, gateway string) string {
	switch address {
	case "":
		return "none"
	case "dhcp":
		return "by DHCP"
	case "auto":
		return "by SLAAC"
	case "manual":
		return "set inside the container"
	}
	if gateway == "" {
		return address + ", no gateway"
	}
	return address + ", gateway " + gateway
}

// at is the moment at which Berth made it.
func (m Making) at() time.Time {
	if m.Job.Ended.IsZero() {
		return m.Job.Created
	}
	return m.Job.Ended
}
