package sim

import (
	"context"
	"fmt"
	"hash/fnv"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"
)

// box is the inside of a container: files, installed packages, services and running programs.
// There is no real shell: Berth's own programs are answered from these fields, the scripts of
// its starters from recordings, and all others by a small interpreter (see shell).
type box struct {
	hostname string
	os       osRelease
	guest    func() boxGuest
	pace     time.Duration   // between two lines of slow output; 0: at once
	hurry    int             // as in Config
	life     context.Context // of the cluster
	work     *sync.WaitGroup // of the cluster, which waits for all programs at Close

	mu        sync.Mutex
	changed   chan struct{}   // closed by notify
	files     map[string]file // by absolute path
	installed map[string]bool // packages
	units     map[string]*unit
	runs      map[string]*run // by ID
}

// unit is a service as systemd or OpenRC knows it.
type unit struct {
	name            string
	port            int
	active, enabled bool
	exit            int // with which it failed; 0: it did not
	description     string
}

// boxGuest is a snapshot of the container's state and use of resources, for answers that tell of them.
type boxGuest struct {
	Guest
	usage
	begun   time.Time
	maxSwap uint64 // bytes
}

// osRelease is the system of a container.
type osRelease struct{ id, version, name, pretty, codename string }

func (o osRelease) systemd() bool { return o.id != "alpine" }

// manager is the command of the system's package manager.
func (o osRelease) manager() string {
	if o.id == "alpine" {
		return "apk"
	}
	return "apt-get"
}

// systemOf is the system that an ostype of Proxmox and an OS template stand for.
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
		return osRelease{"alpine", v + ".0", "Alpine Linux", "Alpine Linux v" + v, v}
	case "ubuntu":
		v := version("24.04")
		return osRelease{"ubuntu", v, "Ubuntu", "Ubuntu " + v + " LTS", "noble"}
	}
	v := version("13")
	codename := map[string]string{"11": "bullseye", "12": "bookworm", "13": "trixie"}[v]
	return osRelease{"debian", v, "Debian GNU/Linux", fmt.Sprintf("Debian GNU/Linux %s (%s)", v, codename), codename}
}

// inside returns the box of a running container of a member, which it makes at the first call;
// or else nil, and the exit status and message of pct for one that does not exist or run.
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
		g.box = c.newBox(g)
	}
	return g.box, 0, ""
}

// livePace is slow enough for a demonstration's log to be watched.
const livePace = 120 * time.Millisecond

func (c *Cluster) newBox(g *guest) *box {
	b := &box{
		hostname: g.Name, os: systemOf(g.OSType, g.osTemplate), life: c.life, work: &c.work, hurry: max(c.cfg.Hurry, 1),
		changed: make(chan struct{}), files: map[string]file{"/": {isDir: true}}, installed: make(map[string]bool),
		units: make(map[string]*unit), runs: make(map[string]*run),
	}
	b.guest = func() boxGuest {
		c.mu.Lock()
		defer c.mu.Unlock()
		return boxGuest{g.Guest, c.usage(g, c.cfg.Now()), g.started, g.maxSwap()}
	}
	if c.cfg.Live {
		b.pace = livePace
	}
	b.write("/etc/os-release", fmt.Sprintf("PRETTY_NAME=%q\nNAME=%q\nVERSION_ID=%q\nVERSION_CODENAME=%s\nID=%s\n", b.os.pretty, b.os.name, b.os.version, b.os.codename, b.os.id), false)
	b.write("/etc/hostname", b.hostname+"\n", false)
	b.write("/etc/hosts", "127.0.0.1 localhost\n127.0.1.1 "+b.hostname+"\n", false)
	for _, dir := range []string{"/root", "/tmp", "/home", "/srv", "/opt", "/usr/local/bin", "/var/log", "/run"} {
		b.mkdir(dir)
	}
	if b.os.systemd() {
		b.set(unit{name: "systemd-networkd", active: true, enabled: true, description: "Network Configuration"})
		b.set(unit{name: "apt-daily.timer"})
		b.set(unit{name: "apt-daily-upgrade.timer"})
	} else {
		b.set(unit{name: "networking", active: true, enabled: true})
		b.set(unit{name: "crond"})
	}
	if g.osTemplate == "" {
		b.furnish()
	}
	return b
}

// furniture lists, by a demonstration container's name, the packages that furnish installs in it.
// A container without an entry gets the package of its own name, if there is one.
var furniture = map[string][]string{
	"pihole": {"unbound", "dnsmasq"}, "postgres": {"postgresql"}, "forge": {"forgejo", "caddy"}, "jellyfin": {"jellyfin", "nginx"}, "web": {"nginx"},
}

// furnish installs services that fit its name into a container that exists from the start.
func (b *box) furnish() {
	b.install("openssh-server")
	if b.os.systemd() {
		b.install("cron") // Alpine has its own
	}
	wanted := furniture[b.hostname]
	if offered()[b.hostname] != (software{}) && wanted == nil {
		wanted = []string{b.hostname}
	}
	for _, name := range wanted {
		b.install(name)
	}
	for name, u := range b.units {
		u.active, u.enabled = true, true
		if u.port > 0 && !b.os.systemd() {
			b.log(name, fmt.Sprintf("listening on port %d", u.port))
		}
	}
	if b.hostname == "jellyfin" {
		b.set(unit{name: "intel-gpu-exporter", exit: 1, enabled: true, description: "Figures of the graphics card", port: 9100})
	}
	if wanted != nil {
		b.write("/etc/berth/credentials/"+b.hostname, fmt.Sprintf("# made when it was set up\nADMIN_USER=admin\nADMIN_PASSWORD='%s-harbour-%d'\n", versionOf(b.hostname), number(b.hostname, 9000)), false)
	}
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
	clear(b.runs) // a real container keeps them in /run, which is empty after a stop
	for _, u := range b.units {
		u.active = u.enabled // as it is at the next start
	}
	b.notify()
}

// notify wakes all who await something. b.mu is held.
func (b *box) notify() {
	close(b.changed)
	b.changed = make(chan struct{})
}

// await waits until so returns true, which it calls with b.mu held after each notify; false when ctx ended first.
func (b *box) await(ctx context.Context, so func() bool) bool {
	for {
		b.mu.Lock()
		yes, changed := so(), b.changed
		b.mu.Unlock()
		if yes {
			return true
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return false
		}
	}
}

// ports lists the ports that running services listen on, in order, each once.
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

// listening tells whether a running service listens on a port. b.mu is held.
func (b *box) listening(port int) bool {
	for _, u := range b.units {
		if u.active && u.port == port {
			return true
		}
	}
	return false
}

// set adds a unit, in place of one of the same name.
func (b *box) set(u unit) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.units[u.name] = &u
	b.notify()
}

// service calls do with the unit of a name; false where there is none. It also finds an instance of an installed
// template, and a unit whose file a script wrote.
func (b *box) service(name string, do func(*unit)) bool {
	name = strings.TrimSuffix(name, ".service")
	template, _, instance := strings.Cut(name, "@")
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.units[name] == nil {
		known := b.files["/etc/systemd/system/"+name] != file{} || b.files["/etc/systemd/system/"+name+".service"] != file{}
		for p := range b.installed {
			known = known || instance && offered()[p].template == template+"@"
		}
		if !known {
			return false
		}
		b.units[name] = &unit{name: name}
	}
	do(b.units[name])
	b.notify()
	return true
}

// id is the unit's name as systemd writes it.
func (u unit) id() string { return strings.TrimSuffix(u.name, ".service") + ".service" }

// program is the name of its process.
func (u unit) program() string {
	name, _, _ := strings.Cut(strings.TrimSuffix(u.name, ".service"), "@")
	return name[:min(len(name), 15)]
}

// pid is the number of its process, always the same for a name.
func (u unit) pid() int { return 500 + int(number(u.name, 30_000)) }

// services of a container by name, without timers.
func (b *box) services() []unit {
	b.mu.Lock()
	defer b.mu.Unlock()
	var all []unit
	for _, name := range slices.Sorted(maps.Keys(b.units)) {
		if !strings.HasSuffix(name, ".timer") {
			all = append(all, *b.units[name])
		}
	}
	return all
}

// number makes up a number below n from a text, always the same.
func number(text string, n uint32) uint32 {
	h := fnv.New32a()
	h.Write([]byte(text)) // never fails
	return h.Sum32() % n
}
