package proxmox

import (
	"net/netip"
	"slices"
	"strings"
)

// Addresses are those at which others reach a container, the one to name first in front. Those of the interfaces
// that Proxmox configured come first, net0's before net1's; then those of others, and those of tunnels last. What
// something inside made for its own use, such as docker0, leads to nobody else and is left out. Of one interface,
// IPv4 comes first. networks are the container's, as in ContainerConfig; where they are not known, the names of
// the interfaces have to do.
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

// Reachable tells whether an address can lead others to a container, and not to what they run on themselves.
func Reachable(a netip.Addr) bool {
	return a.IsValid() && !a.IsLoopback() && !a.IsUnspecified() && !a.IsMulticast() && !a.IsLinkLocalUnicast()
}

// MainAddress is the first of Addresses; false when there is none. What was kept from elsewhere may hold
// addresses that lead nowhere.
func MainAddress(addresses []netip.Prefix) (netip.Addr, bool) {
	for _, p := range addresses {
		if Reachable(p.Addr()) {
			return p.Addr(), true
		}
	}
	return netip.Addr{}, false
}

// ordered are the interfaces in the order of Addresses, without those that are somebody's own inside.
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

// LiveOf are the addresses that a network has, among those of a container's interfaces.
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
// for what runs inside. A name that people give too, as br0 and br-lan, is none.
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
