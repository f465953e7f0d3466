package template

import (
	"strconv"
	"time"

	"berth/store"
	"berth/templates"
	"berth/views/parts"
)

// FolderPage is the folder of templates, held against those of the user.
type FolderPage struct {
	Folder  string
	Read    time.Time
	Wrong   string // what is wrong with what was chosen; "" for nothing
	Entries []FolderEntry
}

// FolderEntry is one template of the folder.
type FolderEntry struct {
	Origin    string // its name in the folder
	Ticket    string // what its tick sends
	State     templates.State
	Name      string // in the folder
	Here      store.Template
	Files     []FolderFile
	Buckets   []FolderBucket
	NameTaken bool   // another template of the user has the name
	Reason    string // why it is unreadable
}

// FolderBucket is a package bucket that has other packages here.
type FolderBucket struct {
	Name  string
	Files []FolderFile
}

// FolderFile is a file that differs, from here to the folder.
type FolderFile struct {
	Name   string
	Binary bool
	Lines  []FolderLine
}

// FolderLine has the sign of its side: '-' here, '+' in the folder, ' ' both, '~' for lines left out.
type FolderLine struct {
	Sign byte
	Text string
}

// same are the names of those with nothing to choose; differing the other entries.
func (p FolderPage) same() (names []string) {
	for _, e := range p.Entries {
		if !e.differs() {
			names = append(names, e.title())
		}
	}
	return names
}

func (p FolderPage) differing() (list []FolderEntry) {
	for _, e := range p.Entries {
		if e.differs() {
			list = append(list, e)
		}
	}
	return list
}

// choices tells whether anything can be ticked.
func (p FolderPage) choices() bool {
	for _, e := range p.Entries {
		if e.differs() && e.choice() != "" {
			return true
		}
	}
	return false
}

func (e FolderEntry) differs() bool { return e.State != templates.Same || len(e.Buckets) > 0 }

func (e FolderEntry) title() string {
	switch {
	case e.Name != "":
		return e.Name
	case e.Here.Name != "":
		return e.Here.Name
	}
	return e.Origin
}

// badge returns the status and the word for how the template stands.
func (e FolderEntry) badge() (status parts.Status, word string) {
	switch e.State {
	case templates.New:
		return parts.StatusRunning, "New"
	case templates.Changed:
		return parts.StatusWarn, "Changed in the folder"
	case templates.Edited:
		return parts.StatusUnknown, "Edited here"
	case templates.Both:
		return parts.StatusWarn, "Changed on both sides"
	case templates.Gone:
		return parts.StatusWarn, "Gone from the folder"
	case templates.Unreadable:
		return parts.StatusFailed, "Cannot be read"
	}
	return parts.StatusUnknown, "Its packages differ"
}

// words say what the state means for the template here.
func (e FolderEntry) words() string {
	switch e.State {
	case templates.New:
		return "It is in the folder and not among your templates."
	case templates.Changed:
		return "It was changed in the folder since you took it over. Yours is as it was."
	case templates.Edited:
		return "You edited it here since you took it over; the folder has it as it was. Taking it over again undoes your edits."
	case templates.Both:
		return "It was changed in the folder and edited here. Taking it over loses what you edited here."
	case templates.Gone:
		return "You took it over from the folder, which has it no more. Yours stays unless you delete it."
	case templates.Unreadable:
		if e.Here.ID != "" {
			return "Yours stays as it is."
		}
		return "Mend it in the folder, then read it again."
	}
	return "The template is as in the folder, but a package bucket that it shares is not."
}

// choice labels the tick; "" when there is nothing to choose.
func (e FolderEntry) choice() string {
	switch {
	case e.State == templates.Unreadable, e.NameTaken:
		return ""
	case e.State == templates.Gone:
		return "Delete mine"
	case e.State == templates.New:
		return "Take it over"
	case e.State == templates.Same:
		return "Take the packages of its buckets over"
	case e.State == templates.Edited:
		return "Undo my edits"
	}
	return "Take it over, in place of mine"
}

// sharedBuckets says what taking packages of buckets over means for others.
const sharedBuckets = "Other templates that share these buckets get them as well."

// asksForBuckets tells whether its buckets are a choice beside the template.
func (e FolderEntry) asksForBuckets() bool {
	return len(e.Buckets) > 0 && e.State != templates.Same && e.choice() != ""
}

// filesWords head the files that differ.
func (e FolderEntry) filesWords() string {
	n := strconv.Itoa(len(e.Files))
	switch {
	case e.State == templates.New && len(e.Files) == 1:
		return "What is in it: 1 file"
	case e.State == templates.New:
		return "What is in it: " + n + " files"
	case len(e.Files) == 1:
		return "1 file differs"
	}
	return n + " files differ"
}
