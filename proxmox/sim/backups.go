package sim

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Backup of a Guest that exists from the start.
type Backup struct {
	Storage   string
	Age       time.Duration
	Size      uint64 // bytes
	Note      string
	Protected bool
	Verified  string // "ok", "failed": the result of a Proxmox Backup Server's check; "": not verified
}

// backup is a Backup on its storage.
type backup struct {
	Backup
	vmid int
	made time.Time
}

// keepBackups puts the backups of a Guest onto its member's storages.
func (m *member) keepBackups(g *guest, now time.Time) {
	for _, b := range g.Backups {
		s := m.storage(b.Storage)
		s.backups = append(s.backups, &backup{b, g.VMID, now.Add(-b.Age)})
	}
	g.Backups = nil
}

// volume is a backup's name on its storage.
func (b *backup) volume(s *storage) string {
	if s.kind == "pbs" {
		return fmt.Sprintf("%s:backup/ct/%d/%s", s.name, b.vmid, b.made.UTC().Format(time.RFC3339))
	}
	return s.name + ":backup/" + b.file()
}

func (b *backup) file() string {
	return fmt.Sprintf("vzdump-lxc-%d-%s.tar.zst", b.vmid, b.made.Format("2006_01_02-15_04_05"))
}

// backupList lists the backups on a storage that the token may see, only those of {vmid} if the call has one.
func (q *request) backupList(s *storage) []map[string]any {
	all := []map[string]any{}
	for _, b := range s.backups {
		if only := q.number("vmid", 0); only != 0 && only != b.vmid || !q.mayReadBackup(s, b) {
			continue
		}
		e := map[string]any{"volid": b.volume(s), "content": "backup", "subtype": "lxc", "format": "tar.zst", "size": b.Size, "ctime": b.made.Unix(), "vmid": b.vmid}
		if s.kind == "pbs" {
			e["format"] = "pbs-ct"
		}
		if b.Note != "" {
			e["notes"], _, _ = strings.Cut(b.Note, "\n")
		}
		if b.Protected {
			e["protected"] = 1
		}
		if b.Verified != "" {
			e["verification"] = map[string]any{"state": b.Verified, "upid": "UPID:pbs:00000001:00000001:00000001:00000001:verify:x:root@pam:"}
		}
		all = append(all, e)
	}
	return all
}

// mayReadBackup is PVE::Storage::check_volume_access.
func (q *request) mayReadBackup(s *storage, b *backup) bool {
	at := "/storage/" + s.name
	if q.token.has(at, "Datastore.Allocate") {
		return true
	}
	g := q.cluster.guests[b.vmid]
	if g == nil {
		g = &guest{Guest: Guest{VMID: b.vmid}}
	}
	return q.token.has(at, "Datastore.AllocateSpace") && q.token.hasOnGuest(g, "VM.Backup")
}

var (
	noteEscape   = regexp.MustCompile(`\\(.)`)
	noteVariable = regexp.MustCompile(`\{\{([^\s{}]+)\}\}`)
)

// badNote returns vzdump's complaint about the parameter notes-template; "" when it is valid.
func badNote(template string) string {
	if strings.Contains(template, "\n") {
		return "contains a line feed"
	}
	var bad []string
	for _, m := range noteEscape.FindAllStringSubmatchIndex(template, -1) {
		if char := template[m[2]:m[3]]; char != "n" && char != `\` {
			bad = append(bad, fmt.Sprintf(`escape sequence '\%s' at char %d`, char, m[0]))
		}
	}
	for _, m := range noteVariable.FindAllStringSubmatchIndex(template, -1) {
		if name := template[m[2]:m[3]]; !slices.Contains([]string{"cluster", "guestname", "node", "vmid"}, name) {
			bad = append(bad, fmt.Sprintf("variable '%s' at char %d", name, m[1]-len(name)))
		}
	}
	if bad != nil {
		return "found unknown: " + strings.Join(bad, ", ")
	}
	return ""
}

// noteOf makes the note of a notes-template, with its escapes and variables replaced, as vzdump does.
func (q *request) noteOf(template string, g *guest) string {
	text := noteEscape.ReplaceAllStringFunc(template, func(s string) string {
		if s == `\n` {
			return "\n"
		}
		return `\`
	})
	return strings.NewReplacer("{{cluster}}", cmp.Or(q.cluster.cfg.Name, "standalone node"), "{{guestname}}", g.Name,
		"{{node}}", q.member.name, "{{vmid}}", strconv.Itoa(g.VMID)).Replace(text)
}

// vzdump backs up one container. As in Proxmox, nearly every error shows only in its task.
func (q *request) vzdump() (any, *failure) {
	if _, ok := q.params["dumpdir"]; ok {
		return nil, refused(map[string]string{"dumpdir": "Only root may set this option."})
	}
	if wrong := badNote(q.params["notes-template"]); wrong != "" {
		return nil, refused(map[string]string{"notes-template": wrong})
	}
	if q.params["vmid"] == "" {
		return nil, refused(map[string]string{"vmid": "property is missing"})
	}
	vmid := q.number("vmid", 0)
	g := q.cluster.guests[vmid]
	if g != nil && g.Node != q.member.name {
		return "OK", nil
	}
	name := cmp.Or(q.params["storage"], "local")
	if at := "/storage/" + name; !q.token.has(at, "Datastore.AllocateSpace") {
		return nil, forbidden(at, "Datastore.AllocateSpace")
	}
	fails := func(exit string, log ...string) (any, *failure) {
		t := q.begin("vzdump", strconv.Itoa(vmid), 0, nil, func() string { return exit })
		t.failed = log
		return t.upid, nil
	}
	switch s := q.member.storage(name); {
	case s == nil:
		return fails(fmt.Sprintf("could not get storage information for '%s': storage '%s' does not exist", name, name))
	case !slices.Contains(s.contents, "backup"):
		return fails(fmt.Sprintf("could not get storage information for '%[1]s': can't use storage '%[1]s' for backups - wrong content type", name))
	case g != nil && !q.token.hasOnGuest(g, "VM.Backup"):
		return fails(fmt.Sprintf("Permission check failed (%s, VM.Backup)", guestPath(vmid)))
	case g == nil:
		return fails("job errors", q.failedBackup(vmid, fmt.Sprintf("unable to find VM '%d'", vmid))...)
	case g.locked() != "":
		return fails("job errors", q.failedBackup(vmid, g.locked())...)
	default:
		return q.backUp(g, s), nil
	}
}

// failedBackup makes the log of a backup that failed before it began.
func (q *request) failedBackup(vmid int, why string) []string {
	return append(q.backupBegins(vmid), fmt.Sprintf("ERROR: Backup of VM %d failed - %s", vmid, why),
		"INFO: Failed at "+q.now.Format(time.DateTime), "INFO: Backup job finished with errors")
}

func (q *request) backupBegins(vmid int) []string {
	line := fmt.Sprintf("INFO: starting new backup job: vzdump %d", vmid)
	for _, name := range []string{"storage", "mode", "compress", "remove", "protected", "notes-template"} {
		if value := q.params[name]; value != "" {
			line += " --" + name + " " + value
		}
	}
	return []string{line, fmt.Sprintf("INFO: Starting Backup of VM %d (lxc)", vmid), "INFO: Backup started at " + q.now.Format(time.DateTime)}
}

// backUp begins the task. It locks the container; a backup in mode stop stops it meanwhile.
func (q *request) backUp(g *guest, s *storage) string {
	b := &backup{vmid: g.VMID, made: q.now, Backup: Backup{Size: g.Disk/3 + 40<<20, Protected: q.params["protected"] == "1"}}
	b.Note = q.noteOf(q.params["notes-template"], g)
	running, mode := g.Status == "running", cmp.Or(q.params["mode"], "snapshot")
	log := append(q.backupBegins(g.VMID), "INFO: status = "+g.Status)
	switch {
	case !running:
		mode = "stop"
	case mode == "snapshot" && !q.member.hasFeature("snapshot", g.config, ""):
		log = append(log, "INFO: mode failure - some volumes do not support snapshots", "INFO: trying 'suspend' mode instead")
		mode = "suspend"
	}
	log = append(log, "INFO: backup mode: "+mode, "INFO: ionice priority: 7", "INFO: CT Name: "+g.Name, "INFO: including mount point rootfs ('/') in backup")
	switch {
	case mode == "snapshot":
		log = append(log, "INFO: create storage snapshot 'vzdump'")
	case mode == "suspend":
		log = append(log, "INFO: starting first sync /proc/2417/root/ to /var/tmp/vzdumptmp", "INFO: first sync finished", "INFO: suspending guest",
			"INFO: starting final sync", "INFO: final sync finished", "INFO: resuming guest", "INFO: guest is online again after 2 seconds")
	case running:
		log = append(log, "INFO: stopping virtual guest")
		g.setStatus("stopped", q.now)
	}
	archive := "/var/lib/vz/dump/" + b.file()
	log = append(log, "INFO: creating vzdump archive '"+archive+"'",
		fmt.Sprintf("INFO: Total bytes written: %d", g.Disk), fmt.Sprintf("INFO: archive file size: %dMB", b.Size>>20))
	if b.Note != "" {
		log = append(log, "INFO: adding notes to backup")
	}
	if b.Protected {
		log = append(log, "INFO: marking backup as protected")
	}
	g.Lock = "backup"
	over := func() {
		g.Lock = ""
		if mode == "stop" && running {
			g.setStatus("running", q.startedAt())
		}
	}
	t := q.begin("vzdump", strconv.Itoa(g.VMID), 2*q.taskTime(), append(log, fmt.Sprintf("INFO: Finished Backup of VM %d (00:00:%02d)", g.VMID, 2*int(q.taskTime().Seconds())),
		"INFO: Backup job finished successfully"), func() string {
		over()
		s.backups = append(s.backups, b)
		s.used = min(s.used+b.Size, s.size)
		return "OK"
	})
	t.undo = over
	t.aborted = func(now time.Time) (string, []string) {
		said := t.lines(now)
		if mode == "stop" && running && now.Sub(t.start) < t.takes/2 { // it waits for the guest, and dies there
			s.left = append(s.left, strings.TrimSuffix(b.file(), ".tar.zst")+".tmp")
			return "unexpected status", said
		}
		over()
		return "job errors", append(said, fmt.Sprintf("ERROR: Backup of VM %d failed - interrupted by signal", g.VMID), "INFO: Backup job finished with errors")
	}
	return t.upid
}

// Leftovers lists the folders that aborted backups left behind on a member's storage.
func (c *Cluster) Leftovers(member, storage string) []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.member(member).storage(storage).left)
}
