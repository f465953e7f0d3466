package handlers

import (
	"net/http"
	"testing"
	"time"

	"berth/proxmox/sim"
)

// What was last done to a container stands in its head, from the jobs of Berth and from the tasks that were read for alerts:
// no page asks for it.
func TestAHeadTellsWhatWasLastDone(t *testing.T) {
	t.Parallel()
	c, cluster, _, at := aboard(t, sim.Guest{VMID: 101, Name: "web", Status: "running"}, sim.Guest{VMID: 102, Name: "db", Status: "stopped"})
	now := c.app.clock.Now()
	for _, task := range []sim.Ended{
		{Kind: "vzdump", User: "root@pam", VMID: 101, At: now.Add(-14 * time.Hour), Exit: "OK"},
		{Kind: "vzdump", User: "root@pam", VMID: 101, At: now.Add(-2 * time.Hour), Exit: "no space left"},
		{Kind: "vzsnapshot", User: "noah@pam", VMID: 101, At: now.Add(-3 * time.Hour), Exit: "OK"},
		{Kind: "vzshutdown", User: "noah@pam", VMID: 102, At: now.Add(-time.Hour), Exit: "OK"},
	} {
		cluster.AddTask("pve1", task)
	}
	c.get(at+"/101", http.StatusOK).lacks("Last good backup", "Last snapshot") // nobody has read them yet
	c.get("/", http.StatusOK)
	cluster.ResetCalls()
	c.get(at+"/101", http.StatusOK).says("Last good backup 14 h ago failed 2 h ago", "Last snapshot 3 h ago")
	c.get(at+"/102", http.StatusOK).says("Stopped since 20:18 UTC by noah@pam")
	if n := callsTo(cluster, "/nodes/pve1/tasks"); n != 0 {
		t.Errorf("the heads cost %d calls", n)
	}
	c.started(at+"/101/shutdown", nil)
	c.get(at+"/101", http.StatusOK).says("Stopped since", "by mira")
	c.started(at+"/101/start", nil)
	c.get(at+"/101", http.StatusOK).lacks("since 21:18 UTC by mira")
}
