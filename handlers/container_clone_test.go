package handlers

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"berth/proxmox/sim"
	"berth/store"
)

func TestCloning(t *testing.T) {
	t.Parallel()
	c, cluster, _, at := keeping(t,
		sim.Guest{VMID: 101, Name: "web", Status: "running", Snapshots: threeSnapshots(), Pool: "home"},
		sim.Guest{VMID: 102, Name: "db"}, sim.Guest{VMID: 103, Name: "base", Template: true},
		sim.Guest{VMID: 104, Name: "zfs", Status: "running", Storage: "tank", Snapshots: threeSnapshots()})
	rights := sim.LeastRights()
	rights["/pool"] = []string{"Pool.Audit"}
	cluster.SetRights(testToken, rights)
	c.get("/", http.StatusOK) // in which the pool is told
	a := c.get(at+"/102/clone", http.StatusOK)
	isAWholePage(a)
	a.says("Clone db", "as it is now", "the same as its disks", "shelf", "tank", "A fixed IP address is copied as it is")
	a.has(`hx-get="/vmid?node=`, `name="vmid"`)
	a.lacks(`name="full"`)
	if a.fieldValue("vmid") != "" || a.fieldValue("hostname") != "db-copy" {
		t.Errorf("it suggests %q, %q", a.fieldValue("vmid"), a.fieldValue("hostname"))
	}
	c.get(at+"/102/clone?vmid=101&hostname=twin", http.StatusOK).says("101 is taken by web on pve1")
	c.get(at+"/102/clone?vmid=201&hostname=twin", http.StatusOK).says("VMID 201 is free")
	c.get(at+"/101/clone", http.StatusOK).says("A running container can be copied only from a snapshot. Choose one, or shut it down first.")

	for _, tt := range []struct {
		vmid  string
		form  url.Values
		field string
		says  string
	}{
		{"102", url.Values{"vmid": {""}, "hostname": {"twin"}}, "vmid", "Enter the number"},
		{"102", url.Values{"vmid": {"99"}, "hostname": {"twin"}}, "vmid", "too low"},
		{"102", url.Values{"vmid": {"101"}, "hostname": {"twin"}}, "vmid", "101 is taken"},
		{"102", url.Values{"vmid": {"201"}, "hostname": {"-x"}}, "hostname", "begins with a hyphen"},
		{"102", url.Values{"vmid": {"201"}, "hostname": {"twin"}, "snapshot": {"none"}}, "snapshot", "“none” no longer exists"},
		{"102", url.Values{"vmid": {"201"}, "hostname": {"twin"}, "storage": {"a/b"}}, "storage", "is not a valid storage name"},
		{"101", url.Values{"vmid": {"201"}, "hostname": {"twin"}}, "snapshot", "A running container"},
		{"103", url.Values{"vmid": {"201"}, "hostname": {"twin"}, "storage": {"tank"}}, "storage", "make a full copy"},
		{"104", url.Values{"vmid": {"201"}, "hostname": {"twin"}, "snapshot": {"first"}}, "snapshot", "cannot copy from a snapshot"},
	} {
		a := c.post(at+"/"+tt.vmid+"/clone", tt.form, http.StatusUnprocessableEntity)
		if got := a.fieldError(tt.field); !strings.Contains(got, tt.says) {
			t.Errorf("%v: %q", tt.form, got)
		}
		if a.fieldValue("vmid") != tt.form.Get("vmid") || a.fieldValue("hostname") != tt.form.Get("hostname") || a.fieldValue("storage") != tt.form.Get("storage") {
			t.Errorf("%v is not kept", tt.form)
		}
	}
	for _, call := range cluster.Calls() {
		if call.Method != http.MethodGet {
			t.Errorf("a form that was refused reached the host: %+v", call)
		}
	}

	for vmid, form := range map[string]url.Values{
		"101": {"vmid": {"201"}, "hostname": {"twin"}, "snapshot": {"first"}, "storage": {"tank"}, "pool": {"0", "1"}},
		"102": {"vmid": {"202"}, "hostname": {"db2"}, "pool": {"0", "1"}},
		"103": {"vmid": {"203"}, "hostname": {"linked"}, "full": {"0"}},
	} {
		j := c.started(at+"/"+vmid+"/clone", form)
		if j.State != store.JobDone || j.Kind != store.JobClone {
			t.Fatalf("%v ended %s: %+v", form, j.State, j.Problem)
		}
		a := c.get("/jobs/"+j.ID, http.StatusOK)
		a.says(form.Get("hostname")+" is there, as container "+form.Get("vmid")+" on pve1", "It is not started yet")
		a.has(`href="` + at + "/" + form.Get("vmid") + `"`)
		c.get(at+"/"+form.Get("vmid"), http.StatusOK).says(form.Get("hostname"))
	}
	for _, g := range cluster.Guests() {
		if g.VMID == 201 && g.Pool != "home" || g.VMID == 202 && g.Pool != "" {
			t.Errorf("%d is in the pool %q", g.VMID, g.Pool)
		}
	}
}

func TestACloneShowsOnBothPages(t *testing.T) {
	t.Parallel()
	c, cluster, _, at := keeping(t, sim.Guest{VMID: 101, Name: "web"})
	reached, release := make(chan struct{}), make(chan struct{})
	cluster.Inject(sim.Fault{Method: "POST", Path: "/nodes/{node}/lxc/{vmid}/clone", Times: 1, Then: func() { close(reached); <-release }})
	first := c.post(at+"/101/clone", url.Values{"vmid": {"201"}, "hostname": {"twin"}}, http.StatusSeeOther).header.Get("Location")
	<-reached
	c.get(at+"/201", http.StatusOK).says("twin", "Show job")
	c.get(at+"/101", http.StatusOK).says("web", "Show job")
	a := c.get("/", http.StatusOK)
	a.says("twin", "web")
	a.has(`data-vmid="201"`)
	c.post(at+"/101/start", nil, http.StatusConflict).says("web (101) is being cloned by job")
	several := url.Values{"do": {"start"}, "c": {strings.TrimPrefix(at, "/containers/") + "/201"}}
	c.get("/containers/several?"+several.Encode(), http.StatusOK).says("It is being created by job")
	close(release)
	c.ended(strings.TrimPrefix(first, "/jobs/"))
}
