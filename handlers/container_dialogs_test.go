package handlers

import (
	"net/http"
	"net/url"
	"testing"

	"berth/proxmox/sim"
)

// asked is what a dialog over the page is filled with, or gets for what it sends: its target is the element with that id.
func (c *client) asked(method, path, target string, form url.Values, want int) answer {
	c.t.Helper()
	return c.do(method, path, form, http.Header{"Hx-Request": {"true"}, "Hx-Target": {target}}, want)
}

func TestASnapshotIsAskedForOverThePage(t *testing.T) {
	t.Parallel()
	c, cluster, _, at := keeping(t, sim.Guest{VMID: 101, Name: "web", Status: "running", Snapshots: threeSnapshots()})
	at += "/101/snapshots"
	a := c.asked(http.MethodGet, at, "ask", nil, http.StatusOK)
	a.lacks("<html", "<li data-snapshot")
	a.has("Create a snapshot of web?", `name="snapshot"`, `name="note"`, `hx-target="#said"`)

	a = c.asked(http.MethodPost, at, "said", url.Values{"snapshot": {"second"}, "note": {"kept"}}, http.StatusUnprocessableEntity)
	if to := a.header.Get("HX-Retarget"); to != "#ask" {
		t.Errorf("what was wrong is told in %q", to)
	}
	a.says("“second” already exists")
	if a.fieldValue("note") != "kept" {
		t.Errorf("the note is %q", a.fieldValue("note"))
	}

	for _, verb := range []string{"rollback", "delete"} {
		a = c.asked(http.MethodGet, at+"/second/"+verb, "ask", nil, http.StatusOK)
		a.lacks("<html")
		a.says("second", "This cannot be undone.", "Cancel")
	}
	for _, call := range cluster.Calls() {
		if call.Method != http.MethodGet {
			t.Errorf("a question reached the host: %+v", call)
		}
	}
	a = c.asked(http.MethodPost, at, "said", url.Values{"snapshot": {"third"}}, http.StatusOK)
	a.has(`class="said"`, `data-said="/jobs/`)
	c.htmxGet(at, http.StatusOK).has(`id="snapshots-list"`)
}

func TestABackupIsAskedForOverThePage(t *testing.T) {
	t.Parallel()
	c, _, _, at := keeping(t, sim.Guest{VMID: 101, Name: "web", Status: "running"})
	at += "/101/backups"
	a := c.asked(http.MethodGet, at, "ask", nil, http.StatusOK)
	a.lacks("<html", `id="backups-list"`)
	a.has("Back up web?", `name="storage"`, `name="mode"`)
	c.asked(http.MethodPost, at, "said", url.Values{"storage": {""}}, http.StatusUnprocessableEntity).has("Back up web?")
	c.asked(http.MethodPost, at, "said", url.Values{"storage": {"shelf"}, "mode": {"snapshot"}}, http.StatusOK).has(`class="said"`)
	c.htmxGet(at, http.StatusOK).has(`id="backups-list"`)
}

func TestADialogSaysWhyItDoesNotAsk(t *testing.T) {
	t.Parallel()
	c, cluster, _, at := keeping(t, sim.Guest{VMID: 101, Name: "web", Status: "running"})
	cluster.SetRights(testToken, lacking("/vms", "VM.Snapshot"))
	a := c.asked(http.MethodGet, at+"/101/snapshots", "ask", nil, http.StatusOK)
	a.says("No snapshot can be created", "The token lacks VM.Snapshot", "Close")
	a.lacks("hx-post")
}

func TestADeletionIsAskedForOverThePage(t *testing.T) {
	t.Parallel()
	c, cluster, _, at := keeping(t, sim.Guest{VMID: 101, Name: "web"}, sim.Guest{VMID: 102, Name: "kept", Config: map[string]string{"protection": "1"}})
	a := c.asked(http.MethodGet, at+"/101/delete", "ask", nil, http.StatusOK)
	a.lacks("<html")
	a.has(`name="confirm"`, `name="purge"`, `hx-target="#said"`, `<button type="button" data-close autofocus>Cancel</button>`)
	a.says("Delete web?", "1 volume goes with it", "This cannot be undone", "Write web or 101 to confirm")
	a = c.asked(http.MethodPost, at+"/101/delete", "said", url.Values{"confirm": {"db"}}, http.StatusUnprocessableEntity)
	if to := a.header.Get("HX-Retarget"); to != "#ask" || a.fieldError("confirm") == "" || a.fieldValue("confirm") != "db" {
		t.Errorf("what was wrong is told in %q: %q", to, a.fieldError("confirm"))
	}

	a = c.asked(http.MethodGet, at+"/102/delete", "ask", nil, http.StatusOK)
	a.says("It cannot be deleted now", "It is protected", "pct set 102 --protection 0", "Close")
	a.lacks("hx-post")
	c.asked(http.MethodPost, at+"/102/delete", "said", url.Values{"confirm": {"kept"}}, http.StatusConflict).says("It cannot be deleted now")
	if n := len(cluster.Guests()); n != 2 {
		t.Fatalf("%d are left", n)
	}
	c.asked(http.MethodPost, at+"/101/delete", "said", url.Values{"confirm": {"101"}}, http.StatusOK).has(`class="said"`, `data-said="/jobs/`)
}

func TestALargerDiskIsAskedForOverThePage(t *testing.T) {
	t.Parallel()
	c, _, _, at := keeping(t, sim.Guest{VMID: 101, Name: "web", Status: "running", MaxDisk: 8 << 30})
	at += "/101/grow"
	a := c.asked(http.MethodGet, at+"?disk=rootfs", "ask", nil, http.StatusOK)
	a.lacks("<html", `id="set-rootfs"`)
	a.has(`name="size"`, `hx-target="#said"`)
	a.says("Resize / of web", "This cannot be undone")
	form := url.Values{"disk": {"rootfs"}, "digest": {hiddenValue(a, "digest")}, "size": {"1"}}
	a = c.asked(http.MethodPost, at, "said", form, http.StatusUnprocessableEntity)
	if to := a.header.Get("HX-Retarget"); to != "#ask" || a.fieldError("size") == "" {
		t.Errorf("what was wrong is told in %q: %q", to, a.fieldError("size"))
	}
	form.Set("size", "9")
	c.asked(http.MethodPost, at, "said", form, http.StatusOK).has(`class="said"`, `data-said="/jobs/`)
	c.htmxGet(at+"?disk=rootfs", http.StatusOK).has(`id="set-rootfs"`) // in the place of the disk's line
}
