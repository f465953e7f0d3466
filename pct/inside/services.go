package inside

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// unitTime is the layout of systemctl's times, which look.sh asks for with TZ=UTC.
const unitTime = "Mon 2006-01-02 15:04:05 MST"

// parseSystemd reads `systemctl show '*.service' --all`: a block of properties for each unit. As
// their order is systemd's own, the first property that comes again begins another unit.
// Units that are not meant to run are left out, except those of onDemand, which systemd starts
// when somebody connects to its socket.
func parseSystemd(lines []string, onDemand map[string]string) []Service {
	var all []Service
	started := make(map[string]bool, len(onDemand))
	for _, name := range onDemand {
		started[name] = true
	}
	unit := make(map[string]string)
	end := func() {
		s, ok := serviceOf(unit)
		ok = ok || started[s.Name] && s.State == StateStopped
		if ok && len(all) < maxServices {
			all = append(all, s)
		}
		clear(unit)
	}
	for _, l := range lines {
		key, value, ok := strings.Cut(l, "=")
		if !ok {
			continue
		}
		if _, again := unit[key]; again {
			end()
		}
		unit[key] = value
	}
	end()
	return all
}

// serviceOf makes a service of a unit's properties; false for one that is not to be shown.
func serviceOf(unit map[string]string) (Service, bool) {
	s := Service{Name: plain(unit["Id"]), Description: plain(unit["Description"])}
	if s.Name == "" || unit["LoadState"] == "not-found" {
		return s, false
	}
	if at, err := time.Parse(unitTime, unit["StateChangeTimestamp"]); err == nil {
		s.Since = at.UTC()
	}
	switch unit["ActiveState"] {
	case "active", "reloading", "refreshing":
		s.State = StateRunning
		if unit["SubState"] == "exited" {
			s.State = StateExited
		}
	case "activating", "deactivating", "maintenance":
		s.State = StateStarting
	case "failed":
		s.State = StateFailed
		s.Failure = Failure{Result: plain(unit["Result"]), Status: atoi(unit["ExecMainStatus"]), Restarts: atoi(unit["NRestarts"])}
		s.Failure.Signal = unit["ExecMainCode"] == "2" || unit["ExecMainCode"] == "3" // CLD_KILLED, CLD_DUMPED
	case "inactive":
		s.State = StateStopped
		return s, meantToRun(unit)
	default:
		return s, false
	}
	return s, true
}

// meantToRun tells whether an inactive unit should be running: it is enabled, not a one-shot,
// and systemd did not skip it for a condition that this container does not meet.
func meantToRun(unit map[string]string) bool {
	left := unit["ConditionResult"] == "no" && atoi(unit["ConditionTimestampMonotonic"]) > 0
	switch unit["UnitFileState"] {
	case "enabled", "enabled-runtime", "generated":
		return unit["Type"] != "oneshot" && unit["LoadState"] != "masked" && !left
	}
	return false
}

func atoi(word string) int {
	n, err := strconv.Atoi(word)
	if err != nil || n < 0 {
		return 0
	}
	return n
}

// parseActivation reads `systemctl show '*.socket'`, and maps systemd's own sockets, by protocol
// and port as in "tcp 22", to the services that they start.
func parseActivation(lines []string) map[string]string {
	all := make(map[string]string)
	var ports []string
	socket := ""
	for _, l := range lines {
		key, value, _ := strings.Cut(l, "=")
		switch key {
		case "Listen": // as in "[::]:22 (Stream)"
			at, kind, _ := strings.Cut(value, " ")
			_, port, found := cutLast(at, ":")
			proto, known := map[string]string{"(Stream)": "tcp", "(Datagram)": "udp"}[kind]
			if socket != "" { // another unit begins
				ports, socket = nil, ""
			}
			if found && known && atoi(port) > 0 && len(ports) < maxListeners {
				ports = append(ports, proto+" "+port)
			}
		case "Id":
			socket = value
		case "Triggers":
			for _, p := range ports {
				if len(all) < maxListeners {
					all[p] = plain(value)
				}
			}
			ports, socket = nil, ""
		}
	}
	return all
}

// cutLast is strings.Cut at the last separator.
func cutLast(s, sep string) (before, after string, found bool) {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):], true
	}
	return s, "", false
}

// parseOpenRC reads `rc-status --all`. Stopped services of runlevels that the container is not in,
// such as shutdown, are left out.
func parseOpenRC(lines []string) []Service {
	var all []Service
	level := ""
	for _, l := range lines {
		if name, ok := strings.CutPrefix(strings.Replace(l, "Dynamic Runlevel:", "Runlevel:", 1), "Runlevel:"); ok {
			level = strings.TrimSpace(name)
			continue
		}
		before, word, ok := cutLast(l, "[")
		name := plain(before)
		word, closed := strings.CutSuffix(strings.TrimSpace(word), "]")
		words := strings.Fields(word)
		// No service has a blank in its name, but rc-status also prints "* Caching service dependencies ... [ ok ]".
		if !ok || !closed || name == "" || strings.Contains(name, " ") || len(words) == 0 || len(all) == maxServices {
			continue
		}
		s := Service{Name: name, State: openRCState(words[0])}
		if s.State == StateFailed {
			s.Failure.Result = words[0]
		}
		known := slices.ContainsFunc(all, func(o Service) bool { return o.Name == s.Name })
		if known || s.State == StateStopped && elsewhere[level] {
			continue
		}
		all = append(all, s)
	}
	return all
}

// elsewhere lists the runlevels that a started container is not in. Debian's "off" is the
// "shutdown" of others.
var elsewhere = map[string]bool{"shutdown": true, "off": true, "reboot": true, "single": true, "recovery": true, "nonetwork": true}

func openRCState(word string) State {
	switch word {
	case "started":
		return StateRunning
	case "crashed", "failed", "unsupervised":
		return StateFailed
	case "starting", "stopping", "scheduled", "inactive":
		return StateStarting
	}
	return StateStopped
}

// byState compares services in the order in which they are shown: by state, then by name.
func byState(a, b Service) int {
	return cmp.Or(cmp.Compare(stateOrder[a.State], stateOrder[b.State]), strings.Compare(a.Name, b.Name))
}
