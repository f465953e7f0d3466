package sim

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Snapshot of a Guest that exists from the start.
type Snapshot struct {
	Name   string
	Note   string
	Parent string // "": none
	Age    time.Duration
}

// snapshot is a Snapshot of a guest, with the configuration that a rollback brings back.
type snapshot struct {
	name, note, parent string
	made               time.Time
	state              string // "prepare" or "delete" while that is under way
	guest              Guest  // its settings
	config             map[string]string
	allCores           bool
}

// keepSnapshots adds the snapshots of a Guest. The guest is at the last of them, unless its Parent names another.
func (g *guest) keepSnapshots(now time.Time) {
	for _, s := range g.Snapshots {
		g.snapshots = append(g.snapshots, g.asSnapshot(s.Name, s.Note, s.Parent, now.Add(-s.Age)))
		g.parent = s.Name
	}
	g.parent = cmp.Or(g.Parent, g.parent)
	g.Snapshots = nil
}

func (g *guest) asSnapshot(name, note, parent string, made time.Time) *snapshot {
	return &snapshot{name: name, note: note, parent: parent, made: made, guest: g.Guest, config: maps.Clone(g.config), allCores: g.allCores}
}

// snapshot by name; nil when there is none.
func (g *guest) snapshot(name string) *snapshot {
	i := slices.IndexFunc(g.snapshots, func(s *snapshot) bool { return s.name == name })
	if i < 0 {
		return nil
	}
	return g.snapshots[i]
}

// disks maps the disks of a configuration, "rootfs", "mp0", …, to their volumes, STORAGE:NAME, or to a path of the host.
func disks(config map[string]string) map[string]string {
	all := make(map[string]string)
	for key, value := range config {
		if key == "rootfs" || strings.HasPrefix(key, "mp") && numberAtEnd.MatchString(key) {
			volume, _, _ := strings.Cut(value, ",")
			all[key] = volume
		}
	}
	return all
}

// features lists, by kind of storage and feature, the states of a container's raw disk or subvolume that support it:
// "current", "snap" for a snapshot, "base" for an LXC template.
var features = map[string]map[string][]string{
	"lvmthin": {"snapshot": {"current"}, "clone": {"base", "snap"}, "copy": {"base", "current", "snap"}},
	"zfspool": {"snapshot": {"current", "snap"}, "clone": {"base"}, "copy": {"base", "current"}},
	"dir":     {"copy": {"base", "current"}},
	"nfs":     {"copy": {"base", "current"}},
}

// hasFeature tells whether all disks are on storages that support the feature.
func (m *member) hasFeature(feature string, config map[string]string, snapshot string) bool {
	state := "current"
	switch {
	case snapshot != "":
		state = "snap"
	case config["template"] == "1":
		state = "base"
	}
	for _, volume := range disks(config) {
		name, _, _ := strings.Cut(volume, ":")
		s := m.storage(name)
		if s == nil || !slices.Contains(features[s.kind][feature], state) {
			return false
		}
	}
	return true
}

func (q *request) hasFeature() (any, *failure) {
	g, fail := q.container()
	if fail != nil {
		return nil, fail
	}
	config, name := g.config, q.params["snapname"]
	if name != "" {
		s := g.snapshot(name)
		if s == nil {
			return nil, died("%s", noSuchSnapshot(name))
		}
		config = s.config
	}
	return map[string]any{"hasFeature": one(q.member.hasFeature(q.params["feature"], config, name))}, nil
}

func noSuchSnapshot(name string) string { return "snapshot '" + name + "' does not exist" }

func (q *request) snapshotList() (any, *failure) {
	g, fail := q.container()
	if fail != nil {
		return nil, fail
	}
	all := []map[string]any{}
	for _, s := range g.snapshots {
		e := map[string]any{"name": s.name, "snaptime": s.made.Unix(), "description": described(s.note)}
		if s.parent != "" {
			e["parent"] = s.parent
		}
		if s.state != "" {
			e["snapstate"] = s.state
		}
		all = append(all, e)
	}
	here := map[string]any{"name": "current", "digest": g.digest(), "running": one(g.Status == "running"), "description": "You are here!"}
	if g.parent != "" {
		here["parent"] = g.parent
	}
	return append(all, here), nil
}

// described is a description as read back from a configuration's file: with one newline at its end, or empty.
func described(note string) string {
	if note = strings.TrimRight(note, "\n"); note == "" {
		return ""
	}
	return note + "\n"
}

// onContainer begins a task that locks the container. check is the task's first act: it returns the message with which
// the task fails at once, or "". done is the task's effect at its end; undo is called instead when it is aborted or made
// to fail, and may be nil.
func (q *request) onContainer(kind, lock string, takes time.Duration, log []string, check func(*guest) string, done, undo func(*guest)) (any, *failure) {
	vmid := q.params["vmid"]
	g, fail := q.container()
	why := ""
	if fail != nil {
		why = q.noSuchContainer()
	} else {
		why = check(g)
	}
	if why != "" {
		return q.begin(kind, vmid, 0, nil, func() string { return why }).upid, nil
	}
	g.Lock = lock
	t := q.begin(kind, vmid, takes, log, func() string {
		if q.cluster.guests[g.VMID] != g {
			return q.noSuchContainer()
		}
		g.Lock = ""
		done(g)
		return "OK"
	})
	t.undo = func() {
		g.Lock = ""
		if undo != nil {
			undo(g)
		}
	}
	return t.upid, nil
}

func (q *request) makeSnapshot() (any, *failure) {
	name := q.params["snapname"]
	if name == "current" || name == "vzdump" {
		return nil, died("unable to use snapshot name '%s' (reserved name)", name)
	}
	return q.onContainer("vzsnapshot", "snapshot", q.taskTime(), q.volumeLog("snap_%s_"+name, "created"), func(g *guest) string {
		switch why := g.locked(); {
		case g.Template:
			return "you can't take a snapshot if it's a template"
		case why != "":
			return why
		case g.snapshot(name) != nil:
			return "snapshot name '" + name + "' already used"
		case !q.member.hasFeature("snapshot", g.config, ""):
			return "snapshot feature is not available"
		}
		s := g.asSnapshot(name, q.params["description"], g.parent, q.now)
		s.state = "prepare"
		g.snapshots = append(g.snapshots, s)
		return ""
	}, func(g *guest) {
		g.snapshot(name).state = ""
		g.parent = name
	}, func(g *guest) { g.dropSnapshot(name) })
}

// noteSnapshot checks as PVE::API2::LXC::Snapshot does: first the lock, then whether the snapshot exists; nothing at all
// without a description.
func (q *request) noteSnapshot() (any, *failure) {
	note, given := q.params["description"]
	if !given {
		return nil, nil
	}
	g, fail := q.container()
	if fail != nil {
		return nil, fail
	}
	if why := g.locked(); why != "" {
		return nil, died("%s", why)
	}
	name := q.params["snapname"]
	s := g.snapshot(name)
	if s == nil {
		return nil, died("%s", noSuchSnapshot(name))
	}
	s.note = note
	return nil, nil
}

// dropSnapshot deletes a snapshot; those whose parent it was get its own parent.
func (g *guest) dropSnapshot(name string) {
	s := g.snapshot(name)
	if s == nil {
		return
	}
	for _, o := range g.snapshots {
		if o.parent == name {
			o.parent = s.parent
		}
	}
	if g.parent == name {
		g.parent = s.parent
	}
	g.snapshots = slices.DeleteFunc(g.snapshots, func(o *snapshot) bool { return o == s })
}

func (q *request) deleteSnapshot() (any, *failure) {
	name := q.params["snapname"]
	return q.onContainer("vzdelsnapshot", "snapshot-delete", q.taskTime(), q.volumeLog("snap_%s_"+name, "successfully removed"), func(g *guest) string {
		s := g.snapshot(name)
		if s == nil {
			return noSuchSnapshot(name)
		}
		if g.Template {
			return "you can't delete a snapshot if vm is a template"
		}
		if why := g.locked(); why != "" {
			return why
		}
		s.state = "delete"
		return ""
	}, func(g *guest) { g.dropSnapshot(name) }, nil)
}

// snapshotConfig answers with the container's configuration when a snapshot was made.
func (q *request) snapshotConfig() (any, *failure) {
	g, fail := q.container()
	if fail != nil {
		return nil, fail
	}
	s := g.snapshot(q.params["snapname"])
	if s == nil {
		return nil, died("%s", noSuchSnapshot(q.params["snapname"]))
	}
	was := &guest{Guest: s.guest, config: s.config, allCores: s.allCores}
	was.Lock = ""
	shown := map[string]any{"snaptime": s.made.Unix()}
	for name, value := range was.values() {
		shown[name] = asSent(name, value)
	}
	return shown, nil
}

// mayRollBack checks that the token has one of two rights; the refusal names both.
func mayRollBack(q *request) *failure {
	if q.onGuest("VM.Snapshot") == nil || q.onGuest("VM.Snapshot.Rollback") == nil {
		return nil
	}
	return forbidden("/vms/"+q.params["vmid"], "VM.Snapshot|VM.Snapshot.Rollback")
}

// rollBack stops the container and restores it with its settings, all but the description.
func (q *request) rollBack() (any, *failure) {
	name := q.params["snapname"]
	return q.onContainer("vzrollback", "rollback", q.taskTime(), append(q.volumeLog("%s", "successfully removed"), q.volumeLog("%s", "created")...), func(g *guest) string {
		s := g.snapshot(name)
		switch {
		case g.Template:
			return "you can't rollback if vm is a template"
		case s == nil:
			return noSuchSnapshot(name)
		}
		if why := q.member.newerThan(g, s); why != "" {
			return why
		}
		if s.state != "" {
			return "unable to rollback to incomplete snapshot (snapstate = " + s.state + ")"
		}
		if why := g.locked(); why != "" {
			return why
		}
		g.setStatus("stopped", q.now)
		return ""
	}, func(g *guest) {
		s := g.snapshot(name)
		was := g.Guest
		unused := unusedSince(g.config, s.config)
		g.Guest, g.config, g.allCores, g.parent, g.box = s.guest, maps.Clone(s.config), s.allCores, name, nil
		g.Status, g.Lock, g.Pending, g.Description, g.Pool, g.Node = "stopped", "", nil, was.Description, was.Pool, was.Node
		g.HA, g.Replication = was.HA, was.Replication
		maps.Copy(g.config, unused)
	}, nil)
}

// unusedSince lists, as unusedN, the volumes of the configuration now that then lacks: a rollback keeps them
// without mounting them (__snapshot_rollback_get_unused).
func unusedSince(now, then map[string]string) map[string]string {
	had := slices.Collect(maps.Values(disks(then)))
	unused := make(map[string]string)
	volumes := disks(now)
	for _, key := range slices.Sorted(maps.Keys(volumes)) {
		if volume := volumes[key]; !strings.HasPrefix(volume, "/") && !slices.Contains(had, volume) {
			unused[fmt.Sprintf("unused%d", len(unused))] = volume
		}
	}
	return unused
}

// newerThan returns the message with which ZFS refuses to roll back to any snapshot but the newest; "" for that one, and
// for other storages.
func (m *member) newerThan(g *guest, s *snapshot) string {
	last := g.snapshots[len(g.snapshots)-1]
	for _, volume := range disks(s.config) {
		name, _, _ := strings.Cut(volume, ":")
		if on := m.storage(name); on != nil && on.kind == "zfspool" && s != last {
			return fmt.Sprintf("can't rollback, '%s' is not most recent snapshot on '%s'", s.name, volume)
		}
	}
	return ""
}

// volumeLog makes LVM's line of log for each disk of the container {vmid}; there is none for other storages.
func (q *request) volumeLog(form, done string) []string {
	g := q.cluster.guests[q.number("vmid", 0)]
	if g == nil {
		return nil
	}
	var lines []string
	all := disks(g.config)
	for _, key := range slices.Sorted(maps.Keys(all)) {
		name, volume, _ := strings.Cut(all[key], ":")
		if s := q.member.storage(name); s != nil && s.kind == "lvmthin" {
			lines = append(lines, "  Logical volume "+strconv.Quote(strings.Replace(form, "%s", volume, 1))+" "+done+".")
		}
	}
	return lines
}
