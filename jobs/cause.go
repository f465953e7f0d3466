package jobs

import (
	"cmp"
	"context"
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

// The causes: why something failed that has a reason of its own beside what was tried. Name is what it is about, Said
// the line that told it; either may lack.
const (
	CauseSpace   store.MessageKind = "cause-space"   // a disk is full
	CauseMemory  store.MessageKind = "cause-memory"  // there was no memory left
	CauseClock   store.MessageKind = "cause-clock"   // what is sent from elsewhere is not valid yet
	CauseNames   store.MessageKind = "cause-names"   // no DNS server answers
	CauseNoName  store.MessageKind = "cause-noname"  // DNS answers, and knows no such name
	CauseRoute   store.MessageKind = "cause-route"   // there is no way to an address
	CauseRefused store.MessageKind = "cause-refused" // nothing listens there
	CauseSilent  store.MessageKind = "cause-silent"  // nothing came from there in time
	CauseAway    store.MessageKind = "cause-away"    // a server does not have what was asked for
	CausePackage store.MessageKind = "cause-package" // no repository has it
	CauseLock    store.MessageKind = "cause-lock"    // another program is installing

	CauseNoAddress store.MessageKind = "cause-no-address" // the container has none, so that it reaches nothing

	// The same of the host itself.
	CauseSpaceOnHost  store.MessageKind = "cause-space-host"
	CauseMemoryOnHost store.MessageKind = "cause-memory-host"
	CauseNamesOnHost  store.MessageKind = "cause-names-host"
	CauseNoNameOnHost store.MessageKind = "cause-noname-host"
	CauseRouteOnHost  store.MessageKind = "cause-route-host"
	CauseSilentOnHost store.MessageKind = "cause-silent-host"

	// How a program ended of which no more is known.
	CauseExit     store.MessageKind = "cause-exit"     // with status Exit, after Took; Said is its last line
	CauseVanished store.MessageKind = "cause-vanished" // before its end
	CauseMissing  store.MessageKind = "cause-missing"  // it did not begin: Name is not in the container, which Package has
)

// causesOnHost are those that are another one of the host itself.
var causesOnHost = map[store.MessageKind]store.MessageKind{
	CauseSpace: CauseSpaceOnHost, CauseMemory: CauseMemoryOnHost, CauseNames: CauseNamesOnHost,
	CauseNoName: CauseNoNameOnHost, CauseRoute: CauseRouteOnHost, CauseSilent: CauseSilentOnHost,
}

// needsAddress tells whether a container without an address fails so.
func needsAddress(cause store.MessageKind) bool {
	return slices.Contains([]store.MessageKind{CauseNames, CauseNoName, CauseRoute, CauseSilent}, cause)
}

// causes are the weightiest first: a full disk makes everything else fail too. The first group of an expression, if
// any took part, is what it is about. The words are those of apt, apk, dnf, curl, wget (GNU's and busybox's), git, npm, pip, Docker
// and Go; numbers are those of curl's exit and of Linux's errno.
var causes = []struct {
	kind store.MessageKind
	says []*regexp.Regexp
}{
	{CauseSpace, expressions(
		`no space left on device`, `disk quota exceeded`, `\bENOSPC\b`, `you don't have enough free space in`, `needs? [\d.]+ ?[KMG]i?B more space on`,
		`more space needed on the`, `failed writing body`)},
	{CauseMemory, expressions(`cannot allocate memory`, `heap out of memory`, `\bout of memory\b`, `^MemoryError\b`, `virtual memory exhausted`, `fatal error: killed signal terminated program`)},
	{CauseClock, expressions(
		`release file for (\S+) is not valid yet`, `not yet valid`, `certificate is not valid yet`, `CERT_NOT_YET_VALID`, `not yet activated`, `certificate has expired or is not yet valid: current time \S+ is before`)},
	{CauseNames, expressions(
		`temporary failure resolving '([^']+)'`, `temporary failure in name resolution`, `curl: \(6\) .*?host:? '?([^\s']+)`, `curl error \(6\)`, `could not resolve host(?:name)?:? '?([^\s':;\])]+)`, `couldn't resolve host(?: name for)? '?([^\s']+)`,
		`could not resolve '([^']+)'`, `unable to resolve host address [‘'"]([^’'"]+)`, `wget: bad address '([^']+)'`, `\bEAI_AGAIN\b(?: (\S+))?`,
		`(?:WARNING|ERROR): (?:[a-z ]+ )?https?://([^/:\s]+)\S*: (?:temporary error \(try again later\)|DNS lookup error|DNS: transient)`,
		`lookup (\S+)(?: on \S+)?: (?:.*i/o timeout|server misbehaving|.*connection refused|no such host|Temporary failure)`, `getaddrinfo ENOTFOUND (\S+)`, `\bENOTFOUND\b`)},
	{CauseNoName, expressions(`name or service not known`, `name does not resolve`, `DNS: (?:name does not exist|no data)`, `nodename nor servname provided`)},
	{CauseRoute, expressions(
		`can't connect to remote host \(([^)]+)\): (?:no route|network is|host is)`, `connect to (\S+?):?(?:\d+)?(?: port \d+)?[ (].*(?:no route to host|network is unreachable|host is unreachable)`,
		`no route to host`, `network is unreachable`, `host is unreachable`, `network unreachable`, `\bE(?:NET|HOST)UNREACH\b`, `network error \(check internet connection`)},
	{CauseRefused, expressions(
		`could not connect to ([^\s:]+):\d+ .*connection refused`, `failed to connect to (\S+) port \d+.*connection refused`, `can't connect to remote host \(([^)]+)\): connection refused`,
		`dial tcp ([^\s:]+):\d+: connect: connection refused`, `connecting to (\S+?)[ (|].*connection refused`, `\bECONNREFUSED\b(?: ([\d.]+))?`, `curl: \(7\) .* connect to (\S+) port \d+(?: after \d+ ms)?: (?:couldn't|could not) connect`, `could not connect to server \(check repositories`)},
	{CauseSilent, expressions(
		`could not connect to ([^\s:]+):\d+ .*connection timed out`, `connection timed out \[IP: ([\d.a-f:]+)`, `failed to connect to (\S+) port \d+.*timed out`, `can't connect to remote host \(([^)]+)\): (?:connection|operation) timed out`,
		`curl: \(28\)`, `curl error \(28\)`, `connecting to (\S+?)[ (|].*timed out`, `\bETIMEDOUT\b`, `connection timed out`, `connect(?:ion)? timeout`, `download timed out`, `dial tcp ([^\s:]+):\d+: i/o timeout`, `operation timed out`)},
	{CauseAway, expressions(
		`(https?://\S+?)\s+404\b`, `404\s+not found(?: \[IP: \S+)?`, `requested URL returned error: (?:404|410)`, `ERROR 404`, `status code: 404 for (\S+)`, `server returned error: HTTP/\S+ 404`, `HTTP error 404`)},
	{CausePackage, expressions(
		`unable to locate package (\S+)`, `package '([^']+)' has no installation candidate`, `version '[^']*' for '([^']+)' was not found`, `(\S+) \(no such package\)`, `unable to find a match: (.+)`, `no match for argument: (\S+)`,
		`no matching distribution found for (\S+)`, `npm (?:error|ERR!) 404 +'([^'@]+)@?[^']*' is not in`, `couldn't find any package by (?:glob|regex) '([^']+)'`)},
	{CauseLock, expressions(`could not get lock (\S+?)\.? `, `unable to acquire the dpkg (?:frontend )?lock`, `unable to lock (?:directory|database)`, `(?:obtain|create) (?:rpm )?transaction lock`, `is another process using it`)},
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

// causeIn finds the weightiest cause that the lines tell, and of those the last; nil for none.
func causeIn(lines []string) *store.Message {
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
					return &store.Message{Kind: c.kind, Args: store.Args{Name: cut(what), Said: cut(strings.TrimSpace(line))}}
				}
			}
		}
	}
	return nil
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

// cut is something named or said in a line, as it stands in a message.
func cut(s string) string {
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
		if line.Message.Kind == MessageStep && line.Message.Name == w.step().Name || len(texts) == n {
			break
		}
		if line.Message.Kind == "" {
			texts = append(texts, line.Text)
		}
	}
	slices.Reverse(texts)
	return texts
}

// causeInside is why a program in the container failed, as far as the last of its lines say so; nil where they do not.
func (w *worker) causeInside(lines int) *store.Message {
	c := causeIn(w.said(lines))
	if c == nil {
		return nil
	}
	c.Addresses = w.job.Addresses
	if needsAddress(c.Kind) && len(c.Addresses) == 0 {
		var unknown bool
		if c.Addresses, unknown = w.lateAddresses(); len(c.Addresses) == 0 && !unknown {
			c.Kind = CauseNoAddress
		}
	}
	return c
}

// causeOnHost is why a task of the host failed, as far as it said so; nil where it did not.
func (w *worker) causeOnHost() *store.Message {
	c := causeIn(w.said(lastLines))
	if c == nil || c.Kind == CauseLock {
		return nil
	}
	c.Kind = cmp.Or(causesOnHost[c.Kind], c.Kind)
	return c
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
