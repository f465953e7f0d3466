package golden

import (
	"net/netip"
	"time"

	"berth/fleet"
	"berth/proxmox"
)

const MiB = 1 << 20

// Container is a container that answers; change makes another of it.
func Container(change func(*fleet.Container)) fleet.Container {
	c := fleet.Container{
		Guest: proxmox.Guest{
			Type: "lxc", VMID: 101, Node: "pve1", Name: "pihole", Status: "running", Tags: []string{"dns", "infra"}, Cores: 2, CPU: 0.02,
			Memory: 148 * MiB, MaxMemory: 512 * MiB, Disk: 2 * GiB, MaxDisk: 8 * GiB, Uptime: 41*24*time.Hour + 6*time.Hour,
		},
		NodeID: "n1", NodeName: "pve1", Fresh: true, Seen: Now(), Addresses: []netip.Prefix{netip.MustParsePrefix("192.168.1.53/24")},
	}
	if change != nil {
		change(&c)
	}
	return c
}

const GiB = 1 << 30

// Now is the present of these tests: all ages on their pages are counted from it.
func Now() time.Time { return time.Date(2026, 11, 23, 21, 18, 4, 0, Zone()) }
