package container

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"net/url"
	"strings"

	"github.com/a-h/templ"

	"berth/forms"
	"berth/views/parts"
)

// SnapshotNotePage changes the note of a snapshot.
type SnapshotNotePage struct {
	SnapshotPage
	Note     string // typed, or as it is
	Error    string
	Conflict bool // somebody changed it since the form was made
}

// NewSnapshotNotePage is the form with the note as it is.
func NewSnapshotNotePage(p SnapshotPage) SnapshotNotePage {
	return SnapshotNotePage{SnapshotPage: p, Note: p.Snapshot.Note}
}

// Typed is the form as it was sent, judged.
func (p SnapshotNotePage) Typed(posted url.Values) SnapshotNotePage {
	p.Note = strings.TrimSpace(posted.Get(p.fieldName()))
	p.Error = forms.CheckSnapshotNote(p.Note)
	p.Conflict = posted.Get("digest") != p.digest()
	return p
}

// digest tells one note from another: Proxmox has none for a snapshot.
func (p SnapshotNotePage) digest() string {
	sum := sha256.Sum256([]byte(p.Snapshot.Note))
	return hex.EncodeToString(sum[:8])
}

// fieldName is one of its own for each snapshot: several forms may be open on a page, beside the one for a new snapshot.
func (p SnapshotNotePage) fieldName() string { return "note-" + p.Snapshot.Name }

func (p SnapshotNotePage) field() parts.Field {
	f := parts.Field{Name: p.fieldName(), Label: "Note", Value: p.Note, Error: p.Error, Hint: "Empty: none.", Attrs: templ.Attributes{"autofocus": true}}
	if p.Conflict {
		f.Note = "now it is: " + cmp.Or(p.Snapshot.Note, "nothing")
	}
	return f
}
