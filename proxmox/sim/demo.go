package sim

import (
	"context"
	"fmt"
	"net"
	"time"
)

// demoTaskTime is long enough for a create of the demonstration to be watched.
const demoTaskTime = 4 * time.Second

// demoToken is the token on both hosts of the demonstration.
const demoToken = "berth@pve!demo"

// Demo makes the two believable hosts of the demonstration with live metrics,
// one standalone and one in a cluster of two, and a token of least rights for each.
func Demo() (*DemoWorld, error) {
	pve1 := New(Config{Members: []string{"pve1"}, Live: true, TaskTime: demoTaskTime})
	nuc := New(Config{Name: "cupboard", Members: []string{"nuc", "nuc2"}, Live: true, TaskTime: demoTaskTime})
	w := &DemoWorld{clusters: []*Cluster{pve1, nuc}}
	pve1.AddStorage("pve1", demoShelf)
	pve1.AddStorage("pve1", demoVault)
	pve1.SetTagColours("media:7b3fb5;database:1a5fb4;dns:ffd166:3d2e00")
	pve1.Add(demoKept(demoHouse())...)
	nuc.Add(demoCupboard()...)
	for _, file := range []string{"alpine-3.22-default_20250617_amd64.tar.xz", "debian-12-standard_12.12-1_amd64.tar.zst", "ubuntu-24.04-standard_24.04-2_amd64.tar.zst"} {
		pve1.AddOSTemplate("pve1", "local", file)
	}
	w.past()
	nuc.RemoveOSTemplates() // so that the wizard offers to fetch one
	for i, member := range []string{"pve1", "nuc"} {
		c := w.clusters[i]
		host, err := c.Serve(member)
		if err != nil {
			w.Close()
			return nil, fmt.Errorf("serve %s: %w", member, err)
		}
		if member == "nuc" {
			host.RenewUntil(time.Now().Add(19 * day))
		}
		shore, err := c.ServeSSH(member)
		if err != nil {
			w.Close()
			return nil, fmt.Errorf("serve %s over SSH: %w", member, err)
		}
		shore.AllowAny() // nobody can paste a line on it
		rights := LeastRights()
		rights["/vms/190"] = nil // a guest of somebody else
		rights["/pool"] = []string{"Pool.Audit"}
		w.Nodes = append(w.Nodes, DemoNode{Name: member, Host: host, SSH: shore, TokenID: demoToken, TokenSecret: c.AddToken(demoToken, rights)})
	}
	return w, nil
}

// demoNote is Markdown, as people write it into their notes.
const demoNote = `## Films and music

Runs on **eth0** for the house and on the media network (VLAN 20).

- Web: <http://192.0.2.60:8096>
- Library: ` + "`/media`" + `, a folder of the host, *read only*
- Decodes by the GPU: /dev/dri/renderD128

| Library | Files |
| ------- | ----- |
| Films   | 812   |
| Music   | 9,430 |

> Ask before a restart on a Friday evening.
`

const (
	mib = 1 << 20
	gib = 1 << 30
	day = 24 * time.Hour
)

func demoHouse() []Guest {
	return []Guest{
		{VMID: 101, Name: "pihole", Status: "running", Tags: []string{"dns", "network"}, Cores: 1, CPU: 0.03, Memory: 142 * mib, MaxMemory: 512 * mib, Disk: 1900 * mib, MaxDisk: 8 * gib,
			Uptime: 41*day + 6*time.Hour, Address: "192.0.2.53/24", Description: "Answers names for the whole house.", Swap: 18 * mib,
			Config: map[string]string{"startup": "order=1,up=20", "protection": "1"}},
		{VMID: 102, Name: "jellyfin", Status: "running", Tags: []string{"media"}, Age: 500 * day, Cores: 4, CPU: 0.38, Memory: 2650 * mib, MaxMemory: 4 * gib, Disk: 21 * gib, MaxDisk: 32 * gib,
			Uptime: 12*day + 3*time.Hour, Address: "192.0.2.60/24", Pool: "home", Swap: 32 * mib, Description: demoNote,
			Config: map[string]string{
				"net0":    "name=eth0,bridge=vmbr0,firewall=1,gw=192.0.2.1,hwaddr=BC:24:11:5E:0A:91,ip=192.0.2.60/24,ip6=auto,type=veth",
				"net1":    "name=eth1,bridge=vmbr1,hwaddr=BC:24:11:5E:0A:92,ip=198.51.100.60/24,rate=50,tag=20,type=veth",
				"mp0":     "local-lvm:vm-102-disk-1,mp=/var/lib/jellyfin,backup=1,size=64G",
				"mp1":     "/srv/media,mp=/media,ro=1",
				"dev0":    "/dev/dri/renderD128,gid=104",
				"startup": "order=3,up=30", "nameserver": "192.0.2.53", "timezone": "host",
			},
			Pending: map[string]string{"nameserver": "192.0.2.53 2001:db8::53", "searchdomain": "home.example"}},
		{VMID: 103, Name: "postgres", Status: "running", Tags: []string{"database"}, Cores: 2, CPU: 0.11, Memory: 1530 * mib, MaxMemory: 2 * gib, Disk: 18 * gib, MaxDisk: 20 * gib,
			Uptime: 41*day + 5*time.Hour, Address: "192.0.2.61/24"},
		{VMID: 104, Name: "forge", Status: "running", Tags: []string{"git"}, Age: 120 * day, Cores: 2, CPU: 0.06, Memory: 1060 * mib, MaxMemory: 1 * gib, Disk: 7 * gib, MaxDisk: 16 * gib,
			Uptime: 9*day + 17*time.Hour, Address: "192.0.2.62/24", OSType: "alpine"},
		{VMID: 105, Name: "paperless", Tags: []string{"documents"}, Cores: 2, MaxMemory: 2 * gib, Disk: 9 * gib, MaxDisk: 24 * gib, Age: 200 * day},
		{VMID: 110, Name: "win11", Type: "qemu", Status: "running", Cores: 4, CPU: 0.2, Memory: 6 * gib, MaxMemory: 8 * gib, MaxDisk: 120 * gib, Uptime: 3 * day},
		{VMID: 190, Name: "hidden", Status: "running", Cores: 1, Memory: 100 * mib, Uptime: day},
	}
}

func demoCupboard() []Guest {
	return []Guest{
		{VMID: 101, Name: "caddy", Status: "running", Tags: []string{"web"}, Cores: 1, CPU: 0.04, Memory: 96 * mib, Age: 400 * day, MaxMemory: 256 * mib, Disk: 900 * mib, MaxDisk: 4 * gib,
			Uptime: 27 * day, Address: "192.0.2.80/24", OSType: "alpine"},
		{VMID: 102, Name: "wireguard", Status: "running", Tags: []string{"network"}, Cores: 1, CPU: 0.02, Memory: 58 * mib, MaxMemory: 256 * mib, Disk: 700 * mib, MaxDisk: 4 * gib,
			Uptime: 27 * day, Address: "192.0.2.81/24", OSType: "alpine"},
		{VMID: 103, Name: "samba", Status: "running", Tags: []string{"files"}, Cores: 2, CPU: 0.05, Memory: 240 * mib, MaxMemory: 512 * mib, Disk: 41 * gib, MaxDisk: 64 * gib,
			Uptime: 6*day + 2*time.Hour, Address: "192.0.2.82/24", Lock: "backup"},
		{VMID: 104, Name: "printer", Tags: []string{"old"}, Config: map[string]string{"onboot": "0"}, Cores: 1, MaxMemory: 512 * mib, Disk: 1200 * mib, MaxDisk: 8 * gib, HangsOnShutdown: true},
		{VMID: 120, Name: "homeassistant", Type: "qemu", Status: "running", Cores: 2, CPU: 0.09, Memory: 2 * gib, MaxMemory: 4 * gib, MaxDisk: 32 * gib, Uptime: 27 * day},
		{VMID: 130, Node: "nuc2", Name: "backup", Status: "running", Tags: []string{"files"}, Cores: 2, CPU: 0.02, Memory: 300 * mib, MaxMemory: 1 * gib, Disk: 5 * gib, MaxDisk: 200 * gib, Uptime: 20 * day},
	}
}

// past adds tasks to the hosts' lists that ended before the demonstration began.
func (w *DemoWorld) past() {
	now := time.Now()
	night := func(c *Cluster, member string, vmid int, exit string) {
		c.AddTask(member, Ended{Kind: "vzdump", User: "root@pam", VMID: vmid, At: now.Add(-9 * time.Hour), Took: 4 * time.Minute, Exit: exit,
			Log: []string{fmt.Sprintf("INFO: Starting Backup of VM %d (lxc)", vmid), "INFO: creating vzdump archive"}})
	}
	pve1, nuc := w.clusters[0], w.clusters[1]
	pve1.history(now, "pve1", demoHouse())
	nuc.history(now, "nuc", demoCupboard())
	night(pve1, "pve1", 101, "OK")
	night(pve1, "pve1", 102, "could not activate storage 'nas': mount error: Host is down")
	night(nuc, "nuc", 101, "OK")
	night(nuc, "nuc", 102, "WARNINGS: 1")
	pve1.AddTask("pve1", Ended{Kind: "vzshutdown", User: "root@pam", VMID: 105, At: now.Add(-52 * time.Hour), Took: 9 * time.Second, Exit: "OK"})
}

// DemoWorld holds the hosts of the demonstration until Close.
type DemoWorld struct {
	Nodes    []DemoNode
	clusters []*Cluster
}

// Close ends all hosts.
func (w *DemoWorld) Close() {
	for _, c := range w.clusters {
		c.Close()
	}
}

// Dial connects to a port of a container on any of the hosts.
func (w *DemoWorld) Dial(ctx context.Context, network, addr string) (conn net.Conn, err error) {
	for _, c := range w.clusters {
		if conn, err = c.Dial(ctx, network, addr); err == nil {
			return conn, nil
		}
	}
	return nil, err
}

// DemoNode is a host of the demonstration and how to reach it.
type DemoNode struct {
	Name        string
	Host        *Host
	SSH         *SSH
	TokenID     string
	TokenSecret string
}
