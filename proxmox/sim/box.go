package sim

import (
	"context"
	"fmt"
	"hash/fnv"
	"slices"
	"strings"
	"sync"
	"time"
)

// box is the inside of a container: its files, what runs in it and what is installed.
type box struct {
	hostname string
	os       osRelease
	guest    func() boxGuest
	pace     time.Duration // between two lines of a command that takes its time; 0: at once
	hurry    int           // as in Config
	closed   <-chan struct{}
	work     *sync.WaitGroup // of the cluster: all that runs inside

	mu        sync.Mutex
	fs        fileSystem
	installed map[string]bool
	users     map[string]bool
	commands  map[string]bool // that came with packages
	units     map[string]*unit
	templates map[string]bool // of units
	runs      map[int]*run    // by process ID
	lastPID   int
	logs      map[string][]string // of systemd's services
	logged    chan struct{}       // closed when a log grows
}

// unit is a service as systemd or OpenRC knows it.
type unit struct {
	port            int
	active, enabled bool
	exit            int // with which it failed; 0: it did not
	description     string
}

// run is a program in a session of its own.
type run struct {
	end    context.CancelFunc
	signal int           // that ended it; 0: none
	done   chan struct{} // closed when it is gone
}

// osRelease is the system of a container.
type osRelease struct{ id, version, name, codename string }

func (o osRelease) systemd() bool { return o.id != "alpine" }

// postgreSQL is the version that the system has.
func (o osRelease) postgreSQL() string {
	if o.version == "12" {
		return "15"
	}
	return "17"
}

// systemOf is the system that an OS template or an ostype of Proxmox stands for.
func systemOf(osType, osTemplate string) osRelease {
	version := func(fallback string) string {
		if parts := strings.Split(osTemplate, "-"); len(parts) > 1 && parts[1] != "" {
			return parts[1]
		}
		return fallback
	}
	switch osType {
	case "alpine":
		v := version("3.22")
		return osRelease{"alpine", v + ".0", "Alpine Linux v" + v, v}
	case "ubuntu":
		v := version("24.04")
		return osRelease{"ubuntu", v, "Ubuntu " + v + " LTS", "noble"}
	case "fedora":
		v := version("42")
		return osRelease{"fedora", v, "Fedora Linux " + v + " (Container Image)", v}
	}
	v := version("13")
	codename := map[string]string{"11": "bullseye", "12": "bookworm", "13": "trixie"}[v]
	return osRelease{"debian", v, fmt.Sprintf("Debian GNU/Linux %s (%s)", v, codename), codename}
}

// inside is the box of a running container of a member, or the status and the words of
// pct for one that is not there or does not run.
func (c *Cluster) inside(member string, vmid int) (*box, int, string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.settle(c.cfg.Now())
	g := c.guests[vmid]
	switch {
	case g == nil || g.Type != "lxc" || g.Node != member:
		return nil, 2, fmt.Sprintf("Configuration file 'nodes/%s/lxc/%d.conf' does not exist", member, vmid)
	case g.Status != "running" || g.making:
		return nil, 255, fmt.Sprintf("CT %d not running", vmid)
	}
	if g.box == nil {
		g.box = newBox(g.Name, systemOf(g.OSType, g.osTemplate), c.closed, &c.work)
		g.box.guest, g.box.hurry = c.guestOf(g), c.cfg.Hurry
		if c.cfg.Live {
			g.box.pace = livePace
		}
		if g.osTemplate == "" {
			g.box.furnish()
		}
	}
	return g.box, 0, ""
}

// livePace lets a demonstration's log be watched.
const livePace = 120 * time.Millisecond

func newBox(hostname string, os osRelease, closed <-chan struct{}, work *sync.WaitGroup) *box {
	b := &box{
		hostname: hostname, os: os, closed: closed, work: work,
		installed: make(map[string]bool), commands: make(map[string]bool), units: make(map[string]*unit), templates: make(map[string]bool), runs: make(map[int]*run),
		users:   map[string]bool{"root": true, "daemon": true, "nobody": true, "nogroup": true, "www-data": os.id != "alpine", "users": true, "staff": true, "adm": true},
		lastPID: 400,
		logs:    make(map[string][]string),
		logged:  make(chan struct{}),
	}
	b.fs.add("/etc/os-release", fmt.Sprintf("PRETTY_NAME=%q\nNAME=%q\nVERSION_ID=%q\nVERSION_CODENAME=%s\nID=%s\n", os.name, os.name, os.version, os.codename, os.id))
	b.fs.add("/etc/hostname", hostname+"\n")
	b.fs.add("/etc/hosts", "127.0.0.1 localhost\n127.0.1.1 "+hostname+"\n")
	b.fs.add("/etc/passwd", "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n")
	b.fs.add("/etc/resolv.conf", "nameserver 192.0.2.53\n")
	b.fs.add("/proc/sys/net/ipv4/ip_forward", "0\n")
	for _, zone := range []string{"Etc/UTC", "Europe/Berlin", "Europe/London", "America/New_York", "Asia/Tokyo"} {
		b.fs.add("/usr/share/zoneinfo/"+zone, "TZif2")
	}
	for _, dir := range []string{"/root", "/tmp", "/home", "/srv", "/opt", "/mnt", "/var/lib", "/var/log", "/usr/local/bin", "/usr/local/sbin", "/etc/cron.d", "/etc/ssl", "/etc/sysctl.d", "/run"} {
		b.fs.mkdir(dir)
	}
	if os.systemd() {
		b.fs.mkdir("/run/systemd/system")
		b.fs.mkdir("/etc/systemd/system")
		b.fs.add("/proc/1/comm", "systemd\n")
		for _, name := range []string{"systemd-networkd", "apt-daily.timer", "apt-daily-upgrade.timer"} {
			b.units[name] = &unit{active: true, enabled: true}
		}
	} else {
		b.fs.mkdir("/etc/init.d")
		b.fs.mkdir("/etc/conf.d")
		b.fs.mkdir("/etc/periodic")
		b.fs.add("/run/openrc/softlevel", "default")
		b.fs.add("/proc/1/comm", "init\n")
		b.units["networking"] = &unit{active: true, enabled: true}
		b.units["crond"] = &unit{}
	}
	return b
}

// halt ends all that runs, as the container's stop does.
func (b *box) halt() {
	if b == nil {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, r := range b.runs {
		r.signal = 9
		r.end()
	}
	for _, u := range b.units {
		u.active = u.enabled // as it is at the next start
	}
	b.fs.remove("/run/berth")
}

// begin notes a program that gets a session of its own, with that process ID.
func (b *box) begin(pid int, end context.CancelFunc) *run {
	b.mu.Lock()
	defer b.mu.Unlock()
	r := &run{end: end, done: make(chan struct{})}
	b.runs[pid] = r
	return r
}

// signalled is the signal that ended a program; 0 when none did.
func (b *box) signalled(r *run) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return r.signal
}

// ended takes the program away.
func (b *box) ended(pid int, r *run) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.runs, pid)
	close(r.done)
}

// send sends a signal to a program; false when it is not there. Signal 0 asks whether it is.
func (b *box) send(pid, signal int) bool {
	b.mu.Lock()
	r := b.runs[pid]
	if r != nil && signal != 0 {
		r.signal = signal
		r.end()
	}
	b.mu.Unlock()
	if r == nil {
		return false
	}
	if signal != 0 {
		<-r.done
	}
	return true
}

// newPID is a process ID that no program had yet.
func (b *box) newPID() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.lastPID += 7
	return b.lastPID
}

// ports that something listens on, in order.
func (b *box) ports() []int {
	b.mu.Lock()
	defer b.mu.Unlock()
	var all []int
	for _, u := range b.units {
		if u.active && u.port > 0 {
			all = append(all, u.port)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// procNetTCP is /proc/net/tcp.
func (b *box) procNetTCP() string {
	var s strings.Builder
	s.WriteString("  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n")
	for i, port := range b.ports() {
		fmt.Fprintf(&s, "%4d: 00000000:%04X 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 %d 1\n", i, port, 21000+i)
	}
	return s.String()
}

// service is the unit of a name, also one whose file somebody wrote.
func (b *box) service(name string) *unit {
	name = strings.TrimSuffix(name, ".service")
	b.mu.Lock()
	defer b.mu.Unlock()
	if u := b.units[name]; u != nil {
		return u
	}
	if template, _, instance := strings.Cut(name, "@"); instance && b.templates[template] {
		b.units[name] = &unit{}
		return b.units[name]
	}
	for _, file := range []string{"/etc/systemd/system/" + name + ".service", "/etc/systemd/system/" + name, "/etc/init.d/" + name} {
		if b.fs.get(file) != nil {
			b.units[name] = &unit{}
			return b.units[name]
		}
	}
	return nil
}

// install brings what a package has.
func (b *box) install(name string) {
	s := softwareOf(name)
	b.mu.Lock()
	defer b.mu.Unlock()
	b.installed[name] = true
	for _, c := range s.commands {
		b.commands[c] = true
	}
	for _, u := range s.users {
		b.users[u] = true
	}
	for _, d := range s.dirs {
		b.fs.mkdir(d)
	}
	for path, content := range s.files {
		b.fs.add(path, content)
	}
	if name == "postgresql" {
		b.fs.add("/etc/postgresql/"+b.os.postgreSQL()+"/main/pg_hba.conf", "local all postgres peer\n")
	}
	if s.template != "" {
		b.templates[s.template] = true
	}
	service := s.service
	if !b.os.systemd() && s.openrc != "" {
		service = s.openrc
	}
	if service != "" && b.units[service] == nil {
		runs := b.os.id == "debian" || b.os.id == "ubuntu" // which start what they install
		b.units[service] = &unit{port: s.port, active: runs, enabled: runs}
	}
}

// number is one below n that follows from a text.
func number(text string, n uint32) uint32 {
	h := fnv.New32a()
	h.Write([]byte(text)) // never fails
	return h.Sum32() % n
}
