package forms

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"berth/jobs"
	"berth/proxmox"
	"berth/store"
	"berth/views/human"
)

// Snapshot is a snapshot to make.
type Snapshot struct {
	Name, Note string
	Errors     map[string]string
}

// NewSnapshot makes a form with the time in the name.
func NewSnapshot(now time.Time) Snapshot {
	return Snapshot{Name: "snap-" + now.Format("20060102-1504")}
}

// ReadSnapshot reads the form as sent.
func ReadSnapshot(posted url.Values) Snapshot {
	return Snapshot{Name: strings.TrimSpace(posted.Get("snapshot")), Note: strings.TrimSpace(posted.Get("note"))}
}

// SnapshotAgain makes the form of a job that Proxmox refused, with its words at the fields.
func SnapshotAgain(spec jobs.SnapshotSpec, refused map[store.Property]string) Snapshot {
	return Snapshot{Name: spec.Snapshot, Note: spec.Note, Errors: refusedFields(refused, func(string) string { return spec.Snapshot })}
}

// maxSnapshotNote bounds the characters of a note; Proxmox has no bound of its own.
const maxSnapshotNote = 1000

// Check judges the form; there are the snapshots of the container, as far as they are known.
func (f *Snapshot) Check(there proxmox.Snapshots) {
	f.Errors = map[string]string{}
	if why := CheckSnapshotName(f.Name); why != "" {
		f.Errors["snapshot"] = why
	} else if there.Has(f.Name) {
		f.Errors["snapshot"] = "The snapshot " + human.Quoted(f.Name) + " already exists; choose another name"
	}
	if why := CheckSnapshotNote(f.Note); why != "" {
		f.Errors["note"] = why
	}
}

// CheckSnapshotNote returns a complaint about the note of a snapshot, or "".
func CheckSnapshotNote(s string) string {
	if n := utf8.RuneCountInString(s); n > maxSnapshotNote {
		return fmt.Sprintf("This has %d characters; a note has %d at most", n, maxSnapshotNote)
	}
	return ""
}

// CheckSnapshotName returns the reason that Proxmox would refuse a snapshot's name, or ""; it agrees with
// proxmox.ValidSnapshotName.
func CheckSnapshotName(s string) string {
	const rule = "use letters, digits, hyphens and underscores, starting with a letter"
	switch {
	case s == "":
		return "Enter a name"
	case len(s) > proxmox.MaxSnapshotName:
		return fmt.Sprintf("This has %d characters; a name has %d at most", len(s), proxmox.MaxSnapshotName)
	case proxmox.ReservedSnapshotName(s):
		return "Proxmox reserves the name " + human.Quoted(s) + "; choose another"
	case proxmox.ValidSnapshotName(s):
		return ""
	case len(s) < proxmox.MinSnapshotName:
		return fmt.Sprintf("A name has at least %d characters; %s", proxmox.MinSnapshotName, rule)
	}
	return human.Quoted(s) + " is not a snapshot name; " + rule
}

// snapshotKinds are the kinds of storage on which Proxmox makes snapshots of containers, of those whose
// names it comes with. Of any other nothing is said.
var snapshotKinds = map[string]bool{
	"lvmthin": true, "zfspool": true, "zfs": true, "btrfs": true, "rbd": true,
	"dir": false, "nfs": false, "cifs": false, "lvm": false, "glusterfs": false, "cephfs": false, "iscsidirect": false,
}

// storageKind returns the name of a kind of storage for people.
func storageKind(kind string) string {
	switch kind {
	case "dir":
		return "a plain folder"
	case "lvm":
		return "LVM that is not thin"
	case "nfs", "cifs":
		return "a network share"
	}
	return kind
}

// disksOf returns a container's disks by key, each as its volume.
func disksOf(cfg proxmox.ContainerConfig) map[string]string {
	all := maps.Clone(cfg.Mounts)
	if all == nil {
		all = make(map[string]string)
	}
	all["rootfs"] = cfg.RootFS
	for key, value := range all {
		all[key], _, _ = strings.Cut(value, ",")
	}
	return all
}

// CannotSnapshot says which disks keep a container from being snapshotted, as Proxmox does not.
func CannotSnapshot(cfg proxmox.ContainerConfig, storages []proxmox.Storage) string {
	kinds := make(map[string]string)
	for _, s := range storages {
		kinds[s.Name] = s.Type
	}
	var why []string
	disks := disksOf(cfg)
	for _, key := range slices.Sorted(maps.Keys(disks)) {
		disk := "its root disk is"
		if key != "rootfs" {
			disk = "its mount point " + key + " is"
		}
		storage, _, ok := strings.Cut(disks[key], ":")
		switch kind := kinds[storage]; {
		case strings.HasPrefix(disks[key], "/"):
			why = append(why, disk+" a folder of the host")
		case !ok:
		case kind == "":
			why = append(why, disk+" on "+storage)
		case !snapshotKinds[kind]:
			why = append(why, disk+" on "+storage+", which is "+storageKind(kind))
		}
	}
	words := "Proxmox does not say which of its disks is the cause."
	if len(why) > 0 {
		words = strings.ToUpper(why[0][:1]) + strings.Join(why, "; ")[1:] + "."
	}
	return words + " Snapshots of containers need LVM-thin, ZFS, Btrfs or Ceph RBD under each disk. A backup works on any storage."
}

// OnlyNewest tells whether a disk lies on a storage that goes back to the newest snapshot only, as ZFS.
func OnlyNewest(cfg proxmox.ContainerConfig, storages []proxmox.Storage) bool {
	for _, volume := range disksOf(cfg) {
		name, _, _ := strings.Cut(volume, ":")
		if slices.ContainsFunc(storages, func(s proxmox.Storage) bool { return s.Name == name && s.Type == "zfspool" }) {
			return true
		}
	}
	return false
}
