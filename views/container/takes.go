package container

import (
	"fmt"
	"strings"

	"berth/proxmox"
	"berth/store"
	"berth/views/human"
)

// refused says why a container is not deleted as it is set up; "": it is.
func (p ConfirmPage) refused() string {
	if p.Kind != store.JobDelete || p.Has == nil {
		return ""
	}
	return p.Card.HindranceWords(p.Has.Now.Hinders(proxmox.VerbDelete))
}

// Refused tells whether the container's configuration keeps it from being deleted.
func (p ConfirmPage) Refused() bool { return p.refused() != "" }

// CheckPurge finds out whether the container can be deleted without what it takes Purge for.
func (p *ConfirmPage) CheckPurge() {
	if why := p.needsPurge(); why != "" && !p.Purge {
		p.Errors["purge"] = why + " Select this to delete it there too."
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
		size = human.Bytes(d.Size)
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

// sizeOf adds up the sizes of disks, in bytes, as far as they are told, and returns whether all are.
func sizeOf(list []proxmox.Disk) (total uint64, all bool) {
	all = true
	for _, d := range list {
		total += d.Size
		all = all && d.Size > 0
	}
	return total, all
}

// GoesWords say in a line what goes with a container of a configuration that is deleted: "2 volumes go with it, 2 TiB in all:
// local-lvm:vm-101-disk-0 and tank:subvol-101-disk-1".
func GoesWords(c proxmox.ContainerConfig) string {
	var goes []proxmox.Disk
	var names []string
	for _, d := range c.Disks() {
		if !d.Bound() {
			goes, names = append(goes, d), append(names, d.Source)
		}
	}
	if len(goes) == 0 {
		return "It has no volume."
	}
	return volumesWords(goes) + ": " + human.List(names) + "."
}

// volumesWords are "2 volumes go with it, 2 TiB in all".
func volumesWords(list []proxmox.Disk) string {
	words := human.Count(len(list), "volume goes with it", "volumes go with it")
	total, all := sizeOf(list)
	switch {
	case total == 0:
		return words
	case !all:
		return words + ", more than " + human.Bytes(total) + " in all"
	}
	return words + ", " + human.Bytes(total) + " in all"
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
	return fmt.Sprintf("Its %d snapshots go too: %s.", len(names), human.List(names))
}

// resizedWords say which disks get the size back that they had.
func (p SnapshotPage) resizedWords() string {
	var list []string
	for _, d := range p.Return.Resized {
		list = append(list, fmt.Sprintf("%s has %s again", d.Path, human.Bytes(d.Size)))
	}
	return human.List(list) + "."
}

// cloneWords say what a full copy takes.
func (p ClonePage) cloneWords() string {
	total, all := sizeOf(p.Copies)
	switch {
	case len(p.Copies) == 0 || total == 0:
		return "The copy takes as much room as the disks do."
	case !all:
		return "The copy takes more than " + human.Bytes(total) + ", as the disks do."
	case len(p.Copies) == 1:
		return "The copy takes " + human.Bytes(total) + ", as the disk does."
	}
	return fmt.Sprintf("The copy takes %s, as the %d disks do.", human.Bytes(total), len(p.Copies))
}

// leftOutWords say what is in none of the container's backups; "" when all is.
func (p BackupsPage) leftOutWords() string {
	var list []string
	for _, d := range p.Disks {
		switch {
		case d.Bound():
			list = append(list, d.Path+" (the host's own)")
		case !d.InUse():
			list = append(list, d.Source+" (in no use)")
		case !d.Backup:
			list = append(list, d.Path+" ("+strings.TrimPrefix(diskLine(d), d.Path+", ")+")")
		}
	}
	if len(list) == 0 {
		return ""
	}
	return "Not in its backups: " + human.List(list) + "."
}

// restoreWords say what restoring over the container takes.
func (p BackupsPage) restoreWords() string {
	volumes := 0
	for _, d := range p.Disks {
		if !d.Bound() {
			volumes++
		}
	}
	words := "Restoring is done in Proxmox, or with pct restore on the host."
	if volumes == 0 {
		return words
	}
	goes := "its disk"
	if volumes > 1 {
		goes = fmt.Sprintf("its %d volumes", volumes)
	}
	words += fmt.Sprintf(" Over this container it deletes %s as of now and all snapshots, also what is in no backup, before the backup is unpacked: restore under another VMID to keep that.",
		goes)
	if p.Protected {
		words += " While it is protected, Proxmox restores nothing over it."
	}
	return words
}
