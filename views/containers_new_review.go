package views

import (
	"strings"

	"golang.org/x/crypto/ssh"

	"berth/forms"
)

// fact is one line of the review; None is said where there is no value.
type fact struct{ What, Value, None string }

// facts are all that was chosen, in the form's order.
func (p ReviewPage) facts() []fact {
	f := p.Form
	v := f.Get
	return []fact{
		{"Template", p.Template.Name, "none"},
		{"Node", p.Node.Name, "none"},
		{"VMID", v("vmid"), "missing"},
		{"Hostname", v("hostname"), "missing"},
		{"Tags", strings.Join(forms.TagList(v("tags")), ", "), "none"},
		{"Note", v("description"), "none"},
		{"OS template", forms.OSTemplateWords(v("ostemplate")), "missing"},
		{"Unprivileged", yesNo(f.On("unprivileged")), ""},
		{"Nesting", yesNo(f.On("nesting")), ""},
		{"Cores", v("cores"), "missing"},
		{"Memory", withUnit(v("memory"), "MiB"), "missing"},
		{"Swap", withUnit(v("swap"), "MiB"), "missing"},
		{"Disk", withUnit(v("disk"), "GiB"), "missing"},
		{"Storage", v("storage"), "missing"},
		{"Pool", v("pool"), "none"},
		{"Bridge", v("bridge"), "missing"},
		{"VLAN", v("vlan"), "none"},
		{"IPv4", withGateway(addressWords(f.IPMode(), v("ip")), f.IPMode(), v("gateway")), ""},
		{"IPv6", withGateway(addressWords(f.IP6Mode(), v("ip6")), f.IP6Mode(), v("gateway6")), ""},
		{"DNS servers", strings.Join(forms.Words(v("nameserver")), ", "), "as the host"},
		{"Search domain", strings.Join(forms.Words(v("searchdomain")), ", "), "as the host"},
		{"SSH public keys", keyNames(v("ssh_keys")), "none: the way in is pct enter on the host"},
		{"Start when it is ready", yesNo(f.On("start")), ""},
		{"Start with the host", yesNo(f.On("onboot")), ""},
	}
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
