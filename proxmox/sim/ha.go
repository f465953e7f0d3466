package sim

import (
	"fmt"
	"strconv"
	"time"
)

// haRequest is a change of state that the HA manager was asked for and has not made yet.
type haRequest struct {
	want    string        // "running", "stopped"
	due     time.Time     // when the manager acts
	timeout time.Duration // of a shutdown; 0: at once
}

// managedByHA is PVE::HA::Config::vm_is_ha_managed.
func (g *guest) managedByHA() bool { return g.HA != "" && g.HA != "ignored" }

func (g *guest) haStatus() map[string]any {
	if !g.managedByHA() {
		return map[string]any{"managed": 0}
	}
	return map[string]any{"managed": 1, "state": g.HA}
}

// handToHA begins the task that only asks the HA manager. It succeeds after a second at most; the guest's state changes
// later, when the manager acts, or never.
func (q *request) handToHA(g *guest, kind, want string, timeout time.Duration) string {
	verb := "start"
	if want == "stopped" {
		verb = "stop"
	}
	takes := min(q.taskTime(), time.Second)
	t := q.begin(kind, strconv.Itoa(g.VMID), takes, []string{fmt.Sprintf("Requesting HA %s for CT %d", verb, g.VMID)}, func() string {
		if g.HATakes >= 0 {
			g.asked = &haRequest{want, q.now.Add(takes + g.HATakes), timeout}
		}
		return "OK"
	})
	return t.upid
}

// manageHA makes the changes that the HA manager was asked for and that are due, with tasks of root@pam's.
func (c *Cluster) manageHA(now time.Time) {
	for _, g := range c.sortedGuests() {
		if g.asked == nil || now.Before(g.asked.due) {
			continue
		}
		r := g.asked
		g.asked = nil
		switch {
		case r.want == "running" && g.Template:
			g.HA = "error"
		case r.want == "running":
			g.HA = "started"
			g.setStatus("running", r.due)
			c.haTask(g, "vzstart", r.due, "OK")
		case r.timeout > 0 && g.HangsOnShutdown:
			g.HA = "error"
			c.haTask(g, "vzshutdown", r.due, "container did not stop")
		default:
			g.HA = "stopped"
			g.setStatus("stopped", r.due)
			kind := "vzstop"
			if r.timeout > 0 {
				kind = "vzshutdown"
			}
			c.haTask(g, kind, r.due, "OK")
		}
	}
}

func (c *Cluster) haTask(g *guest, kind string, at time.Time, exit string) {
	c.pid++
	c.tasks = append(c.tasks, &task{
		node: g.Node, kind: kind, id: strconv.Itoa(g.VMID), user: "root@pam", start: at, end: at, exit: exit,
		upid: fmt.Sprintf("UPID:%s:%08X:%08X:%08X:%s:%d:root@pam:", g.Node, c.pid, c.pid, at.Unix(), kind, g.VMID),
	})
}

// replications lists the replication jobs of {guest}, or of all guests, that the token may see.
func (q *request) replications() (any, *failure) {
	all := []map[string]any{}
	for _, g := range q.cluster.sortedGuests() {
		if only := q.number("guest", 0); g.Replication == "" || g.Node != q.member.name || only != 0 && only != g.VMID || !q.token.hasOnGuest(g, "VM.Audit") {
			continue
		}
		all = append(all, map[string]any{"id": g.Replication, "guest": g.VMID, "type": "local", "source": g.Node, "target": "pve9", "schedule": "*/15"})
	}
	return all, nil
}
