package forms

import (
	"net/url"
	"time"

	"berth/proxmox"
	"berth/store"
)

// Bulk holds the fields that a bulk operation needs beyond the containers: only tags and snapshots have any.
type Bulk struct {
	Add, Remove string   // tag
	Snapshot    Snapshot // snapshot: the same name and note for all
}

// NewBulk makes the form as it is first shown.
func NewBulk(kind store.JobKind, now time.Time) Bulk {
	if kind != store.JobSnapshot {
		return Bulk{}
	}
	return Bulk{Snapshot: NewSnapshot(now)}
}

// ReadBulk reads the form as sent.
func ReadBulk(posted url.Values) Bulk {
	return Bulk{Add: posted.Get("add"), Remove: posted.Get("remove"), Snapshot: ReadSnapshot(posted)}
}

// Check judges the form, and returns sentences by field; none when it can be sent.
func (f Bulk) Check(kind store.JobKind) map[string]string {
	wrong := make(map[string]string)
	switch kind {
	case store.JobSnapshot:
		f.Snapshot.Check(proxmox.Snapshots{}) // a container that has one of that name says so in its own line
		return f.Snapshot.Errors
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

// AddTags are the tags to add.
func (f Bulk) AddTags() []string { return TagList(f.Add) }

// RemoveTags are the tags to remove.
func (f Bulk) RemoveTags() []string { return TagList(f.Remove) }

// BulkKinds returns the operations that can be done in bulk, in the order of their buttons.
func BulkKinds() []store.JobKind {
	return []store.JobKind{store.JobStart, store.JobShutdown, store.JobReboot, store.JobSnapshot, store.JobTag, store.JobStop}
}

// AsksFirst tells whether a page asks before a kind of job begins: it ends running programs,
// or there is something to type.
func AsksFirst(kind store.JobKind) bool { return kind != store.JobStart }

// EndsSomething tells whether a kind of job ends the programs that run in a container.
func EndsSomething(kind store.JobKind) bool {
	return kind == store.JobShutdown || kind == store.JobReboot || kind == store.JobStop
}
