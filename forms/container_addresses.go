package forms

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"berth/views/human"
)

// What an address looks like, for the sentences.
const (
	exampleIP  = "192.168.1.72/24"
	exampleIP6 = "2001:db8::72/64"
)

// minPrefix is the shortest prefix length that Proxmox takes (its formats CIDRv4 and CIDRv6).
const minPrefix = 8

// addressMode returns the source of an address: "dhcp", "auto", "static" or "none".
// Where no mode was chosen, the text typed as the address decides.
func addressMode(chosen, typed string) string {
	if chosen != "" {
		return chosen
	}
	switch strings.ToLower(typed) {
	case "", "none", "manual":
		return "none"
	case "dhcp", "auto":
		return strings.ToLower(typed)
	}
	return "static"
}

// addressParam returns the address as the create call takes it.
func addressParam(mode, typed string) string {
	switch mode {
	case "dhcp", "auto":
		return mode
	case "static":
		return typed
	}
	return ""
}

func checkIP(mode, v string) string {
	switch mode {
	case "dhcp", "none":
		return ""
	case "auto":
		return "SLAAC is for IPv6 only; choose DHCP, or enter an address like " + exampleIP
	case "static":
		return checkCIDR4(v)
	}
	return human.Quoted(mode) + " is not an IPv4 mode; choose DHCP, static or none"
}

func checkIP6(mode, v string) string {
	switch mode {
	case "dhcp", "auto", "none":
		return ""
	case "static":
		return checkCIDR6(v)
	}
	return human.Quoted(mode) + " is not an IPv6 mode; choose SLAAC, DHCP, static or none"
}

// checkCIDR4 judges an IPv4 address with its prefix length.
func checkCIDR4(v string) string {
	const like = "; write it like " + exampleIP
	if v == "" {
		return "Enter an address like " + exampleIP
	}
	host, bits, slash := strings.Cut(v, "/")
	addr, err := netip.ParseAddr(host)
	switch {
	case err != nil:
		return whyNotIPv4(host) + like
	case !addr.Is4():
		return human.Quoted(host) + " is an IPv6 address; enter it in the IPv6 field"
	case !slash || bits == "":
		return host + " lacks its prefix length" + like
	}
	if s := checkPrefix(bits, addr); s != "" {
		return s + like
	}
	prefix, err := netip.ParsePrefix(v)
	if err != nil {
		return human.Quoted(v) + " is not an address with a prefix length" + like
	}
	return checkUsable(prefix)
}

// checkCIDR6 judges an IPv6 address with its prefix length.
func checkCIDR6(v string) string {
	const like = "; write it like " + exampleIP6
	if v == "" {
		return "Enter an address like " + exampleIP6
	}
	host, bits, slash := strings.Cut(v, "/")
	addr, err := netip.ParseAddr(host)
	switch {
	case err != nil:
		return human.Quoted(host) + " is not an IPv6 address" + like
	case addr.Is4():
		return host + " is an IPv4 address; enter it in the IPv4 field"
	case addr.Is4In6():
		return human.Quoted(host) + " is an IPv4 address written as IPv6" + like
	case addr.Zone() != "":
		return "Leave out " + human.Quoted("%"+addr.Zone()) + ": a static address has no zone" + like
	case !slash || bits == "":
		return host + " lacks its prefix length" + like
	}
	if s := checkPrefix(bits, addr); s != "" {
		return s + like
	}
	prefix, err := netip.ParsePrefix(v)
	if err != nil {
		return human.Quoted(v) + " is not an address with a prefix length" + like
	}
	return checkUsable(prefix)
}

func checkPrefix(bits string, addr netip.Addr) string {
	n, err := strconv.ParseUint(bits, 10, 64)
	switch {
	case strings.Trim(bits, "0123456789") != "":
		return human.Quoted("/"+bits) + " is not a prefix length"
	case err != nil || n > uint64(addr.BitLen()):
		return fmt.Sprintf("/%s is longer than the address, which has %d bits", shortened(bits), addr.BitLen())
	case n < minPrefix:
		return fmt.Sprintf("/%s is too short: Proxmox requires at least /%d", bits, minPrefix)
	case bits[0] == '0':
		return human.Quoted("/"+bits) + " begins with a zero"
	}
	return ""
}

// checkUsable keeps out the addresses that no container can have.
func checkUsable(p netip.Prefix) string {
	addr := p.Addr()
	switch {
	case addr.IsLoopback(), addr.IsMulticast(), addr.IsUnspecified():
		return addr.String() + " is not an address that a container can have"
	case p.Bits() >= addr.BitLen()-1: // one address, or two that are both hosts
		return ""
	case addr == p.Masked().Addr():
		return addr.String() + " is the address of the network itself; use another one in it"
	case addr.Is4() && addr == broadcast(p):
		return addr.String() + " is the network's broadcast address; use another one in it"
	}
	return ""
}

// broadcast returns the last address of an IPv4 network.
func broadcast(p netip.Prefix) netip.Addr {
	a := p.Masked().Addr().As4()
	for bit := p.Bits(); bit < 32; bit++ {
		a[bit/8] |= 1 << (7 - bit%8)
	}
	return netip.AddrFrom4(a)
}

// whyNotIPv4 makes the complaint about text that does not parse as an IPv4 address.
func whyNotIPv4(host string) string {
	if host == "" || strings.Trim(host, "0123456789.") != "" {
		return human.Quoted(host) + " is not an IPv4 address"
	}
	parts := strings.Split(host, ".")
	for _, part := range parts {
		n, err := strconv.Atoi(part)
		switch {
		case part == "":
			return human.Quoted(host) + " has an empty part between its dots"
		case err != nil || n > 255:
			return shortened(part) + " is more than 255"
		case len(part) > 1 && part[0] == '0':
			return part + " begins with a zero"
		}
	}
	return fmt.Sprintf("%s has %s; an IPv4 address has four", human.Quoted(host), human.Count(len(parts), "part", "parts"))
}

// checkGateway judges the IPv4 gateway beside an address.
func checkGateway(v, mode, ip string) string {
	if v == "" {
		return ""
	}
	if mode != "static" {
		return "A gateway needs a static address; leave it empty, or choose static"
	}
	addr, err := netip.ParseAddr(v)
	switch {
	case strings.Contains(v, "/"):
		return "A gateway has no prefix length; write it like 192.168.1.1"
	case err != nil:
		return whyNotIPv4(v) + "; write it like 192.168.1.1"
	case !addr.Is4():
		return human.Quoted(v) + " is an IPv6 address; enter it in the IPv6 gateway field"
	}
	return checkReach(addr, ip)
}

// checkGateway6 judges the IPv6 gateway. A link-local one is in every network.
func checkGateway6(v, mode, ip string) string {
	if v == "" {
		return ""
	}
	if mode != "static" {
		return "A gateway needs a static address; leave it empty, or choose static"
	}
	addr, err := netip.ParseAddr(v)
	switch {
	case strings.Contains(v, "/"):
		return "A gateway has no prefix length; write it like fe80::1"
	case err != nil:
		return human.Quoted(v) + " is not an IPv6 address; write it like fe80::1"
	case addr.Is4():
		return v + " is an IPv4 address; enter it in the IPv4 gateway field"
	case addr.Is4In6():
		return human.Quoted(v) + " is an IPv4 address written as IPv6; write it like fe80::1"
	case addr.Zone() != "":
		return "Leave out " + human.Quoted("%"+addr.Zone()) + ": Proxmox knows the interface; write it like fe80::1"
	case addr.IsLinkLocalUnicast():
		return ""
	}
	return checkReach(addr, ip)
}

// checkReach says whether a container with this address reaches the gateway. An address
// that is wrong itself says so at its own field; a network of one address (/32, as
// hosting companies give them) has its gateway elsewhere, which Proxmox sets up.
func checkReach(gateway netip.Addr, ip string) string {
	prefix, err := netip.ParsePrefix(ip)
	switch {
	case err != nil || prefix.Addr().BitLen() != gateway.BitLen():
		return ""
	case gateway == prefix.Addr():
		return gateway.String() + " is the container's own address; the gateway is your router"
	case prefix.IsSingleIP():
		return ""
	case !prefix.Contains(gateway):
		return gateway.String() + " is not in " + prefix.Masked().String() + ", the network of the address"
	}
	return ""
}

// checkNameservers wants each to be an IP address.
func checkNameservers(v string) string {
	for _, server := range Words(v) {
		if addr, err := netip.ParseAddr(server); err != nil || addr.IsUnspecified() || addr.IsMulticast() {
			return human.Quoted(server) + " is not the IP address of a DNS server; write it like 192.168.1.1"
		}
	}
	return ""
}
