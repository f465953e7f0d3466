package inside

import (
	"cmp"
	"path"
	"slices"
	"strings"
)

// parseReport reads what look.sh printed with that mark.
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
	r.place(listenersOf(all), owner)
	slices.SortStableFunc(r.Services, byState)
	return r
}

// listenersOf are those that the tool which was there has found.
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

// place gives each listener to its service.
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

// owners is what is known of which process belongs to which service.
type owners struct {
	processes  map[int]process
	activation map[string]string // systemd: protocol and port to service
	daemons    []daemon          // OpenRC
}

// daemon is what OpenRC noted of a program that it started.
type daemon struct {
	service string
	pid     int
	program string
}

// parseDaemons reads what look.sh tells of OpenRC's daemons.
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

// generations is how far up from a process its service is looked for.
const generations = 8

// of is the name of the service that a listener belongs to; "" when none is known.
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
