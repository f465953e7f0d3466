package fleet

import (
	"slices"
	"testing"

	"berth/proxmox"
)

func TestStateOfAContainer(t *testing.T) {
	t.Parallel()
	const gib = 1 << 30
	for want, list := range map[State][]Container{
		"running": {
			{Fresh: true, Guest: proxmox.Guest{Status: "running"}},
			{Fresh: true, Guest: proxmox.Guest{Status: "running", Disk: 7 * gib, MaxDisk: 8 * gib}},
			{Fresh: true, Guest: proxmox.Guest{Status: "running", Lock: "backup"}},
			{Fresh: true, Guest: proxmox.Guest{Status: "running", Disk: 9 * gib, MaxDisk: 10 * gib}},
		},
		"stopped":  {{Fresh: true, Guest: proxmox.Guest{Status: "stopped", Disk: 8 * gib, MaxDisk: 8 * gib}}},
		"creating": {{Fresh: true, Guest: proxmox.Guest{Status: "unknown", Lock: "create"}}},
		"unknown": {
			{Guest: proxmox.Guest{Status: "running"}},
			{Guest: proxmox.Guest{Status: "stopped", Lock: "create"}},
			{Fresh: true, Guest: proxmox.Guest{Status: "unknown"}},
			{},
		},
	} {
		for _, c := range list {
			if got := c.State(); got != want {
				t.Errorf("%+v is %s, want %s", c, got, want)
			}
		}
	}
}

func TestARunningContainerWithAFullDiskIsNearlyFull(t *testing.T) {
	t.Parallel()
	const gib = 1 << 30
	full := proxmox.Guest{Status: "running", Disk: 9 * gib, MaxDisk: 10 * gib}
	stopped, less, unmeasured := full, full, full
	stopped.Status, less.Disk, unmeasured.MaxDisk = "stopped", 8*gib, 0
	if !(Container{Fresh: true, Guest: full}).NearlyFull() {
		t.Error("9 of 10 GiB are not nearly full")
	}
	for _, c := range []Container{{Guest: full}, {Fresh: true, Guest: stopped}, {Fresh: true, Guest: less}, {Fresh: true, Guest: unmeasured}} {
		if c.NearlyFull() {
			t.Errorf("%+v is nearly full", c)
		}
	}
}

func TestContainersAreSortedByName(t *testing.T) {
	t.Parallel()
	named := func(name string, vmid int, node string) Container {
		return Container{Guest: proxmox.Guest{Name: name, VMID: vmid}, NodeID: node}
	}
	want := []Container{named("", 109, "n1"), named("adguard", 300, "n1"), named("Pihole", 101, "n1"), named("pihole", 101, "n2"), named("pihole", 102, "n1")}
	got := slices.Clone(want)
	slices.Reverse(got)
	slices.SortFunc(got, byName)
	for i := range want {
		if got[i].Name != want[i].Name || got[i].VMID != want[i].VMID || got[i].NodeID != want[i].NodeID {
			t.Errorf("place %d: %s %d on %s, want %s %d on %s", i, got[i].Name, got[i].VMID, got[i].NodeID, want[i].Name, want[i].VMID, want[i].NodeID)
		}
	}
}
