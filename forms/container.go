// Package forms reads what people send, judges it, and makes of it what the other rooms are asked to do. It knows no page.
package forms

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"berth/proxmox"
	"berth/store"
)

// Container holds the fields of the wizard as its draft keeps them, and the complaints about them.
type Container struct {
	Values url.Values
	Errors map[string]string  // sentences, by field
	Alike  []store.DraftAlike // the others that are made with the same form
}

// containerFields are the fields of the wizard in the order of its pages. ip_mode and
// ip6_mode are the choices beside ip and ip6; a request with those two alone needs no mode.
var containerFields = []string{
	"template", "node", "vmid", "hostname", "tags", "description",
	"ostemplate", "unprivileged", "nesting",
	"cores", "memory", "swap", "disk", "storage", "pool",
	"bridge", "vlan", "ip_mode", "ip", "gateway", "ip6_mode", "ip6", "gateway6", "nameserver", "searchdomain",
	"ssh_keys", "start", "onboot",
}

// IsContainerField tells whether the wizard has a field of that name.
func IsContainerField(name string) bool { return slices.Contains(containerFields, name) }

// NewContainerValues are the values that a draft begins with. The VMID is not
// among them: people choose it themselves.
func NewContainerValues(nodeID string) url.Values {
	return url.Values{
		"node":         {nodeID},
		"cores":        {"1"},
		"memory":       {"512"},
		"swap":         {"512"},
		"disk":         {"8"},
		"ip":           {"dhcp"},
		"unprivileged": {"1"},
		"nesting":      {"1"},
		"start":        {"1"},
		"onboot":       {"0"},
	}
}

// ReadContainer returns the kept values with those that were posted in their place. A field
// that was not posted stays as it is: a checkbox sends "0" by a hidden field
// before it, so the last value of a name counts. A private key is never taken over:
// the field keeps what it held, and the form that is returned says why.
func ReadContainer(kept, posted url.Values) Container {
	f := Container{Values: url.Values{}, Errors: map[string]string{}}
	for name, v := range kept { // also those of the later steps
		if len(v) > 0 {
			f.Values.Set(name, v[len(v)-1])
		}
	}
	for _, name := range containerFields {
		v := posted[name]
		if len(v) == 0 {
			continue
		}
		if holdsPrivateKey(v[len(v)-1]) {
			f.Errors[name] = privateKeySentence
			continue
		}
		f.Values.Set(name, strings.ReplaceAll(v[len(v)-1], "\r\n", "\n"))
	}
	for _, name := range []string{"ip", "ip6"} {
		if posted.Has(name) && !posted.Has(name+"_mode") {
			f.Values.Del(name + "_mode")
		}
	}
	return f
}

// OfDraft returns the form of a draft, with what was posted in the place of what is kept.
func OfDraft(d store.Draft, posted url.Values) Container {
	f := ReadContainer(d.Values, posted)
	KeepAlike(&d, posted)
	f.Alike = d.Alike
	return f
}

// Get is a field as typed, without white space around it.
func (f Container) Get(name string) string { return strings.TrimSpace(f.Values.Get(name)) }

// On tells whether a checkbox is selected.
func (f Container) On(name string) bool {
	on, _ := parseSwitch(f.Get(name))
	return on
}

// IPMode says how the container comes by its IPv4 address: "dhcp", "static" or "none".
func (f Container) IPMode() string { return addressMode(f.Get("ip_mode"), f.Get("ip")) }

// IP6Mode is the same for IPv6, where there is "auto" (SLAAC) too.
func (f Container) IP6Mode() string { return addressMode(f.Get("ip6_mode"), f.Get("ip6")) }

// Address returns the content of the address field of ip or ip6; "" when a mode was sent in its place.
func (f Container) Address(name string) string {
	typed := f.Get(name)
	if addressMode("", typed) != "static" {
		return ""
	}
	return typed
}

// check returns a complaint about one field, or "". It judges by the form alone; CheckLists
// and the verdict on the VMID judge by the node.
func (f Container) check(name string) string {
	v := f.Get(name)
	switch name {
	case "node":
		return required(v, "Choose a node")
	case "vmid":
		return checkVMID(v)
	case "hostname":
		return checkHostname(v)
	case "tags":
		return checkTags(v)
	case "description":
		return checkDescription(v)
	case "ostemplate":
		return checkOSTemplate(v)
	case "nesting":
		return checkNesting(v, f.On("unprivileged"))
	case "unprivileged", "onboot", "start":
		return checkSwitch(v)
	case "cores":
		return checkNumber(v, "cores are", proxmox.MinCores, proxmox.MaxCores, "")
	case "memory":
		return checkNumber(v, "memory is", proxmox.MinMemory, maxMemory, " MiB")
	case "swap":
		return checkNumber(v, "swap is", proxmox.MinSwap, maxMemory, " MiB")
	case "disk":
		return checkNumber(v, "a disk is", proxmox.MinDisk, maxDisk, " GiB")
	case "storage":
		return checkStorage(v)
	case "pool":
		return checkPool(v)
	case "bridge":
		return checkBridge(v)
	case "vlan":
		if v == "" {
			return ""
		}
		return checkNumber(v, "a VLAN is", proxmox.MinVLAN, proxmox.MaxVLAN, "")
	case "ip":
		return checkIP(f.IPMode(), v)
	case "ip6":
		return checkIP6(f.IP6Mode(), v)
	case "gateway":
		if !f.gatewayCounts("ip", f.IPMode()) {
			return ""
		}
		return checkGateway(v, f.IPMode(), f.Get("ip"))
	case "gateway6":
		if !f.gatewayCounts("ip6", f.IP6Mode()) {
			return ""
		}
		return checkGateway6(v, f.IP6Mode(), f.Get("ip6"))
	case "nameserver":
		return checkNameservers(v)
	case "searchdomain":
		return checkSearchDomains(v)
	case "ssh_keys":
		return checkSSHKeys(v)
	}
	return ""
}

// gatewayCounts is false where a mode other than static was chosen beside the
// address: its gateway is out of sight then, kept for when static comes back.
func (f Container) gatewayCounts(ip, mode string) bool {
	return mode == "static" || f.Get(ip+"_mode") == ""
}

// CheckAll judges all fields and adds the complaints to Errors.
func (f Container) CheckAll() {
	for _, name := range containerFields {
		f.mark(name, f.check(name))
	}
	f.checkAlike(true)
}

// CheckTyped is CheckAll for the fields that are not empty, for a form that is
// still being filled in.
func (f Container) CheckTyped() {
	for _, name := range containerFields {
		if f.Get(name) != "" {
			f.mark(name, f.check(name))
		}
	}
	f.checkAlike(false)
}

// mark sets the error of a field, unless it has one already or the sentence is "".
func (f Container) mark(name, sentence string) {
	if sentence != "" && f.Errors[name] == "" {
		f.Errors[name] = sentence
	}
}

// Mark adds sentences found elsewhere, as by the node or by a create that failed.
func (f Container) Mark(errors map[string]string) {
	for name, sentence := range errors {
		f.mark(name, sentence)
	}
}

// Wrong lists the labels of the fields with something wrong, in the form's order.
func (f Container) Wrong() []WrongField {
	var wrong []WrongField
	for _, name := range containerFields {
		if s := f.Errors[name]; s != "" {
			step := "configure"
			if name == "template" {
				step = name // which is chosen on a page of its own
			}
			wrong = append(wrong, WrongField{Step: step, Name: name, Label: ContainerLabel(name), Sentence: s})
		}
	}
	return append(wrong, f.wrongAlike()...)
}

// WrongField is an entry of the list above a form that leads to its fields with errors.
type WrongField struct{ Step, Name, Label, Sentence string }

// ContainerLabel returns the label of a field.
func ContainerLabel(name string) string {
	switch name {
	case "vmid":
		return "VMID"
	case "description":
		return "Note"
	case "ostemplate":
		return "OS template"
	case "vlan":
		return "VLAN"
	case "ip":
		return "IPv4 address"
	case "gateway":
		return "IPv4 gateway"
	case "ip6":
		return "IPv6 address"
	case "gateway6":
		return "IPv6 gateway"
	case "nameserver":
		return "DNS servers"
	case "searchdomain":
		return "Search domain"
	case "ssh_keys":
		return "SSH public keys"
	case "onboot":
		return "Start with the host"
	case "start":
		return "Start when it is ready"
	}
	return strings.ToUpper(name[:1]) + name[1:]
}

// Params returns the parameters of the create call. They are meaningful only for a
// form in which CheckAll found nothing.
func (f Container) Params() proxmox.CreateParams {
	p := proxmox.CreateParams{
		VMID:         f.Number("vmid"),
		Hostname:     f.Get("hostname"),
		OSTemplate:   f.Get("ostemplate"),
		Cores:        f.Number("cores"),
		Memory:       f.Number("memory"),
		Swap:         f.Number("swap"),
		Disk:         f.Number("disk"),
		Storage:      f.Get("storage"),
		Bridge:       f.Get("bridge"),
		VLAN:         f.Number("vlan"),
		IP:           addressParam(f.IPMode(), f.Get("ip")),
		IP6:          addressParam(f.IP6Mode(), f.Get("ip6")),
		Nameserver:   strings.Join(Words(f.Get("nameserver")), " "),
		SearchDomain: strings.Join(Words(f.Get("searchdomain")), " "),
		SSHKeys:      KeyLines(f.Get("ssh_keys")),
		Unprivileged: f.On("unprivileged"),
		Nesting:      f.On("nesting"),
		OnBoot:       f.On("onboot"),
		Tags:         TagList(f.Get("tags")),
		Description:  f.Get("description"),
		Pool:         f.Get("pool"),
	}
	if f.IPMode() == "static" {
		p.Gateway = f.Get("gateway")
	}
	if f.IP6Mode() == "static" {
		p.Gateway6 = f.Get("gateway6")
	}
	return p
}

// Number is a field's figure, 0 when it is empty or none.
func (f Container) Number(name string) int {
	n, err := strconv.Atoi(f.Get(name))
	if err != nil {
		return 0
	}
	return n
}
