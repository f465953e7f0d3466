package views

import (
	"cmp"
	"net/url"
	"slices"
	"strings"

	"berth/fleet"
	"berth/proxmox"
	"berth/views/human"
)

// BackupsPage is a container's backups on all storages of its node, and what it takes to make one.
type BackupsPage struct {
	ContainerPage
	Backups  []fleet.StoredBackup // the newest first
	Storages []proxmox.Storage    // that take backups, and that the token may put one on
	Unknown  string               // why the backups are not known; "": they are
	Gaps     []Gap                // what the list lacks
	Lack     Lack
	Disks    []proxmox.Disk // of the container; none: not known
	// Protected is that nothing is restored over it.
	Protected bool
	Suspends  bool // a disk cannot be snapshotted: the mode snapshot becomes suspend
	Form      BackupForm
}

// BackupForm is a backup to make.
type BackupForm struct {
	Storage, Mode, Note string
	Protected, Prune    bool
	Errors              map[string]string
}

// TypedBackup is the form as it was sent.
func TypedBackup(posted url.Values) BackupForm {
	return BackupForm{
		Storage: strings.TrimSpace(posted.Get("storage")), Mode: posted.Get("mode"), Note: strings.TrimSpace(posted.Get("note")),
		Protected: IsTicked(posted, "protected"), Prune: IsTicked(posted, "prune"),
	}
}

// BackupAgain is the form of a job that Proxmox refused, with what it said of the fields.
func BackupAgain(p proxmox.BackupParams, errors map[string]string) BackupForm {
	return BackupForm{Storage: p.Storage, Mode: string(p.Mode), Note: p.Note, Protected: p.Protected, Prune: p.Prune, Errors: errors}
}

// Settle fills in what nobody chose, for a container with so many bytes on its disks: the first storage that is active and
// has room for them, as a backup takes less, being compressed. Where none has, the storage stays open.
func (f *BackupForm) Settle(storages []proxmox.Storage, used uint64) {
	f.Mode = cmp.Or(f.Mode, string(proxmox.ModeSnapshot))
	if f.Storage != "" {
		return
	}
	for _, s := range storages {
		if s.Active && s.Free > 0 && s.Free >= used {
			f.Storage = s.Name
			return
		}
	}
}

// late tells whether something of the list is still to come.
func (p BackupsPage) late() bool {
	return slices.ContainsFunc(p.Gaps, func(g Gap) bool { return g.Late })
}

// listField carries what the list lacks, and where it is got from when it has come. Without a form, that comes
// then too.
func (p BackupsPage) listField() Field {
	f := Field{Gaps: p.Gaps, FillURL: p.Card.tabURL(TabBackups), FillTarget: "#backups-list"}
	if len(p.Storages) == 0 {
		f.FillTarget = "#backups-parts"
	}
	return f
}

// Check judges the form.
func (f *BackupForm) Check() {
	f.Errors = map[string]string{}
	switch {
	case f.Storage == "":
		f.Errors["storage"] = "Choose a storage"
	case !proxmox.ValidStorage(f.Storage):
		f.Errors["storage"] = human.Quoted(f.Storage) + " is no name of a storage"
	}
	switch proxmox.BackupMode(f.Mode) {
	case proxmox.ModeSnapshot, proxmox.ModeSuspend, proxmox.ModeStop:
	default:
		f.Errors["mode"] = human.Quoted(f.Mode) + " is no way to back up; choose one of these"
	}
	if !proxmox.ValidNote(f.Note) {
		f.Errors["note"] = "Proxmox does not take this note: it is too long, or what stands in double braces is none of {{cluster}}, {{guestname}}, {{node}} and {{vmid}}"
	}
}

// Params are those of the backup call.
func (f BackupForm) Params() proxmox.BackupParams {
	return proxmox.BackupParams{Storage: f.Storage, Mode: proxmox.BackupMode(f.Mode), Note: f.Note, Protected: f.Protected, Prune: f.Prune}
}

func (p BackupsPage) storage() (Field, []Option) {
	f := Field{Name: "storage", Label: "Storage", Value: p.Form.Storage, Error: p.Form.Errors["storage"], Class: "half", Required: true}
	var options []Option
	if f.Value == "" {
		options = append(options, Option{"", "Choose one: none is active and has room"})
	}
	for _, s := range p.Storages {
		o := Option{s.Name, s.Name + ", " + human.Bytes(s.Free) + " free"}
		if !s.Active {
			o.Text = s.Name + ", which is not active now"
		}
		options = append(options, o)
	}
	return f, options
}

func (p BackupsPage) note() Field {
	return Field{Name: "note", Label: "Note", Note: "optional", Value: p.Form.Note, Error: p.Form.Errors["note"], Class: "half",
		Hint: "Shown in Proxmox too."}
}

// modes are the ways to make one, with what each does to a container that runs.
func (p BackupsPage) modes() []Option {
	snapshot := "It goes on running. The backup is of one moment, as after a power cut."
	if p.Suspends {
		snapshot = "Its disks cannot be snapshotted, so Proxmox takes the next way instead."
	}
	return []Option{
		{string(proxmox.ModeSnapshot), snapshot},
		{string(proxmox.ModeSuspend), "It goes on running while most is copied, and stands still for a short time at the end. It takes room for a second copy on the host."},
		{string(proxmox.ModeStop), "It is shut down, and started again when the backup is made. The backup is the cleanest; what it serves is away meanwhile."},
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
