package sim

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// mayClone checks the right to clone the container, and to make one with the new VMID or in the pool.
func mayClone(q *request) *failure {
	if fail := q.onGuest("VM.Clone"); fail != nil {
		return fail
	}
	at, pool := "/vms/"+q.params["newid"], q.params["pool"]
	if !q.token.has(at, "VM.Allocate") && (pool == "" || !q.token.has("/pool/"+pool, "VM.Allocate")) {
		return forbidden(at, "VM.Allocate")
	}
	return nil
}

// clone refuses in the order of PVE::API2::LXC::clone_vm what that refuses before it begins a task.
func (q *request) clone() (any, *failure) {
	newID, name, onto := q.number("newid", 0), q.params["snapname"], q.params["storage"]
	pool := q.params["pool"]
	if pool != "" && !q.cluster.poolNames()[pool] {
		return nil, died("pool '%s' does not exist", pool)
	}
	if onto != "" && q.member.storage(onto) == nil {
		return nil, died("storage '%s' does not exist", onto)
	}
	g, fail := q.container()
	if fail != nil {
		return nil, fail
	}
	if why := g.locked(); why != "" {
		return nil, died("%s", why)
	}
	if fail := q.cluster.unused(newID); fail != nil {
		return nil, fail
	}
	full := !g.Template
	if typed := q.params["full"]; typed != "" {
		full = typed == "1"
	}
	source := g.asSnapshot("", "", "", q.now)
	switch s := g.snapshot(name); {
	case onto != "" && !full:
		return nil, died("parameter 'storage' not allowed for linked clones")
	case name != "" && s == nil:
		return nil, died("%s", noSuchSnapshot(name))
	case name != "":
		source = s
	}
	if fail := q.mayCopy(g, source.config, name, onto, full); fail != nil {
		return nil, fail
	}
	made := q.newClone(newID, source, onto)
	q.cluster.guests[newID] = made
	g.Lock = "disk"
	status := g.Status
	t := q.begin("vzclone", strconv.Itoa(g.VMID), 2*q.taskTime(), q.cloneLog(g, made, full), func() string {
		g.Lock = ""
		if q.cluster.guests[newID] != made {
			return "clone failed: Lost 'create' config lock, aborting."
		}
		if g.Status != status {
			q.cluster.forget(newID)
			return "unexpected state change"
		}
		if s := q.member.storage(onto); s != nil && !slices.Contains(s.contents, "rootdir") {
			q.cluster.forget(newID)
			return fmt.Sprintf("clone failed: content type 'rootdir' is not available or configured on storage '%s'", onto)
		}
		made.Lock = ""
		return "OK"
	})
	t.undo = func() {
		g.Lock = ""
		if q.cluster.guests[newID] == made {
			q.cluster.forget(newID)
		}
	}
	return t.upid, nil
}

// mayCopy checks each disk of what is cloned.
func (q *request) mayCopy(g *guest, config map[string]string, snapshot, onto string, full bool) *failure {
	all := disks(config)
	for _, key := range slices.Sorted(maps.Keys(all)) {
		volume := all[key]
		if strings.HasPrefix(volume, "/") {
			return died("unable to clone mountpoint '%s' (type bind)", key)
		}
		at, _, _ := strings.Cut(volume, ":")
		if onto != "" {
			at = onto
		}
		switch {
		case !q.token.has("/storage/"+at, "Datastore.AllocateSpace"):
			return forbidden("/storage/"+at, "Datastore.AllocateSpace")
		case full && g.Status == "running" && snapshot == "":
			return died("Full clone of a running container is only possible from a snapshot")
		case !full && !q.member.hasFeature("clone", map[string]string{key: volume, "template": config["template"]}, snapshot):
			return died("Linked clone feature for '%s' is not available", volume)
		}
	}
	return q.mayUseBridges(config)
}

// newClone is the container that a clone makes, locked while it is made.
func (q *request) newClone(vmid int, source *snapshot, onto string) *guest {
	made := &guest{Guest: source.guest, config: maps.Clone(source.config), allCores: source.allCores}
	made.VMID, made.Node, made.Status, made.Lock, made.Pool = vmid, q.member.name, "stopped", "create", q.params["pool"]
	made.Template, made.Uptime, made.Pending = false, 0, nil
	delete(made.config, "template")
	if name := q.params["hostname"]; name != "" {
		made.Name = name
	}
	if note := q.params["description"]; note != "" {
		made.Description = note
	}
	i := 0
	for _, key := range slices.Sorted(maps.Keys(disks(source.config))) {
		volume, rest, _ := strings.Cut(source.config[key], ",")
		name, _, _ := strings.Cut(volume, ":")
		if onto != "" {
			name = onto
		}
		made.config[key] = q.member.volume(name, vmid, i) + "," + rest
		i++
	}
	for key, value := range made.config {
		if strings.HasPrefix(key, "net") {
			made.config[key] = macInNet.ReplaceAllString(value, "hwaddr="+macOf(vmid))
		}
	}
	return made
}

func (q *request) cloneLog(g, made *guest, full bool) []string {
	log := []string{fmt.Sprintf("creating a clone of container %d with ID %d", g.VMID, made.VMID)}
	from, to := disks(g.config), disks(made.config)
	for _, key := range slices.Sorted(maps.Keys(to)) {
		if !full {
			log = append(log, fmt.Sprintf("create linked clone of mount point %s (%s)", key, from[key]))
			continue
		}
		_, name, _ := strings.Cut(to[key], ":")
		log = append(log,
			fmt.Sprintf("create full clone of mountpoint %s (%s)", key, from[key]),
			fmt.Sprintf("  Logical volume %q created.", name),
			fmt.Sprintf("Creating filesystem with %d 4k blocks and %d inodes", made.MaxDisk>>12, made.MaxDisk>>14),
			"Number of files: 24,411 (reg: 17,845, dir: 2,331, link: 4,227, dev: 2, special: 6)",
			fmt.Sprintf("Total file size: %d bytes", made.Disk),
		)
	}
	return log
}
