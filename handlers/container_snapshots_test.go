package handlers

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"berth/fleet"
	"berth/jobs"
	"berth/proxmox"
	"berth/proxmox/sim"
	"berth/store"
)

// shelves gives a host one storage of each kind that matters here, before its guests are put there.
func shelves(cluster *sim.Cluster) {
	cluster.AddStorage("pve1", sim.Storage{Name: "shelf", Kind: "dir", Contents: []string{"backup", "rootdir"}, Size: 1 << 40})
	cluster.AddStorage("pve1", sim.Storage{Name: "tank", Kind: "zfspool", Contents: []string{"rootdir"}, Size: 1 << 40})
	cluster.AddStorage("pve1", sim.Storage{Name: "vault", Kind: "pbs", Contents: []string{"backup"}, Size: 1 << 40})
}

// keeping is mira with a node of these guests on storages of all kinds.
func keeping(t *testing.T, guests ...sim.Guest) (*client, *sim.Cluster, *sim.Host, string) {
	t.Helper()
	c, cluster, host, at := aboard(t)
	shelves(cluster)
	cluster.Add(guests...)
	return c, cluster, host, at
}

func threeSnapshots() []sim.Snapshot {
	return []sim.Snapshot{
		{Name: "first", Age: 26 * time.Hour, Note: "<b>fresh</b>"},
		{Name: "second", Parent: "first", Age: 3 * time.Hour},
		{Name: "aside", Parent: "first", Age: time.Hour},
	}
}

// lacking are the least rights without one.
func lacking(path, privilege string) sim.Rights {
	rights := sim.LeastRights()
	rights[path] = slices.DeleteFunc(slices.Clone(rights[path]), func(p string) bool { return p == privilege })
	return rights
}

func TestSnapshots(t *testing.T) {
	t.Parallel()
	c, cluster, _, at := keeping(t, sim.Guest{VMID: 101, Name: "web", Status: "running", Snapshots: threeSnapshots()}, sim.Guest{VMID: 102, Name: "db"})
	a := c.get(at+"/101/snapshots", http.StatusOK)
	isAWholePage(a)
	a.says("first", "1 d ago", "<b>fresh</b>", "second", "3 h ago", "aside", "Now", "Create a snapshot")
	a.has(`aria-current="page"`, at+"/101/snapshots/first/rollback", at+"/101/snapshots/aside/delete")
	a.lacks("<b>fresh")
	if got := a.fieldValue("snapshot"); !proxmox.ValidSnapshotName(got) {
		t.Errorf("it suggests %q", got)
	}
	c.get(at+"/102/snapshots", http.StatusOK).says("There are no snapshots")

	for typed, says := range map[string]string{
		"":                      "Enter a name",
		"a":                     "at least 2 characters",
		"1st":                   "starting with a letter",
		"before upgrade":        "is not a snapshot name",
		"current":               "Proxmox reserves the name",
		"vzdump":                "Proxmox reserves the name",
		"second":                "“second” already exists",
		strings.Repeat("a", 41): "40 at most",
	} {
		a := c.post(at+"/101/snapshots", url.Values{"snapshot": {typed}, "note": {"kept"}}, http.StatusUnprocessableEntity)
		if got := a.fieldError("snapshot"); !strings.Contains(got, says) || a.fieldValue("snapshot") != typed || a.fieldValue("note") != "kept" {
			t.Errorf("%q: %q, with %q and %q", typed, got, a.fieldValue("snapshot"), a.fieldValue("note"))
		}
	}
	c.post(at+"/101/snapshots", url.Values{"snapshot": {"third"}, "note": {strings.Repeat("x", 1001)}}, http.StatusUnprocessableEntity)
	for _, call := range cluster.Calls() {
		if call.Method != http.MethodGet {
			t.Errorf("a form that was refused reached the host: %+v", call)
		}
	}

	j := c.started(at+"/101/snapshots", url.Values{"snapshot": {" third "}, "note": {"before the upgrade"}})
	if j.State != store.JobDone || j.Kind != store.JobSnapshot {
		t.Fatalf("%s ended %s: %+v", j.Kind, j.State, j.Problem)
	}
	c.get("/jobs/"+j.ID, http.StatusOK).says("Create a snapshot of web", "The snapshot third of web is made", "Create the snapshot third")
	c.get(at+"/101/snapshots", http.StatusOK).says("third", "before the upgrade")

	other := c.app.signedIn("noah")
	other.app.node(other.user, c.app.cluster(sim.Config{}), "pve1")
	for _, path := range []string{"/snapshots", "/snapshots/first/rollback", "/snapshots/first/delete", "/snapshots/first/note", "/clone", "/backups"} {
		other.get(at+"/101"+path, http.StatusNotFound).lacks("web")
		other.post(at+"/101"+path, url.Values{"snapshot": {"theirs"}}, http.StatusNotFound).lacks("web")
	}
	c.get(at+"/109/snapshots", http.StatusNotFound)
}

func TestRollingBack(t *testing.T) {
	t.Parallel()
	c, cluster, _, at := keeping(t, sim.Guest{VMID: 101, Name: "web", Status: "running", Snapshots: threeSnapshots()})
	a := c.get(at+"/101/snapshots/first/rollback", http.StatusOK)
	isAWholePage(a)
	a.says("Roll back web to first?", "in the last 1 d 2 h", "is lost", "The snapshots second and aside, which were made since, stay.", "stopped at once", "Its settings go back too")
	a.lacks("<b>fresh")
	c.get(at+"/101/snapshots/none/rollback", http.StatusNotFound).says("The snapshot no longer exists")
	c.post(at+"/101/snapshots/none/rollback", nil, http.StatusNotFound)

	j := c.started(at+"/101/snapshots/first/rollback", url.Values{"start": {"0", "1"}})
	if j.State != store.JobDone || len(j.Steps) != 2 || cluster.Guests()[0].Status != "running" {
		t.Fatalf("ended %s with %+v: %+v", j.State, j.Steps, j.Problem)
	}
	c.get("/jobs/"+j.ID, http.StatusOK).says("web is as it was at the snapshot first")
	j = c.started(at+"/101/snapshots/second/rollback", url.Values{"start": {"0"}})
	if j.State != store.JobDone || len(j.Steps) != 1 || cluster.Guests()[0].Status != "stopped" {
		t.Fatalf("ended %s with %+v: %+v", j.State, j.Steps, j.Problem)
	}
	c.get("/jobs/"+j.ID, http.StatusOK).says("It is stopped.")

	c.get(at+"/101/snapshots/first/delete", http.StatusOK).says("Delete the snapshot first?", "those that were made upon it too")
	j = c.started(at+"/101/snapshots/first/delete", nil)
	if j.State != store.JobDone {
		t.Fatalf("ended %s: %+v", j.State, j.Problem)
	}
	c.get(at+"/101/snapshots", http.StatusOK).lacks(`data-snapshot="first"`)
}

func TestTheNoteOfASnapshot(t *testing.T) {
	t.Parallel()
	c, cluster, _, at := keeping(t, sim.Guest{VMID: 101, Name: "web", Status: "running", Snapshots: threeSnapshots()})
	list := at + "/101/snapshots"
	c.get(list, http.StatusOK).has(`href="` + list + `/first/note"`)
	a := c.get(list+"/first/note", http.StatusOK)
	isAWholePage(a)
	if got := a.fieldValue("note-first"); strings.TrimSpace(got) != "<b>fresh</b>" {
		t.Errorf("the form has %q", got)
	}
	part := c.htmxGet(list+"/first/note", http.StatusOK)
	part.has(`<li data-snapshot="first">`, `hx-post="`+list+`/first/note"`)
	part.lacks("<html", "<b>fresh")
	form := url.Values{"digest": {hiddenValue(a, "digest")}, "note-first": {"As it came;\r\nuntouched "}}
	saved := c.post(list+"/first/note", form, http.StatusSeeOther)
	saved.leadsTo(list)
	c.follow(saved, http.StatusOK).says("Saved.", "As it came; untouched")
	c.get(at+"/101/events", http.StatusOK).says("Note of a snapshot changed by mira: first")

	// It was made from another note than stands there now.
	form.Set("note-first", "mine")
	a = c.post(list+"/first/note", form, http.StatusUnprocessableEntity)
	isAWholePage(a)
	a.says("Somebody else changed the note meanwhile", "now it is: As it came; untouched")
	if got := a.fieldValue("note-first"); strings.TrimSpace(got) != "mine" {
		t.Errorf("what was typed is gone: %q", got)
	}
	form.Set("digest", hiddenValue(a, "digest"))
	c.post(list+"/first/note", form, http.StatusSeeOther)
	a = c.get(list+"/first/note", http.StatusOK)
	form.Set("digest", hiddenValue(a, "digest"))
	c.follow(c.post(list+"/first/note", form, http.StatusSeeOther), http.StatusOK).says("Nothing was changed")
	form.Set("note-first", strings.Repeat("x", 1001))
	if got := c.post(list+"/first/note", form, http.StatusUnprocessableEntity).fieldError("note-first"); !strings.Contains(got, "1000 at most") {
		t.Error(got)
	}
	form.Set("note-first", "")
	c.post(list+"/first/note", form, http.StatusSeeOther)
	c.get(list, http.StatusOK).lacks("mine")

	c.get(list+"/none/note", http.StatusNotFound).says("The snapshot no longer exists")
	cluster.Inject(sim.Fault{Method: "PUT", Path: "/nodes/{node}/lxc/{vmid}/snapshot/{snapname}/config", Times: 1, Status: 500, Message: "snapshot 'second' does not exist"})
	form = url.Values{"digest": {hiddenValue(c.get(list+"/second/note", http.StatusOK), "digest")}, "note-second": {"late"}}
	c.post(list+"/second/note", form, http.StatusNotFound).says("The snapshot no longer exists")
	c.get(at+"/101/events", http.StatusOK).lacks("changed by mira: second")
	cluster.SetRights(testToken, lacking("/vms", "VM.Snapshot"))
	c.post(list+"/second/note", form, http.StatusForbidden).says("lacks the right VM.Snapshot on /vms/101")
}

func TestOnZFSOnlyTheNewestSnapshotIsGoneBackTo(t *testing.T) {
	t.Parallel()
	c, cluster, _, at := keeping(t, sim.Guest{VMID: 101, Name: "web", Storage: "tank", Snapshots: threeSnapshots()})
	a := c.get(at+"/101/snapshots", http.StatusOK)
	a.says("goes back to the newest snapshot only")
	a.has(at + "/101/snapshots/aside/rollback")
	a.lacks(at+"/101/snapshots/first/rollback", at+"/101/snapshots/second/rollback")
	c.get(at+"/101/snapshots/first/rollback", http.StatusConflict).says("after first came second and aside")
	c.post(at+"/101/snapshots/first/rollback", nil, http.StatusConflict)
	for _, call := range cluster.Calls() {
		if call.Method != http.MethodGet {
			t.Errorf("it reached the host: %+v", call)
		}
	}
	if j := c.started(at+"/101/snapshots/aside/rollback", nil); j.State != store.JobDone {
		t.Errorf("ended %s: %+v", j.State, j.Problem)
	}
}

func TestWhatCannotBeSnapshottedIsToldBefore(t *testing.T) {
	t.Parallel()
	c, cluster, _, at := keeping(t,
		sim.Guest{VMID: 101, Name: "flat", Storage: "shelf"},
		sim.Guest{VMID: 102, Name: "mixed", Config: map[string]string{"mp0": "shelf:102/vm-102-disk-1.raw,mp=/srv,size=8G", "mp1": "/mnt/photos,mp=/photos"}},
	)
	c.get(at+"/101/snapshots", http.StatusOK).says("This container cannot be snapshotted", "Its root disk is on shelf, which is a plain folder.", "LVM-thin, ZFS")
	c.get(at+"/102/snapshots", http.StatusOK).says("Its mount point mp0 is on shelf, which is a plain folder; its mount point mp1 is a folder of the host.")
	c.post(at+"/101/snapshots", url.Values{"snapshot": {"first"}}, http.StatusUnprocessableEntity).says("cannot be snapshotted")
	for _, call := range cluster.Calls() {
		if call.Method != http.MethodGet {
			t.Errorf("it reached the host: %+v", call)
		}
	}
}

func TestWithoutTheRightThePageSaysHowToGiveIt(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ page, privilege, says string }{
		{"/snapshots", "VM.Snapshot", "Snapshots are off"},
		{"/clone", "VM.Clone", "Cloning is off"},
		{"/backups", "VM.Backup", "Backups are off"},
	} {
		c, cluster, _, at := keeping(t, sim.Guest{VMID: 101, Name: "web", Snapshots: threeSnapshots(), Pool: "home",
			Backups: []sim.Backup{{Storage: "local", Age: time.Hour, Size: 5, Note: "unseen"}}})
		cluster.SetRights(testToken, lacking("/vms", tt.privilege))
		a := c.get(at+"/101"+tt.page, http.StatusOK)
		a.says(tt.says, "It lacks "+tt.privilege, "pveum role modify BerthGuests -append 1 -privs")
		a.lacks("/rollback", "unseen", `<form class="form"`)
		rights := lacking("/vms", tt.privilege)
		rights["/pool/home"] = []string{tt.privilege, "Pool.Audit"}
		cluster.SetRights(testToken, rights)
		c.app.Fleet.NodeChanged(strings.TrimPrefix(at, "/containers/"))
		c.get("/", http.StatusOK) // in which the pool is told
		c.get(at+"/101"+tt.page, http.StatusOK).lacks("It lacks")
	}
	c, cluster, _, at := keeping(t, sim.Guest{VMID: 101, Name: "web", Snapshots: threeSnapshots()})
	cluster.SetRights(testToken, lacking("/vms", "VM.Snapshot"))
	c.post(at+"/101/snapshots", url.Values{"snapshot": {"third"}}, http.StatusUnprocessableEntity).says("Snapshots are off")
	c.post(at+"/101/snapshots/first/rollback", nil, http.StatusForbidden).says("lacks the right VM.Snapshot on /vms/101")
	cluster.SetRights(testToken, lacking("/vms", "VM.Clone"))
	c.app.clock.Advance(fleet.Interval) // what was told of the rights is over
	c.post(at+"/101/clone", url.Values{"vmid": {"201"}, "hostname": {"twin"}}, http.StatusUnprocessableEntity).says("Cloning is off")
}

func TestASilentNodeSaysSoOnEachPage(t *testing.T) {
	t.Parallel()
	c, cluster, host, at := keeping(t, sim.Guest{VMID: 101, Name: "web", Status: "running", Snapshots: threeSnapshots()})
	c.get("/", http.StatusOK) // so that it is in the inventory
	host.Stop()
	c.get(at+"/101/snapshots", http.StatusOK).says("web", "The snapshots could not be loaded", "does not answer")
	c.get(at+"/101/backups", http.StatusOK).says("web", "The backups could not be loaded", "does not answer")
	c.get(at+"/101/clone", http.StatusOK).says("web", "does not answer")
	for _, page := range []string{"/snapshots", "/snapshots/first/delete", "/clone", "/backups"} {
		isAWholePage(c.post(at+"/101"+page, url.Values{"snapshot": {"third"}}, http.StatusBadGateway))
	}
	if err := host.Start(); err != nil {
		t.Fatal(err)
	}
	cluster.Inject(sim.Fault{Method: "GET", Path: "/nodes/{node}/lxc/{vmid}/snapshot", Status: 595, Message: "No route to host"})
	c.get(at+"/101/snapshots", http.StatusOK).says("The snapshots could not be loaded", "cannot be reached by its cluster")
}

func TestAPageAsksItsNodeSideBySide(t *testing.T) {
	t.Parallel()
	const guest = "/nodes/{node}/lxc/{vmid}"
	for page, calls := range map[string][]string{
		"/snapshots": {guest + "/snapshot", guest + "/feature", guest + "/config", "/nodes/{node}/storage", "/access/permissions"},
		"/clone":     {guest + "/snapshot", "/nodes/{node}/storage", "/access/permissions"},
		"/backups":   {guest + "/feature", "/nodes/{node}/storage", "/access/permissions"},
	} {
		c, cluster, _, at := keeping(t, sim.Guest{VMID: 101, Name: "web"})
		var waiting sync.WaitGroup // none is answered before all are asked
		waiting.Add(len(calls))
		for _, path := range calls {
			cluster.Inject(sim.Fault{Method: "GET", Path: path, Times: 1, Then: func() { waiting.Done(); waiting.Wait() }})
		}
		c.get(at+"/101"+page, http.StatusOK).says("web")
		waiting.Wait()
	}
}

func TestABusyOrLockedContainerIsLeftAlone(t *testing.T) {
	t.Parallel()
	c, cluster, _, at := keeping(t, sim.Guest{VMID: 101, Name: "web", Snapshots: threeSnapshots()})
	cluster.SetLock(101, "backup")
	forms := map[string]url.Values{
		"/snapshots": {"snapshot": {"third"}}, "/snapshots/first/rollback": nil, "/snapshots/first/note": {"note-first": {"x"}}, "/snapshots/first/delete": nil,
		"/clone": {"vmid": {"201"}, "hostname": {"twin"}}, "/backups": {"storage": {"local"}, "mode": {"snapshot"}},
	}
	for page, form := range forms {
		c.post(at+"/101"+page, form, http.StatusConflict).says("It is locked on pve1 (backup)")
	}
	c.get(at+"/101/snapshots", http.StatusOK).lacks("/rollback")
	cluster.SetLock(101, "")
	reached, release := make(chan struct{}), make(chan struct{})
	cluster.Inject(sim.Fault{Method: "POST", Path: "/nodes/{node}/lxc/{vmid}/snapshot", Times: 1, Then: func() { close(reached); <-release }})
	first := c.post(at+"/101/snapshots", forms["/snapshots"], http.StatusSeeOther).header.Get("Location")
	<-reached
	for page, form := range forms {
		c.post(at+"/101"+page, form, http.StatusConflict).says("web (101) is being snapshotted by job")
	}
	close(release)
	c.ended(strings.TrimPrefix(first, "/jobs/"))
}

func TestWhatProxmoxRefusesComesBackToTheField(t *testing.T) {
	t.Parallel()
	c, cluster, _, at := keeping(t, sim.Guest{VMID: 101, Name: "web", Snapshots: threeSnapshots()})
	for _, tt := range []struct {
		page, call, field, keeps string
		form                     url.Values
		fault                    sim.Fault
	}{
		{"/clone", "/nodes/{node}/lxc/{vmid}/clone", "vmid", "hostname", url.Values{"vmid": {"201"}, "hostname": {"twin"}}, sim.Fault{Status: 500, Message: "CT 201 already exists on node 'pve2'"}},
		{"/snapshots", "/nodes/{node}/lxc/{vmid}/snapshot", "snapshot", "note", url.Values{"snapshot": {"third"}, "note": {"twin"}}, sim.Fault{Task: "snapshot name 'third' already used"}},
	} {
		tt.fault.Method, tt.fault.Path, tt.fault.Times = "POST", tt.call, 1
		cluster.Inject(tt.fault)
		j := c.started(at+"/101"+tt.page, tt.form)
		if j.State != store.JobFailed || (j.Problem.Kind != jobs.ProblemExists && j.Problem.Kind != jobs.ProblemSnapshotTaken) {
			t.Fatalf("%s ended %s: %+v", tt.page, j.State, j.Problem)
		}
		back := at + "/101" + tt.page + "?job=" + j.ID
		c.get("/jobs/"+j.ID, http.StatusOK).has(`href="` + back + `"`)
		a := c.get(back, http.StatusOK)
		if a.fieldValue(tt.keeps) != "twin" || tt.field == "snapshot" && a.fieldError("snapshot") == "" {
			t.Errorf("%s: %q, %q", tt.page, a.fieldValue(tt.keeps), a.fieldError(tt.field))
		}
		other := c.app.signedIn("noah" + tt.page[1:])
		other.app.node(other.user, c.app.cluster(sim.Config{}, sim.Guest{VMID: 101, Name: "theirs"}), "pve1")
		nodes, err := c.app.Store.Nodes(other.user.ID)
		if err != nil {
			t.Fatal(err)
		}
		other.get("/containers/"+nodes[0].ID+"/101"+tt.page+"?job="+j.ID, http.StatusOK).lacks("twin")
	}
}
