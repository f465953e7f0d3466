package forms

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"berth/proxmox"
	"berth/store"
)

// Bulk holds the fields that a bulk operation needs beyond the containers.
type Bulk struct {
	Add, Remove string            // tag
	Snapshot    Snapshot          // snapshot: the same name and note for all
	Backup      Backup            // backup: the same for all but the storage
	Storages    map[string]string // backup: the storage of each node, by the node's ID
	Confirm     string            // delete: how many there are, as it was typed
	Purge       bool              // delete: out of HA, replication and backup jobs too
	Named       []string          // delete: the containers as the page had them, as BulkName has them
}

// BulkName is a container as the page that asks before it is deleted has it.
func BulkName(at store.Ref, name string) string {
	return fmt.Sprintf("%s/%d %s", at.NodeID, at.VMID, name)
}

// storageField begins the name of the field for a node's storage.
const storageField = "storage-"

// StorageField is the name of the field for a node's storage.
func StorageField(nodeID string) string { return storageField + nodeID }

// NewBulk makes the form as it is first shown.
func NewBulk(kind store.JobKind, now time.Time) Bulk {
	f := Bulk{Storages: make(map[string]string)}
	if kind == store.JobSnapshot {
		f.Snapshot = NewSnapshot(now)
	}
	return f
}

// ReadBulk reads the form as sent.
func ReadBulk(posted url.Values) Bulk {
	f := Bulk{
		Add: posted.Get("add"), Remove: posted.Get("remove"), Snapshot: ReadSnapshot(posted), Backup: ReadBackup(posted),
		Storages: make(map[string]string), Confirm: strings.TrimSpace(posted.Get("confirm")), Purge: Checked(posted, "purge"), Named: posted["named"],
	}
	for name := range posted {
		if nodeID, is := strings.CutPrefix(name, storageField); is {
			f.Storages[nodeID] = strings.TrimSpace(posted.Get(name))
		}
	}
	return f
}

// Check judges the form for count containers on nodes, by their IDs, and returns sentences by field; none when it can be sent.
func (f Bulk) Check(kind store.JobKind, count int, nodes []string) map[string]string {
	wrong := make(map[string]string)
	switch kind {
	case store.JobSnapshot:
		f.Snapshot.Check(proxmox.Snapshots{}) // a container that has one of that name says so in its own line
		return f.Snapshot.Errors
	case store.JobBackup:
		return f.checkBackup(nodes)
	case store.JobDelete:
		if number := strconv.Itoa(count); f.Confirm != number {
			wrong["confirm"] = "Write " + number + " to confirm: so many are deleted"
		}
		return wrong
	case store.JobTag:
	default:
		return wrong
	}
	for field, typed := range map[string]string{"add": f.Add, "remove": f.Remove} {
		if sentence := checkTags(typed); sentence != "" {
			wrong[field] = sentence
		}
	}
	if len(f.AddTags())+len(f.RemoveTags()) == 0 {
		wrong["add"] = "Enter a tag to add or remove"
	}
	return wrong
}

func (f Bulk) checkBackup(nodes []string) map[string]string {
	way := f.Backup
	way.Errors = make(map[string]string)
	way.checkWay()
	for _, id := range nodes {
		if wrong := checkBackupStorage(f.Storages[id]); wrong != "" {
			way.Errors[StorageField(id)] = wrong
		}
	}
	return way.Errors
}

// AddTags are the tags to add.
func (f Bulk) AddTags() []string { return TagList(f.Add) }

// RemoveTags are the tags to remove.
func (f Bulk) RemoveTags() []string { return TagList(f.Remove) }

// BulkKinds returns the operations that can be done in bulk, in the order of their buttons.
func BulkKinds() []store.JobKind {
	return []store.JobKind{store.JobStart, store.JobShutdown, store.JobReboot, store.JobSnapshot, store.JobBackup, store.JobTag, store.JobStop, store.JobDelete}
}

// AsksFirst tells whether a page asks before a kind of job begins: it ends running programs,
// or there is something to type.
func AsksFirst(kind store.JobKind) bool { return kind != store.JobStart }

// EndsSomething tells whether a kind of job ends the programs that run in a container, or the container itself.
func EndsSomething(kind store.JobKind) bool {
	return kind == store.JobShutdown || kind == store.JobReboot || kind == store.JobStop || kind == store.JobDelete
}
