package sim

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"maps"
	"math"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Guest describes a container or a virtual machine for Add to put onto a member.
type Guest struct {
	Type                             string // "lxc" (when empty) or "qemu"
	VMID                             int
	Node                             string // the first member when empty
	Name                             string
	Status                           string // "running" or "stopped" (when empty)
	Tags                             []string
	Pool                             string
	Lock                             string
	Cores                            int
	CPU                              float64
	Memory, MaxMemory, Disk, MaxDisk uint64 // bytes
	Swap                             uint64 // bytes in use
	Uptime                           time.Duration
	Age                              time.Duration // since it was created; Uptime counts when that is longer
	Address                          string        // CIDR of eth0 while running
	Links                            []Link        // interfaces inside besides its networks, first in the host's list
	OSType                           string
	Description                      string
	HangsOnShutdown                  bool // a shutdown's task fails by time-out, and a reboot cuts it off
	ResizeFails                      bool // a disk grows, but not the file system on it
	// HA is the HA manager's state for it, as in "started"; empty: not managed. HATakes is the time from a request
	// until the manager acts; negative: it never does.
	HA          string
	HATakes     time.Duration
	Replication string            // the name of its replication job, as in "101-0"; empty: none
	UnusedSizes map[string]uint64 // bytes of the volumes that Config names as unusedN
	// Config holds settings that have no field, by name, in place of the defaults; Pending
	// holds changes that wait for a restart. An empty value unsets one.
	Config, Pending map[string]string
	Template        bool
	Storage         string     // that its root disk is on; local-lvm when empty
	Snapshots       []Snapshot // in the order in which they were made
	Parent          string     // the snapshot that it is at; the last when empty
	Backups         []Backup   // on storages of its member
}

// Link is an interface that something inside a container has made, such as docker0.
type Link struct{ Name, MAC, Address string }

// guest is a Guest of a cluster, with its state.
type guest struct {
	Guest
	config     map[string]string // as pct config shows it, without what Guest holds
	allCores   bool              // its configuration names no number of cores
	started    time.Time         // while it runs
	born       time.Time         // when it was made
	runs       []period          // when it ran, the oldest first
	making     bool              // its create runs: it has no name and no state yet
	osTemplate string            // the archive it was made from; "" for one that exists from the start
	box        *box              // its inside; nil until somebody looked
	snapshots  []*snapshot       // the oldest first
	parent     string            // the snapshot that it is at; "": none
	asked      *haRequest        // the HA manager's next act; nil: none
}

// Add puts guests onto their members.
func (c *Cluster) Add(guests ...Guest) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, g := range guests {
		c.add(g)
	}
}

func (c *Cluster) add(g Guest) *guest {
	g.Type = cmp.Or(g.Type, "lxc")
	g.Node = cmp.Or(g.Node, c.members[0].name)
	g.Status = cmp.Or(g.Status, "stopped")
	g.Cores = cmp.Or(g.Cores, 1)
	g.MaxMemory = cmp.Or(g.MaxMemory, 512<<20)
	g.MaxDisk = cmp.Or(g.MaxDisk, 8<<30)
	g.OSType = cmp.Or(g.OSType, "debian")
	g.Storage = cmp.Or(g.Storage, "local-lvm")
	g.Tags = slices.Clone(g.Tags)
	ip := cmp.Or(g.Address, "dhcp")
	kept := &guest{Guest: g, started: c.cfg.Now().Add(-g.Uptime), config: map[string]string{
		"arch":         "amd64",
		"swap":         "512",
		"unprivileged": "1",
		"features":     "nesting=1",
		"onboot":       "1",
		"rootfs":       fmt.Sprintf("%s,size=%dG", c.member(g.Node).volume(g.Storage, g.VMID, 0), g.MaxDisk>>30),
		"net0":         fmt.Sprintf("name=eth0,bridge=vmbr0,hwaddr=%s,ip=%s,type=veth", macOf(g.VMID), ip),
	}}
	for name, value := range g.Config {
		kept.set(name, value)
	}
	kept.Config, kept.Pending = nil, maps.Clone(g.Pending)
	kept.lived(c.cfg.Now())
	if g.Template {
		kept.config["template"] = "1"
	}
	kept.keepSnapshots(c.cfg.Now())
	c.member(g.Node).keepBackups(kept, c.cfg.Now())
	c.guests[g.VMID] = kept
	return kept
}

// Move takes a guest to another member, as a migration does.
func (c *Cluster) Move(vmid int, member string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if g := c.guests[vmid]; g != nil {
		g.Node = member
	}
}

// volume names a container's disk as its kind of storage does.
func (m *member) volume(name string, vmid, disk int) string {
	s := m.storage(name)
	switch {
	case s != nil && s.kind == "zfspool":
		return fmt.Sprintf("%s:subvol-%d-disk-%d", name, vmid, disk)
	case s != nil && (s.kind == "dir" || s.kind == "nfs"):
		return fmt.Sprintf("%s:%d/vm-%[2]d-disk-%d.raw", name, vmid, disk)
	}
	return fmt.Sprintf("%s:vm-%d-disk-%d", name, vmid, disk)
}

// macInNet matches the MAC address in a netN, for a clone to replace.
var macInNet = regexp.MustCompile(`hwaddr=[0-9A-Fa-f:]+`)

// macOf makes a MAC address in Proxmox's range, always the same for a VMID.
func macOf(vmid int) string {
	return fmt.Sprintf("BC:24:11:%02X:%02X:%02X", vmid>>16&0xff, vmid>>8&0xff, vmid&0xff)
}

// Remove takes a guest away, as if someone else had deleted it.
func (c *Cluster) Remove(vmid int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.forget(vmid)
}

// forget takes a guest away with all that runs in it.
func (c *Cluster) forget(vmid int) {
	if g := c.guests[vmid]; g != nil {
		g.box.halt()
	}
	delete(c.guests, vmid)
}

// SetStatus changes a guest's status at once, as if someone else had started or stopped it.
func (c *Cluster) SetStatus(vmid int, status string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if g := c.guests[vmid]; g != nil {
		g.setStatus(status, c.cfg.Now())
	}
}

func (g *guest) setStatus(status string, now time.Time) {
	g.Status = status
	g.noteRun(status == "running", now)
	if status != "running" {
		g.box.halt()
	}
	if status == "running" {
		g.started = now
	}
}

// SetLock locks a guest ("" unlocks).
func (c *Cluster) SetLock(vmid int, lock string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if g := c.guests[vmid]; g != nil {
		g.Lock = lock
	}
}

// Guests lists all guests of the cluster, by VMID.
func (c *Cluster) Guests() []Guest {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.settle(c.cfg.Now())
	var all []Guest
	for _, g := range c.sortedGuests() {
		all = append(all, g.Guest)
	}
	return all
}

func (c *Cluster) sortedGuests() []*guest {
	return slices.SortedFunc(maps.Values(c.guests), func(a, b *guest) int { return cmp.Compare(a.VMID, b.VMID) })
}

// usage is a guest's use of resources at a moment: shares of its cores, bytes, and bytes since its start.
type usage struct {
	cpu            float64 // 0 to 1
	memory, disk   uint64
	swap           uint64
	netIn, netOut  uint64
	uptime         time.Duration
	diskIn, diskUp uint64
}

// usage of a stopped guest is only its disk. live metrics follow from the clock alone, so that they do not
// depend on how often they are asked for.
func (c *Cluster) usage(g *guest, now time.Time) usage {
	u := usage{disk: g.Disk}
	if g.Status != "running" {
		return u
	}
	u.uptime = now.Sub(g.started)
	u.cpu, u.memory = c.load(g, now)
	u.swap = g.Swap
	if !c.cfg.Live {
		return u
	}
	seconds := u.uptime.Seconds()
	u.netIn = uint64(seconds * (2000 + 90_000*g.CPU))
	u.netOut = uint64(seconds * (1200 + 140_000*g.CPU))
	u.diskIn = uint64(seconds * 800)
	u.diskUp = uint64(seconds * 2600)
	return u
}

// load returns a running guest's CPU and memory at a moment. With Live they go up and down, more in the evening, and
// differ over the year.
func (c *Cluster) load(g *guest, at time.Time) (cpu float64, memory uint64) {
	if !c.cfg.Live {
		return g.CPU, g.Memory
	}
	// Proxmox gathers metrics every 10 s.
	t := float64(at.Truncate(gatherEvery).Unix()) + 97*float64(g.VMID)
	wave := 0.55*math.Sin(t/47) + 0.3*math.Sin(t/17) + 0.15*math.Sin(t/311)
	evening := 1 + 0.35*math.Sin(2*math.Pi*(t/86400-0.5))
	season := math.Sin(2 * math.Pi * t / 86400 / 170)
	cpu = min(max(g.CPU*(1+0.8*wave)*evening*(1+0.3*season), 0.001), 1)
	return cpu, min(uint64(float64(g.Memory)*(1+0.05*math.Sin(t/83)+0.01*season)), g.MaxMemory)
}

// entry is a guest in the form that the lists share.
func (c *Cluster) entry(g *guest, now time.Time) map[string]any {
	if g.making {
		return map[string]any{"vmid": g.VMID, "status": "unknown", "type": g.Type}
	}
	u := c.usage(g, now)
	e := map[string]any{
		"vmid": g.VMID, "type": g.Type, "name": g.Name, "status": g.Status,
		"cpu": u.cpu, "mem": u.memory, "maxmem": g.MaxMemory, "disk": u.disk, "maxdisk": g.MaxDisk,
		"uptime": int64(u.uptime.Seconds()), "netin": u.netIn, "netout": u.netOut, "diskread": u.diskIn, "diskwrite": u.diskUp,
	}
	if g.Lock != "" {
		e["lock"] = g.Lock
	}
	if len(g.Tags) > 0 {
		e["tags"] = strings.Join(g.Tags, ";")
	}
	if g.Template {
		e["template"] = 1
	}
	if g.HA != "" {
		e["hastate"] = g.HA
	}
	return e
}

// addressAfter is the time from a container's start until it has addresses, with Live.
const addressAfter = 3 * time.Second

// interfaces of a running container.
func (c *Cluster) interfaces(g *guest, now time.Time) []map[string]any {
	all := []map[string]any{face("lo", "00:00:00:00:00:00", "127.0.0.1/8", "::1/128")}
	for _, l := range g.Links {
		all = append(all, face(l.Name, l.MAC, l.Address))
	}
	for i := range 8 {
		net, ok := g.config["net"+strconv.Itoa(i)]
		if !ok {
			continue
		}
		parts, _ := propertyString(nil, net)
		var addresses []string
		if !c.cfg.Live || now.Sub(g.started) >= addressAfter {
			addresses = g.addresses(parts, c.noDHCP)
		}
		all = append(all, face(parts["name"], strings.ToLower(parts["hwaddr"]), append(addresses, g.linkLocal())...))
	}
	return all
}

// addresses returns the addresses that a network gives: the fixed ones of its configuration; for DHCP the guest's Address;
// where there is none, and for IPv6 by DHCP or SLAAC, one made of the VMID.
func (g *guest) addresses(net map[string]string, noDHCP bool) []string {
	var all []string
	switch ip := net["ip"]; ip {
	case "", "manual":
	case "dhcp":
		if noDHCP {
			break
		}
		all = append(all, cmp.Or(g.Address, fmt.Sprintf("192.0.2.%d/24", 100+g.VMID%150)))
	default:
		all = append(all, ip)
	}
	switch ip := net["ip6"]; ip {
	case "", "manual":
	case "dhcp", "auto":
		all = append(all, fmt.Sprintf("2001:db8::be24:11ff:fe00:%x/64", g.VMID&0xffff))
	default:
		all = append(all, ip)
	}
	return all
}

func (g *guest) linkLocal() string {
	var a [16]byte
	a[0], a[1], a[8] = 0xfe, 0x80, 0xbe
	binary.BigEndian.PutUint32(a[12:], uint32(g.VMID))
	return netip.PrefixFrom(netip.AddrFrom16(a), 64).String()
}

// face is an interface as /interfaces gives it: the first address of each family, and all.
func face(name, mac string, addresses ...string) map[string]any {
	e := map[string]any{"name": name, "hwaddr": mac, "hardware-address": mac}
	all := []map[string]any{}
	for _, a := range addresses {
		ip, prefix, _ := strings.Cut(a, "/")
		family := "inet"
		if strings.Contains(ip, ":") {
			family = "inet6"
		}
		if _, has := e[family]; !has {
			e[family] = a
		}
		all = append(all, map[string]any{"ip-address": ip, "ip-address-type": family, "prefix": prefix})
	}
	e["ip-addresses"] = all
	return e
}
