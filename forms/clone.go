package forms

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"berth/fleet"
	"berth/proxmox"
	"berth/store"
	"berth/views/human"
)

// Clone is the form for a clone with all facts about the container that it is judged by.
type Clone struct {
	Form      CloneForm
	Template  bool   // the container is an LXC template: a linked clone is possible
	Runs      bool   // the container is running
	Pool      string // the container's; "": none
	Size      uint64 // of the container's disks, in bytes
	Snapshots proxmox.Snapshots
	Storages  []proxmox.Storage // that hold containers
	Bound     []proxmox.Disk    // mounts from the host in the current configuration, with which Proxmox refuses to clone it
	Verdict   fleet.Verdict     // on the VMID
}

// CloneForm holds the fields of a clone, as typed.
type CloneForm struct {
	VMID, Hostname, Snapshot, Storage string
	Full, Pool                        bool
	Errors                            map[string]string
}

// ReadClone reads the form as sent.
func ReadClone(posted url.Values) CloneForm {
	get := func(name string) string { return strings.TrimSpace(posted.Get(name)) }
	return CloneForm{VMID: get("vmid"), Hostname: get("hostname"), Snapshot: get("snapshot"), Storage: get("storage"), Full: Checked(posted, "full"), Pool: Checked(posted, "pool")}
}

// Checked tells whether a Check was sent as selected.
func Checked(posted url.Values, name string) bool {
	values := posted[name]
	return len(values) > 0 && values[len(values)-1] == "1"
}

// CloneAgain makes the form of a job that Proxmox refused, with its words at the fields.
func CloneAgain(p proxmox.CloneParams, refused map[store.Property]string) CloneForm {
	vmid := strconv.Itoa(p.VMID)
	return CloneForm{
		VMID: vmid, Hostname: p.Hostname, Snapshot: p.Snapshot, Storage: p.Storage, Full: p.Full, Pool: p.Pool != "",
		Errors: refusedFields(refused, func(string) string { return vmid }),
	}
}

// Check judges the form by the facts about the container and the verdict on the VMID, and sets its Errors by field.
func (p *Clone) Check() {
	f := &p.Form
	f.Errors = map[string]string{}
	wrong := func(field, sentence string) {
		if sentence != "" {
			f.Errors[field] = sentence
		}
	}
	wrong("vmid", checkVMID(f.VMID))
	if f.Errors["vmid"] == "" && p.Verdict.State == fleet.VMIDTaken {
		wrong("vmid", VMIDSentence(p.Verdict))
	}
	wrong("hostname", checkHostname(f.Hostname))
	switch {
	case f.Snapshot != "" && !p.Snapshots.Has(f.Snapshot):
		wrong("snapshot", "The snapshot "+human.Quoted(f.Snapshot)+" no longer exists; choose another")
	case f.Snapshot == "" && len(p.Bound) > 0:
		wrong("snapshot", p.BoundWords()+". Choose an earlier snapshot, or remove it from the container's settings in Proxmox first")
	case f.Snapshot == "" && p.Runs && p.CopiesDisks():
		wrong("snapshot", p.RunsWords())
	}
	switch {
	case f.Storage != "" && !proxmox.ValidStorage(f.Storage):
		wrong("storage", human.Quoted(f.Storage)+" is not a valid storage name")
	case f.Storage != "" && p.CopiesDisks():
		if s, there := storageOf(p.Storages, f.Storage); there {
			wrong("storage", p.checkCopy(s))
		}
	case f.Storage != "" && !p.CopiesDisks():
		wrong("storage", "A linked clone stays on the storage of the template; make a full copy to choose another")
	}
}

// checkCopy says why a copy does not fit onto a storage, as far as their sizes are known; "" when it may.
func (p Clone) checkCopy(s proxmox.Storage) string {
	if !s.Active {
		return s.Name + " is not active; choose another storage"
	}
	return checkRoom(s, gibibytes(p.Size))
}

// CopiesDisks tells whether the clone is a full one, which copies all disks.
func (p Clone) CopiesDisks() bool { return !p.Template || p.Form.Full }

// Params returns the parameters of the clone call, for a form in which Check found nothing.
func (p Clone) Params() proxmox.CloneParams {
	vmid, _ := proxmox.ParseVMID(p.Form.VMID) // checked
	params := proxmox.CloneParams{VMID: vmid, Hostname: p.Form.Hostname, Snapshot: p.Form.Snapshot, Storage: p.Form.Storage, Full: p.Form.Full}
	if p.Form.Pool {
		params.Pool = p.Pool
	}
	return params
}

// CopyRefused says at the field of the snapshot that the storages cannot copy from one.
func (p *Clone) CopyRefused() {
	p.Form.Errors["snapshot"] = "The storage of its disks cannot copy from a snapshot. Shut it down and clone it as it is now"
}

// RunsWords say why a container that runs cannot be copied as it is now, and what to do.
func (p Clone) RunsWords() string {
	if len(p.Snapshots.All) == 0 {
		return "A running container can be copied only from a snapshot, and it has none. Create one, or shut it down first"
	}
	return "A running container can be copied only from a snapshot. Choose one, or shut it down first"
}

// BoundWords say that the host's own folders keep the container from being cloned as it is now.
func (p Clone) BoundWords() string {
	paths := make([]string, len(p.Bound))
	for i, d := range p.Bound {
		paths[i] = d.Path + " (" + d.Key + ")"
	}
	is := "is"
	if len(paths) > 1 {
		is = "are"
	}
	return fmt.Sprintf("Proxmox cannot clone a container that has mounts from the host itself: %s %s", human.List(paths), is)
}

// Stuck tells whether the container cannot be cloned in any way: it has mounts from the host, and no snapshot without them.
func (p Clone) Stuck() bool { return len(p.Bound) > 0 && len(p.Snapshots.All) == 0 }
