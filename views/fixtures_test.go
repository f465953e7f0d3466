package views

import (
	"net/netip"
	"time"

	"berth/fleet"
	"berth/proxmox"
)

const mib = 1 << 20

// lying is a container that answers; change makes another of it.
func lying(change func(*fleet.Container)) fleet.Container {
	c := fleet.Container{
		Guest: proxmox.Guest{
			Type: "lxc", VMID: 101, Node: "pve1", Name: "pihole", Status: "running", Tags: []string{"dns", "infra"}, Cores: 2, CPU: 0.02,
			Memory: 148 * mib, MaxMemory: 512 * mib, Disk: 2 * gib, MaxDisk: 8 * gib, Uptime: 41*24*time.Hour + 6*time.Hour,
		},
		NodeID: "n1", NodeName: "pve1", Fresh: true, Seen: jobNow(), Addresses: []netip.Prefix{netip.MustParsePrefix("192.168.1.53/24")},
	}
	if change != nil {
		change(&c)
	}
	return c
}

const gib = 1 << 30

// jobNow is when the jobs of these tests are looked at.
func jobNow() time.Time { return time.Date(2026, 11, 23, 21, 18, 4, 0, time.Local) }
