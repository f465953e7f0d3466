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

// Tools report a failure at length, with the reason somewhere in between. One table finds it, for all steps that run
// something in a container, and for the tasks of a host.

// The causes go into store.JobProblem.Cause, where the output of a failed step gives a reason beyond the step itself.
// Args.Name has the host, package or file at fault, Args.Said the line of output; either may be empty.
const (
	CauseSpace   store.MessageKind = "cause-space"   // a disk is full
	CauseMemory  store.MessageKind = "cause-memory"  // there was no memory left
	CauseClock   store.MessageKind = "cause-clock"   // a certificate or release file is not valid yet
	CauseNames   store.MessageKind = "cause-names"   // no DNS server answers
	CauseNoName  store.MessageKind = "cause-noname"  // DNS answers, and knows no such name
	CauseRoute   store.MessageKind = "cause-route"   // there is no way to an address
	CauseRefused store.MessageKind = "cause-refused" // nothing listens there
	CauseSilent  store.MessageKind = "cause-silent"  // no answer from there in time
	CauseAway    store.MessageKind = "cause-away"    // a server does not have the file (404)
	CausePackage store.MessageKind = "cause-package" // no repository has it
	CauseLock    store.MessageKind = "cause-lock"    // another program is installing

	CauseNoAddress store.MessageKind = "cause-no-address" // the container has none, so that it reaches nothing

	// The same, where the host itself failed.
	CauseSpaceOnHost  store.MessageKind = "cause-space-host"
	CauseMemoryOnHost store.MessageKind = "cause-memory-host"
	CauseNamesOnHost  store.MessageKind = "cause-names-host"
	CauseNoNameOnHost store.MessageKind = "cause-noname-host"
	CauseRouteOnHost  store.MessageKind = "cause-route-host"
	CauseSilentOnHost store.MessageKind = "cause-silent-host"

	// The end of a program whose output gives no reason.
	CauseExit     store.MessageKind = "cause-exit"     // with status Exit, after Took; Said is its last line
	CauseVanished store.MessageKind = "cause-vanished" // before its end
	CauseMissing  store.MessageKind = "cause-missing"  // it did not begin: its interpreter Name, from Package, is not in the container
)

// causesOnHost maps causes to the kinds they have when the host itself failed so; the others stay as they are.
var causesOnHost = map[store.MessageKind]store.MessageKind{
	CauseSpace: CauseSpaceOnHost, CauseMemory: CauseMemoryOnHost, CauseNames: CauseNamesOnHost,
	CauseNoName: CauseNoNameOnHost, CauseRoute: CauseRouteOnHost, CauseSilent: CauseSilentOnHost,
}

// needsAddress tells whether the want of an address may be behind a cause.
func needsAddress(cause store.MessageKind) bool {
	return slices.Contains([]store.MessageKind{CauseNames, CauseNoName, CauseRoute, CauseSilent}, cause)
}

// causes lists expressions for lines of output by cause, the weightiest first: a full disk makes everything else fail too.
// The first group of an expression that is not empty gives Args.Name. The words are those of apt, apk, dnf, curl, wget (GNU's
// and busybox's), git, npm, pip, Docker and Go; numbers are curl's exit statuses.
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

// triedIPv6 matches the part of a line of apt about its attempt over IPv6, which fails in a network without it. The result of
// IPv4 follows in the same line and counts first.
var triedIPv6 = regexp.MustCompile(`Cannot initiate the connection to \S+ \([0-9a-f]*:[0-9a-f:]*\)\. - connect \(\d+: [^)]*\)`)

// notThat matches lines that have a cause's words for something else: watches on files use up no disk, and a connection to
// the container itself is no network. Only of lookups at a resolver on localhost (asksForName) do they count.
var (
	notThat     = regexp.MustCompile(`(?i)inotify|\bwatch(es|er)?\b|\blocalhost\b|\b127\.0\.0\.1\b|(^|[^0-9a-f:])::1([^0-9a-f:]|$)`)
	asksForName = regexp.MustCompile(`(?i)\blookup\b`)
)

// causeIn finds the weightiest cause in lines of output, in the last line that has it; nil for none.
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

// told tells whether one of the expressions matches a line; what is the text of its first group that is not empty.
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

// cut shortens text from output to at most 100 characters, for a message.
func cut(s string) string {
	const most = 100
	if r := []rune(s); len(r) > most {
		return string(r[:most-1]) + "…"
	}
	return s
}

const (
	// lastLines bounds the search for the cause of a step's failure, in lines from the end of its output.
	lastLines = 60
	// lastOfScript is the same for a script: it may have gone on after earlier errors, which say nothing of its end.
	lastOfScript = 25
	// addressLook bounds the call of lateAddresses.
	addressLook = 5 * time.Second
)

// said returns the last lines, at most n, of the output of the current step's program or task, from the job's log.
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

// causeInside looks for the cause of a program's failure in the last lines of its output; nil for none. Where the container
// has no address, that is the cause of what needs one.
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

// causeOnHost looks for the cause of a task's failure in the last lines of its log; nil for none.
func (w *worker) causeOnHost() *store.Message {
	c := causeIn(w.said(lastLines))
	if c == nil || c.Kind == CauseLock {
		return nil
	}
	c.Kind = cmp.Or(causesOnHost[c.Kind], c.Kind)
	return c
}

// lateAddresses asks for the container's addresses once more, as they may have come after the wait for them. unknown is true
// when the host did not answer.
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

// madeNetwork stands for the network configuration of a container that a job made, for proxmox.Addresses.
var madeNetwork = map[string]string{"net0": "name=" + proxmox.FirstInterface}

func textsOf(addresses []netip.Prefix) []string {
	list := make([]string, len(addresses))
	for i, p := range addresses {
		list[i] = p.Addr().String()
	}
	return list
}
