package container

import (
	"cmp"
	"slices"
	"strings"

	"berth/fleet"
	"berth/forms"
	"berth/proxmox"
	"berth/views/cards"
	"berth/views/human"
	"berth/views/parts"
)

// BackupsPage is a container's backups on all storages of its node, and what it takes to make one.
type BackupsPage struct {
	Page
	Backups  []fleet.StoredBackup // the newest first
	Storages []proxmox.Storage    // that take backups, and that the token may put one on
	Unknown  string               // why the backups are not known; "": they are
	Gaps     []forms.Gap          // what the list lacks
	Lack     Lack
	Disks    []proxmox.Disk // of the container; none: not known
	// Protected is that nothing is restored over it.
	Protected bool
	Suspends  bool // a disk cannot be snapshotted: the mode snapshot becomes suspend
	Form      forms.Backup
	Several   bool // it is asked for several containers, and nothing is said of one
}

// late tells whether something of the list is still to come.
func (p BackupsPage) late() bool {
	return slices.ContainsFunc(p.Gaps, func(g forms.Gap) bool { return g.Late })
}

// listField carries what the list lacks, and where it is got from when it has come. Without a form, that comes
// then too.
func (p BackupsPage) listField() parts.Field {
	f := parts.Field{Gaps: p.Gaps, FillURL: p.Card.TabURL(cards.TabBackups), FillTarget: "#backups-list"}
	if len(p.Storages) == 0 {
		f.FillTarget = "#backups-parts"
	}
	return f
}

func (p BackupsPage) storage() (parts.Field, []forms.Option) {
	return BackupStorage("storage", "Storage", p.Form.Storage, p.Form.Errors["storage"], p.Storages)
}

// BackupStorage is the field for where a backup goes, and what there is to choose.
func BackupStorage(name, label, value, wrong string, storages []proxmox.Storage) (parts.Field, []forms.Option) {
	f := parts.Field{Name: name, Label: label, Value: value, Error: wrong, Class: "half", Required: true}
	var options []forms.Option
	if f.Value == "" {
		options = append(options, forms.Option{Value: "", Text: "Choose one: none is active and has room"})
	}
	for _, s := range storages {
		o := forms.Option{Value: s.Name, Text: s.Name + ", " + human.Bytes(s.Free) + " free"}
		if !s.Active {
			o.Text = s.Name + ", which is not active now"
		}
		options = append(options, o)
	}
	return f, options
}

func (p BackupsPage) note() parts.Field {
	return parts.Field{Name: "note", Label: "Note", Note: "optional", Value: p.Form.Note, Error: p.Form.Errors["note"], Class: "half",
		Hint: "Shown in Proxmox too."}
}

// modes are the ways to make one, with what each does to a container that runs.
func (p BackupsPage) modes() []forms.Option {
	snapshot := "It goes on running. The backup is of one moment, as after a power cut."
	if p.Suspends {
		snapshot = "Its disks cannot be snapshotted, so Proxmox takes the next way instead."
	}
	return []forms.Option{
		{Value: string(proxmox.ModeSnapshot), Text: snapshot},
		{Value: string(proxmox.ModeSuspend), Text: "It goes on running while most is copied, and stands still for a short time at the end. It takes room for a second copy on the host."},
		{Value: string(proxmox.ModeStop), Text: "It is shut down, and started again when the backup is made. The backup is the cleanest; what it serves is away meanwhile."},
	}
}

func modeWords(mode string) string {
	switch proxmox.BackupMode(mode) {
	case proxmox.ModeSuspend:
		return "Suspend"
	case proxmox.ModeStop:
		return "Stop"
	}
	return "Snapshot"
}

// backupMarks say what is known of a backup besides its age and size.
func backupMarks(b fleet.StoredBackup) (verified, protected string) {
	switch b.Verified {
	case "":
	case "ok":
		verified = "verified"
	default:
		verified = "verification " + b.Verified
	}
	if b.Protected {
		protected = "protected"
	}
	return verified, protected
}

// backupFile is the last part of a volume's name.
func backupFile(b fleet.StoredBackup) string {
	_, name, _ := strings.Cut(b.Volume, ":backup/")
	return cmp.Or(name, b.Volume)
}

// cannotWords say why no backup can be asked for; "" where one can.
func (p BackupsPage) cannotWords() string {
	switch {
	case p.Unknown != "":
		return p.Unknown + "."
	case p.Lack.Any():
		return "The token lacks " + p.Lack.privileges() + "."
	case len(p.Storages) == 0 && p.late():
		return "The storages are not known yet. Ask again in a moment."
	case len(p.Storages) == 0:
		return p.Node.Name + " shows this token no storage on which it may put a backup."
	}
	return ""
}
