package views

import (
	"fmt"
	"strings"

	"berth/proxmox"
	"berth/store"
)

// refused says why a container is not deleted as it is set up; "": it is.
func (p ConfirmPage) refused() string {
	if p.Kind != store.JobDelete || p.Has == nil {
		return ""
	}
	return p.Card.hindranceWords(p.Has.Now.Hinders(proxmox.VerbDelete))
}

// Refused tells whether the container's configuration keeps it from being deleted.
func (p ConfirmPage) Refused() bool { return p.refused() != "" }

// CheckPurge finds out whether the container can be deleted without what it takes Purge for.
func (p *ConfirmPage) CheckPurge() {
	if why := p.needsPurge(); why != "" && !p.Purge {
		p.Errors["purge"] = why + " Tick this to delete it there too."
	}
}

// needsPurge says what else has the container, so that Proxmox deletes it only together with that; "": nothing.
func (p ConfirmPage) needsPurge() string {
	var why []string
	if p.Card.HA != "" {
		why = append(why, "HA manages it.")
	}
	if p.Has != nil && len(p.Has.Replications) > 0 {
		jobs := "The replication job " + p.Has.Replications[0] + " copies it to another host."
		if n := len(p.Has.Replications); n > 1 {
			jobs = fmt.Sprintf("%d replication jobs copy it to other hosts.", n)
		}
		why = append(why, jobs)
	}
	return strings.Join(why, " ")
}

// ChoosePurge presets what Proxmox wants in any case.
func (p *ConfirmPage) ChoosePurge() { p.Purge = p.Purge || p.needsPurge() != "" }

// diskLine is a disk as a list of what goes or stays has it.
func diskLine(d proxmox.Disk) string {
	size := "of a size that is not told"
	if d.Size > 0 {
		size = Bytes(d.Size)
	}
	switch {
	case d.Bound():
		return "what is mounted at " + d.Path
	case !d.InUse():
		return size + " on " + d.Storage + ", in no use"
	case d.Key == "rootfs":
		return "root disk, " + size + " on " + d.Storage
	}
	return d.Path + ", " + size + " on " + d.Storage
}

// sizeOf is how much room disks take as far as that is told, and whether it is told of all.
func sizeOf(list []proxmox.Disk) (total uint64, all bool) {
	all = true
	for _, d := range list {
		total += d.Size
		all = all && d.Size > 0
	}
	return total, all
}

// volumesWords are "2 volumes go with it, 2 TiB in all".
func volumesWords(list []proxmox.Disk) string {
	words := Count(len(list), "volume goes with it", "volumes go with it")
	total, all := sizeOf(list)
	switch {
	case total == 0:
		return words
	case !all:
		return words + ", more than " + Bytes(total) + " in all"
	}
	return words + ", " + Bytes(total) + " in all"
}

// snapshotsWords say which snapshots go; "" when there are none.
func (p ConfirmPage) snapshotsWords() string {
	if p.Has.SnapshotsErr != nil {
		return "Its snapshots go too; whether it has any is not known now."
	}
	names := make([]string, len(p.Has.Snapshots.All))
	for i, s := range p.Has.Snapshots.All {
		names[i] = s.Name
	}
	switch len(names) {
	case 0:
		return ""
	case 1:
		return "Its snapshot " + names[0] + " goes too."
	}
	return fmt.Sprintf("Its %d snapshots go too: %s.", len(names), List(names))
}
