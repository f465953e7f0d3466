package jobs

import (
	"cmp"
	"context"
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"time"

	"berth/proxmox"
	"berth/store"
)

// Tools say at length that they failed, and in between why. What they say is told here in one table, for all steps
// that run something in a container, and for the tasks of a host.

// causeKind is why something failed that has a cause of its own beside what was tried.
type causeKind string

const (
	causeSpace   causeKind = "space"   // a disk is full
	causeMemory  causeKind = "memory"  // there was no memory left
	causeClock   causeKind = "clock"   // what is sent from elsewhere is not valid yet
	causeNames   causeKind = "names"   // no DNS server answers
	causeNoName  causeKind = "noname"  // DNS answers, and knows no such name
	causeRoute   causeKind = "route"   // there is no way to an address
	causeRefused causeKind = "refused" // nothing listens there
	causeSilent  causeKind = "silent"  // nothing came from there in time
	causeAway    causeKind = "away"    // a server does not have what was asked for
	causePackage causeKind = "package" // no repository has it
	causeLocked  causeKind = "locked"  // another program is installing
)

// network tells whether a container without an address fails so.
func (k causeKind) network() bool {
	return slices.Contains([]causeKind{causeNames, causeNoName, causeRoute, causeSilent}, k)
}

// cause is one that a line of output tells, with what it names.
type cause struct {
	kind causeKind
	what string // the name, address or package that the line is about; may be empty
	line string
}

// causes are the weightiest first: a full disk makes everything else fail too. The first group of an expression, if
// any took part, is what it is about. The words are those of apt, apk, dnf, curl, wget (GNU's and busybox's), git, npm, pip, Docker
// and Go; numbers are those of curl's exit and of Linux's errno.
var causes = []struct {
	kind causeKind
	says []*regexp.Regexp
}{
	{causeSpace, expressions(
		`no space left on device`, `disk quota exceeded`, `\bENOSPC\b`, `you don't have enough free space in`, `needs? [\d.]+ ?[KMG]i?B more space on`,
		`more space needed on the`, `failed writing body`)},
	{causeMemory, expressions(`cannot allocate memory`, `heap out of memory`, `\bout of memory\b`, `^MemoryError\b`, `virtual memory exhausted`, `fatal error: killed signal terminated program`)},
	{causeClock, expressions(
		`release file for (\S+) is not valid yet`, `not yet valid`, `certificate is not valid yet`, `CERT_NOT_YET_VALID`, `not yet activated`, `certificate has expired or is not yet valid: current time \S+ is before`)},
	{causeNames, expressions(
		`temporary failure resolving '([^']+)'`, `temporary failure in name resolution`, `curl: \(6\) .*?host:? '?([^\s']+)`, `curl error \(6\)`, `could not resolve host(?:name)?:? '?([^\s':;\])]+)`, `couldn't resolve host(?: name for)? '?([^\s']+)`,
		`could not resolve '([^']+)'`, `unable to resolve host address [‘'"]([^’'"]+)`, `wget: bad address '([^']+)'`, `\bEAI_AGAIN\b(?: (\S+))?`,
		`(?:WARNING|ERROR): (?:[a-z ]+ )?https?://([^/:\s]+)\S*: (?:temporary error \(try again later\)|DNS lookup error|DNS: transient)`,
		`lookup (\S+)(?: on \S+)?: (?:.*i/o timeout|server misbehaving|.*connection refused|no such host|Temporary failure)`, `getaddrinfo ENOTFOUND (\S+)`, `\bENOTFOUND\b`)},
	{causeNoName, expressions(`name or service not known`, `name does not resolve`, `DNS: (?:name does not exist|no data)`, `nodename nor servname provided`)},
	{causeRoute, expressions(
		`can't connect to remote host \(([^)]+)\): (?:no route|network is|host is)`, `connect to (\S+?):?(?:\d+)?(?: port \d+)?[ (].*(?:no route to host|network is unreachable|host is unreachable)`,
		`no route to host`, `network is unreachable`, `host is unreachable`, `network unreachable`, `\bE(?:NET|HOST)UNREACH\b`, `network error \(check internet connection`)},
	{causeRefused, expressions(
		`could not connect to ([^\s:]+):\d+ .*connection refused`, `failed to connect to (\S+) port \d+.*connection refused`, `can't connect to remote host \(([^)]+)\): connection refused`,
		`dial tcp ([^\s:]+):\d+: connect: connection refused`, `connecting to (\S+?)[ (|].*connection refused`, `\bECONNREFUSED\b(?: ([\d.]+))?`, `curl: \(7\) .* connect to (\S+) port \d+(?: after \d+ ms)?: (?:couldn't|could not) connect`, `could not connect to server \(check repositories`)},
	{causeSilent, expressions(
		`could not connect to ([^\s:]+):\d+ .*connection timed out`, `connection timed out \[IP: ([\d.a-f:]+)`, `failed to connect to (\S+) port \d+.*timed out`, `can't connect to remote host \(([^)]+)\): (?:connection|operation) timed out`,
		`curl: \(28\)`, `curl error \(28\)`, `connecting to (\S+?)[ (|].*timed out`, `\bETIMEDOUT\b`, `connection timed out`, `connect(?:ion)? timeout`, `download timed out`, `dial tcp ([^\s:]+):\d+: i/o timeout`, `operation timed out`)},
	{causeAway, expressions(
		`(https?://\S+?)\s+404\b`, `404\s+not found(?: \[IP: \S+)?`, `requested URL returned error: (?:404|410)`, `ERROR 404`, `status code: 404 for (\S+)`, `server returned error: HTTP/\S+ 404`, `HTTP error 404`)},
	{causePackage, expressions(
		`unable to locate package (\S+)`, `package '([^']+)' has no installation candidate`, `version '[^']*' for '([^']+)' was not found`, `(\S+) \(no such package\)`, `unable to find a match: (.+)`, `no match for argument: (\S+)`,
		`no matching distribution found for (\S+)`, `npm (?:error|ERR!) 404 +'([^'@]+)@?[^']*' is not in`, `couldn't find any package by (?:glob|regex) '([^']+)'`)},
	{causeLocked, expressions(`could not get lock (\S+?)\.? `, `unable to acquire the dpkg (?:frontend )?lock`, `unable to lock (?:directory|database)`, `(?:obtain|create) (?:rpm )?transaction lock`, `is another process using it`)},
}

func expressions(list ...string) []*regexp.Regexp {
	all := make([]*regexp.Regexp, len(list))
	for i, e := range list {
		all[i] = regexp.MustCompile(`(?i)` + e)
	}
	return all
}

// triedIPv6 is how apt tells that it tried IPv6 first, which a network without it refuses. What came of IPv4
// follows in the same line.
var triedIPv6 = regexp.MustCompile(`Cannot initiate the connection to \S+ \([0-9a-f]*:[0-9a-f:]*\)\. - connect \(\d+: [^)]*\)`)

// notThat are lines that have a cause's words for something else: watches on files are no disk, and what a
// container says to itself is no network, unless it is its own resolver that it asks.
var (
	notThat     = regexp.MustCompile(`(?i)inotify|\bwatch(es|er)?\b|\blocalhost\b|\b127\.0\.0\.1\b|(^|[^0-9a-f:])::1([^0-9a-f:]|$)`)
	asksForName = regexp.MustCompile(`(?i)\blookup\b`)
)

// causeIn finds the weightiest cause that the lines tell, and of those the last.
func causeIn(lines []string) (cause, bool) {
	kept := make([]string, 0, len(lines))
	for _, line := range lines {
		if !notThat.MatchString(line) || asksForName.MatchString(line) {
			kept = append(kept, line)
		}
	}
	for _, text := range [][]string{withoutIPv6(kept), kept} {
		for _, c := range causes {
			for _, line := range slices.Backward(text) {
				if what, ok := told(c.says, line); ok {
					return cause{c.kind, what, strings.TrimSpace(line)}, true
				}
			}
		}
	}
	return cause{}, false
}

func withoutIPv6(lines []string) []string {
	rest := make([]string, len(lines))
	for i, line := range lines {
		rest[i] = triedIPv6.ReplaceAllString(line, "")
	}
	return rest
}

// told tells whether a line says it, and about what.
func told(says []*regexp.Regexp, line string) (what string, ok bool) {
	for _, e := range says {
		m := e.FindStringSubmatch(line)
		if m == nil {
			continue
		}
		ok = true
		for _, group := range m[1:] {
			if group = strings.Trim(strings.TrimSpace(group), `'"‘’“”[]()`); group != "" {
				return group, true
			}
		}
	}
	return "", ok
}

// whose is what ran into a cause.
type whose struct {
	it        string // "the container", or a node's name
	host      bool   // it is the host itself
	node      string
	spec      proxmox.CreateParams // of a container that the job makes
	addresses []string             // of the container
	unknown   bool                 // nobody could say which it has
}

// unaddressed tells whether a cause is that the container has no address.
func (c cause) unaddressed(of whose) bool {
	return c.kind.network() && !of.host && !of.unknown && len(of.addresses) == 0
}

// addressed is a sentence that names the container's address, where that is known.
func (of whose) addressed() string {
	if len(of.addresses) == 0 {
		return ""
	}
	return "It has the address " + of.addresses[0] + ". "
}

// headline is a cause in a few words.
func (c cause) headline(of whose) string {
	what := shortened(c.what)
	about := func(with, without string) string {
		if what == "" {
			return without
		}
		return fmt.Sprintf(with, what)
	}
	if c.unaddressed(of) {
		return of.it + " has no address in the network"
	}
	switch c.kind {
	case causeSpace:
		if of.host {
			return "there is no room left on " + of.it
		}
		return "the disk of " + of.it + " is full"
	case causeMemory:
		return of.it + " has no memory left"
	case causeClock:
		return "the clock of " + of.node + " is likely wrong: what came is not valid yet"
	case causeNames:
		return of.it + about(" cannot resolve %s: DNS does not work there", " cannot resolve names: DNS does not work there")
	case causeNoName:
		return of.it + about(" finds no address for %s in DNS", " finds a name not in DNS")
	case causeRoute:
		return "there is no way " + about("from "+of.it+" to %s in the network", "out of "+of.it+" in the network")
	case causeRefused:
		return about("%s refuses the connection", "a server refuses the connection")
	case causeSilent:
		return about("%s does not answer", "a server does not answer")
	case causeAway:
		return about("a server does not have %s (404)", "a server does not have what was asked for (404)")
	case causePackage:
		return about("no repository has %s", "no repository has one of the packages")
	}
	return "another program holds the lock of the package manager"
}

// check says what to look at.
func (c cause) check(of whose) string {
	if c.unaddressed(of) {
		return checkAddress(of.spec)
	}
	switch c.kind {
	case causeSpace:
		if of.host {
			return "Free room on the storage, or choose another."
		}
		return "Grow its disk on the container's page, or remove something from it."
	case causeMemory:
		return "Give the container more memory or swap on its page."
	case causeClock:
		return fmt.Sprintf("Containers have their host's clock. Look at date and timedatectl on %s: is the time right, and synchronised?", of.node)
	case causeNames, causeNoName:
		if of.host {
			return fmt.Sprintf("Check the DNS servers of %s (System, DNS in Proxmox) and its way to the internet.", of.it)
		}
		return of.addressed() + fmt.Sprintf("Check its DNS servers (%s) and whether they can be reached from its network: %s, gateway and firewall.",
			cmp.Or(of.spec.Nameserver, "those of the host, as the DNS field is empty"), bridgeWords(of.spec))
	case causeRoute, causeSilent:
		if of.host {
			return fmt.Sprintf("Check the network of %s: gateway, firewall, and whether the server can be reached from there.", of.it)
		}
		return of.addressed() + fmt.Sprintf("Check its gateway%s, %s, and that no firewall is between.", gatewayWords(of.spec), bridgeWords(of.spec))
	case causeRefused:
		return "The network works, but nothing listens there. The mirror may be down or moved: try again later, or choose another one."
	case causeAway:
		return "The mirror has moved it, or the address is wrong or out of date. Check the address and the repositories, and whether this release of the system is still kept there."
	case causePackage:
		return "Check how it is spelled, and whether this system's release has it under that name and version."
	}
	return "Wait until it has ended; the system may be installing updates by itself just after its first start."
}

// checkAddress says what to look at when a container got no address.
func checkAddress(p proxmox.CreateParams) string {
	if p.Bridge == "" {
		return "It was made without a network. Give it one in Proxmox."
	}
	if p.IP == "manual" {
		return "How it comes by an address is set up inside it, as its network says."
	}
	if p.IP != "" && p.IP != "dhcp" {
		return fmt.Sprintf("Check %s and its address %s.", bridgeWords(p), p.IP)
	}
	if p.IP == "" && p.IP6 == "" {
		return "It was made with neither IPv4 nor IPv6. Choose how it comes by an address, in Proxmox under Network."
	}
	return fmt.Sprintf("Check that %s leads to your network and that a DHCP server answers there; or give it a fixed address.", bridgeWords(p))
}

// bridgeWords name what a container is connected to.
func bridgeWords(p proxmox.CreateParams) string {
	words := "the bridge " + cmp.Or(p.Bridge, "it is on")
	if p.VLAN > 0 {
		return fmt.Sprintf("%s with VLAN %d", words, p.VLAN)
	}
	return words + " (no VLAN)"
}

func gatewayWords(p proxmox.CreateParams) string {
	switch {
	case p.Gateway != "":
		return " " + p.Gateway
	case p.IP != "" && p.IP != "dhcp":
		return ", of which it has none"
	}
	return ""
}

// shortened is something named in a line, as it stands in a headline.
func shortened(s string) string {
	const most = 100
	if r := []rune(s); len(r) > most {
		return string(r[:most-1]) + "…"
	}
	return s
}

const (
	// lastLines is how many lines before its end are looked at for why a step failed.
	lastLines = 60
	// lastOfScript is the same for a script, which may have gone on after an error.
	lastOfScript = 25
	// addressLook is how long the host may take to say whether an address came late.
	addressLook = 5 * time.Second
)

// said are the last lines that the current step's program or task said, at most n.
func (w *worker) said(n int) []string {
	lines, err := w.r.cfg.Store.Log(w.id, w.job.LogLast-2*n, 2*n)
	if err != nil {
		return nil
	}
	var texts []string
	for _, line := range slices.Backward(lines) {
		if line.Stream == "step" && line.Text == w.intention() || len(texts) == n {
			break
		}
		if line.Stream != "step" {
			texts = append(texts, line.Text)
		}
	}
	slices.Reverse(texts)
	return texts
}

// causeInside is why a program in the container failed, as far as it said so. failed is what did not work, in words.
func (w *worker) causeInside(kind store.MessageKind, failed string, lines int) (*failure, bool) {
	c, ok := causeIn(w.said(lines))
	if !ok {
		return nil, false
	}
	of := whose{it: "the container", node: w.job.NodeName, addresses: w.job.Addresses}
	if w.job.Kind == store.JobCreate {
		var spec CreateSpec
		if err := w.spec(&spec); err == nil {
			of.spec = spec.Params
		}
	}
	if c.kind.network() && len(of.addresses) == 0 {
		of.addresses, of.unknown = w.lateAddresses()
	}
	return c.failure(kind, failed, of), true
}

// causeOnHost is why a task of the host failed, as far as it said so.
func (w *worker) causeOnHost(kind store.MessageKind, failed string) (*failure, bool) {
	c, ok := causeIn(w.said(lastLines))
	if !ok || c.kind == causeLocked {
		return nil, false
	}
	return c.failure(kind, failed, whose{it: w.job.NodeName, host: true, node: w.job.NodeName}), true
}

func (c cause) failure(kind store.MessageKind, failed string, of whose) *failure {
	f := fail(kind, failed+": "+c.headline(of))
	f.Check = c.check(of)
	f.Said = shortened(c.line)
	return f
}

// lateAddresses are those that came after the wait for them had ended. unknown: the host did not say.
func (w *worker) lateAddresses() (list []string, unknown bool) {
	client, _, err := w.client()
	if err != nil {
		return nil, true
	}
	ctx, cancel := context.WithTimeout(w.r.stop, addressLook)
	defer cancel()
	interfaces, err := client.Interfaces(ctx, w.job.Member, w.job.VMID)
	if err != nil {
		return nil, true
	}
	return textsOf(proxmox.Addresses(interfaces, madeNetwork)), false
}

// madeNetwork is the network of a container that a job made, as far as its addresses need it.
var madeNetwork = map[string]string{"net0": "name=" + proxmox.FirstInterface}

func textsOf(addresses []netip.Prefix) []string {
	list := make([]string, len(addresses))
	for i, p := range addresses {
		list[i] = p.Addr().String()
	}
	return list
}
