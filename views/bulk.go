package views

import (
	"net/url"
	"slices"
	"strconv"

	"berth/forms"
	"berth/proxmox"
	"berth/store"
	"berth/views/cards"
	"berth/views/container"
	"berth/views/explain"
	"berth/views/human"
	"berth/views/parts"
)

// BulkPage asks before the same is done to several containers.
type BulkPage struct {
	Kind    store.JobKind
	Do      []cards.Card // that it will be done to
	LeftOut []LeftOut
	Asked   bool // it was to be begun, but some are left out
	Typed   forms.Bulk
	Errors  map[string]string
	Stores  []BulkStore          // backup: the nodes of Do, and where their backups can go
	Goes    map[store.Ref]string // delete: what goes with each, in a sentence
}

// BulkStore is a node whose containers are backed up.
type BulkStore struct {
	NodeID, NodeName string
	Storages         []proxmox.Storage
}

// LeftOut is a container that was chosen and to which it will not be done.
type LeftOut struct {
	Card cards.Card
	Why  string // whole sentences
}

// All are the containers that were chosen, those first that it will be done to.
func (p BulkPage) All() []cards.Card {
	all := slices.Clone(p.Do)
	for _, l := range p.LeftOut {
		all = append(all, l.Card)
	}
	return all
}

func (p BulkPage) title() string {
	return explain.BulkVerb(p.Kind) + " " + human.Count(len(p.Do), "container", "containers")
}

// Question is the page's heading.
func (p BulkPage) Question() string {
	if len(p.Do) == 0 {
		return "None of them can be " + explain.JobPast(p.Kind) + " now"
	}
	return p.title() + "?"
}

// askedWords say why it is asked, and not begun.
func (p BulkPage) askedWords() string {
	switch p.Kind {
	case store.JobBackup, store.JobDelete:
		return "Not all selected containers can be " + explain.JobPast(p.Kind) + " now, so nothing was started."
	}
	return "Not all selected containers can do this now, so nothing was started."
}

// words say what happens, and what it does to those who use them.
func (p BulkPage) words() string {
	two := "Two of a node are done at a time."
	one := "Proxmox makes one backup at a time on a node."
	switch p.Kind {
	case store.JobShutdown:
		return "Each is asked to end everything that runs in it and then to switch off. Each is waited for, " + explain.ShutdownWords + "; one that has not ended then is told. " + two
	case store.JobReboot:
		return "Each is asked to end everything that runs in it, and starts again. What has not ended after a minute is cut off. What it serves is away meanwhile. " + two
	case store.JobSnapshot:
		return "The state of their disks is kept under this name, and each can be rolled back to it. " + two
	case store.JobBackup:
		return "Each gets a backup, made in the same way, on the storage that is chosen for its node. " + one
	case store.JobDelete:
		return "Each is deleted, and its disks and snapshots with it. This cannot be undone. Backups stay, and so do folders of the host that are mounted in it. " + two
	case store.JobTag:
		return "What is added or removed here is changed; all other tags stay. " + two
	case store.JobStop:
		return "Each is cut off at once, like pulling the plug: what was not written is lost. Shut them down instead, unless they do not answer to that. " + two
	}
	return "Each is started. " + two
}

// haWords say which of them are handed to HA; "" when none is.
func (p BulkPage) haWords() string {
	if p.Kind != store.JobStart && p.Kind != store.JobShutdown && p.Kind != store.JobStop {
		return ""
	}
	var names []string
	for _, c := range p.Do {
		if c.HA != "" {
			names = append(names, c.Title())
		}
	}
	if len(names) == 0 {
		return ""
	}
	return " HA manages " + human.List(names) + ": that is handed to Proxmox's HA manager, and waited for."
}

// backURL is the dashboard with the same containers chosen.
func (p BulkPage) backURL() string {
	chosen := url.Values{}
	for _, c := range p.All() {
		chosen.Add("c", c.Choice())
	}
	return "/?" + chosen.Encode()
}

// snapshotPage has the fields of a snapshot.
func (p BulkPage) snapshotPage() container.SnapshotsPage {
	f := p.Typed.Snapshot
	f.Errors = p.Errors
	return container.SnapshotsPage{Form: f}
}

// backupPage has the fields that all backups have alike.
func (p BulkPage) backupPage() container.BackupsPage {
	f := p.Typed.Backup
	f.Errors = p.Errors
	return container.BackupsPage{Form: f, Several: true}
}

// Settle fills in what nobody chose: of a backup its way, and for each node the first storage with room for all its containers;
// of a deletion what Proxmox wants in any case.
func (p *BulkPage) Settle() {
	p.Typed.Purge = p.Typed.Purge || p.purgeWords() != ""
	for _, s := range p.Stores {
		f := forms.Backup{Storage: p.Typed.Storages[s.NodeID], Mode: p.Typed.Backup.Mode}
		var used uint64
		for _, c := range p.Do {
			if c.NodeID == s.NodeID {
				used += c.Disk
			}
		}
		f.Settle(s.Storages, used)
		p.Typed.Backup.Mode, p.Typed.Storages[s.NodeID] = f.Mode, f.Storage
	}
}

// Check judges what was typed, and sets Errors.
func (p *BulkPage) Check() {
	var nodes []string
	for _, s := range p.Stores {
		nodes = append(nodes, s.NodeID)
	}
	p.Errors = p.Typed.Check(p.Kind, len(p.Do), nodes)
	if why := p.purgeWords(); why != "" && !p.Typed.Purge {
		p.Errors["purge"] = why + " Select this to delete them there too."
	}
}

// purgeWords say which of them Proxmox deletes only together with what else has them; "" for none.
func (p BulkPage) purgeWords() string {
	if p.Kind != store.JobDelete {
		return ""
	}
	var names []string
	for _, c := range p.Do {
		if c.HA != "" {
			names = append(names, c.Title())
		}
	}
	if len(names) == 0 {
		return ""
	}
	return "HA manages " + human.List(names) + "."
}

// storage is the field for where the backups of a node go.
func (p BulkPage) storage(s BulkStore) (parts.Field, []forms.Option) {
	name := forms.StorageField(s.NodeID)
	return container.BackupStorage(name, "Storage on "+s.NodeName, p.Typed.Storages[s.NodeID], p.Errors[name], s.Storages)
}

func (p BulkPage) confirmField() parts.Field {
	label := "Write " + strconv.Itoa(len(p.Do)) + ", the number of containers, to confirm"
	return parts.Field{Name: "confirm", Label: label, Value: p.Typed.Confirm, Error: p.Errors["confirm"], InputMode: "numeric", Class: "half", Required: true}
}

func (p BulkPage) addField() parts.Field {
	return parts.Field{Name: "add", Label: "Add", Value: p.Typed.Add, Error: p.Errors["add"], Class: "half", Hint: "Separated by spaces or commas."}
}

// removeField says which tags there are to remove.
func (p BulkPage) removeField() parts.Field {
	var has []string
	for _, c := range p.Do {
		for _, t := range c.Tags {
			if !slices.Contains(has, t) {
				has = append(has, t)
			}
		}
	}
	slices.Sort(has)
	f := parts.Field{Name: "remove", Label: "Remove", Value: p.Typed.Remove, Error: p.Errors["remove"], Class: "half", Hint: "None of them has a tag."}
	if len(has) > 0 {
		f.Hint = "There are " + human.List(has) + "."
	}
	return f
}
