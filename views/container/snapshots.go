package container

import (
	"fmt"
	"net/url"
	"slices"
	"time"

	"berth/forms"
	"berth/proxmox"
	"berth/views/cards"
	"berth/views/human"
	"berth/views/parts"
)

// SnapshotsPage is a container's snapshots, and what it takes to make one.
type SnapshotsPage struct {
	Page
	Snapshots proxmox.Snapshots
	Unknown   string // why the snapshots are not known; "": they are
	Cannot    string // why its disks cannot be snapshotted; "": they can
	Newest    bool   // a disk is on a storage that goes back to the newest snapshot only
	Lack      Lack
	Form      forms.Snapshot
}

func (p SnapshotsPage) NameField() parts.Field {
	return parts.Field{Name: "snapshot", Label: "Name", Value: p.Form.Name, Error: p.Form.Errors["snapshot"], Class: "half", Mono: true, Required: true,
		Hint: "Letters, digits, - and _."}
}

func (p SnapshotsPage) NoteField() parts.Field {
	return parts.Field{Name: "note", Label: "Note", Note: "optional", Value: p.Form.Note, Error: p.Form.Errors["note"], Class: "half", Hint: "As in: before the upgrade to 13."}
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
	return p.Card.TabURL(cards.TabSnapshots) + "/" + url.PathEscape(name) + "/" + verb
}

// canRollBack tells whether the storage lets the container go back to a snapshot.
func (p SnapshotsPage) canRollBack(s proxmox.Snapshot) bool {
	return s.State == "" && (!p.Newest || len(p.Snapshots.Since(s.Name)) == 0)
}

// snapshotState says why a snapshot is not whole, by the state that Proxmox keeps with it; "" for one that is.
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

// SnapshotPage asks before a container goes back to a snapshot, or one is deleted.
type SnapshotPage struct {
	SnapshotsPage
	Snapshot proxmox.Snapshot
	Start    bool // roll back: start it afterwards
	// Return tells what rolling back does to the disks, before it is confirmed; nil: that is not known now.
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

// question asks whether to "Roll back" or "Delete".
func (p SnapshotPage) question(verb string) string {
	if verb == "Delete" {
		return "Delete the snapshot " + p.Snapshot.Name + "?"
	}
	return verb + " " + p.Card.Title() + " to " + p.Snapshot.Name + "?"
}

// cannotWords say why no snapshot can be asked for; "" where one can.
func (p SnapshotsPage) cannotWords() string {
	switch {
	case p.Unknown != "":
		return p.Unknown + "."
	case p.Lack.Any():
		return "The token lacks " + p.Lack.privileges() + "."
	}
	return p.Cannot
}
