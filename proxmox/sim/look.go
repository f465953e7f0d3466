package sim

import (
	"cmp"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"
)

// What the simulated containers tell of themselves, as the tools of real ones print it.

// lookCommandOf is a command that tells what runs in a container; nil when this call is
// none of those.
func lookCommandOf(name string, args []string) func(*invocation) int {
	has := func(word string) bool { return slices.Contains(args, word) }
	switch {
	case name == "systemctl" && has("show"):
		return (*invocation).systemctlShow
	case name == "rc-status":
		return (*invocation).rcStatus
	case name == "ss" && has("-H"):
		return (*invocation).ss
	case name == "netstat":
		return (*invocation).netstat
	case name == "df":
		return (*invocation).df
	case name == "journalctl" && strings.Contains(strings.Join(args, " "), "--unit="):
		return (*invocation).journal
	case name == "tail" && has("-F"):
		return (*invocation).tailFollow
	case name == "date" && has("-r"):
		return (*invocation).dateOf
	case name == "apt-get" && has("-s"):
		return (*invocation).aptUpgrades
	case name == "apk" && has("version"):
		return (*invocation).apkVersions
	case name == "dnf" && has("check-update"):
		return (*invocation).dnfUpdates
	case name == "rpm" && has("-qa"):
		return (*invocation).rpmVersions
	}
	return nil
}

// listens is a service as it is now, with the process that the simulation makes up for it.
type listens struct {
	name string
	unit
	pid int
}

// program is the name of the service's process.
func (l listens) program() string {
	name, _, _ := strings.Cut(strings.TrimSuffix(l.name, ".service"), "@")
	return name[:min(len(name), 15)]
}

// services of a container by name, without timers.
func (b *box) services() []listens {
	b.mu.Lock()
	defer b.mu.Unlock()
	var all []listens
	for i, name := range slices.Sorted(maps.Keys(b.units)) {
		if !strings.HasSuffix(name, ".timer") {
			all = append(all, listens{name, *b.units[name], 140 + 3*i})
		}
	}
	return all
}

// descriptions of services as their packages have them.
var descriptions = map[string]string{
	"cron": "Regular background program processing daemon", "dnsmasq": "dnsmasq - A lightweight DHCP and caching DNS server", "jellyfin": "Jellyfin Media Server",
	"nginx": "A high performance web server and a reverse proxy server", "postgresql": "PostgreSQL RDBMS", "smbd": "Samba SMB Daemon", "ssh": "OpenBSD Secure Shell server",
	"systemd-networkd": "Network Configuration", "unbound": "Unbound DNS server",
}

// always are what every system with systemd runs.
var always = []struct{ name, description, sub string }{
	{"dbus.service", "D-Bus System Message Bus", "running"},
	{"systemd-journald.service", "Journal Service", "running"},
	{"systemd-tmpfiles-setup.service", "Create System Files and Directories", "exited"},
	{"systemd-user-sessions.service", "Permit User Sessions", "exited"},
}

func (c *invocation) systemctlShow() int {
	if !slices.Contains(c.args, "*.service") {
		return 0
	}
	begun := c.guest().begun.UTC().Format("Mon 2006-01-02 15:04:05 MST")
	block := func(id, description, active, sub, result string, status, restarts int) {
		code := 0
		if status > 0 {
			code = 1
		}
		c.say("Type=simple\nResult=%s\nNRestarts=%d\nExecMainCode=%d\nExecMainStatus=%d\nId=%s\nDescription=%s\nLoadState=loaded\nActiveState=%s\nSubState=%s\nUnitFileState=enabled\nStateChangeTimestamp=%s\nConditionResult=yes\nConditionTimestampMonotonic=8412345\n",
			result, restarts, code, status, id, description, active, sub, begun)
	}
	for _, u := range always {
		block(u.name, u.description, "active", u.sub, "success", 0, 0)
	}
	for _, u := range c.services() {
		id := strings.TrimSuffix(u.name, ".service") + ".service"
		description := cmp.Or(u.description, descriptions[u.name], u.name)
		switch {
		case u.exit > 0:
			block(id, description, "failed", "failed", "exit-code", u.exit, 5)
		case u.active:
			block(id, description, "active", "running", "success", 0, 0)
		case u.enabled:
			block(id, description, "inactive", "dead", "success", 0, 0)
		}
	}
	return 0
}

func (c *invocation) rcStatus() int {
	line := func(name, state string) { c.say(" %-70s[ %s ]", name, state) }
	c.say("Runlevel: shutdown")
	line("killprocs", " stopped ")
	c.say("Runlevel: boot")
	for _, name := range []string{"bootmisc", "hostname", "syslog"} {
		line(name, " started ")
	}
	c.say("Runlevel: default")
	for _, u := range c.services() {
		switch {
		case u.exit > 0:
			line(u.name, " crashed ")
		case u.active:
			line(u.name, " started ")
		default:
			line(u.name, " stopped ")
		}
	}
	c.say("Dynamic Runlevel: manual")
	return 0
}

func (c *invocation) ss() int {
	for _, u := range c.services() {
		if u.active && u.port > 0 {
			c.say("tcp LISTEN 0 511 0.0.0.0:%d 0.0.0.0:* users:((%q,pid=%d,fd=6))", u.port, u.program(), u.pid)
		}
	}
	return 0
}

func (c *invocation) netstat() int {
	c.say("Active Internet connections (only servers)")
	c.say("Proto Recv-Q Send-Q Local Address           Foreign Address         State       PID/Program name    ")
	for _, u := range c.services() {
		if u.active && u.port > 0 {
			c.say("tcp        0      0 :::%-20d :::*                    LISTEN      %d/%s", u.port, u.pid, u.program())
		}
	}
	return 0
}

func (c *invocation) df() int {
	g := c.guest()
	all, used := g.MaxDisk>>10, g.disk>>10
	c.say("Filesystem                       1024-blocks    Used Available Capacity Mounted on")
	c.say("/dev/mapper/pve-vm--%d--disk--0 %d %d %d %d%% /", g.VMID, all, used, all-min(used, all), 100*used/max(all, 1))
	c.say("none 492 4 488 1%% /dev\ntmpfs 6546884 108 6546776 1%% /run")
	return 0
}

// procOf is a file of /proc that says something of this container.
func (b *box) procOf(name string) (string, bool) {
	g := b.guest()
	switch name {
	case "/proc/uptime":
		return fmt.Sprintf("%.2f %.2f\n", g.uptime.Seconds(), 1.9*g.uptime.Seconds()), true
	case "/proc/loadavg":
		load := g.cpu * float64(g.Cores)
		return fmt.Sprintf("%.2f %.2f %.2f 1/92 1204\n", load, 0.9*load, 0.8*load), true
	case "/proc/meminfo":
		all, used, swap := g.MaxMemory>>10, g.memory>>10, g.maxSwap>>10
		return fmt.Sprintf("MemTotal:       %8d kB\nMemFree:        %8d kB\nMemAvailable:   %8d kB\nSwapTotal:      %8d kB\nSwapFree:       %8d kB\n", all, all-min(used, all), all-min(used, all), swap, swap-min(64, swap)), true
	}
	rest, ok := strings.CutPrefix(name, "/proc/")
	dir, file, _ := strings.Cut(rest, "/")
	pid, err := strconv.Atoi(dir)
	if !ok || err != nil {
		return "", false
	}
	program, group := "init", "/init.scope"
	if pid != 1 {
		if file == "stat" && b.send(pid, 0) {
			return fmt.Sprintf("%d (sh) S 1 %d %d 0 -1 4194560\n", pid, pid, pid), true
		}
		all := b.services()
		i := slices.IndexFunc(all, func(l listens) bool { return l.pid == pid && l.active })
		if i < 0 {
			return "", false
		}
		l := all[i]
		program, group = l.program(), "/openrc."+l.name
		if b.os.systemd() {
			group = "/system.slice/" + strings.TrimSuffix(l.name, ".service") + ".service"
		}
	}
	switch file {
	case "stat":
		return fmt.Sprintf("%d (%s) S 1 %d %d 0 -1 4194560\n", pid, program, pid, pid), true
	case "cgroup":
		return "0::" + group + "\n", true
	}
	return "", false
}

// readDir lists a folder; /proc has one for each process.
func (s *session) readDir(dir string) []fs.DirEntry {
	all := s.fs.list(dir)
	if dir != "/proc" {
		return all
	}
	s.mu.Lock()
	for pid := range s.runs {
		all = append(all, fs.FileInfoToDirEntry(&file{name: strconv.Itoa(pid), mode: fs.ModeDir | 0o555}))
	}
	s.mu.Unlock()
	for _, l := range s.services() {
		if l.active {
			all = append(all, fs.FileInfoToDirEntry(&file{name: strconv.Itoa(l.pid), mode: fs.ModeDir | 0o555}))
		}
	}
	return all
}

// indexAge is how old the package lists of the simulated containers are.
const indexAge = 3 * 24 * time.Hour

func (c *invocation) dateOf() int {
	c.say("%d", time.Now().Add(-indexAge).Unix())
	return 0
}

func (c *invocation) aptUpgrades() int {
	c.say("Reading package lists...\nBuilding dependency tree...\nReading state information...\nCalculating upgrade...")
	c.say("Inst libssl3t64 [3.5.1-1] (3.5.1-1+deb13u1 Debian-Security:13/stable-security [amd64])")
	c.say("Inst openssl [3.5.1-1] (3.5.1-1+deb13u1 Debian-Security:13/stable-security [amd64])")
	c.say("Inst tzdata [2025b-4+deb13u1] (2025c-1+deb13u1 Debian:13.2/stable [all])")
	c.say("Conf libssl3t64 (3.5.1-1+deb13u1 Debian-Security:13/stable-security [amd64])")
	return 0
}

func (c *invocation) apkVersions() int {
	c.say("Installed:                                Available:")
	c.say("busybox-1.37.0-r18                      < 1.37.0-r19 ")
	c.say("ssl_client-1.37.0-r18                   < 1.37.0-r19 ")
	return 0
}

func (c *invocation) dnfUpdates() int {
	c.say("openssl-libs.x86_64                1:3.2.6-3.fc42                updates")
	return 100
}

func (c *invocation) rpmVersions() int {
	c.say("bash.x86_64\t5.2.37-1.fc42\nopenssl-libs.x86_64\t1:3.2.4-3.fc42")
	return 0
}

// journal is `journalctl --unit=NAME`.
func (c *invocation) journal() int {
	env := argumentsOf(c.args)
	return c.tell(env["--unit"], env["--lines"], slices.Contains(c.args, "--follow"), func(name string) []string {
		return c.journalOf(strings.TrimSuffix(name, ".service"))
	})
}

// tailFollow is `tail -n N -F FILE`.
func (c *invocation) tailFollow() int {
	_, values, names := c.options("n")
	if len(names) != 1 {
		return 1
	}
	return c.tell(absolute(c.ctx, names[0]), values['n'], true, func(name string) []string {
		text, _ := c.fs.read(name)
		return lines(text)
	})
}

// argumentsOf are the options that are written as --name=value.
func argumentsOf(args []string) map[string]string {
	all := make(map[string]string)
	for _, a := range args {
		if name, value, ok := strings.Cut(a, "="); ok {
			all[name] = value
		}
	}
	return all
}

// tell shows the last lines of a log, and those that come after them until it is ended.
func (c *invocation) tell(name, last string, follow bool, read func(name string) []string) int {
	told := -1
	for {
		c.mu.Lock()
		logged := c.logged
		c.mu.Unlock()
		all := read(name)
		if told < 0 {
			n, err := strconv.Atoi(last)
			if err != nil {
				return 1
			}
			told = max(0, len(all)-n)
		}
		for _, l := range all[min(told, len(all)):] {
			c.say("%s", l)
		}
		if told = len(all); !follow {
			return 0
		}
		var grow <-chan time.Time
		if c.pace > 0 {
			grow = time.After(c.pace * 12)
		}
		select {
		case <-c.ctx.Done():
			return statusSignal + 15
		case <-logged:
		case <-grow:
			c.log(strings.TrimSuffix(path.Base(strings.TrimSuffix(name, ".log")), ".service"), madeUp(len(all)))
		}
	}
}

// madeUp is what a service of the demonstration writes while somebody follows its log.
func madeUp(n int) string {
	said := []string{
		"\x1b[32minfo\x1b[0m request done in %d ms", "\x1b[32minfo\x1b[0m cache is warm: %d entries", "\x1b[33mwarn\x1b[0m a client took %d ms to read its answer",
		"\x1b[32minfo\x1b[0m looked after %d connections",
	}
	return fmt.Sprintf(said[n%len(said)], 3+n*7%90)
}

// journalOf is the journal of a service, which begins with its start.
func (b *box) journalOf(name string) []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	u := b.units[name]
	if u == nil {
		return b.logs[name]
	}
	if len(b.logs[name]) == 0 {
		b.logs[name] = b.beginning(name, u)
	}
	return slices.Clone(b.logs[name])
}

// beginning is the first lines of a service's log. b.mu is held.
func (b *box) beginning(name string, u *unit) []string {
	stamp := time.Now().Add(-time.Hour).UTC().Format("2006-01-02T15:04:05-07:00") + " " + b.hostname + " "
	if u.exit > 0 {
		var all []string
		for i := range 6 {
			all = append(all, fmt.Sprintf("%s%s[%d]: \x1b[31mcannot open the device: no such file or directory\x1b[0m", stamp, name, 600+i),
				fmt.Sprintf("%ssystemd[1]: %s.service: Main process exited, code=exited, status=%d/n/a", stamp, name, u.exit))
		}
		return append(all, fmt.Sprintf("%ssystemd[1]: %s.service: Failed with result 'exit-code'.", stamp, name))
	}
	return []string{stamp + "systemd[1]: Started " + name + ".service.", stamp + name + "[140]: ready"}
}

// log adds lines to the log of a service and wakes who follows it.
func (b *box) log(name string, more ...string) {
	stamp := time.Now().UTC().Format("2006-01-02T15:04:05-07:00") + " " + b.hostname + " " + name + "[140]: "
	if !b.os.systemd() {
		stamp = time.Now().UTC().Format("2006-01-02 15:04:05 ")
	}
	var stamped []string
	for _, m := range more {
		stamped = append(stamped, stamp+m)
	}
	b.addLines(name, stamped)
}

// addLines adds lines to a log as they are.
func (b *box) addLines(name string, more []string) {
	if !b.os.systemd() {
		at := "/var/log/" + name + ".log"
		before, _ := b.fs.read(at)
		b.fs.add(at, string(before)+strings.Join(more, "\n")+"\n")
	} else {
		before := b.journalOf(name)
		b.mu.Lock()
		b.logs[name] = append(before, more...)
		b.mu.Unlock()
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	close(b.logged)
	b.logged = make(chan struct{})
}

// boxGuest is what a box knows of its container at a moment.
type boxGuest struct {
	Guest
	usage
	begun   time.Time
	maxSwap uint64 // bytes
}

// guestOf tells a box of its container.
func (c *Cluster) guestOf(g *guest) func() boxGuest {
	return func() boxGuest {
		c.mu.Lock()
		defer c.mu.Unlock()
		now := c.cfg.Now()
		return boxGuest{g.Guest, c.usage(g, now), g.started, g.maxSwap()}
	}
}

// furniture are what containers of the demonstration run, by their names, besides what is
// called as they are.
var furniture = map[string][]string{
	"pihole": {"unbound", "dnsmasq"}, "postgres": {"postgresql"}, "forge": {"forgejo", "caddy"}, "jellyfin": {"jellyfin", "nginx"}, "web": {"nginx"},
}

// furnish gives a container that nobody created what its name promises.
func (b *box) furnish() {
	b.fs.mkdir("/var/lib/apt/lists/partial")
	b.fs.add("/var/cache/apk/APKINDEX.5f1d3a2b.tar.gz", "")
	b.install("openssh-server")
	if b.os.systemd() {
		b.install("cron") // Alpine has its own
	}
	wanted := furniture[b.hostname]
	if _, ok := packages[b.hostname]; ok && wanted == nil {
		wanted = []string{b.hostname}
	}
	for _, name := range wanted {
		b.install(name)
	}
	b.mu.Lock()
	for name, u := range b.units {
		u.active, u.enabled = true, true
		if u.port > 0 && !b.os.systemd() {
			b.fs.add("/var/log/"+name+".log", time.Now().Add(-time.Hour).UTC().Format("2006-01-02 15:04:05 ")+"listening on port "+strconv.Itoa(u.port)+"\n")
		}
	}
	if b.hostname == "jellyfin" {
		b.units["intel-gpu-exporter"] = &unit{exit: 1, enabled: true, description: "Figures of the graphics card", port: 9100}
	}
	b.mu.Unlock()
	if wanted != nil {
		b.fs.add("/etc/berth/credentials/"+b.hostname, "# made when it was set up\nADMIN_USER=admin\nADMIN_PASSWORD='"+versionOf(b.hostname)+"-harbour-"+strconv.Itoa(int(number(b.hostname, 9000)))+"'\n")
	}
}

// RunService lets something run in a container, and listen on a port if that is not 0.
func (c *Cluster) RunService(vmid int, name, description string, port int) {
	c.within(vmid, func(b *box) {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.units[name] = &unit{active: true, enabled: true, description: description, port: port}
	})
}

// FailService lets a service be one that ended with that exit status.
func (c *Cluster) FailService(vmid int, name, description string, exit int) {
	c.within(vmid, func(b *box) {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.units[name] = &unit{enabled: true, description: description, exit: exit}
	})
}

// WriteLog adds lines to the log of a container's service, as they are.
func (c *Cluster) WriteLog(vmid int, service string, lines ...string) {
	c.within(vmid, func(b *box) { b.addLines(service, lines) })
}

// WriteFile puts a file into a container.
func (c *Cluster) WriteFile(vmid int, name, content string) {
	c.within(vmid, func(b *box) { b.fs.add(name, content) })
}

// Runs is how many programs run in a container in a session of their own.
func (c *Cluster) Runs(vmid int) int {
	n := 0
	c.within(vmid, func(b *box) {
		b.mu.Lock()
		defer b.mu.Unlock()
		n = len(b.runs)
	})
	return n
}

// SetAddress gives a running container another address by DHCP.
func (c *Cluster) SetAddress(vmid int, cidr string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if g := c.guests[vmid]; g != nil {
		g.Address = cidr
	}
}

// within does something in a running container.
func (c *Cluster) within(vmid int, do func(*box)) {
	c.mu.Lock()
	g := c.guests[vmid]
	c.mu.Unlock()
	if g == nil {
		return
	}
	if b, _, _ := c.inside(g.Node, vmid); b != nil {
		do(b)
	}
}
