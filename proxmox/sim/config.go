package sim

import (
	"crypto/sha1"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// numberedOption matches the settings that a configuration may have several of.
var numberedOption = regexp.MustCompile(`^(net|mp|unused|dev)\d+$`)

// options are the names of the others.
var options = []string{"arch", "cmode", "console", "cores", "cpulimit", "cpuunits", "debug", "description", "features", "hookscript", "hostname", "lock",
	"memory", "nameserver", "onboot", "ostype", "protection", "rootfs", "searchdomain", "startup", "swap", "tags", "template", "timezone", "tty", "unprivileged"}

func optionExists(name string) bool {
	return slices.Contains(options, name) || numberedOption.MatchString(name)
}

// fastplug are the settings that a running container takes over as they are
// ($LXC_FASTPLUG_OPTIONS of PVE::LXC::Config), and hotplug those that take work to
// (vmconfig_hotplug_pending). All others wait for a restart.
var (
	fastplug = []string{"description", "onboot", "startup", "protection", "hostname", "hookscript", "cores", "tags", "lock"}
	hotplug  = regexp.MustCompile(`^(cpulimit|cpuunits|memory|swap|net\d+|unused\d+)$`)
)

// pluggable tells whether a running container takes a change over at once.
func (g *guest) pluggable(name string, unset bool) bool {
	_, there := g.config[name]
	switch {
	case slices.Contains(fastplug, name):
		return true
	case strings.HasPrefix(name, "mp"), strings.HasPrefix(name, "dev"):
		return !unset && !there
	}
	return hotplug.MatchString(name)
}

// values returns a container's whole configuration as its file has it, without changes that wait for a restart.
func (g *guest) values() map[string]string {
	all := maps.Clone(g.config)
	all["hostname"], all["ostype"], all["memory"] = g.Name, g.OSType, strconv.FormatUint(g.MaxMemory>>20, 10)
	if !g.allCores {
		all["cores"] = strconv.Itoa(g.Cores)
	}
	if g.Description != "" {
		all["description"] = strings.TrimRight(g.Description, "\n") + "\n"
	}
	if len(g.Tags) > 0 {
		all["tags"] = strings.Join(g.Tags, ";")
	}
	if g.Lock != "" {
		all["lock"] = g.Lock
	}
	return all
}

// digest changes with anything in the container's file, also with a change that waits for a restart.
func (g *guest) digest() string {
	return fmt.Sprintf("%x", sha1.Sum(fmt.Append(nil, g.values(), g.Pending)))
}

// set changes a setting at once; an empty value unsets it.
func (g *guest) set(name, value string) {
	number, _ := strconv.Atoi(value)
	switch name {
	case "hostname":
		g.Name = value
		if value == "" {
			g.Name = "CT" + strconv.Itoa(g.VMID) // as every list shows it
		}
	case "ostype":
		g.OSType = value
	case "cores":
		g.allCores = value == ""
		if number > 0 {
			g.Cores = number
		}
	case "memory":
		g.MaxMemory = uint64(number) << 20
		g.Memory = min(g.Memory, g.MaxMemory)
	case "description":
		g.Description = value
	case "tags":
		g.Tags = uniqueTags(value)
	case "lock":
		g.Lock = value
	default:
		if value == "" {
			delete(g.config, name)
		} else {
			g.config[name] = value
		}
	}
}

// uniqueTags are tags as Proxmox keeps them: in small letters, sorted, each once.
func uniqueTags(s string) []string {
	tags := strings.FieldsFunc(strings.ToLower(s), isListSeparator)
	slices.Sort(tags)
	return slices.Compact(tags)
}

// isListSeparator tells whether PVE::Tools::split_list splits at a character.
func isListSeparator(r rune) bool { return strings.ContainsRune(",; \t\n\x00", r) }

// applyPending applies the changes that wait for a restart. It is called at each start.
func (g *guest) applyPending() {
	for name, value := range g.Pending {
		g.set(name, value)
	}
	g.Pending = nil
}

// maxSwap returns the container's bound for swap, in bytes.
func (g *guest) maxSwap() uint64 {
	n, _ := strconv.ParseUint(g.config["swap"], 10, 32)
	return n << 20
}

// SetConfig changes a container's configuration, as if someone else had done it; an empty value unsets it.
func (c *Cluster) SetConfig(vmid int, name, value string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if g := c.guests[vmid]; g != nil {
		g.set(name, value)
	}
}

// ConfigOf returns a container's configuration without changes that wait for a restart; nil when there is no such container.
func (c *Cluster) ConfigOf(vmid int) map[string]string {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.settle(c.cfg.Now())
	if g := c.guests[vmid]; g != nil {
		return g.values()
	}
	return nil
}

// config shows changes that wait for a restart as if they had taken effect, unless current=1.
func (q *request) config() (any, *failure) {
	g, fail := q.container()
	if fail != nil {
		return nil, fail
	}
	values := g.values()
	if q.params["current"] != "1" {
		for name, value := range g.Pending {
			values[name] = value
			if value == "" {
				delete(values, name)
			}
		}
	}
	shown := map[string]any{"digest": g.digest()}
	for name, value := range values {
		shown[name] = asSent(name, value)
	}
	return shown, nil
}

// asSent is a value as the API sends it: a number, where it reads as one and is not a text.
func asSent(name, value string) any {
	if n, err := strconv.Atoi(value); err == nil && name != "hostname" && name != "tags" && name != "description" {
		return n
	}
	return value
}

// pending lists each setting with its value, and with the one that waits for a restart.
func (q *request) pending() (any, *failure) {
	g, fail := q.container()
	if fail != nil {
		return nil, fail
	}
	values := g.values()
	rows := []map[string]any{{"key": "digest", "value": g.digest()}}
	for name, value := range values {
		row := map[string]any{"key": name, "value": asSent(name, value)}
		if next, waits := g.Pending[name]; waits && next == "" {
			row["delete"] = 1
		} else if waits {
			row["pending"] = asSent(name, next)
		}
		rows = append(rows, row)
	}
	for name, next := range g.Pending {
		if _, there := values[name]; !there {
			rows = append(rows, map[string]any{"key": name, "pending": asSent(name, next)})
		}
	}
	return rows, nil
}

// mayUpdateSome checks that the token has any of the rights to change a container's configuration.
func (q *request) mayUpdateSome() *failure {
	some := []string{"VM.Config.Disk", "VM.Config.CPU", "VM.Config.Memory", "VM.Config.Network", "VM.Config.Options"}
	for _, privilege := range some {
		if q.onGuest(privilege) == nil {
			return nil
		}
	}
	return q.onGuest(strings.Join(some, "|"))
}

// updateConfig checks lock, digest and rights in the order of PVE::API2::LXC::Config, and then makes all changes or none.
func (q *request) updateConfig() (any, *failure) {
	g, fail := q.container()
	if fail != nil {
		return nil, fail
	}
	change := maps.Clone(q.params)
	for _, name := range []string{"node", "vmid", "digest", "delete", "revert"} {
		delete(change, name)
	}
	unset := strings.FieldsFunc(q.params["delete"], isListSeparator)
	revert := strings.FieldsFunc(q.params["revert"], isListSeparator)
	if len(change)+len(unset)+len(revert) == 0 {
		return nil, died("no options specified")
	}
	if fail := q.unlockedAndSame(g); fail != nil {
		return nil, fail
	}
	if fail := q.mayUpdate(g, change, unset, revert); fail != nil {
		return nil, fail
	}
	if fail := g.refuses(change, unset, revert); fail != nil {
		return nil, fail
	}
	if g.Pending == nil {
		g.Pending = make(map[string]string)
	}
	for _, name := range revert {
		delete(g.Pending, name)
	}
	for _, name := range unset {
		g.change(name, "")
	}
	for name, value := range change {
		g.change(name, value)
	}
	if g.allCores {
		g.Cores = q.member.cores
	}
	return nil, nil
}

// unlockedAndSame refuses while a lock is held, and when the caller's digest is not that of the configuration.
func (q *request) unlockedAndSame(g *guest) *failure {
	if why := g.locked(); why != "" {
		return died("%s", why)
	}
	if digest := q.params["digest"]; digest != "" && digest != g.digest() {
		return died("detected modified configuration - file changed by other user? Try again.")
	}
	return nil
}

// change makes one change, now or at the next restart.
func (g *guest) change(name, value string) {
	switch name {
	case "nameserver", "searchdomain":
		value = strings.Join(strings.FieldsFunc(value, isListSeparator), " ")
	case "tags":
		value = strings.Join(uniqueTags(value), ";")
	}
	now, there := g.values()[name]
	delete(g.Pending, name)
	switch {
	case value == now || value == "" && !there:
	case g.Status != "running" || g.pluggable(name, value == ""):
		g.set(name, value)
	default:
		g.Pending[name] = value
	}
}

// mayUpdate checks the right that each parameter takes, as check_ct_modify_config_perm does.
func (q *request) mayUpdate(g *guest, change map[string]string, unset, revert []string) *failure {
	for _, name := range slices.Concat(unset, revert) {
		if fail := q.mayChange(g, name, "", true); fail != nil {
			return fail
		}
	}
	for _, name := range slices.Sorted(maps.Keys(change)) {
		if fail := q.mayChange(g, name, change[name], false); fail != nil {
			return fail
		}
	}
	return nil
}

func (q *request) mayChange(g *guest, name, value string, unset bool) *failure {
	switch name {
	case "cores", "cpuunits", "cpulimit":
		return q.onGuest("VM.Config.CPU")
	case "memory", "swap":
		return q.onGuest("VM.Config.Memory")
	case "nameserver", "searchdomain", "hostname":
		return q.onGuest("VM.Config.Network")
	case "features":
		return q.mayChangeFeatures(g, value)
	case "hookscript":
		return onlyRoot("changing the hookscript")
	case "rootfs":
		return q.mayChangeVolume(value, unset)
	}
	switch {
	case strings.HasPrefix(name, "mp") && numberedOption.MatchString(name):
		return q.mayChangeVolume(value, unset)
	case strings.HasPrefix(name, "net"):
		return q.onGuest("VM.Config.Network")
	case strings.HasPrefix(name, "dev") && numberedOption.MatchString(name):
		return onlyRoot("configuring device passthrough")
	}
	return q.onGuest("VM.Config.Options")
}

// onlyRoot makes the refusal of a change that only root@pam itself may make, and no token.
func onlyRoot(what string) *failure {
	return &failure{status: http.StatusForbidden, message: "Permission check failed (" + what + " is only allowed for root@pam)\n"}
}

func (q *request) mayChangeFeatures(g *guest, value string) *failure {
	if g.config["unprivileged"] != "1" {
		return onlyRoot("changing feature flags for privileged container")
	}
	before, _ := propertyString(nil, g.config["features"])
	after, _ := propertyString(nil, value)
	nesting := before["nesting"] != after["nesting"]
	delete(before, "nesting")
	delete(after, "nesting")
	switch {
	case !maps.Equal(before, after):
		return onlyRoot("changing feature flags (except nesting)")
	case nesting:
		return q.onGuest("VM.Allocate")
	}
	return nil
}

func (q *request) mayChangeVolume(value string, unset bool) *failure {
	if fail := q.onGuest("VM.Config.Disk"); fail != nil || unset {
		return fail
	}
	volume, _, _ := strings.Cut(strings.TrimPrefix(value, "volume="), ",")
	if strings.HasPrefix(volume, "/") {
		return onlyRoot("mount point type bind")
	}
	storage, _, _ := strings.Cut(volume, ":")
	return q.maySpend(storage)
}

// maySpend checks the right to take space on a storage.
func (q *request) maySpend(storage string) *failure {
	if at := "/storage/" + storage; !q.token.has(at, "Datastore.AllocateSpace") {
		return forbidden(at, "Datastore.AllocateSpace")
	}
	return nil
}

// refuses returns the failure of a change that nobody could make, whatever their rights; nil when it can be made.
func (g *guest) refuses(change map[string]string, unset, revert []string) *failure {
	for _, list := range []struct {
		parameter string
		names     []string
	}{{"revert", revert}, {"delete", unset}} {
		for _, name := range list.names {
			if !optionExists(name) {
				return refused(map[string]string{list.parameter: "unknown option '" + name + "'"})
			}
			if _, both := change[name]; both {
				return refused(map[string]string{list.parameter: fmt.Sprintf("you can't use '-%s' and '-%s %s' at the same time", name, list.parameter, name)})
			}
		}
	}
	for _, name := range unset {
		switch name {
		case "memory", "rootfs", "ostype":
			return died("unable to delete required option '%s'", name)
		case "unprivileged":
			return died("unable to delete read-only option: '%s'", name)
		}
		if g.protected() && strings.HasPrefix(name, "mp") {
			return died("can't remove CT %d drive '%s' - protection mode enabled", g.VMID, name)
		}
	}
	for name := range change {
		if name == "unprivileged" {
			return died("unable to modify read-only option: '%s'", name)
		}
		if g.protected() && (name == "rootfs" || strings.HasPrefix(name, "mp")) {
			return died("can't update CT %d drive '%s' - protection mode enabled", g.VMID, name)
		}
	}
	return nil
}

func (g *guest) protected() bool { return g.config["protection"] == "1" }
