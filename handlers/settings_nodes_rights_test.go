package handlers

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"berth/fleet"
	"berth/proxmox/sim"
	"berth/store"
)

// inPool are the rights of a token that may do everything in the pool lab, with one storage for disks, and the network.
func inPool() sim.Rights {
	least := sim.LeastRights()
	return sim.Rights{
		"/pool/lab":               least["/vms"],
		"/storage/local-lvm":      {"Datastore.AllocateSpace"},
		"/storage/local":          {"Datastore.AllocateSpace"},
		"/sdn/zones/localnetwork": {"SDN.Use"},
	}
}

// adding adds the cluster's host through the form, as a person does.
func (c *client) adding(ta *testApp, cluster *sim.Cluster, rights sim.Rights) store.Node {
	c.t.Helper()
	host := ta.served(cluster, "pve1")
	form := ta.nodeForm(cluster, host)
	cluster.SetRights(testToken, rights)
	form.Set("trust_fingerprint", host.Fingerprint)
	c.post("/settings/nodes", form, http.StatusSeeOther)
	return c.onlyNode()
}

func TestATokenForOnePoolDoesItsWorkThere(t *testing.T) {
	t.Parallel()
	ta := newTestApp(t)
	c := ta.signedIn("mira")
	cluster := ta.cluster(sim.Config{}, sim.Guest{VMID: 101, Name: "web", Pool: "lab", Status: "running"}, sim.Guest{VMID: 102, Name: "db", Pool: "lab"}, sim.Guest{VMID: 200, Name: "vault"})
	n := c.adding(ta, cluster, inPool())
	a := c.get("/settings/nodes", http.StatusOK)
	isAWholePage(a)
	a.says("List containers : yes, in pool lab", "Create containers : yes, in pool lab", "Start, shut down, stop, reboot : yes, in pool lab", "on the storages local and local-lvm")
	for _, word := range []string{"Snapshots : no", "pveum acl modify /vms "} {
		if strings.Contains(a.text(), word) {
			t.Errorf("the page says %q", word)
		}
	}

	a = c.get("/", http.StatusOK)
	a.says("web", "db")
	if strings.Contains(a.text(), "vault") {
		t.Error("it sees more than its pool")
	}
	for _, page := range []string{"/101", "/101/snapshots", "/101/backups", "/101/clone"} {
		a := c.get("/containers/"+n.ID+page, http.StatusOK)
		if strings.Contains(a.text(), "The token of") || strings.Contains(a.text(), "lacks") {
			t.Errorf("%s says that a right is missing: %s", page, a.text())
		}
	}
	a = c.post("/containers/"+n.ID+"/101/snapshots", url.Values{"snapshot": {"before"}}, http.StatusSeeOther)
	if j := c.ended(strings.TrimPrefix(a.header.Get("Location"), "/jobs/")); j.State != store.JobDone {
		t.Errorf("the snapshot ended %s: %+v", j.State, j.Problem)
	}
}

func TestATokenForOnePoolMakesContainersInIt(t *testing.T) {
	t.Parallel()
	ta := newTestApp(t)
	c := ta.signedIn("mira")
	cluster := ta.cluster(sim.Config{}, sim.Guest{VMID: 101, Name: "web", Pool: "lab"})
	c.adding(ta, cluster, inPool())
	at := "/containers/new/" + c.draft()
	form := c.filled(at)
	a := c.get(at+"/configure", http.StatusOK)
	if got := a.fieldValue("pool"); got != "lab" {
		t.Errorf("the pool is %q, want the one that it may use", got)
	}
	form.Set("pool", "home")
	if got := c.post(at+"/configure", form, http.StatusUnprocessableEntity).fieldError("pool"); !strings.Contains(got, "in the pool lab only") {
		t.Errorf("another pool: %q", got)
	}
	form.Set("pool", "")
	form.Set("tags", "web lab")
	c.post(at+"/configure", form, http.StatusSeeOther)
	c.post(at+"/packages", nil, http.StatusSeeOther)
	c.post(at+"/scripts", nil, http.StatusSeeOther)
	c.get(at+"/review", http.StatusOK).says("lab")
	a = c.post(at+"/review", nil, http.StatusSeeOther)
	if j := c.ended(strings.TrimPrefix(a.header.Get("Location"), "/jobs/")); j.State != store.JobDone {
		t.Fatalf("the job ended %s: %+v", j.State, j.Problem)
	}
	made := slices.IndexFunc(cluster.Guests(), func(g sim.Guest) bool { return g.VMID == 142 })
	if made < 0 {
		t.Fatal("it was not made")
	}
	if g := cluster.Guests()[made]; g.Pool != "lab" || !slices.Equal(g.Tags, []string{"lab", "web"}) {
		t.Errorf("made %+v", g)
	}
}

func TestATokenForTwoPoolsIsAskedForOne(t *testing.T) {
	t.Parallel()
	ta := newTestApp(t)
	c := ta.signedIn("mira")
	cluster := ta.cluster(sim.Config{}, sim.Guest{VMID: 101, Pool: "lab"}, sim.Guest{VMID: 102, Pool: "den"})
	rights := inPool()
	rights["/pool/den"] = rights["/pool/lab"]
	c.adding(ta, cluster, rights)
	c.get("/settings/nodes", http.StatusOK).says("in the pools den and lab")
	at := "/containers/new/" + c.draft()
	form := c.filled(at)
	if got := c.post(at+"/configure", form, http.StatusUnprocessableEntity).fieldError("pool"); !strings.Contains(got, "in the pools den and lab only") {
		t.Errorf("no pool: %q", got)
	}
	form.Set("pool", "den")
	c.post(at+"/configure", form, http.StatusSeeOther)
}

func TestATokenForSingleContainersIsAdded(t *testing.T) {
	t.Parallel()
	ta := newTestApp(t)
	c := ta.signedIn("mira")
	cluster := ta.cluster(sim.Config{}, sim.Guest{VMID: 101, Name: "web"}, sim.Guest{VMID: 102, Name: "db"}, sim.Guest{VMID: 103, Name: "dns"}, sim.Guest{VMID: 104, Type: "qemu", Name: "win"})
	n := c.adding(ta, cluster, sim.Rights{"/vms/101": {"VM.Audit", "VM.PowerMgmt"}, "/vms/102": {"VM.Audit"}, "/vms/104": {"VM.Audit", "VM.PowerMgmt"}})
	c.get("/settings/nodes", http.StatusOK).says("List containers : yes, for 2 containers", "Start, shut down, stop, reboot : yes, for container 101", "Snapshots : no", "VM.Snapshot on /vms/101")
	a := c.post("/containers/"+n.ID+"/101/start", nil, http.StatusSeeOther)
	if j := c.ended(strings.TrimPrefix(a.header.Get("Location"), "/jobs/")); j.State != store.JobDone {
		t.Errorf("the start ended %s: %+v", j.State, j.Problem)
	}
	c.get("/containers/"+n.ID+"/102/snapshots", http.StatusOK).says("VM.Snapshot", "pveum acl modify /vms/102")
}

// What a token may do is asked once for all pages that need it, and followed at once when it was changed in Proxmox.
func TestPagesShareOneAnswerToWhatATokenMayDo(t *testing.T) {
	t.Parallel()
	ta := newTestApp(t)
	c := ta.signedIn("mira")
	cluster := ta.cluster(sim.Config{}, sim.Guest{VMID: 101, Name: "web", Status: "running"})
	least := sim.LeastRights()
	delete(least, "/nodes")
	n := c.adding(ta, cluster, least)
	draft := "/containers/new/" + c.draft()
	asked := func() (times int) {
		for _, call := range cluster.Calls() {
			if call.Path == "/access/permissions" {
				times++
			}
		}
		return times
	}
	const note = "may not see what others did on the host"
	at := "/containers/" + n.ID
	visit := func() (events answer) {
		t.Helper()
		before := asked()
		for _, page := range []string{at + "/101", at + "/101/snapshots", at + "/101/backups", at + "/101/clone", draft + "/configure", "/containers/several?do=snapshot&c=" + n.ID + "%2F101"} {
			c.get(page, http.StatusOK)
		}
		events = c.get(at+"/101/events", http.StatusOK)
		if n := asked() - before; n != 1 {
			t.Errorf("asked %d times", n)
		}
		return events
	}
	ta.clock.Advance(fleet.Interval)
	visit().says(note)
	least["/nodes"] = []string{"Sys.Audit"}
	cluster.SetRights(testToken, least)
	ta.clock.Advance(fleet.Interval)
	visit().lacks(note)
}
