package inside

import (
	"encoding/hex"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// ssUser matches the first process that ss names for a socket, as in users:(("nginx",pid=77,fd=5),…).
var ssUser = regexp.MustCompile(`\("((?:[^"\\]|\\.){0,64})",pid=(\d{1,10}),fd=\d+\)`)

// parseSS reads `ss -H -tulpn`.
func parseSS(lines []string) []Listener {
	var all []Listener
	for _, l := range lines {
		words := strings.Fields(l)
		if len(words) < 6 || words[1] != "LISTEN" && words[1] != "UNCONN" {
			continue
		}
		s, ok := listener(words[0], words[4])
		if !ok {
			continue
		}
		if m := ssUser.FindStringSubmatch(l); m != nil {
			s.Process, s.pid = plain(m[1]), atoi(m[2])
		}
		all = add(all, s)
	}
	return all
}

// parseNetstat reads `netstat -tulpn`, of net-tools and of busybox.
func parseNetstat(lines []string) []Listener {
	var all []Listener
	for _, l := range lines {
		words := strings.Fields(l)
		if len(words) < 6 {
			continue
		}
		s, ok := listener(words[0], words[3])
		if !ok {
			continue
		}
		rest := words[5:]
		if s.Proto == "tcp" {
			if rest[0] != "LISTEN" {
				continue
			}
			rest = rest[1:]
		}
		if len(rest) > 0 {
			if pid, name, ok := strings.Cut(rest[0], "/"); ok {
				s.pid, s.Process = atoi(pid), plain(strings.TrimSuffix(name, ":"))
			}
		}
		all = add(all, s)
	}
	return all
}

// listener reads a protocol, "tcp6", and an address with its port, as ss and netstat write them; false for anything else.
func listener(proto, at string) (Listener, bool) {
	s := Listener{Proto: strings.TrimSuffix(proto, "6")}
	host, port, ok := cutLast(at, ":")
	n, err := strconv.ParseUint(port, 10, 16)
	if !ok || err != nil || n == 0 || s.Proto != "tcp" && s.Proto != "udp" {
		return s, false
	}
	s.Port = uint16(n)
	host, _, _ = strings.Cut(host, "%") // the interface it is bound to
	host = strings.Trim(host, "[]")
	if host == "*" {
		host = "::"
	}
	if s.Addr, err = netip.ParseAddr(host); err != nil {
		return s, false
	}
	s.Addr = s.Addr.Unmap()
	return s, true
}

// The kernel's numbers for the states of a socket that waits for others.
const (
	tcpListens = "0A"
	udpOpen    = "07"
)

// parseProcNet reads /proc/net/NAME: tcp, tcp6, udp or udp6.
func parseProcNet(name string, lines []string) []Listener {
	s := Listener{Proto: strings.TrimSuffix(name, "6")}
	waits := udpOpen
	if s.Proto == "tcp" {
		waits = tcpListens
	}
	var all []Listener
	for _, l := range lines {
		words := strings.Fields(l)
		if len(words) < 10 || words[3] != waits {
			continue
		}
		host, port, _ := strings.Cut(words[1], ":")
		n, err := strconv.ParseUint(port, 16, 16)
		addr, ok := kernelAddr(host)
		if err != nil || n == 0 || !ok || len(words[9]) > 20 {
			continue
		}
		s.Addr, s.Port, s.inode = addr, uint16(n), words[9]
		all = add(all, s)
	}
	return all
}

// kernelAddr reads an address as the kernel prints it: hexadecimal words of 32 bits, of a little-endian machine.
func kernelAddr(text string) (netip.Addr, bool) {
	b, err := hex.DecodeString(text)
	if err != nil || len(b) != 4 && len(b) != 16 {
		return netip.Addr{}, false
	}
	for word := range slices.Chunk(b, 4) {
		slices.Reverse(word)
	}
	a, ok := netip.AddrFromSlice(b)
	return a.Unmap(), ok
}

func add(all []Listener, l Listener) []Listener {
	if len(all) == maxListeners {
		return all
	}
	return append(all, l)
}

// parseHolders reads lines of a process ID, a tab and a socket's inode, and maps inodes to process IDs.
func parseHolders(lines []string) map[string]int {
	all := make(map[string]int)
	for _, l := range lines {
		if pid, inode, ok := strings.Cut(l, "\t"); ok && len(all) < maxProcesses {
			all[inode] = atoi(pid)
		}
	}
	return all
}

// process is a running process of the container.
type process struct {
	parent int    // process ID
	group  string // path of its control group
	name   string
}

// parseProcesses reads the part of look.sh with processes: ID, parent, control group and name, by tabs.
func parseProcesses(lines []string) map[int]process {
	all := make(map[int]process)
	for _, l := range lines {
		words := strings.SplitN(l, "\t", 4)
		if len(words) == 4 && len(all) < maxProcesses {
			all[atoi(words[0])] = process{atoi(words[1]), words[2], plain(words[3])}
		}
	}
	return all
}
