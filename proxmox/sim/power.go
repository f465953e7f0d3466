package sim

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// container finds the container {vmid} on the member that answers.
func (q *request) container() (*guest, *failure) {
	g := q.cluster.guests[q.number("vmid", 0)]
	if g == nil || g.Type != "lxc" || g.Node != q.member.name {
		return nil, died("%s", q.noSuchContainer())
	}
	return g, nil
}

func (q *request) noSuchContainer() string {
	return fmt.Sprintf("Configuration file 'nodes/%s/lxc/%s.conf' does not exist", q.member.name, q.params["vmid"])
}

func (q *request) containers() (any, *failure) {
	all := []map[string]any{}
	for _, g := range q.cluster.sortedGuests() {
		if g.Type == "lxc" && g.Node == q.member.name && q.token.hasOnGuest(g, "VM.Audit") {
			e := q.cluster.entry(g, q.now)
			e["vmid"], e["cpus"] = strconv.Itoa(g.VMID), g.Cores
			all = append(all, e)
		}
	}
	return all, nil
}

func (q *request) currentStatus() (any, *failure) {
	g, fail := q.container()
	if fail != nil {
		return nil, fail
	}
	e := q.cluster.entry(g, q.now)
	e["cpus"], e["ha"] = g.Cores, g.haStatus()
	delete(e, "hastate")
	e["swap"], e["maxswap"] = q.cluster.usage(g, q.now).swap, g.maxSwap()
	if g.making {
		e["status"], e["lock"] = "stopped", g.Lock
	}
	return e, nil
}

func (q *request) liveInterfaces() (any, *failure) {
	g, fail := q.container()
	if fail != nil {
		return nil, fail
	}
	if g.Status != "running" {
		return nil, died("CT %d not running", g.VMID)
	}
	return q.cluster.interfaces(g, q.now), nil
}

// locked returns Proxmox's message for a locked guest; "" for one that is not locked.
func (g *guest) locked() string {
	if g.Lock == "" {
		return ""
	}
	return "CT is locked (" + g.Lock + ")"
}

// start answers with a UPID even for a container that is locked or does not exist: its task fails.
func (q *request) start() (any, *failure) {
	g, fail := q.container()
	if fail == nil && g.Status == "running" {
		return nil, died("CT %d already running", g.VMID)
	}
	if fail == nil && g.managedByHA() {
		return q.handToHA(g, "hastart", "running", 0), nil
	}
	t := q.begin("vzstart", q.params["vmid"], q.taskTime(), nil, func() string {
		g, fail := q.container()
		if fail != nil {
			return q.noSuchContainer()
		}
		if g.Template {
			return "you can't start a CT if it's a template"
		}
		if why := g.locked(); why != "" {
			return why
		}
		g.applyPending()
		net, _ := propertyString(nil, g.config["net0"])
		if b := net["bridge"]; b != "" && !q.member.hasBridge(b) {
			return "bridge '" + b + "' does not exist"
		}
		g.setStatus("running", q.startedAt())
		if g.Memory == 0 {
			g.Memory = min(g.MaxMemory/6, 90<<20)
		}
		if g.CPU == 0 {
			g.CPU = 0.01
		}
		return "OK"
	})
	return t.upid, nil
}

// startedAt is the time at which the call's task ends, and the container runs.
func (q *request) startedAt() time.Time { return q.now.Add(q.taskTime()) }

func (m *member) hasBridge(name string) bool {
	for _, b := range m.bridges {
		if b.name == name {
			return true
		}
	}
	return false
}

// running finds the container, and fails when it does not run.
func (q *request) running() (*guest, *failure) {
	g, fail := q.container()
	switch {
	case fail != nil:
		return nil, fail
	case g.Status != "running":
		return nil, died("CT %d not running", g.VMID)
	}
	return g, nil
}

func (q *request) stop() (any, *failure) {
	g, fail := q.running()
	if fail != nil {
		return nil, fail
	}
	if g.managedByHA() {
		return q.handToHA(g, "hastop", "stopped", 0), nil
	}
	return q.end(g, "vzstop", q.taskTime(), nil)
}

func (q *request) shutdown() (any, *failure) {
	g, fail := q.running()
	if fail != nil {
		return nil, fail
	}
	if g.managedByHA() {
		return q.handToHA(g, "hastop", "stopped", q.timeout()), nil
	}
	if g.HangsOnShutdown && q.params["forceStop"] != "1" {
		return q.ignored(g), nil
	}
	return q.end(g, "vzshutdown", q.taskTime(), nil)
}

func (q *request) reboot() (any, *failure) {
	g, fail := q.running()
	if fail != nil {
		return nil, fail
	}
	takes := q.taskTime()
	if g.HangsOnShutdown && takes > 0 {
		takes += q.timeout() // then it is killed
	}
	return q.end(g, "vzreboot", takes, func(g *guest) {
		g.applyPending()
		g.setStatus("running", q.now.Add(takes))
	})
}

// end begins a task that stops the container when it ends, and then calls then, if not nil.
func (q *request) end(g *guest, kind string, takes time.Duration, then func(*guest)) (any, *failure) {
	t := q.begin(kind, strconv.Itoa(g.VMID), takes, nil, func() string {
		g, fail := q.container()
		if fail != nil {
			return q.noSuchContainer()
		}
		if why := g.locked(); why != "" {
			return why
		}
		g.setStatus("stopped", q.now)
		if then != nil {
			then(g)
		}
		return "OK"
	})
	return t.upid, nil
}

// timeout of a shutdown or a reboot.
func (q *request) timeout() time.Duration {
	if q.params["timeout"] == "" {
		return shutdownTimeout
	}
	return time.Duration(q.number("timeout", 0)) * time.Second
}

// ignored begins a shutdown that the container ignores. lxc-stop waits for the timeout, and then PVE::LXC::vm_stop
// for the timeout and five seconds once more.
func (q *request) ignored(g *guest) string {
	timeout := q.timeout()
	takes := timeout + timeout + 6*time.Second
	if q.taskTime() == 0 {
		takes = 0
	}
	t := q.begin("vzshutdown", strconv.Itoa(g.VMID), takes, nil, func() string { return "container did not stop" })
	t.failed = []string{fmt.Sprintf("command 'lxc-stop -n %d --nokill --timeout %d' failed: exit code 1", g.VMID, int(timeout.Seconds()))}
	return t.upid
}

// destroy deletes a container when its task ends.
func (q *request) destroy() (any, *failure) {
	g, fail := q.container()
	if fail != nil {
		return nil, fail
	}
	if why := q.keeps(g); why != "" {
		return nil, died("%s", why)
	}
	if g.Status == "running" && q.params["force"] != "1" {
		return nil, died("unable to destroy CT %d - container is running", g.VMID)
	}
	volume, _, _ := strings.Cut(g.config["rootfs"], ",")
	log := []string{"  Logical volume \"" + volume[strings.Index(volume, ":")+1:] + "\" successfully removed."}
	if q.params["purge"] == "1" {
		log = append(log, fmt.Sprintf("purging CT %d from related configurations..", g.VMID))
	}
	t := q.begin("vzdestroy", strconv.Itoa(g.VMID), q.taskTime(), log, func() string {
		g, fail := q.container()
		if fail != nil {
			return q.noSuchContainer()
		}
		if why := q.keeps(g); why != "" {
			return why
		}
		q.cluster.forget(g.VMID)
		return "OK"
	})
	return t.upid, nil
}

// keeps returns the message with which Proxmox refuses to delete a container, in the order of destroy_vm's early
// checks; "" when it may be deleted.
func (q *request) keeps(g *guest) string {
	switch why := g.locked(); {
	case g.protected():
		return fmt.Sprintf("can't remove CT %d - protection mode enabled", g.VMID)
	case why != "":
		return why
	case q.params["purge"] == "1":
		return ""
	case g.managedByHA():
		return fmt.Sprintf("unable to remove CT %d - used in HA resources and purge parameter not set.", g.VMID)
	case g.Replication != "":
		return fmt.Sprintf("There is a replication job '%s' for guest '%d' - Please remove that first.", g.Replication, g.VMID)
	}
	return ""
}
