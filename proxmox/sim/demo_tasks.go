package sim

import (
	"cmp"
	"time"
)

// history adds tasks of other users to a member's list, until a day ago: containers made, started, backed up each night,
// and now and then opened in a console or snapshotted.
func (c *Cluster) history(now time.Time, member string, guests []Guest) {
	night := time.Date(now.Year(), now.Month(), now.Day()-1, 3, 0, 0, 0, now.Location())
	for i, g := range guests {
		if g.Type == "qemu" {
			continue
		}
		at := cmp.Or(g.Node, member)
		task := func(kind, user string, end time.Time, took time.Duration, exit string, log ...string) {
			c.AddTask(at, Ended{Kind: kind, User: user, VMID: g.VMID, At: end, Took: took, Exit: exit, Log: log})
		}
		begun := now.Add(-g.Uptime).Truncate(time.Second)
		task("vzcreate", "root@pam", begun.Add(-30*day), 41*time.Second, "OK",
			"extracting archive '/var/lib/vz/template/cache/debian-12-standard_12.12-1_amd64.tar.zst'", "Detected container architecture: amd64", "Creating SSH host keys for container")
		if g.Status == "running" {
			task("vzstart", "root@pam", begun, 3*time.Second, "OK")
		}
		for n := range 4 {
			end, exit := night.AddDate(0, 0, -n).Add(time.Duration(i)*2*time.Minute), "OK"
			log := []string{"INFO: starting new backup job: vzdump --mode snapshot --storage local", "INFO: CT Name: " + g.Name, "INFO: including mount point rootfs ('/') in backup",
				"INFO: create storage snapshot 'vzdump'", "INFO: creating vzdump archive", "INFO: archive file size: 412MB", "INFO: Finished Backup"}
			if g.Name == "postgres" && n == 1 {
				exit = "job errors"
				log = append(log[:5:5], "ERROR: Backup of VM failed - no space left on device", "INFO: Failed at "+end.Format(time.DateTime))
			}
			task("vzdump", "root@pam", end, time.Duration(50+7*i)*time.Second, exit, log...)
		}
		if i%2 == 0 {
			task("vncproxy", "mira@pam", now.Add(-2*day-time.Duration(5+i)*time.Hour), 4*time.Minute, "OK")
			task("vzsnapshot", "mira@pam", now.Add(-time.Duration(3+i)*day), 2*time.Second, "OK", "  Logical volume \"snap_vm\" created.")
		}
		switch g.Name {
		case "jellyfin":
			task("resize", "mira@pam", now.Add(-9*day), time.Second, "OK")
		case "samba":
			at = "nuc2" // from where it came
			task("vzmigrate", "mira@pam", begun.Add(-10*time.Minute), 96*time.Second, "WARNINGS: 1", "WARN: the target storage is nearly full")
		}
	}
}
