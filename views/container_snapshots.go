package views

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
	"berth/views/human"
)

// SnapshotsPage is a container's snapshots, and what it takes to make one.
type SnapshotsPage struct {
	ContainerPage
	Snapshots proxmox.Snapshots
	Unknown   string // why the snapshots are not known; "": they are
	Cannot    string // why its disks cannot be snapshotted; "": they can
	Newest    bool   // a disk is on a storage that goes back to the newest snapshot only
	Lack      Lack
	Form      SnapshotForm
}

// SnapshotForm is a snapshot to make.
type SnapshotForm struct {
	Name, Note string
	Errors     map[string]string
}

// SuggestedSnapshot is a form with a name that says when it is made.
func SuggestedSnapshot(now time.Time) SnapshotForm {
	return SnapshotForm{Name: "snap-" + now.Local().Format("20060102-1504")}
}

// TypedSnapshot is the form as it was sent.
func TypedSnapshot(posted url.Values) SnapshotForm {
	return SnapshotForm{Name: strings.TrimSpace(posted.Get("snapshot")), Note: strings.TrimSpace(posted.Get("note"))}
}

// SnapshotAgain is the form of a job that Proxmox refused, with what it said of the fields.
func SnapshotAgain(spec jobs.SnapshotSpec, errors map[string]string) SnapshotForm {
	return SnapshotForm{Name: spec.Snapshot, Note: spec.Note, Errors: errors}
}

// maxSnapshotNote is how many characters a note may have: a bound of our own, as Proxmox has none.
const maxSnapshotNote = 1000

// Check judges the form; there are the snapshots of the container, as far as they are known.
func (f *SnapshotForm) Check(there proxmox.Snapshots) {
	f.Errors = map[string]string{}
	if why := checkSnapshotName(f.Name); why != "" {
		f.Errors["snapshot"] = why
	} else if there.Has(f.Name) {
		f.Errors["snapshot"] = "There is a snapshot " + human.Quoted(f.Name) + " already; choose another name"
	}
	if why := checkSnapshotNote(f.Note); why != "" {
		f.Errors["note"] = why
	}
}

func checkSnapshotNote(s string) string {
	if n := utf8.RuneCountInString(s); n > maxSnapshotNote {
		return fmt.Sprintf("This has %d characters; a note has %d at most", n, maxSnapshotNote)
	}
	return ""
}

// checkSnapshotName says what keeps Proxmox from taking a snapshot's name; it agrees with proxmox.ValidSnapshotName.
func checkSnapshotName(s string) string {
	const rule = "use letters, digits, hyphens and underscores, with a letter in front"
	switch {
	case s == "":
		return "Type a name"
	case len(s) > proxmox.MaxSnapshotName:
		return fmt.Sprintf("This has %d characters; a name has %d at most", len(s), proxmox.MaxSnapshotName)
	case proxmox.ReservedSnapshotName(s):
		return "Proxmox keeps the name " + human.Quoted(s) + " for itself; choose another"
	case proxmox.ValidSnapshotName(s):
		return ""
	case len(s) < proxmox.MinSnapshotName:
		return fmt.Sprintf("A name has %d characters at least; %s", proxmox.MinSnapshotName, rule)
	}
	return human.Quoted(s) + " is no name for a snapshot; " + rule
}

func (p SnapshotsPage) nameField() Field {
	return Field{Name: "snapshot", Label: "Name", Value: p.Form.Name, Error: p.Form.Errors["snapshot"], Class: "half", Mono: true, Required: true,
		Hint: "Letters, digits, - and _."}
}

func (p SnapshotsPage) noteField() Field {
	return Field{Name: "note", Label: "Note", Note: "optional", Value: p.Form.Note, Error: p.Form.Errors["note"], Class: "half", Hint: "As in: before the upgrade to 13."}
}

// snapshotChain is snapshots that were made one upon the other, and the forks that the last of them has.
type snapshotChain struct {
	Snapshots []proxmox.Snapshot
	Here      bool // the container as it is now hangs on the last of them
	Forks     []snapshotChain
}

// snapshotTree hangs each snapshot on its parent, and the container as it is now on the one that it is at.
// Each is in it once, whatever the host says of their parents.
func snapshotTree(s proxmox.Snapshots) []snapshotChain {
	children := make(map[string][]int)
	for i, x := range s.All {
		parent := x.Parent
		if !s.Has(parent) || parent == x.Name {
			parent = ""
		}
		children[parent] = append(children[parent], i)
	}
	seen := make([]bool, len(s.All))
	var chain func(i int) snapshotChain
	chain = func(i int) snapshotChain {
		var c snapshotChain
		for {
			x := s.All[i]
			seen[i] = true
			c.Snapshots = append(c.Snapshots, x)
			next := slices.DeleteFunc(slices.Clone(children[x.Name]), func(n int) bool { return seen[n] })
			here := s.Current == x.Name
			switch {
			case len(next) == 1 && !here:
				i = next[0]
				continue
			case len(next) == 0:
				c.Here = here
				return c
			}
			for _, n := range next {
				if !seen[n] { // a cycle may have passed by
					c.Forks = append(c.Forks, chain(n))
				}
			}
			if here {
				c.Forks = append(c.Forks, snapshotChain{Here: true})
			}
			return c
		}
	}
	var roots []snapshotChain
	for _, i := range children[""] {
		roots = append(roots, chain(i))
	}
	for i := range s.All { // those of a cycle hang on no root
		if !seen[i] {
			roots = append(roots, chain(i))
		}
	}
	if !s.Has(s.Current) {
		roots = append(roots, snapshotChain{Here: true})
	}
	return roots
}

func (p SnapshotsPage) url(name, verb string) string {
	return p.Card.tabURL(TabSnapshots) + "/" + url.PathEscape(name) + "/" + verb
}

// canRollBack tells whether the storage lets the container go back to a snapshot.
func (p SnapshotsPage) canRollBack(s proxmox.Snapshot) bool {
	return s.State == "" && (!p.Newest || len(p.Snapshots.Since(s.Name)) == 0)
}

// agoWords is when something was, as people count it.
func agoWords(t, now time.Time) string {
	if t.IsZero() {
		return "at a time that is not known"
	}
	return human.Age(now.Sub(t)) + " ago"
}

// snapshotState is what is wrong with a snapshot that is not whole.
func snapshotState(state string) string {
	switch state {
	case "":
		return ""
	case "prepare":
		return "being made, or its making failed"
	case "delete":
		return "being deleted, or its deletion failed"
	}
	return state
}

// snapshotKinds are the kinds of storage on which Proxmox makes snapshots of containers, of those whose
// names it comes with. Of any other nothing is said.
var snapshotKinds = map[string]bool{
	"lvmthin": true, "zfspool": true, "zfs": true, "btrfs": true, "rbd": true,
	"dir": false, "nfs": false, "cifs": false, "lvm": false, "glusterfs": false, "cephfs": false, "iscsidirect": false,
}

// storageKind is a kind of storage as people call it.
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

// disksOf are a container's disks, by key: the volume, and what people call the disk.
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
	words := "Proxmox does not say which of its disks is the reason."
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

// SnapshotPage asks before a container goes back to a snapshot, or one is deleted.
type SnapshotPage struct {
	SnapshotsPage
	Snapshot proxmox.Snapshot
	Start    bool // roll back: start it afterwards
	// Return is what rolling back makes of the disks; nil: that is not known now.
	Return *proxmox.Return
}

// lost says what rolling back takes away.
func (p SnapshotPage) lost() string {
	if p.Snapshot.Created.IsZero() {
		return "Everything that was written to its disks since the snapshot was made is lost: files, databases, logs."
	}
	age := p.Now.Sub(p.Snapshot.Created).Truncate(time.Minute)
	if age <= 0 {
		return "Everything that was written to its disks in the last minute, since the snapshot was made, is lost: files, databases, logs."
	}
	return fmt.Sprintf("Everything that was written to its disks in the last %s, since %s, is lost: files, databases, logs.",
		human.Duration(age), human.When(p.Snapshot.Created, p.Now))
}

// stays says what becomes of the snapshots that were made since.
func (p SnapshotPage) stays() string {
	switch newer := p.Snapshots.Since(p.Snapshot.Name); len(newer) {
	case 0:
		return ""
	case 1:
		return "The snapshot " + newer[0] + ", which was made since, stays."
	default:
		return "The snapshots " + human.List(newer) + ", which were made since, stay."
	}
}

// hangs says what becomes of the snapshots that were made upon one that is deleted.
func (p SnapshotPage) hangs() string {
	if len(p.Snapshots.All) == 1 {
		return "It is the only one that there is."
	}
	return "The other snapshots stay, those that were made upon it too."
}
