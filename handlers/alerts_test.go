package handlers

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"berth/proxmox/sim"
)

// alerted are the alerts that an answer shows and are not hidden, as "kind VMID" in their order.
func alerted(a answer) []string {
	a.t.Helper()
	list := []string{}
	for n := range a.doc().Descendants() {
		if attr(n, "id") == "hidden-notices" {
			break // those stand last
		}
		if id, is := strings.CutPrefix(attr(n, "id"), "notice-"); is && n.Type == html.ElementNode {
			parts := strings.Split(id, "/")
			list = append(list, parts[0]+" "+parts[2])
		}
	}
	return list
}

func TestAlertsOnTheDashboard(t *testing.T) {
	t.Parallel()
	ta := newTestApp(t)
	h := ta.harbour("mira",
		sim.Guest{VMID: 101, Name: "full", Status: "running", Disk: 95, MaxDisk: 100},
		sim.Guest{VMID: 102, Name: "off"},
		sim.Guest{VMID: 103, Name: "meant", Config: map[string]string{"onboot": "0"}},
		sim.Guest{VMID: 104, Name: "failed", Status: "running"},
	)
	h.cluster.AddTask("pve1", sim.Ended{Kind: "vzdump", VMID: 104, User: "root@pam", At: ta.clock.Now().Add(-time.Hour), Exit: "no space left on <device>"})
	a := h.get("/", http.StatusOK)
	a.says("Disk of full 95 %", "Disk nearly full", "95 of 100 B")
	isAWholePage(a)

	// The others come with the dashboard's stream.
	stream := h.events("/dashboard/events", "")
	for e := range stream {
		if e.name == "summary" && strings.Contains(e.data, `id="notice-task/`) && strings.Contains(e.data, `id="notice-off/`) {
			break
		}
	}
	a = h.get("/?status=stopped", http.StatusOK)
	if got := alerted(a); !slices.Equal(got, []string{"disk 101", "task 104", "off 102"}) {
		t.Errorf("alerts %v", got)
	}
	a.says("3 need attention", "backup of failed failed", "No space left on <device>", "begun by root@pam", "Off, but starts on boot")
	a.has(`href="/containers/` + h.node.ID + `/102"`)
	a.lacks("<device>", "meant is off")
	a.has(`action="/containers/`+h.node.ID+`/102/start"`, `href="/containers/`+h.node.ID+`/101/grow?disk=rootfs"`)

	dismiss := func(kind, vmid string) url.Values { return url.Values{"key": {kind + "/" + h.node.ID + "/" + vmid}} }
	h.post("/notices/dismiss", dismiss("off", "102"), http.StatusSeeOther).leadsTo("/")
	part := h.htmxPost("/notices/dismiss", dismiss("disk", "101"), http.StatusOK)
	part.has(`id="notices"`, `hx-swap-oob="true"`)
	part.lacks("<html")
	if got := alerted(part); !slices.Equal(got, []string{"task 104"}) {
		t.Errorf("after two were hidden: %v", got)
	}
	part.says("1 needs attention", "2 hidden", "Show again")
	part = h.htmxPost("/notices/restore", dismiss("disk", "101"), http.StatusOK)
	if got := alerted(part); !slices.Equal(got, []string{"disk 101", "task 104"}) {
		t.Errorf("after one was brought back: %v", got)
	}
	h.post("/notices/dismiss", dismiss("disk", "101"), http.StatusSeeOther)
	from := http.Header{"Referer": {ta.server.URL + "/?status=stopped"}}
	h.do(http.MethodPost, "/notices/dismiss", dismiss("nothing", "999"), from, http.StatusSeeOther).leadsTo("/?status=stopped")
	h.post("/notices/dismiss", nil, http.StatusSeeOther)

	jonas := ta.harbour("jonas")
	jonas.post("/notices/dismiss", dismiss("task", "104"), http.StatusSeeOther)
	if got := alerted(jonas.get("/", http.StatusOK)); len(got) != 0 {
		t.Errorf("another user sees %v", got)
	}
	if got := alerted(h.get("/", http.StatusOK)); !slices.Equal(got, []string{"task 104"}) {
		t.Errorf("and after another user was at it: %v", got)
	}
}

func TestANightlyBackupOfSeveralThatFailedForOneIsToldForThatOne(t *testing.T) {
	t.Parallel()
	ta := newTestApp(t)
	h := ta.harbour("mira", sim.Guest{VMID: 101, Name: "web", Status: "running"}, sim.Guest{VMID: 102, Name: "db", Status: "running"})
	h.cluster.AddTask("pve1", sim.Ended{Kind: "vzdump", User: "root@pam", At: ta.clock.Now().Add(-time.Hour), Took: time.Minute, Exit: "job errors", Log: []string{
		"INFO: starting new backup job: vzdump 101 102 --storage nas", "INFO: Finished Backup of VM 101 (00:00:12)", "ERROR: Backup of VM 102 failed - no space left on device",
	}})
	h.get("/", http.StatusOK)
	stream := h.events("/dashboard/events", "")
	for e := range stream {
		if e.name == "summary" && strings.Contains(e.data, `id="notice-task/`) {
			break
		}
	}
	a := h.get("/", http.StatusOK)
	if got := alerted(a); !slices.Equal(got, []string{"task 102"}) {
		t.Errorf("alerts %v", got)
	}
	a.says("Backup failed", "Backup of db failed", "No space left on device")
	link := find(a.doc(), func(n *html.Node) bool { return strings.Contains(attr(n, "href"), "/102/events/UPID") })
	if link == nil {
		t.Fatal("nothing leads to its log")
	}
	h.get(attr(link, "href"), http.StatusOK).says("ERROR: Backup of VM 102 failed", "Finished Backup of VM 101")

	key := find(a.doc(), func(n *html.Node) bool { return attr(n, "name") == "key" })
	h.post("/notices/dismiss", url.Values{"key": {attr(key, "value")}}, http.StatusSeeOther)
	if got := alerted(h.get("/", http.StatusOK)); len(got) > 0 {
		t.Errorf("hidden, and there is %v", got)
	}
}
