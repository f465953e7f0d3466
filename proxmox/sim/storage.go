package sim

import (
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// mayUse tells whether the token may see a storage.
func (q *request) mayUse(s *storage) bool {
	at := "/storage/" + s.name
	return q.token.has(at, "Datastore.Audit") || q.token.has(at, "Datastore.AllocateSpace")
}

func (q *request) storages() (any, *failure) {
	all := []map[string]any{}
	for _, s := range q.member.storages {
		wanted := true
		for content := range strings.FieldsFuncSeq(q.params["content"], func(r rune) bool { return r == ',' || r == ' ' || r == ';' }) {
			wanted = slices.Contains(s.contents, content)
			if wanted {
				break
			}
		}
		if only := q.params["storage"]; !wanted || only != "" && only != s.name || !q.mayUse(s) {
			continue
		}
		e := map[string]any{"storage": s.name, "type": s.kind, "content": strings.Join(s.contents, ","), "active": 1, "enabled": 1, "shared": 0,
			"used": s.used, "total": s.size, "avail": s.size - s.used, "used_fraction": float64(s.used) / float64(s.size)}
		if s.inactive {
			e["active"], e["used"], e["total"], e["avail"], e["used_fraction"] = 0, 0, 0, 0, 0
		}
		all = append(all, e)
	}
	return all, nil
}

func (q *request) storageContent() (any, *failure) {
	s := q.member.storage(q.params["storage"])
	if s == nil {
		return nil, died("storage '%s' does not exist", q.params["storage"])
	}
	if !q.mayUse(s) {
		return nil, forbidden("/storage/"+s.name, "Datastore.Audit|Datastore.AllocateSpace")
	}
	all, content := []map[string]any{}, q.params["content"]
	if content == "" || content == "backup" {
		all = q.backupList(s)
	}
	if content == "" || content == "rootdir" {
		all = append(all, q.volumeList(s)...)
	}
	if content != "" && content != "vztmpl" || q.params["vmid"] != "" {
		return all, nil
	}
	for _, file := range slices.Sorted(maps.Keys(s.files)) {
		all = append(all, map[string]any{"volid": s.name + ":vztmpl/" + file, "content": "vztmpl", "format": file[strings.LastIndex(file, "tar"):], "size": s.files[file], "ctime": q.member.started.Unix()})
	}
	return all, nil
}

// volumeList lists the containers' disks on a storage that the token may see, only those of {vmid} if the call has one.
func (q *request) volumeList(s *storage) []map[string]any {
	all := []map[string]any{}
	for _, g := range q.cluster.sortedGuests() {
		if only := q.number("vmid", 0); g.Type != "lxc" || g.Node != q.member.name || only != 0 && only != g.VMID || !q.token.hasOnGuest(g, "VM.Config.Disk") {
			continue
		}
		for _, key := range slices.Sorted(maps.Keys(g.config)) {
			if key != "rootfs" && !volumeKey.MatchString(key) {
				continue
			}
			volume, rest, _ := strings.Cut(g.config[key], ",")
			if at, _, _ := strings.Cut(volume, ":"); at != s.name {
				continue
			}
			parts, _ := propertyString(nil, rest)
			size := parseSize(parts["size"])
			if n, known := g.UnusedSizes[key]; known {
				size = n
			}
			all = append(all, map[string]any{"volid": volume, "content": "rootdir", "format": "raw", "size": size, "vmid": g.VMID})
		}
	}
	return all
}

// volumeKey matches the names of settings that have a volume, besides rootfs.
var volumeKey = regexp.MustCompile(`^(mp|unused)\d+$`)

// applianceSize is the size of every downloaded OS template, in bytes.
const applianceSize = 126 << 20

// appliance is an entry of Proxmox's list of OS templates to download.
type appliance struct{ template, os, section, version, headline string }

var appliances = []appliance{
	{"alpine-3.22-default_20250617_amd64.tar.xz", "alpine", "system", "20250617", "LXC default image for alpine 3.22 (20250617)"},
	{"almalinux-10-default_20250930_amd64.tar.xz", "almalinux", "system", "20250930", "LXC default image for almalinux 10 (20250930)"},
	{"archlinux-base_20240911-1_amd64.tar.zst", "archlinux", "system", "20240911-1", "ArchLinux base image."},
	{"debian-12-standard_12.12-1_amd64.tar.zst", "debian-12", "system", "12.12-1", "Debian 12 Bookworm (standard)"},
	{"debian-13-standard_13.1-2_amd64.tar.zst", "debian-13", "system", "13.1-2", "Debian 13 Trixie (standard)"},
	{"fedora-42-default_20250428_amd64.tar.xz", "fedora", "system", "20250428", "LXC default image for fedora 42 (20250428)"},
	{"ubuntu-24.04-standard_24.04-2_amd64.tar.zst", "ubuntu-24.04", "system", "24.04-2", "Ubuntu 24.04 Noble (standard)"},
	{"debian-12-turnkey-nextcloud_18.2-1_amd64.tar.gz", "debian-12", "turnkeylinux", "18.2-1", "TurnKey Nextcloud"},
}

func (q *request) appliances() (any, *failure) {
	all := []map[string]any{}
	for _, a := range appliances {
		name, _, _ := strings.Cut(a.template, "_")
		all = append(all, map[string]any{"template": a.template, "package": name, "os": a.os, "section": a.section, "version": a.version, "headline": a.headline,
			"type": "lxc", "architecture": "amd64", "source": "http://download.example/images/" + a.section})
	}
	return all, nil
}

func (q *request) fetchAppliance() (any, *failure) {
	s, template := q.member.storage(q.params["storage"]), q.params["template"]
	if s == nil {
		return nil, died("storage '%s' does not exist", q.params["storage"])
	}
	if !slices.ContainsFunc(appliances, func(a appliance) bool { return a.template == template }) {
		return nil, refused(map[string]string{"template": "no such template"})
	}
	if !slices.Contains(s.contents, "vztmpl") {
		return nil, died("cannot download to storage '%s' - content type 'vztmpl' is not available", s.name)
	}
	log := []string{"downloading http://download.example/images/" + template + " to /var/lib/vz/template/cache/" + template}
	for percent := 5; percent <= 100; percent += 5 {
		log = append(log, strconv.Itoa(applianceSize/100*percent>>10)+"K ........ ........ ........ ........ "+strconv.Itoa(percent)+"% 24.1M")
	}
	log = append(log, "calculating checksum...OK, checksum verified", "download of 'http://download.example/images/"+template+"' to '/var/lib/vz/template/cache/"+template+"' finished")
	t := q.begin("download", "", 2*q.taskTime(), log, func() string {
		if s.files == nil {
			s.files = make(map[string]uint64)
		}
		s.files[template] = applianceSize
		return "OK"
	})
	return t.upid, nil
}

func (q *request) bridges() (any, *failure) {
	all := []map[string]any{}
	for _, b := range q.member.bridges {
		at := "/sdn/zones/localnetwork/" + b.name
		if !q.token.has(at, "SDN.Use") && !q.token.has(at, "SDN.Audit") {
			continue
		}
		e := map[string]any{"iface": b.name, "type": "bridge", "active": 1, "autostart": 1, "bridge_vlan_aware": 1, "method": "manual", "priority": 3}
		if b.comment != "" {
			e["comments"] = b.comment
		}
		if b.cidr != "" {
			e["cidr"], e["method"] = b.cidr, "static"
		}
		all = append(all, e)
	}
	return all, nil
}

// shutdownTimeout is Proxmox's default timeout of a shutdown or a reboot.
const shutdownTimeout = 60 * time.Second
