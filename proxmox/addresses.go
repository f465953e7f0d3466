package proxmox

import (
	"net/netip"
	"slices"
	"strings"
)

// Addresses lists the addresses at which others reach a container, best first: those of the interfaces that Proxmox
// configured, net0 before net1; then those of other interfaces; tunnels last. Within an interface IPv4 comes first.
// Interfaces made inside for local use, such as docker0, are left out. networks are those of ContainerConfig; where
// they are nil, the order follows from the interfaces' names alone.
func Addresses(interfaces []Interface, networks map[string]string) []netip.Prefix {
	var all []netip.Prefix
	for _, i := range ordered(interfaces, networks) {
		own := slices.Clone(i.Addresses)
		slices.SortStableFunc(own, func(a, b netip.Prefix) int { return a.Addr().BitLen() - b.Addr().BitLen() })
		for _, p := range own {
			if Reachable(p.Addr()) && !slices.Contains(all, p) {
				all = append(all, p)
			}
		}
	}
	return all
}

// StaticAddresses lists the addresses that a configuration gives a container, net0's before net1's, IPv4 before IPv6. What
// comes by DHCP or from a router is in no configuration. networks are those of ContainerConfig.
func StaticAddresses(networks map[string]string) []netip.Prefix {
	var all []netip.Prefix
	for _, key := range NumberedKeys(networks) {
		n := ParseNetwork(networks[key])
		for _, typed := range []string{n.IPv4, n.IPv6} {
			if p, err := netip.ParsePrefix(typed); err == nil && Reachable(p.Addr()) && !slices.Contains(all, p) {
				all = append(all, p)
			}
		}
	}
	return all
}

// Reachable tells whether an address can lead other machines to a container: loopback, link-local, multicast and
// unspecified addresses cannot.
func Reachable(a netip.Addr) bool {
	return a.IsValid() && !a.IsLoopback() && !a.IsUnspecified() && !a.IsMulticast() && !a.IsLinkLocalUnicast()
}

// MainAddress returns the first of addresses that is Reachable; false when there is none. It checks each, as a list that
// was not made by Addresses, such as one that was stored, may hold others.
func MainAddress(addresses []netip.Prefix) (netip.Addr, bool) {
	for _, p := range addresses {
		if Reachable(p.Addr()) {
			return p.Addr(), true
		}
	}
	return netip.Addr{}, false
}

// ordered puts the interfaces in the order of Addresses, and leaves out those made inside for local use.
func ordered(interfaces []Interface, networks map[string]string) []Interface {
	rest := slices.Clone(interfaces)
	var list []Interface
	take := func(is func(Interface) bool) {
		for _, i := range rest {
			if is(i) {
				list = append(list, i)
			}
		}
		rest = slices.DeleteFunc(rest, is)
	}
	for _, key := range NumberedKeys(networks) {
		n := ParseNetwork(networks[key])
		take(func(i Interface) bool { return i.Name == n.Name && n.Name != "" })
		take(n.backs)
	}
	take(func(i Interface) bool { return !innerLink(i.Name) && !tunnel(i.Name) })
	take(func(i Interface) bool { return tunnel(i.Name) })
	return list
}

// backs tells whether a live interface is the network's: by its name as Proxmox gives it, or by its MAC address,
// as a bridge or VLAN that the container made of it has too.
func (n Network) backs(i Interface) bool {
	return n.Name != "" && i.Name == n.Name || n.MAC != "" && strings.EqualFold(i.MAC, n.MAC)
}

// LiveOf lists the addresses that a container's live interfaces have on this network.
func (n Network) LiveOf(interfaces []Interface) []netip.Prefix {
	var all []netip.Prefix
	for _, i := range interfaces {
		if n.backs(i) {
			all = append(all, i.Addresses...)
		}
	}
	return all
}

// innerLink tells by its name whether an interface is one that Docker, Podman, LXC, libvirt or Kubernetes makes
// for what runs inside the container. Names that people choose too, such as br0 and br-lan, do not count.
func innerLink(name string) bool {
	if id, is := strings.CutPrefix(name, "br-"); is {
		return len(id) == 12 && strings.Trim(id, "0123456789abcdef") == "" // Docker: the first 12 digits of the network's ID
	}
	return hasNumber(name, "docker") || hasNumber(name, "podman") || hasNumber(name, "lxcbr") || hasNumber(name, "lxdbr") ||
		hasNumber(name, "incusbr") || hasNumber(name, "virbr") || hasNumber(name, "cni") || hasNumber(name, "dummy") || hasNumber(name, "ifb") ||
		hasAnyPrefix(name, "veth", "cni-", "cali", "flannel", "cilium", "lxc_", "docker_gwbridge", "kube-", "nodelocaldns", "vnet")
}

// tunnel tells by its name whether an interface is one of a VPN.
func tunnel(name string) bool {
	return hasAnyPrefix(name, "tailscale", "wg", "tun", "tap", "zt", "ppp", "utun", "nebula", "nordlynx", "netbird", "wt", "ipsec", "sit", "gre", "vti", "proton", "mullvad", "warp", "CloudflareWARP")
}

// hasNumber tells whether a name is a word and a number, as in "docker0".
func hasNumber(name, word string) bool {
	number, is := strings.CutPrefix(name, word)
	return is && number != "" && strings.Trim(number, "0123456789") == ""
}

func hasAnyPrefix(name string, prefixes ...string) bool {
	return slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(name, p) })
}
