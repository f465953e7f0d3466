package proxmox

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A Backup of a container, on a storage.
type Backup struct {
	Volume    string // "local:backup/vzdump-lxc-101-2026_11_20-02_00_01.tar.zst"
	Created   time.Time
	Size      uint64 // bytes
	Note      string // its first line
	Protected bool   // neither pruned nor deleted until somebody lifts that
	Verified  string // the result of Proxmox Backup Server's check: "ok", "failed"; "": not verified, or kept elsewhere
}

// Backups is GET /nodes/{node}/storage/{storage}/content?content=backup&vmid=, newest first. Proxmox leaves out what
// the token may not see, which takes VM.Backup on the container and Datastore.AllocateSpace on the storage.
func (c *Client) Backups(ctx context.Context, node, storage string, vmid int) ([]Backup, error) {
	var data []struct {
		VolID        text   `json:"volid"`
		CTime        number `json:"ctime"`
		Size         number `json:"size"`
		Notes        text   `json:"notes"`
		Protected    truth  `json:"protected"`
		Verification struct {
			State text `json:"state"`
		} `json:"verification"`
	}
	args := url.Values{"content": {"backup"}, "vmid": {strconv.Itoa(vmid)}}
	if err := c.get(ctx, nodePath(node, "storage", storage, "content"), args, &data); err != nil {
		return nil, err
	}
	backups := make([]Backup, 0, len(data))
	for _, d := range data {
		if d.VolID == "" {
			continue
		}
		backups = append(backups, Backup{
			Volume: string(d.VolID), Created: d.CTime.time(), Size: d.Size.bytes(), Note: trimNote(d.Notes),
			Protected: bool(d.Protected), Verified: string(d.Verification.State),
		})
	}
	slices.SortFunc(backups, func(a, b Backup) int { return cmp.Or(b.Created.Compare(a.Created), cmp.Compare(a.Volume, b.Volume)) })
	return backups, nil
}

// BackupMode tells vzdump how to get a consistent copy of a container that runs.
type BackupMode string

// The modes. Proxmox takes ModeSuspend instead of ModeSnapshot where a disk cannot be snapshotted.
const (
	ModeSnapshot BackupMode = "snapshot"
	ModeSuspend  BackupMode = "suspend"
	ModeStop     BackupMode = "stop"
)

// BackupParams are the arguments of Backup. The JSON names are kept in job records.
type BackupParams struct {
	Storage   string     `json:"storage"`
	Mode      BackupMode `json:"mode"`
	Note      string     `json:"note,omitempty"`
	Protected bool       `json:"protected,omitempty"`
	Prune     bool       `json:"prune,omitempty"` // let the storage remove older backups as it is set up to
}

func (p BackupParams) values(vmid int) url.Values {
	v := url.Values{
		"vmid": {strconv.Itoa(vmid)}, "storage": {p.Storage}, "mode": {string(p.Mode)}, "compress": {"zstd"}, "remove": {flag(p.Prune)},
	}
	if note := notesTemplate(p.Note); note != "" {
		v.Set("notes-template", note)
	}
	if p.Protected {
		v.Set("protected", "1")
	}
	return v
}

// notesTemplate writes a note for vzdump's parameter notes-template: on one line, with newlines and backslashes escaped.
func notesTemplate(note string) string {
	return strings.NewReplacer(`\`, `\\`, "\r\n", `\n`, "\n", `\n`, "\r", `\n`).Replace(note)
}

// variable matches what vzdump takes for a variable in notes-template.
var variable = regexp.MustCompile(`\{\{([^\s{}]+)\}\}`)

// ValidNote tells whether Proxmox takes a note for a backup: escaped, it has at most maxBackupNote characters, and
// each {{name}} in it must be one of Proxmox's own variables.
func ValidNote(note string) bool {
	escaped := notesTemplate(note)
	if len([]rune(escaped)) > maxBackupNote {
		return false
	}
	for _, v := range variable.FindAllStringSubmatch(escaped, -1) {
		if !slices.Contains([]string{"cluster", "guestname", "node", "vmid"}, v[1]) {
			return false
		}
	}
	return true
}

// Backup is POST /nodes/{node}/vzdump for one container. Nearly everything that can go wrong, such as a missing right on
// the container, shows only in its task, which then ends with "job errors" and has the reason in its log.
// KindNotFound: the container is on another member.
func (c *Client) Backup(ctx context.Context, node string, vmid int, p BackupParams) (UPID, error) {
	path := nodePath(node, "vzdump")
	out, err := c.said(ctx, http.MethodPost, path, p.values(vmid))
	if err != nil {
		return "", err
	}
	if out == "OK" { // there was nothing to do on this member
		return "", &Error{Kind: KindNotFound, Call: http.MethodPost + " " + unescaped(path), Status: http.StatusOK}
	}
	return taskNamed(out, http.MethodPost, path)
}
