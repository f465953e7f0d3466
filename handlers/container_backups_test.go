package handlers

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"berth/fleet"
	"berth/proxmox/sim"
	"berth/store"
)

func TestBackups(t *testing.T) {
	t.Parallel()
	c, cluster, _, at := keeping(t,
		sim.Guest{VMID: 101, Name: "web", Status: "running", Backups: []sim.Backup{
			{Storage: "local", Age: 49 * time.Hour, Size: 5 << 30, Note: "<i>old</i>"},
			{Storage: "vault", Age: 3 * time.Hour, Size: 6 << 30, Verified: "ok", Protected: true},
			{Storage: "vault", Age: time.Hour, Size: 7 << 30, Verified: "failed"},
		}},
		sim.Guest{VMID: 102, Name: "flat", Storage: "shelf", Status: "running", Backups: []sim.Backup{{Storage: "shelf", Age: time.Hour, Size: 1 << 30, Note: "of another"}}})
	a := c.get(at+"/101/backups", http.StatusOK)
	isAWholePage(a)
	a.says("2 d ago", "5 GiB", "<i>old</i>", "3 h ago", "6 GiB", "verified", "protected", "verification failed", "vzdump-lxc-101-",
		"It goes on running. The backup is of one moment", "It is shut down, and started again")
	a.lacks("<i>old", "of another")
	text := a.text()
	if strings.Index(text, "1 h ago") > strings.Index(text, "3 h ago") || strings.Index(text, "3 h ago") > strings.Index(text, "2 d ago") {
		t.Error("they are not sorted by age")
	}
	if a.fieldValue("storage") != "local" {
		t.Errorf("%q is chosen", a.fieldValue("storage"))
	}
	c.get(at+"/102/backups", http.StatusOK).says("Its disks cannot be snapshotted, so Proxmox takes the next way instead")

	for field, form := range map[string]url.Values{
		"storage": {"storage": {"a/b"}, "mode": {"stop"}, "note": {"kept"}},
		"mode":    {"storage": {"vault"}, "mode": {"magic"}, "note": {"kept"}},
		"note":    {"storage": {"vault"}, "mode": {"stop"}, "note": {"{{hostname}}"}},
	} {
		a := c.post(at+"/101/backups", form, http.StatusUnprocessableEntity)
		if a.fieldError(field) == "" || a.fieldValue("note") != form.Get("note") || a.fieldValue("storage") != form.Get("storage") {
			t.Errorf("%s: %q, with %q", field, a.fieldError(field), a.fieldValue("note"))
		}
	}
	j := c.started(at+"/101/backups", url.Values{"storage": {"vault"}, "mode": {"snapshot"}, "note": {"now; a=b"}, "protected": {"0", "1"}, "prune": {"0"}})
	if j.State != store.JobDone || j.Kind != store.JobBackup {
		t.Fatalf("%s ended %s: %+v", j.Kind, j.State, j.Problem)
	}
	c.get("/jobs/"+j.ID, http.StatusOK).says("web is backed up", "INFO: marking backup as protected", "TASK OK")
	c.get(at+"/101/backups", http.StatusOK).says("now; a=b")
	asked := false
	for _, call := range cluster.Calls() {
		asked = asked || call.Path == "/nodes/pve1/vzdump" && call.Params["remove"] == "0" && call.Params["compress"] == "zstd" && call.Params["vmid"] == "101"
	}
	if !asked {
		t.Error("the host was asked for something else")
	}
}

func TestAStorageThatCannotBeReadIsNamed(t *testing.T) {
	t.Parallel()
	c, cluster, _, at := keeping(t, sim.Guest{VMID: 101, Name: "web", Backups: []sim.Backup{{Storage: "local", Age: time.Hour, Size: 5 << 30, Note: "seen"}}})
	rights := sim.LeastRights()
	rights["/storage/vault"] = []string{"Datastore.Audit"}
	cluster.SetRights(testToken, rights)
	a := c.get(at+"/101/backups", http.StatusOK)
	a.says("seen", "shelf")
	a.lacks(`value="vault"`) // nothing may be put there
	cluster.Inject(sim.Fault{Method: "GET", Path: "/nodes/{node}/storage/{storage}/content", Times: 1, Status: 500, Message: "mount error"})
	c.get(at+"/101/backups", http.StatusOK).says("could not be read: mount error")
	rights["/storage"] = []string{"Datastore.Audit"}
	cluster.SetRights(testToken, rights)
	c.app.clock.Advance(fleet.Interval) // what was told of the rights is over
	c.get(at+"/101/backups", http.StatusOK).says("No storage takes backups")
}

func TestABackupOfALockedContainerSaysWhy(t *testing.T) {
	t.Parallel()
	c, cluster, _, at := keeping(t, sim.Guest{VMID: 101, Name: "web", Status: "running"})
	cluster.Inject(sim.Fault{Method: "POST", Path: "/nodes/{node}/vzdump", Times: 1, Then: func() { cluster.SetLock(101, "snapshot") }})
	j := c.started(at+"/101/backups", url.Values{"storage": {"local"}, "mode": {"snapshot"}})
	if j.State != store.JobFailed {
		t.Fatalf("ended %s", j.State)
	}
	c.get("/jobs/"+j.ID, http.StatusOK).says("web (101) is locked on pve1 (snapshot)", "ERROR: Backup of VM 101 failed")
}
