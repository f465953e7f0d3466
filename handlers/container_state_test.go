package handlers

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"berth/jobs"
	"berth/proxmox/sim"
	"berth/store"
)

func TestADeletionNamesAllThatGoesAndWhatStays(t *testing.T) {
	t.Parallel()
	c, _, _, at := aboard(t, sim.Guest{VMID: 101, Name: "web", MaxDisk: 8 << 30,
		Config: map[string]string{
			"mp0": "/srv/media,mp=/media,ro=1", "mp1": "local-lvm:vm-101-disk-1,mp=/data,size=2T",
			"unused0": "local-lvm:vm-101-disk-2", "unused1": "gone:vm-101-disk-3",
		},
		UnusedSizes: map[string]uint64{"unused0": 40 << 30},
		Pending:     map[string]string{"mp1": ""}, // taken out with the next restart, but there
		Snapshots:   []sim.Snapshot{{Name: "before", Age: 2 * time.Hour}, {Name: "after", Parent: "before", Age: time.Hour}},
	})
	a := c.get(at+"/101/delete", http.StatusOK)
	isAWholePage(a)
	a.says("4 volumes go with it, more than 2 TiB in all:", "root disk, 8 GiB on local-lvm", "/data, 2 TiB on local-lvm",
		"40 GiB on local-lvm, in no use", "of a size that is not told on gone, in no use",
		"Its 2 snapshots go too: before and after.", "This is the host's own and stays:", "/srv/media", "what is mounted at /media", "Backups stay.")
	a.lacks("Its disk of 8 GiB")
}

func TestADeletionOfWhatIsProtectedIsNotOffered(t *testing.T) {
	t.Parallel()
	c, cluster, _, at := aboard(t, sim.Guest{VMID: 101, Name: "web", Config: map[string]string{"protection": "1"}})
	for _, a := range []answer{
		c.get(at+"/101/delete", http.StatusOK), c.post(at+"/101/delete", url.Values{"confirm": {"web"}, "purge": {"0", "1"}}, http.StatusConflict),
	} {
		a.says("It cannot be deleted now", "It is protected", "pct set 101 --protection 0", "among the container's options")
		a.lacks(`name="confirm"`)
	}
	for _, call := range cluster.Calls() {
		if call.Method == http.MethodDelete {
			t.Errorf("%s %s was called", call.Method, call.Path)
		}
	}
}

func TestADeletionOfWhatHAOrAReplicationHasTakesPurge(t *testing.T) {
	t.Parallel()
	c, cluster, _, at := aboard(t, sim.Guest{VMID: 101, Name: "web", Status: "running", HA: "started"}, sim.Guest{VMID: 102, Name: "db", Replication: "102-0"})
	for path, why := range map[string]string{"/101": "HA manages it.", "/102": "The replication job 102-0 copies it to another host."} {
		a := c.get(at+path+"/delete", http.StatusOK)
		a.says(why, "Proxmox deletes it only together with that.")
		a.has(`name="purge" value="1" checked`)
		a = c.post(at+path+"/delete", url.Values{"confirm": {path[1:]}, "purge": {"0"}}, http.StatusUnprocessableEntity)
		a.says(why + " Select this to delete it there too.")
		if j := c.started(at+path+"/delete", url.Values{"confirm": {path[1:]}, "purge": {"0", "1"}}); j.State != store.JobDone {
			t.Errorf("%s ended %s: %+v", path, j.State, j.Problem)
		}
	}
	if n := len(cluster.Guests()); n != 0 {
		t.Errorf("%d are left", n)
	}
}

func TestADeletionThatWasRefusedOffersTheChoiceThatMendsIt(t *testing.T) {
	t.Parallel()
	c, cluster, _, at := aboard(t, sim.Guest{VMID: 101, Name: "web"})
	cluster.Inject(sim.Fault{Method: "DELETE", Path: "/nodes/{node}/lxc/{vmid}", Times: 1, Status: 500,
		Message: "There is a replication job '101-0' for guest '101' - Please remove that first."})
	j := c.started(at+"/101/delete", url.Values{"confirm": {"web"}, "purge": {"0"}})
	a := c.get("/jobs/"+j.ID, http.StatusOK)
	a.says("is still used elsewhere on pve1", "Proxmox says: There is a replication job '101-0'", "Delete it there too…")
	a.lacks("Try again", "/retry")
	a = c.get(at+"/101/delete?purge=1", http.StatusOK)
	a.has(`name="purge" value="1" checked`)
}

func TestATemplateIsNoStoppedContainer(t *testing.T) {
	t.Parallel()
	c, _, _, at := aboard(t, sim.Guest{VMID: 101, Name: "base", Template: true}, sim.Guest{VMID: 102, Name: "web"})
	a := c.get("/", http.StatusOK)
	a.has(`data-vmid="101" data-status="template"`, `href="/?status=template"`, `id="filter-status-template"`)
	a.lacks(at + "/101/start")
	c.htmxGet(at+"/101/menu", http.StatusOK).has(at + "/101/clone")
	if a := c.get("/?status=stopped", http.StatusOK); strings.Contains(a.body, `data-vmid="101"`) || !strings.Contains(a.body, `data-vmid="102"`) {
		t.Error("a template is among the stopped")
	}
	c.get("/?status=template", http.StatusOK).has(`data-vmid="101"`)

	a = c.get(at+"/101", http.StatusOK)
	a.has(`data-status="template"`, `class="button primary" href="`+at+`/101/clone"`)
	a.lacks(at+"/101/start", at+"/101/services", at+"/101/console", at+"/101/snapshots")
	for _, verb := range []string{"start", "shutdown", "stop", "reboot"} {
		c.post(at+"/101/"+verb, nil, http.StatusConflict).says("base is a template", "Clone base")
	}
	c.post(at+"/101/snapshots", url.Values{"snapshot": {"before"}}, http.StatusConflict).says("base is a template")
	c.get(at+"/101/services?look=1", http.StatusOK).says("base is a template")
	c.get(at+"/101/console", http.StatusOK).says("base is a template")
	c.get(at+"/101/delete", http.StatusOK).has(`name="confirm"`)
}

func TestTemplatesAreLeftOutOfWhatIsDoneToSeveral(t *testing.T) {
	t.Parallel()
	h := newTestApp(t).harbour("mira", sim.Guest{VMID: 101, Name: "base", Template: true}, sim.Guest{VMID: 102, Name: "web"})
	for _, kind := range []string{"start", "snapshot"} {
		a := h.get("/containers/several?"+h.chosen(kind, 101, 102).Encode(), http.StatusOK)
		a.says("1 container stays as it is", "It is a template: it never runs and does not change. Clone it to get a container.")
		a.has(`name="c" value="` + h.node.ID + `/102"`)
		a.lacks(`name="c" value="` + h.node.ID + `/101"`)
	}
	h.get("/containers/several?"+h.chosen("tag", 101).Encode(), http.StatusOK).has(`name="c" value="` + h.node.ID + `/101"`)
}

func TestWhatIsDoneToSeveralNamesThoseOfHA(t *testing.T) {
	t.Parallel()
	h := newTestApp(t).harbour("mira", sim.Guest{VMID: 101, Name: "kept", Status: "running", HA: "started"}, sim.Guest{VMID: 102, Name: "web", Status: "running"})
	h.get("/containers/several?"+h.chosen("stop", 101, 102).Encode(), http.StatusOK).says("HA manages kept: that is handed to Proxmox's HA manager")
	if a := h.get("/containers/several?"+h.chosen("reboot", 101, 102).Encode(), http.StatusOK); strings.Contains(a.text(), "HA manages") {
		t.Error("a reboot, which does not go through HA, says so")
	}
}

func TestAContainerOfHASaysSo(t *testing.T) {
	t.Parallel()
	c, _, _, at := aboard(t, sim.Guest{VMID: 101, Name: "web", Status: "running", HA: "started"}, sim.Guest{VMID: 102, Name: "db", Status: "running", HA: "ignored"})
	c.get(at+"/101/configuration", http.StatusOK).says("Proxmox's HA manager keeps it, as started")
	c.get(at+"/101/stop", http.StatusOK).says("Berth hands this to Proxmox's HA manager")
	c.get(at+"/102/stop", http.StatusOK).lacks("HA manager")
	if j := c.started(at+"/101/stop", nil); j.State != store.JobDone || j.Steps[0].Handed.IsZero() {
		t.Errorf("it ended %s, handed to HA at %s", j.State, j.Steps[0].Handed)
	}
}

func TestARollbackNamesWhatBecomesOfEachDisk(t *testing.T) {
	t.Parallel()
	c, cluster, _, at := aboard(t, sim.Guest{VMID: 101, Name: "web", MaxDisk: 8 << 30, Snapshots: []sim.Snapshot{{Name: "before", Age: time.Hour}}})
	cluster.SetConfig(101, "rootfs", "local-lvm:vm-101-disk-0,size=16G")
	cluster.SetConfig(101, "mp0", "local-lvm:vm-101-disk-1,mp=/data,size=2T")
	cluster.SetConfig(101, "mp1", "/srv/media,mp=/media")
	a := c.get(at+"/101/snapshots/before/rollback", http.StatusOK)
	isAWholePage(a)
	a.says("These go back, as they were then: local-lvm:vm-101-disk-0 root disk, 8 GiB on local-lvm", "/ has 8 GiB again.",
		"are no longer mounted, and stand among the volumes in no use: local-lvm:vm-101-disk-1 /data, 2 TiB on local-lvm",
		"It stays there, but is no longer mounted: /srv/media what is mounted at /media")
	if j := c.started(at+"/101/snapshots/before/rollback", nil); j.State != store.JobDone {
		t.Fatalf("it ended %s: %+v", j.State, j.Problem)
	}
	if cfg := cluster.ConfigOf(101); cfg["unused0"] != "local-lvm:vm-101-disk-1" || cfg["mp1"] != "" || cfg["rootfs"] != "local-lvm:vm-101-disk-0,size=8G" {
		t.Errorf("the host made %v of it", cfg)
	}
}

func TestARollbackToAMomentAgoSaysSo(t *testing.T) {
	t.Parallel()
	c, _, _, at := aboard(t, sim.Guest{VMID: 101, Name: "web", Snapshots: []sim.Snapshot{{Name: "now", Age: time.Second}}})
	a := c.get(at+"/101/snapshots/now/rollback", http.StatusOK)
	a.says("in the last minute, since the snapshot was made, is lost")
	a.lacks("0 ms", "0 s,")
}

func TestACloneNamesWhatItTakesAndWhatKeepsItFromBeing(t *testing.T) {
	t.Parallel()
	c, cluster, _, at := aboard(t,
		sim.Guest{VMID: 101, Name: "web", MaxDisk: 8 << 30, Config: map[string]string{"mp0": "local-lvm:vm-101-disk-1,mp=/data,size=2T", "unused0": "local-lvm:vm-101-disk-2", "protection": "1"}},
		sim.Guest{VMID: 102, Name: "media", Config: map[string]string{"mp3": "/srv/media,mp=/media"}})
	c.get(at+"/101/clone", http.StatusOK).says("The copy takes 2 TiB, as the 2 disks do.", "It is protected, and so is the clone.")
	a := c.get(at+"/102/clone", http.StatusOK)
	a.says("It cannot be cloned as it is", "/media (mp3) is")
	a.lacks(`<form class="form" id="clone"`)
	c.post(at+"/102/clone", url.Values{"vmid": {"201"}, "hostname": {"twin"}}, http.StatusUnprocessableEntity).says("It cannot be cloned as it is")
	for _, call := range cluster.Calls() {
		if strings.HasSuffix(call.Path, "/clone") {
			t.Error("the host was asked for a clone")
		}
	}
}

func TestThePageOfBackupsSaysWhatTheyLeaveOutAndWhatRestoringTakes(t *testing.T) {
	t.Parallel()
	c, _, _, at := aboard(t,
		sim.Guest{VMID: 101, Name: "web", Backups: []sim.Backup{{Storage: "local", Age: time.Hour, Size: 5}}, Config: map[string]string{
			"mp0": "local-lvm:vm-101-disk-1,mp=/data,size=2T", "mp1": "local-lvm:vm-101-disk-2,mp=/mail,size=1G,backup=1", "mp2": "/srv/media,mp=/media", "protection": "1"}},
		sim.Guest{VMID: 102, Name: "db", Backups: []sim.Backup{{Storage: "local", Age: time.Hour, Size: 5}}})
	c.get(at+"/101/backups", http.StatusOK).says("Not in its backups: /data (2 TiB on local-lvm) and /media (the host's own).",
		"Over this container it deletes its 3 volumes as of now and all snapshots, also what is in no backup, before the backup is unpacked",
		"While it is protected, Proxmox restores nothing over it.")
	a := c.get(at+"/102/backups", http.StatusOK)
	a.says("it deletes its disk as of now")
	a.lacks("Not in its backups", "protected, Proxmox")
}

func TestACancelledBackupHasTheCommandThatUnlocks(t *testing.T) {
	t.Parallel()
	c, _, _, _ := aboard(t, sim.Guest{VMID: 101, Name: "web"})
	j, err := c.app.Store.AddJob(store.Job{UserID: c.user.ID, NodeName: "pve1", Kind: store.JobBackup, VMID: 101, Name: "web", Steps: []store.JobStep{{Name: "backup"}}})
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.app.Store.UpdateJob(j.ID, nil, func(j *store.Job) error {
		j.State, j.Left = store.JobCancelled, store.Message{Kind: jobs.LeftBackupLocked, Args: store.Args{VMID: 101, Lock: "backup", Name: "local"}}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	a := c.get("/jobs/"+j.ID, http.StatusOK)
	a.says("Cancelled, but web is still locked", "did not clean up", "pct unlock 101")
	a.has(`data-copy="command"`)
}
