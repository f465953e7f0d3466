package sim

import "time"

// The storages of the demonstration besides those that every host has: a slow disk, which cannot make snapshots,
// and a Proxmox Backup Server.
var (
	demoShelf = Storage{Name: "shelf", Kind: "dir", Contents: []string{"backup", "rootdir"}, Size: 1800 * gib, Used: 410 * gib}
	demoVault = Storage{Name: "vault", Kind: "pbs", Contents: []string{"backup"}, Size: 3600 * gib, Used: 1270 * gib}
)

// demoKept gives the guests of the demonstration snapshots and backups, and one a disk that cannot be snapshotted.
func demoKept(guests []Guest) []Guest {
	for i := range guests {
		switch g := &guests[i]; g.Name {
		case "postgres":
			g.Snapshots = []Snapshot{
				{Name: "fresh", Note: "Installed, nothing in it yet.", Age: 41 * day},
				{Name: "before-16", Note: "Before the upgrade to PostgreSQL 16", Parent: "fresh", Age: 19 * day},
				{Name: "with-16", Note: "The upgrade that did not go well", Parent: "before-16", Age: 19*day - 2*time.Hour},
				{Name: "before-17", Parent: "before-16", Age: 6*day + 4*time.Hour},
				{Name: "nightly", Note: "By the schedule", Parent: "before-17", Age: 15 * time.Hour},
			}
			g.Backups = []Backup{
				{Storage: "local", Age: 22 * day, Size: 5200 * mib},
				{Storage: "vault", Age: 9 * day, Size: 5430 * mib, Verified: "ok", Note: "Before the move", Protected: true},
				{Storage: "vault", Age: 33 * time.Hour, Size: 5560 * mib, Verified: "ok"},
				{Storage: "vault", Age: 9 * time.Hour, Size: 5561 * mib},
			}
		case "forge":
			g.Snapshots = []Snapshot{{Name: "before-themes", Age: 3 * day}}
		case "paperless":
			g.Storage = demoShelf.Name
			g.Backups = []Backup{{Storage: demoShelf.Name, Age: 4*day + time.Hour, Size: 3100 * mib, Note: "paperless on pve1"}}
		}
	}
	return guests
}
