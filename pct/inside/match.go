package inside

import (
	"cmp"
	"path"
	"slices"
	"strings"
)

// parseReport reads the output of look.sh with that mark.
func parseReport(out []byte, mark string) Report {
	all := parts(out, mark)
	_, whole := all["end"]
	r := Report{
		OS: parseOS(all["os"]), Uptime: parseUptime(all["uptime"]), Load: parseLoad(all["load"]),
		Memory: parseMemory(all["memory"]), Disks: parseDisks(all["disks"]), Whole: whole,
	}
	owner := owners{processes: parseProcesses(all["processes"])}
	if units, ok := all["systemd"]; ok {
		owner.activation = parseActivation(all["activation"])
		r.Init, r.Services = InitSystemd, parseSystemd(units, owner.activation)
	} else if services, ok := all["openrc"]; ok {
		r.Init, r.Services = InitOpenRC, parseOpenRC(services)
		owner.daemons = parseDaemons(all["daemons"])
	}
	found := listenersOf(all)
	r.Listened = listened(all, len(found))
	r.place(found, owner)
	slices.SortStableFunc(r.Services, byState)
	return r
}

// listenersOf lists the listeners that ss or netstat found, or that /proc/net tells in a container without either.
func listenersOf(all map[string][]string) []Listener {
	found := append(parseSS(all["ss"]), parseNetstat(all["netstat"])...)
	holders := parseHolders(all["sockets"])
	for _, name := range []string{"tcp", "tcp6", "udp", "udp6"} {
		for _, l := range parseProcNet(name, all[name]) {
			l.pid = holders[l.inode]
			found = add(found, l)
		}
	}
	slices.SortStableFunc(found, func(a, b Listener) int {
		return cmp.Or(cmp.Compare(a.Port, b.Port), strings.Compare(a.Proto, b.Proto), a.Addr.Compare(b.Addr))
	})
	return found
}

// listened tells whether the tools that list listeners did so, and found that many. ss prints no head: where it prints anything
// and no listener is read, that is its complaint.
func listened(all map[string][]string, found int) bool {
	ss, asked := all["ss"]
	return found < maxListeners && (found > 0 || asked && len(ss) == 0 || len(all["netstat"]) > 0 || len(all["tcp"]) > 0)
}

// place adds each listener to its service, or to Others.
func (r *Report) place(found []Listener, owner owners) {
	at := make(map[string]int)
	for i, s := range r.Services {
		at[s.Name] = i
	}
	for _, l := range found {
		if l.Process == "" {
			l.Process = owner.processes[l.pid].name
		}
		i, ok := at[owner.of(l, at)]
		if !ok {
			r.Others = append(r.Others, l)
			continue
		}
		r.Services[i].Listeners = append(r.Services[i].Listeners, l)
	}
}

// owners tells which service a process or a socket belongs to, by systemd or OpenRC.
type owners struct {
	processes  map[int]process
	activation map[string]string // systemd: protocol and port to service
	daemons    []daemon          // OpenRC
}

// daemon is OpenRC's record of a program that it started for a service.
type daemon struct {
	service string
	pid     int
	program string
}

// parseDaemons reads the part of look.sh with OpenRC's daemons: service, process ID and program, by tabs.
func parseDaemons(lines []string) []daemon {
	var all []daemon
	for _, l := range lines {
		words := strings.SplitN(l, "\t", 3)
		if len(words) == 3 && len(all) < maxServices {
			all = append(all, daemon{plain(words[0]), atoi(words[1]), path.Base(words[2])})
		}
	}
	return all
}

// generations bounds the walk from a process up through its parents to one whose service is known.
const generations = 8

// of returns the name of the service that a listener belongs to; "" when none is known.
func (o owners) of(l Listener, services map[string]int) string {
	if l.pid <= 1 {
		return o.activation[l.Proto+" "+portText(l.Port)]
	}
	for pid, i := l.pid, 0; pid > 1 && i < generations; i++ {
		if name := o.ofProcess(pid, services); name != "" {
			return name
		}
		pid = o.processes[pid].parent
	}
	return ""
}

func (o owners) ofProcess(pid int, services map[string]int) string {
	p := o.processes[pid]
	for step := range strings.SplitSeq(p.group, "/") {
		if strings.HasSuffix(step, ".service") {
			return step
		}
		if name, ok := strings.CutPrefix(step, "openrc."); ok {
			return name
		}
		if _, ok := services[step]; ok { // OpenRC's older versions
			return step
		}
	}
	for _, d := range o.daemons {
		if d.pid == pid {
			return d.service
		}
	}
	for _, d := range o.daemons {
		if d.program == p.name && p.name != "" {
			return d.service
		}
	}
	if _, ok := services[p.name]; ok {
		return p.name
	}
	return ""
}
