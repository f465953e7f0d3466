package handlers

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"berth/proxmox/sim"
	"berth/store"
)

// cluttered is a harbour of two nodes, the second with a storage of its own for backups.
func cluttered(t *testing.T, guests ...sim.Guest) (h, nuc harbour) {
	t.Helper()
	ta := newTestApp(t)
	h = ta.harbour("mira", append(house(), guests...)...)
	other := ta.cluster(sim.Config{Members: []string{"nuc"}}, sim.Guest{VMID: 301, Name: "mosquitto", Status: "running"})
	other.AddStorage("nuc", sim.Storage{Name: "attic", Kind: "dir", Contents: []string{"backup"}, Size: 1 << 40})
	n, host := ta.node(h.user, other, "nuc")
	return h, harbour{h.client, other, host, n}
}

func TestSeveralAreBackedUpEachOnAStorageOfItsNode(t *testing.T) {
	t.Parallel()
	h, nuc := cluttered(t, sim.Guest{VMID: 120, Name: "vault", Status: "running", Lock: "backup"})
	form := h.chosen("backup", 101, 104, 120)
	form.Add("c", nuc.node.ID+"/301")
	a := h.get("/containers/several?"+form.Encode(), http.StatusOK)
	isAWholePage(a)
	a.says("Back up 3 containers?", "Storage on pve1", "Storage on nuc", "1 container stays as it is", "Proxmox has locked it", "Prune old backups")
	a.lacks("It does not run, so all three")
	here, there := "storage-"+h.node.ID, "storage-"+nuc.node.ID
	if a.fieldValue(here) != "local" || a.fieldValue(there) == "" {
		t.Errorf("chosen are %q and %q", a.fieldValue(here), a.fieldValue(there))
	}
	form = sure(h.chosen("backup", 101, 104))
	form.Add("c", nuc.node.ID+"/301")
	form.Set("note", "before the move")
	form.Set(here, "")
	form.Set(there, "a/b")
	form.Set("mode", "magic")
	a = h.post("/containers/several", form, http.StatusUnprocessableEntity)
	isAWholePage(a)
	for _, field := range []string{there, "mode"} {
		if a.fieldError(field) == "" {
			t.Errorf("nothing is told at %s", field)
		}
	}
	if a.fieldValue("note") != "before the move" {
		t.Error("the note is not kept")
	}
	form.Set(here, "local")
	form.Set(there, "attic")
	form.Set("mode", "snapshot")
	j := h.started("/containers/several", form)
	if j.State != store.JobDone || len(j.Children) != 3 || j.Does != store.JobBackup {
		t.Fatalf("ended %+v", j)
	}
	h.get("/jobs/"+j.ID, http.StatusOK).says("Back up 3 containers", "3 containers have a new backup", "pihole", "mosquitto")
	for _, on := range []struct {
		h       harbour
		vmids   []string
		storage string
	}{{h, []string{"101", "104"}, "local"}, {nuc, []string{"301"}, "attic"}} {
		var asked []string
		for _, call := range on.h.cluster.Calls() {
			if call.Method == http.MethodPost && strings.HasSuffix(call.Path, "/vzdump") {
				asked = append(asked, call.Params["vmid"])
				if call.Params["storage"] != on.storage || call.Params["mode"] != "snapshot" {
					t.Errorf("%s: asked for %v", on.h.node.Name, call.Params)
				}
			}
		}
		slices.Sort(asked)
		if !slices.Equal(asked, on.vmids) {
			t.Errorf("%s was asked for backups of %v, want %v", on.h.node.Name, asked, on.vmids)
		}
	}
}

func TestABulkBackupTellsWhichNodeHasNoStorage(t *testing.T) {
	t.Parallel()
	h, nuc := cluttered(t)
	rights := sim.LeastRights()
	rights["/storage"] = []string{"Datastore.Audit"}
	nuc.cluster.SetRights(testToken, rights)
	form := h.chosen("backup", 101)
	form.Add("c", nuc.node.ID+"/301")
	a := h.get("/containers/several?"+form.Encode(), http.StatusOK)
	a.says("Back up 1 container?", "nuc shows its token no storage on which it may put a backup.")
	a.lacks("Storage on nuc")

	// Who was sure is asked again where a container cannot be backed up any more.
	form.Set("storage-"+h.node.ID, "local")
	form.Set("mode", "snapshot")
	h.post("/containers/several", sure(form), http.StatusUnprocessableEntity).says("Not all selected containers can be backed up now, so nothing was started.")
	if list, err := h.app.Store.Jobs(h.user.ID, "", 10); err != nil || len(list) != 0 {
		t.Errorf("%d jobs were begun: %v", len(list), err)
	}
}

// deletes is the form that the page which asks has, for containers of a node.
func (h harbour) deletes(vmids ...int) (page answer, form url.Values) {
	h.t.Helper()
	form = h.chosen("delete", vmids...)
	page = h.get("/containers/several?"+form.Encode(), http.StatusOK)
	form = url.Values{"do": {"delete"}, "sure": {"1"}}
	for n := range page.doc().Descendants() {
		if name := attr(n, "name"); name == "c" || name == "named" {
			form.Add(name, attr(n, "value"))
		}
	}
	return page, form
}

func TestSeveralAreDeletedByTheirNumber(t *testing.T) {
	t.Parallel()
	h, _ := cluttered(t,
		sim.Guest{VMID: 110, Name: "old-wiki", MaxDisk: 8 << 30, Config: map[string]string{"mp0": "local-lvm:vm-110-disk-1,mp=/data,size=2T"}},
		sim.Guest{VMID: 111, Name: "kept", Config: map[string]string{"protection": "1"}},
	)
	page, form := h.deletes(101, 104, 110, 111)
	isAWholePage(page)
	page.says("Delete 2 containers?", "Jellyfin", "old-wiki", "2 volumes go with it", "local-lvm:vm-110-disk-1", "This cannot be undone", "Backups stay",
		"pihole", "It runs. Shut it down first", "kept", "It is protected", "Write 2, the number of containers, to confirm")
	page.has(`class="danger"`)
	for _, wrong := range []string{"", "4", "two", "Jellyfin"} {
		form.Set("confirm", wrong)
		a := h.post("/containers/several", form, http.StatusUnprocessableEntity)
		isAWholePage(a)
		if !strings.Contains(a.fieldError("confirm"), "Write 2 to confirm") || a.fieldValue("confirm") != wrong {
			t.Errorf("%q: %q", wrong, a.fieldError("confirm"))
		}
	}
	unasked := url.Values{"do": {"delete"}, "c": form["c"], "confirm": {"2"}}
	h.post("/containers/several", unasked, http.StatusUnprocessableEntity)
	if list, err := h.app.Store.Jobs(h.user.ID, "", 10); err != nil || len(list) != 0 {
		t.Fatalf("%d jobs were begun: %v", len(list), err)
	}
	form.Set("confirm", "2")
	j := h.started("/containers/several", form)
	if j.State != store.JobDone || len(j.Children) != 2 {
		t.Fatalf("ended %+v", j)
	}
	h.get("/jobs/"+j.ID, http.StatusOK).says("Delete 2 containers", "2 containers are deleted")
	var left []int
	for _, g := range h.cluster.Guests() {
		left = append(left, g.VMID)
	}
	slices.Sort(left)
	if !slices.Equal(left, []int{101, 107, 111}) {
		t.Errorf("left are %v", left)
	}
}

// What changed since the page asked is asked again, and nothing is deleted.
func TestABulkDeleteIsOnlyOfWhatWasShown(t *testing.T) {
	t.Parallel()
	h, _ := cluttered(t, sim.Guest{VMID: 110, Name: "old-wiki"})
	_, form := h.deletes(104, 110)
	form.Set("confirm", "2")
	h.cluster.SetConfig(110, "hostname", "new-wiki")
	h.cluster.SetStatus(104, "running")
	h.app.clock.Advance(20 * time.Second)
	a := h.post("/containers/several", form, http.StatusUnprocessableEntity)
	a.says("None of them can be deleted now", "It has another name than when you were asked", "It runs. Shut it down first")
	h.cluster.SetStatus(104, "stopped")
	h.app.clock.Advance(20 * time.Second)
	a = h.post("/containers/several", form, http.StatusUnprocessableEntity)
	a.says("Delete 1 container?", "Not all selected containers can be deleted now")
	if got := a.fieldValue("confirm"); got != "" {
		t.Errorf("%q is typed already", got)
	}
	if list, err := h.app.Store.Jobs(h.user.ID, "", 10); err != nil || len(list) != 0 {
		t.Errorf("%d jobs were begun: %v", len(list), err)
	}
	h.app.signedIn("jonas").post("/containers/several", form, http.StatusNotFound)
}
