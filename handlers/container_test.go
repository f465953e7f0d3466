package handlers

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"berth/proxmox/sim"
	"berth/store"
)

// aboard is mira with a node that has the guests, and the URL of its containers.
func aboard(t *testing.T, guests ...sim.Guest) (*client, *sim.Cluster, *sim.Host, string) {
	t.Helper()
	return newTestApp(t).aboard(guests...)
}

func (ta *testApp) aboard(guests ...sim.Guest) (*client, *sim.Cluster, *sim.Host, string) {
	ta.t.Helper()
	c := ta.signedIn("mira")
	cluster := ta.cluster(sim.Config{}, guests...)
	n, host := ta.node(c.user, cluster, "pve1")
	return c, cluster, host, "/containers/" + n.ID
}

// started follows a post to its job, to its end.
func (c *client) started(path string, form url.Values) store.Job {
	c.t.Helper()
	at := c.post(path, form, http.StatusSeeOther).header.Get("Location")
	return c.ended(strings.TrimPrefix(at, "/jobs/"))
}

func TestAContainersPage(t *testing.T) {
	t.Parallel()
	c, cluster, host, at := aboard(t,
		sim.Guest{VMID: 101, Name: "<b>web</b>", Status: "running", Tags: []string{"prod"}, Address: "192.0.2.5/24", Memory: 64 << 20},
		sim.Guest{VMID: 102, Name: "db"}, sim.Guest{VMID: 110, Name: "win", Type: "qemu"})
	a := c.get(at+"/101", http.StatusOK)
	isAWholePage(a)
	a.says("<b>web</b>", "Running", "192.0.2.5", "Console", "Reboot", "Shut down", "Stop", "Nothing by Berth yet")
	a.has(`data-vmid="101"`, `data-status="running"`, `sse-connect="`+at+`/101/live?overview=1"`)
	a.lacks("<b>web", at+"/101/start")
	a = c.get(at+"/102", http.StatusOK)
	a.has(`action="` + at + `/102/start"`)
	a.lacks(at + "/102/stop")

	for _, path := range []string{"/103", "/110", "/99", "/0101", "/1e3", "/abc", "/9999999999"} {
		isAWholePage(c.get(at+path, http.StatusNotFound))
	}
	c.get(at+"/103", http.StatusNotFound).says("There is no container 103 on pve1")
	other := c.app.signedIn("noah")
	other.app.node(other.user, c.app.cluster(sim.Config{}), "pve1")
	for _, path := range []string{"/101", "/101/stop", "/101/delete", "/101/live"} {
		other.get(at+path, http.StatusNotFound)
	}
	for _, verb := range []string{"start", "stop", "shutdown", "reboot", "delete"} {
		other.post(at+"/101/"+verb, url.Values{"confirm": {"101"}}, http.StatusNotFound)
	}

	cluster.Remove(102)
	c.get(at+"/102", http.StatusNotFound).says("It was deleted or moved")
	c.get("/", http.StatusOK) // so that it is in the inventory
	host.Stop()
	a = c.get(at+"/101", http.StatusOK)
	a.says("<b>web</b>", "Was running", "does not answer")
	a.lacks(at + "/101/stop")
}

func TestALifeOfAContainer(t *testing.T) {
	t.Parallel()
	c, cluster, _, at := aboard(t, sim.Guest{VMID: 101, Name: "web"})
	is := func(status string) {
		t.Helper()
		if g := cluster.Guests(); len(g) != 1 || g[0].Status != status {
			t.Errorf("%+v, want %s", g, status)
		}
	}
	for _, step := range []struct {
		verb, status string
	}{{"start", "running"}, {"reboot", "running"}, {"shutdown", "stopped"}, {"start", "running"}, {"stop", "stopped"}} {
		if step.verb != "start" {
			a := c.get(at+"/101/"+step.verb, http.StatusOK)
			isAWholePage(a)
			a.says("web?", "What this does")
			a.has(`action="` + at + `/101/` + step.verb + `"`)
		}
		if j := c.started(at+"/101/"+step.verb, nil); j.State != store.JobDone || j.Name != "web" {
			t.Fatalf("%s ended %s: %+v", step.verb, j.State, j.Problem)
		}
		is(step.status)
	}
	c.get(at+"/101", http.StatusOK).says("Events", "Rebooted", "Stopped by mira")
}

func TestWhatDoesNotFitTheStateIsTold(t *testing.T) {
	t.Parallel()
	c, cluster, host, at := aboard(t, sim.Guest{VMID: 101, Name: "web", Status: "running"}, sim.Guest{VMID: 102, Name: "db"})
	c.post(at+"/101/start", nil, http.StatusConflict).says("web is already running", "Show web")
	for _, verb := range []string{"stop", "shutdown", "reboot"} {
		c.get(at+"/102/"+verb, http.StatusConflict).says("db is not running", "Show db")
		c.post(at+"/102/"+verb, nil, http.StatusConflict).says("db is not running", "Show db")
	}
	c.post(at+"/103/start", nil, http.StatusNotFound).says("There is no container 103")
	cluster.SetLock(101, "backup")
	c.post(at+"/101/stop", nil, http.StatusConflict).says("It is locked on pve1 (backup)")
	cluster.SetLock(101, "")
	host.Stop()
	isAWholePage(c.post(at+"/101/stop", nil, http.StatusBadGateway))
}

func TestTheSecondIsToldWhatIsRunning(t *testing.T) {
	t.Parallel()
	c, cluster, _, at := aboard(t, sim.Guest{VMID: 101, Name: "web", Status: "running"})
	reached, release := make(chan struct{}), make(chan struct{})
	cluster.Inject(sim.Fault{Method: "POST", Path: "/nodes/{node}/lxc/{vmid}/status/stop", Times: 1, Then: func() { close(reached); <-release }})
	first := c.post(at+"/101/stop", nil, http.StatusSeeOther).header.Get("Location")
	<-reached
	for _, verb := range []string{"start", "stop", "reboot"} {
		a := c.post(at+"/101/"+verb, nil, http.StatusConflict)
		a.says("web (101) is being stopped by job")
		a.has(`href="` + first + `"`)
	}
	c.get(at+"/101", http.StatusOK).says("Show job")
	close(release)
	c.ended(strings.TrimPrefix(first, "/jobs/"))
}

func TestAShutdownThatHangsOffersStop(t *testing.T) {
	t.Parallel()
	c, _, _, at := aboard(t, sim.Guest{VMID: 101, Name: "web", Status: "running", HangsOnShutdown: true})
	j := c.started(at+"/101/shutdown", nil)
	if j.State != store.JobFailed {
		t.Fatalf("ended %s", j.State)
	}
	c.get("/jobs/"+j.ID, http.StatusOK).has(at + "/101/stop")
	if j := c.started(at+"/101/stop", nil); j.State != store.JobDone {
		t.Errorf("stop ended %s", j.State)
	}
}

func TestDeletingWantsTheName(t *testing.T) {
	t.Parallel()
	for _, confirm := range []string{"web", "101", " web "} {
		c, cluster, _, at := aboard(t, sim.Guest{VMID: 101, Name: "web", Status: "running", MaxDisk: 8 << 30})
		a := c.get(at+"/101/delete", http.StatusOK)
		isAWholePage(a)
		a.says("1 volume goes with it, 8 GiB in all:", "root disk, 8 GiB on local-lvm", "is stopped first", "Take it out of HA, replication and backup jobs too")
		for _, wrong := range []string{"", "db", "10", "WEB"} {
			a := c.post(at+"/101/delete", url.Values{"confirm": {wrong}, "purge": {"0", "1"}}, http.StatusUnprocessableEntity)
			if a.fieldError("confirm") == "" || a.fieldValue("confirm") != wrong {
				t.Errorf("%q is taken", wrong)
			}
		}
		j := c.started(at+"/101/delete", url.Values{"confirm": {confirm}, "purge": {"0", "1"}})
		if j.State != store.JobDone || len(cluster.Guests()) != 0 {
			t.Fatalf("ended %s: %+v, left %+v", j.State, j.Problem, cluster.Guests())
		}
		purged := false
		for _, call := range cluster.Calls() {
			purged = purged || call.Method == http.MethodDelete && call.Params["purge"] == "1"
		}
		if !purged {
			t.Error("it is still in backup jobs")
		}
		c.get(at+"/101", http.StatusNotFound)
	}
}
