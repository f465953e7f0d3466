package forms

import (
	"cmp"
	"net/url"
	"strings"

	"berth/proxmox"
	"berth/store"
	"berth/views/human"
)

// Backup is a backup to make.
type Backup struct {
	Storage, Mode, Note string
	Protected, Prune    bool
	Errors              map[string]string
}

// ReadBackup reads the form as sent.
func ReadBackup(posted url.Values) Backup {
	return Backup{
		Storage: strings.TrimSpace(posted.Get("storage")), Mode: posted.Get("mode"), Note: strings.TrimSpace(posted.Get("note")),
		Protected: Checked(posted, "protected"), Prune: Checked(posted, "prune"),
	}
}

// BackupAgain makes the form of a job that Proxmox refused, with its words at the fields.
func BackupAgain(p proxmox.BackupParams, refused map[store.Property]string) Backup {
	return Backup{
		Storage: p.Storage, Mode: string(p.Mode), Note: p.Note, Protected: p.Protected, Prune: p.Prune,
		Errors: refusedFields(refused, func(string) string { return "" }),
	}
}

// Settle fills in the fields that nobody chose: mode snapshot, and the first active storage with room for used, the bytes on
// the container's disks (a backup is compressed and takes less). Where none has room, the storage stays open.
func (f *Backup) Settle(storages []proxmox.Storage, used uint64) {
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

// Check judges the form, and sets Errors by field.
func (f *Backup) Check() {
	f.Errors = map[string]string{}
	if wrong := checkBackupStorage(f.Storage); wrong != "" {
		f.Errors["storage"] = wrong
	}
	f.checkWay()
}

// checkBackupStorage says what is wrong with the name of a storage; "" for nothing.
func checkBackupStorage(name string) string {
	switch {
	case name == "":
		return "Choose a storage"
	case !proxmox.ValidStorage(name):
		return human.Quoted(name) + " is not a valid storage name"
	}
	return ""
}

// checkWay judges all but the storage.
func (f *Backup) checkWay() {
	switch proxmox.BackupMode(f.Mode) {
	case proxmox.ModeSnapshot, proxmox.ModeSuspend, proxmox.ModeStop:
	default:
		f.Errors["mode"] = human.Quoted(f.Mode) + " is not a backup mode; choose one of these"
	}
	if !proxmox.ValidNote(f.Note) {
		f.Errors["note"] = "Proxmox does not accept this note: it is too long, or something in double braces is none of {{cluster}}, {{guestname}}, {{node}} and {{vmid}}"
	}
}

// Params returns the parameters of the backup call.
func (f Backup) Params() proxmox.BackupParams {
	return proxmox.BackupParams{Storage: f.Storage, Mode: proxmox.BackupMode(f.Mode), Note: f.Note, Protected: f.Protected, Prune: f.Prune}
}
