package explain

import (
	"cmp"
	"fmt"

	"berth/jobs"
	"berth/proxmox"
	"berth/store"
)

// causeArg is an argument of a cause, or what stands for it where it lacks.
func causeArg(name string, m store.Message) (string, bool) {
	switch name {
	case "names":
		return cmp.Or(m.Name, "names"), true
	case "noname":
		return "no address for " + cmp.Or(m.Name, "a name"), true
	case "server":
		return cmp.Or(m.Name, "a server"), true
	case "what":
		return cmp.Or(m.Name, "what was asked for"), true
	case "package":
		return cmp.Or(m.Name, "one of the packages"), true
	case "brings":
		return cmp.Or(m.Package, "that brings it"), true
	case "way":
		if m.Name == "" {
			return "out of", true
		}
		return "from", true
	case "first":
		if len(m.Addresses) == 0 {
			return "", true
		}
		return m.Addresses[0], true
	}
	return "", false
}

// specArg names something of the container that a job makes.
func (a about) specArg(name string, _ store.Message) (string, bool) {
	if name == "snapshot" {
		return snapshotOf(a.job), true
	}
	p := jobs.CreationOf(a.job).Params
	switch name {
	case "nameserver":
		return cmp.Or(p.Nameserver, "those of the host, as the DNS field is empty"), true
	case "bridge":
		return bridge(p), true
	case "gateway":
		return gateway(p), true
	case "network":
		return checkNetwork(p), true
	}
	return "", false
}

// checkNetwork says what to look at when a container got no address.
func checkNetwork(p proxmox.CreateParams) string {
	if p.Bridge == "" {
		return "It was created without a network. Add one in Proxmox."
	}
	if p.IP == "manual" {
		return "Its network settings leave the address to be set up inside the container."
	}
	if p.IP != "" && p.IP != "dhcp" {
		return fmt.Sprintf("Check %s and its address %s.", bridge(p), p.IP)
	}
	if p.IP == "" && p.IP6 == "" {
		return "It was created with neither IPv4 nor IPv6. Set how it gets an address in Proxmox under Network."
	}
	return fmt.Sprintf("Check that %s leads to your network and that a DHCP server answers there; or give it a fixed address.", bridge(p))
}

// bridge names what a container is connected to.
func bridge(p proxmox.CreateParams) string {
	words := "the bridge " + cmp.Or(p.Bridge, "it is on")
	if p.VLAN > 0 {
		return fmt.Sprintf("%s with VLAN %d", words, p.VLAN)
	}
	return words + " (no VLAN)"
}

func gateway(p proxmox.CreateParams) string {
	switch {
	case p.Gateway != "":
		return " " + p.Gateway
	case p.IP != "" && p.IP != "dhcp":
		return ", of which it has none"
	}
	return ""
}
