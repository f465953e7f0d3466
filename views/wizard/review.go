package wizard

import (
	"strings"

	"golang.org/x/crypto/ssh"

	"berth/forms"
	"berth/views/parts"
)

// facts are all that was chosen, in the form's order.
func (p ReviewPage) facts() []parts.Fact {
	f := p.Form
	v := f.Get
	facts := []parts.Fact{
		{What: "Template", Value: p.Template.Name, None: "none"},
		{What: "Node", Value: p.Node.Name, None: "none"},
		{What: "VMID", Value: v("vmid"), None: "missing"},
		{What: "Hostname", Value: v("hostname"), None: "missing"},
		{What: "Tags", Value: strings.Join(forms.TagList(v("tags")), ", "), None: "none"},
		{What: "Note", Value: v("description"), None: "none"},
		{What: "OS template", Value: forms.OSTemplateWords(v("ostemplate")), None: "missing"},
		{What: "Unprivileged", Value: parts.YesNo(f.On("unprivileged")), None: ""},
		{What: "Nesting", Value: parts.YesNo(f.On("nesting")), None: ""},
		{What: "Cores", Value: v("cores"), None: "missing"},
		{What: "Memory", Value: withUnit(v("memory"), "MiB"), None: "missing"},
		{What: "Swap", Value: withUnit(v("swap"), "MiB"), None: "missing"},
		{What: "Disk", Value: withUnit(v("disk"), "GiB"), None: "missing"},
		{What: "Storage", Value: v("storage"), None: "missing"},
		{What: "Pool", Value: v("pool"), None: "none"},
		{What: "Bridge", Value: v("bridge"), None: "missing"},
		{What: "VLAN", Value: v("vlan"), None: "none"},
		{What: "IPv4", Value: withGateway(addressWords(f.IPMode(), v("ip")), f.IPMode(), v("gateway")), None: ""},
		{What: "IPv6", Value: withGateway(addressWords(f.IP6Mode(), v("ip6")), f.IP6Mode(), v("gateway6")), None: ""},
		{What: "DNS servers", Value: strings.Join(forms.Words(v("nameserver")), ", "), None: "as the host"},
		{What: "Search domain", Value: strings.Join(forms.Words(v("searchdomain")), ", "), None: "as the host"},
		{What: "SSH public keys", Value: keyNames(v("ssh_keys")), None: "none: the way in is pct enter on the host"},
		{What: "Start when it is ready", Value: parts.YesNo(f.On("start")), None: ""},
		{What: "Start with the host", Value: parts.YesNo(f.On("onboot")), None: ""},
	}
	if len(f.Each()) > 1 {
		facts = append(facts, alikeFact(f))
	}
	return facts
}

func withUnit(v, unit string) string {
	if v == "" {
		return ""
	}
	return v + " " + unit
}

func withGateway(address, mode, gateway string) string {
	if mode != "static" || gateway == "" {
		return address
	}
	return address + ", gateway " + gateway
}

// keyNames are the comments of the keys, by which people know them, or their fingerprints.
func keyNames(v string) string {
	var names []string
	for _, line := range forms.KeyLines(v) {
		key, comment, _, _, err := ssh.ParseAuthorizedKey([]byte(line))
		switch {
		case err != nil:
			names = append(names, "one that cannot be read")
		case comment != "":
			names = append(names, comment)
		default:
			names = append(names, ssh.FingerprintSHA256(key))
		}
	}
	return strings.Join(names, ", ")
}
