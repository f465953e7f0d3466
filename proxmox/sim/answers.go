package sim

import (
	"cmp"
	"context"
	"fmt"
	"path"
	"strconv"
	"strings"
	"time"
)

// Answers to the scripts of Berth's package pct/inside, in the form in which the tools of real containers print them.
// Its parsers are tested there, with recordings of real tools.

// questions maps those scripts, by their names in known, to their answers.
func questions() map[string]func(*shell) int {
	return map[string]func(*shell) int{
		"look": (*shell).tellWhatRuns, "log": (*shell).tellLog, "updates": (*shell).tellUpdates, "credentials": (*shell).tellCredentials,
	}
}

// part begins a part of an answer, with its name behind the mark.
func (s *shell) part(name, format string, args ...any) {
	s.say("\n%s %s", s.vars["MARK"], name)
	if format != "" {
		s.say(format, args...)
	}
}

// tellWhatRuns answers look.sh.
func (s *shell) tellWhatRuns() int {
	g, services := s.guest(), s.services()
	load, memory, used, swap := g.cpu*float64(g.Cores), g.MaxMemory>>10, g.memory>>10, g.maxSwap>>10
	free := memory - min(used, memory)
	release, _ := s.stat("/etc/os-release")
	s.part("os", "%.16384s", release.text)
	s.part("uptime", "%.2f %.2f", g.uptime.Seconds(), 1.9*g.uptime.Seconds())
	s.part("load", "%.2f %.2f %.2f 1/92 1204", load, 0.9*load, 0.8*load)
	s.part("memory", "MemTotal: %d kB\nMemFree: %d kB\nMemAvailable: %d kB\nSwapTotal: %d kB\nSwapFree: %d kB", memory, free, free, swap, swap-min(64, swap))
	if s.os.systemd() {
		s.tellSystemd(g.begun.UTC().Format("Mon 2006-01-02 15:04:05 MST"), services)
	} else {
		s.tellOpenRC(services)
	}
	s.part("processes", "1\t0\t/init.scope\tinit")
	for _, l := range services {
		group := "/openrc." + l.name
		if s.os.systemd() {
			group = "/system.slice/" + l.id()
		}
		if l.active {
			s.say("%d\t1\t%s\t%s", l.pid(), group, l.program())
		}
	}
	all, full := g.MaxDisk>>10, g.disk>>10
	s.part("disks", "Filesystem 1024-blocks Used Available Capacity Mounted on\n/dev/mapper/pve-vm--%d--disk--0 %d %d %d %d%% /", g.VMID, all, full, all-min(full, all), 100*full/max(all, 1))
	s.part("end", "")
	return 0
}

// tellSystemd tells of services as systemctl does, and of their ports as ss.
func (s *shell) tellSystemd(begun string, services []unit) {
	s.part("systemd", "")
	block := func(id, description, states string, status int) {
		s.say("%s", strings.NewReplacer("$ID", id, "$DESCRIPTION", description, "$STATES", strings.ReplaceAll(states, " ", "\n"),
			"$STATUS", strconv.Itoa(status), "$CODE", strconv.Itoa(min(status, 1)), "$RESTARTS", strconv.Itoa(5*min(status, 1)), "$BEGUN", begun).Replace(recorded()["systemctl"])+"\n")
	}
	block("systemd-journald.service", "Journal Service", "ActiveState=active SubState=running Result=success", 0)
	block("systemd-user-sessions.service", "Permit User Sessions", "ActiveState=active SubState=exited Result=success", 0)
	for _, l := range services {
		description := cmp.Or(l.description, l.name)
		switch {
		case l.exit > 0:
			block(l.id(), description, "ActiveState=failed SubState=failed Result=exit-code", l.exit)
		case l.active:
			block(l.id(), description, "ActiveState=active SubState=running Result=success", 0)
		case l.enabled:
			block(l.id(), description, "ActiveState=inactive SubState=dead Result=success", 0)
		}
	}
	s.part("activation", "")
	s.part("ss", "")
	for _, l := range services {
		if l.active && l.port > 0 {
			s.say("tcp LISTEN 0 511 0.0.0.0:%d 0.0.0.0:* users:((%q,pid=%d,fd=6))", l.port, l.program(), l.pid())
		}
	}
}

// tellOpenRC tells of services as rc-status does, and of their ports as netstat.
func (s *shell) tellOpenRC(services []unit) {
	s.part("openrc", "Runlevel: default")
	for _, l := range services {
		state := "stopped"
		if l.exit > 0 {
			state = "crashed"
		} else if l.active {
			state = "started"
		}
		s.say(" %-70s[  %s  ]", l.name, state)
	}
	s.part("daemons", "")
	s.part("netstat", "Proto Recv-Q Send-Q Local Address           Foreign Address         State       PID/Program name    ")
	for _, l := range services {
		if l.active && l.port > 0 {
			s.say("tcp        0      0 :::%-20d :::*                    LISTEN      %d/%s", l.port, l.pid(), l.program())
		}
	}
}

// tellUpdates answers updates.sh. The package lists are three days old.
func (s *shell) tellUpdates() int {
	s.part("index", "%d", time.Now().Add(-3*24*time.Hour).Unix())
	s.print(strings.ReplaceAll("\n"+recorded()[s.os.manager()+".updates"]+"\n", "\nPART ", "\n\n"+s.vars["MARK"]+" "))
	s.part("end", "")
	return 0
}

// tellCredentials answers credentials.sh.
func (s *shell) tellCredentials() int {
	const dir = "/etc/berth/credentials/"
	for _, name := range s.list(path.Clean(dir)) {
		f, _ := s.stat(dir + name)
		s.part("file "+dir+name, "%.16385s", f.text)
	}
	s.part("end", "")
	return 0
}

// logOf is the file that holds a service's log lines: they stand for its journal, or are a log file of its own.
func (b *box) logOf(name string) string {
	if b.os.systemd() {
		return "/run/log/journal/" + name
	}
	return "/var/log/" + name + ".log"
}

// tellLog answers log.sh.
func (s *shell) tellLog() int {
	name := strings.TrimSuffix(s.vars["NAME"], ".service")
	_, there := s.stat(s.logOf(name))
	switch {
	case s.os.systemd():
		s.beginLog(name)
		s.say("%s journal", s.vars["MARK"])
	case !there:
		return s.say("%s none", s.vars["MARK"])
	default:
		s.say("%s file %s", s.vars["MARK"], s.logOf(name))
	}
	return s.tell(name, s.vars["FOLLOW"] == "yes")
}

// tell shows the last lines of a log, and those that come after them until it is ended.
func (s *shell) tell(name string, follow bool) int {
	last, _ := strconv.Atoi(s.vars["LINES"])
	told := -1
	for {
		var more []string
		ctx, cancel := s.ctx, func() {}
		if s.pace > 0 { // a service of the demonstration writes while somebody follows its log
			ctx, cancel = context.WithTimeout(s.ctx, s.pace*12)
		}
		quiet := !s.await(ctx, func() bool {
			all := s.files[s.logOf(name)].lines()
			if told < 0 {
				told = max(0, len(all)-last)
			}
			more = all[told:]
			return len(more) > 0 || !follow
		})
		cancel()
		switch {
		case s.ctx.Err() != nil:
			return statusEnded
		case quiet:
			s.log(name, fmt.Sprintf("\x1b[32minfo\x1b[0m request done in %d ms", 3+told*7%90))
		}
		for _, l := range more {
			if s.say("%s", l) != 0 {
				return 1
			}
		}
		if told += len(more); !follow {
			return 0
		}
	}
}

// beginLog writes the first lines of a service's journal, where it has none.
func (b *box) beginLog(name string) {
	b.mu.Lock()
	u, begun := b.units[name], b.files[b.logOf(name)] != file{}
	b.mu.Unlock()
	if u == nil || begun {
		return
	}
	first := []string{"systemd[1]: Started " + name + ".service.", name + "[140]: ready"}
	if u.exit > 0 {
		first = []string{name + "[140]: \x1b[31mcannot open the device: no such file or directory\x1b[0m", fmt.Sprintf("systemd[1]: %s.service: Main process exited, code=exited, status=%d/n/a", name, u.exit)}
	}
	for _, line := range first {
		b.write(b.logOf(name), time.Now().UTC().Format(time.RFC3339)+" "+b.hostname+" "+line+"\n", true)
	}
}

// log adds a line to the log of a service, with the time.
func (b *box) log(name, line string) {
	if b.os.systemd() {
		line = b.hostname + " " + name + "[140]: " + line
	}
	b.write(b.logOf(name), time.Now().UTC().Format(time.RFC3339)+" "+line+"\n", true)
}
