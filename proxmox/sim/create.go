package sim

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// configured lists the parameters of a create that go into the configuration unchanged.
var configured = []string{"arch", "swap", "unprivileged", "features", "onboot", "nameserver", "searchdomain", "cpulimit", "cpuunits", "console", "cmode", "tty", "protection", "startup", "timezone"}

// create takes the VMID at once and makes the container when its task ends, as
// PVE::API2::LXC::create_vm does: rights, storage, then the number.
func (q *request) create() (any, *failure) {
	vmid := q.number("vmid", 0)
	if fail := q.mayCreate(vmid); fail != nil {
		return nil, fail
	}
	rootfs, fail := q.rootfs()
	if fail != nil {
		return nil, fail
	}
	if fail := q.cluster.unused(vmid); fail != nil {
		return nil, fail
	}
	g := q.newGuest(vmid, rootfs)
	q.cluster.guests[vmid] = g
	t := q.begin("vzcreate", strconv.Itoa(vmid), 2*q.taskTime(), createLog(vmid, rootfs, q.params["ostemplate"]), func() string {
		if q.cluster.guests[vmid] != g {
			return q.noSuchContainer()
		}
		if volume := q.params["ostemplate"]; !q.hasTemplate(volume) {
			q.cluster.forget(vmid)
			return fmt.Sprintf("unable to create CT %d - volume '%s' does not exist", vmid, volume)
		}
		g.making, g.Lock = false, ""
		return "OK"
	})
	t.undo = func() {
		if q.cluster.guests[vmid] == g {
			q.cluster.forget(vmid)
		}
	}
	return t.upid, nil
}

// unused refuses a VMID that a guest of the cluster has.
func (c *Cluster) unused(vmid int) *failure {
	old := c.guests[vmid]
	if old == nil {
		return nil
	}
	kind := map[string]string{"lxc": "CT", "qemu": "VM"}[old.Type]
	return died("%s %d already exists on node '%s'", kind, vmid, old.Node)
}

// mayCreate checks the rights that depend on the parameters.
func (q *request) mayCreate(vmid int) *failure {
	at := guestPath(vmid)
	pool := q.params["pool"]
	if pool != "" && !q.cluster.poolNames()[pool] {
		return died("pool '%s' does not exist", pool)
	}
	has := func(privilege string) bool {
		return q.token.has(at, privilege) || pool != "" && q.token.has("/pool/"+pool, privilege)
	}
	privileges := []string{"VM.Allocate", "VM.Config.CPU", "VM.Config.Memory", "VM.Config.Disk", "VM.Config.Network", "VM.Config.Options"}
	for _, p := range privileges {
		if !has(p) {
			return forbidden(at, p)
		}
	}
	if q.params["tags"] != "" && !q.token.has(at, "VM.Config.Options") {
		return forbidden(at, "VM.Config.Options")
	}
	if fail := q.mayConfigure(); fail != nil {
		return fail
	}
	return q.mayUseBridges(q.params)
}

// mayUseBridges checks the right to each bridge of a configuration's networks.
func (q *request) mayUseBridges(config map[string]string) *failure {
	for _, name := range slices.Sorted(maps.Keys(config)) {
		if !strings.HasPrefix(name, "net") {
			continue
		}
		net, _ := propertyString(nil, config[name])
		if net["bridge"] == "" {
			continue
		}
		at := "/sdn/zones/localnetwork/" + net["bridge"]
		if net["tag"] != "" {
			at += "/" + net["tag"]
		}
		if !q.token.has(at, "SDN.Use") {
			return forbidden(at, "SDN.Use")
		}
	}
	return nil
}

// mayConfigure refuses parameters that only root@pam itself may set.
func (q *request) mayConfigure() *failure {
	only := func(what string) *failure {
		return &failure{status: http.StatusForbidden, message: "Permission check failed (" + what + " is only allowed for root@pam)\n"}
	}
	unprivileged := q.params["unprivileged"] == "1"
	features, _ := propertyString(nil, q.params["features"])
	for name := range features {
		switch {
		case name == "":
		case !unprivileged:
			return only("changing feature flags for privileged container")
		case name != "nesting":
			return only("changing feature flags (except nesting)")
		}
	}
	if !unprivileged && !q.token.has("/", "Sys.Modify") {
		return forbidden("/", "Sys.Modify")
	}
	for name, value := range q.params {
		switch {
		case name == "hookscript", strings.HasPrefix(name, "dev") && name != "description":
			return only("setting " + name)
		case strings.HasPrefix(name, "mp") && strings.HasPrefix(value, "/"):
			return only("mount point type bind")
		}
	}
	return nil
}

// rootDisk names the storage and the size for a new container's root.
type rootDisk struct {
	storage string
	size    uint64 // GiB
}

// rootfs reads the root disk from the parameters and checks its storage. Proxmox's default is 4 GiB on local.
func (q *request) rootfs() (rootDisk, *failure) {
	d := rootDisk{q.params["storage"], 4}
	if d.storage == "" {
		d.storage = "local"
	}
	if s := q.params["rootfs"]; s != "" {
		volume, _, _ := strings.Cut(s, ",")
		volume = strings.TrimPrefix(volume, "volume=")
		size := volume
		if name, rest, ok := strings.Cut(volume, ":"); ok {
			d.storage, size = name, rest
		}
		n, err := strconv.ParseFloat(size, 64)
		if err != nil || n <= 0 {
			return d, refused(map[string]string{"rootfs": "unable to parse volume ID '" + s + "'"})
		}
		d.size = uint64(n)
	}
	s := q.member.storage(d.storage)
	switch {
	case s == nil:
		return d, died("storage '%s' does not exist", d.storage)
	case !q.token.has("/storage/"+s.name, "Datastore.AllocateSpace"):
		return d, forbidden("/storage/"+s.name, "Datastore.AllocateSpace")
	case !slices.Contains(s.contents, "rootdir"):
		return d, died("storage '%s' does not support container directories", s.name)
	}
	return d, nil
}

// newGuest makes the container of a create, locked and without a state until its task ends.
func (q *request) newGuest(vmid int, d rootDisk) *guest {
	name := q.params["hostname"]
	if name == "" {
		name = "CT" + strconv.Itoa(vmid)
	}
	osName := strings.TrimPrefix(q.params["ostemplate"][strings.LastIndex(q.params["ostemplate"], "/")+1:], "local:")
	osTemplate := osName
	osName, _, _ = strings.Cut(osName, "-")
	g := &guest{making: true, born: q.now, osTemplate: osTemplate, config: map[string]string{"arch": "amd64", "swap": "512"}}
	g.Guest = Guest{
		Type: "lxc", VMID: vmid, Node: q.member.name, Name: name, Status: "stopped", Lock: "create", Pool: q.params["pool"],
		Cores: q.number("cores", q.member.cores), MaxMemory: uint64(q.number("memory", 512)) << 20, MaxDisk: d.size << 30, Disk: 480 << 20,
		OSType: osName, Description: q.params["description"],
	}
	g.Tags = uniqueTags(q.params["tags"])
	g.allCores = q.params["cores"] == ""
	for _, key := range configured {
		if value, ok := q.params[key]; ok {
			g.config[key] = value
		}
	}
	g.Storage = d.storage
	g.config["rootfs"] = fmt.Sprintf("%s,size=%dG", q.member.volume(d.storage, vmid, 0), d.size)
	for key, value := range q.params {
		if strings.HasPrefix(key, "net") {
			if !strings.Contains(value, "hwaddr=") {
				value += ",hwaddr=" + macOf(vmid)
			}
			g.config[key] = value
		}
	}
	return g
}

// hasTemplate tells whether an OS template is on the member.
func (q *request) hasTemplate(volume string) bool {
	name, file, ok := strings.Cut(volume, ":vztmpl/")
	s := q.member.storage(name)
	if !ok || s == nil {
		return false
	}
	_, ok = s.files[file]
	return ok
}

func createLog(vmid int, d rootDisk, template string) []string {
	file := template[strings.LastIndex(template, "/")+1:]
	return []string{
		fmt.Sprintf("  Logical volume \"vm-%d-disk-0\" created.", vmid),
		fmt.Sprintf("Creating filesystem with %d 4k blocks and %d inodes", d.size<<18, d.size<<16),
		"Filesystem UUID: 6a1f7c1e-93c1-4f60-8c1e-2d5fb01d7a10",
		"Superblock backups stored on blocks: ",
		"\t32768, 98304, 163840, 229376, 294912, 819200, 884736",
		"extracting archive '/var/lib/vz/template/cache/" + file + "'",
		"Total bytes read: 552611840 (528MiB, 214MiB/s)",
		"Detected container architecture: amd64",
		"Creating SSH host key 'ssh_host_ed25519_key' - this may take some time ...",
		fmt.Sprintf("done: SHA256:9VqWk3nQfJc1m0i0bE5sGm8yXh2c4v7oT1aKp%05d root@%d", vmid%100000, vmid),
	}
}
