package handlers

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	"berth/handlers/container"
	"berth/jobs"
	"berth/proxmox/sim"
	"berth/store"
)

// chosen is a form that chooses containers of a node.
func (h harbour) chosen(kind string, vmids ...int) url.Values {
	form := url.Values{"do": {kind}}
	for _, vmid := range vmids {
		form.Add("c", fmt.Sprintf("%s/%d", h.node.ID, vmid))
	}
	return form
}

func sure(form url.Values) url.Values {
	form.Set("sure", "1")
	return form
}

func TestContainersAreChosenOnTheDashboard(t *testing.T) {
	t.Parallel()
	h := newTestApp(t).harbour("mira", house()...)
	a := h.get("/", http.StatusOK)
	a.has(fmt.Sprintf(`<input type="checkbox" name="c" value="%s/101" form="several" autocomplete="off" aria-label="Select pihole">`, h.node.ID),
		`href="/?choose=all"`, `<form class="selection" id="several" method="get" action="/containers/several"`)
	a.lacks(" checked>")
	a = h.get("/?tag=dns&choose=all", http.StatusOK)
	if n := strings.Count(a.body, " checked>"); n != 2 {
		t.Errorf("%d are chosen, want 2", n)
	}
	h.get("/?tag=dns", http.StatusOK).has(`href="/?tag=dns&amp;choose=all"`)
	a = h.get(fmt.Sprintf("/?c=%s%%2F104&c=none%%2F101", h.node.ID), http.StatusOK)
	a.has(`aria-label="Select Jellyfin" checked>`)
	if n := strings.Count(a.body, " checked>"); n != 1 {
		t.Errorf("%d are chosen, want 1", n)
	}
}

func TestWhatEndsSomethingInSeveralAsksFirst(t *testing.T) {
	t.Parallel()
	ta := newTestApp(t)
	h := ta.harbour("mira", append(house(), sim.Guest{VMID: 120, Name: "vault", Status: "running", Lock: "backup"})...)
	form := h.chosen("shutdown", 101, 104, 107, 120, 130)
	a := h.get("/containers/several?"+form.Encode(), http.StatusOK)
	isAWholePage(a)
	a.says("Shut down 2 containers?", "pihole", "adguard", "3 containers stay as they are", "It does not run.", "Proxmox has locked it: a backup is running", "It is no longer on pve1")
	a.has(`<input type="hidden" name="c" value="`+h.node.ID+`/101">`, `href="/?c=`+h.node.ID+`%2F101&amp;`)
	a.lacks(`name="c" value="` + h.node.ID + `/104">`)

	a = h.post("/containers/several", form, http.StatusUnprocessableEntity)
	isAWholePage(a)
	a.says("Shut down 2 containers?", "nothing was started")
	if list, err := ta.Store.Jobs(h.user.ID, "", 10); err != nil || len(list) != 0 {
		t.Errorf("%d jobs were begun unasked: %v", len(list), err)
	}

	j := h.started("/containers/several", sure(h.chosen("shutdown", 101, 107)))
	if j.Kind != store.JobBulk || j.State != store.JobDone || len(j.Children) != 2 {
		t.Fatalf("ended %+v", j)
	}
	a = h.get("/jobs/"+j.ID, http.StatusOK)
	isAWholePage(a)
	a.says("Shut down 2 containers", "2 containers are stopped", "pihole", "adguard", "2 of 2 done")
	a.lacks("sse-connect")
	for _, child := range j.Children {
		a.has(`href="/jobs/` + child + `"`)
		h.get("/jobs/"+child, http.StatusOK).has(`<a href="/jobs/` + j.ID + `">` + j.Label() + `</a>`)
	}
	a = h.get("/jobs", http.StatusOK)
	a.says("Shut down 2 containers")
	a.lacks(`href="/jobs/` + j.Children[0] + `"`)
	for _, g := range h.cluster.Guests() {
		if g.VMID != 120 && g.Status != "stopped" {
			t.Errorf("%s is %s", g.Name, g.Status)
		}
	}
}

func TestStartingSeveralAsksOnlyWhereSomethingIsLeftOut(t *testing.T) {
	t.Parallel()
	h := newTestApp(t).harbour("mira", sim.Guest{VMID: 101, Name: "one"}, sim.Guest{VMID: 102, Name: "two"}, sim.Guest{VMID: 103, Name: "three", Status: "running"})
	h.post("/containers/several", h.chosen("start", 101, 103), http.StatusUnprocessableEntity).says("Start 1 container?", "It runs already.", "nothing was started")
	if j := h.started("/containers/several", h.chosen("start", 101, 102)); j.State != store.JobDone {
		t.Errorf("ended %+v", j)
	}
	// Whoever is sure is believed: what does not fit any more is told by its line.
	j := h.started("/containers/several", sure(h.chosen("start", 101, 140)))
	if j.State != store.JobFailed || j.Tally[store.JobDone] != 1 {
		t.Fatalf("ended %+v", j)
	}
	a := h.get("/jobs/"+j.ID, http.StatusOK)
	a.says("It did not work for 1 of 2 containers", "It was already running", "is no longer on pve1", "Try again for 1 container", "Download the logs")
	a.has(`href="/jobs/` + j.ID + `/log" download`)
	h.cluster.Add(sim.Guest{VMID: 140, Name: "late"})
	h.post("/jobs/"+j.ID+"/retry", nil, http.StatusSeeOther).leadsTo("/jobs/" + j.ID)
	if j = h.ended(j.ID); j.State != store.JobDone {
		t.Errorf("ended %+v", j)
	}
}

func TestABusyContainerAndAMissingRightAreLeftOut(t *testing.T) {
	t.Parallel()
	ta := newTestApp(t)
	c := ta.signedIn("mira")
	cluster := ta.cluster(sim.Config{}, house()...)
	rights := sim.LeastRights()
	rights["/vms/107"] = []string{"VM.Audit"}
	ta.tokenOf(cluster)
	cluster.SetRights(testToken, rights)
	n, host := ta.node(c.user, cluster, "pve1")
	h := harbour{c, cluster, host, n}
	release := make(chan struct{})
	reached := make(chan struct{})
	cluster.Inject(sim.Fault{Method: "POST", Path: "/nodes/{node}/lxc/{vmid}/status/stop", Times: 1, Then: func() { close(reached); <-release }})
	busy := h.act(101, store.JobStop)
	<-reached
	a := h.get("/containers/several?"+h.chosen("stop", 101, 107).Encode(), http.StatusOK)
	a.says("It is being stopped by job "+busy.Label()+".", "lacks the right VM.PowerMgmt on it (/vms/107)", "2 containers stay as they are")
	a.lacks(`name="sure"`)
	close(release)
	h.ended(busy.ID)

	host.Stop()
	h.get("/", http.StatusOK)
	a = h.get("/containers/several?"+h.chosen("stop", 107).Encode(), http.StatusOK)
	isAWholePage(a)
}

func TestSeveralAreTheirOwnersAlone(t *testing.T) {
	t.Parallel()
	ta := newTestApp(t)
	h, jonas := ta.harbour("mira", house()...), ta.harbour("jonas", house()...)
	mixed := jonas.chosen("stop", 101)
	mixed.Add("c", h.node.ID+"/101")
	jonas.get("/containers/several?"+mixed.Encode(), http.StatusNotFound).lacks("pihole")
	jonas.post("/containers/several", sure(mixed), http.StatusNotFound)
	if list, err := ta.Store.Jobs(jonas.user.ID, "", 10); err != nil || len(list) != 0 {
		t.Errorf("%d jobs were begun: %v", len(list), err)
	}
	j := h.started("/containers/several", sure(h.chosen("stop", 101)))
	jonas.get("/jobs/"+j.ID, http.StatusNotFound)
	jonas.get("/jobs/"+j.ID+"/events", http.StatusNotFound)
	jonas.post("/jobs/"+j.ID+"/retry", nil, http.StatusNotFound)
	jonas.post("/jobs/"+j.ID+"/cancel", nil, http.StatusNotFound)
}

func TestAWrongChoiceIsTold(t *testing.T) {
	t.Parallel()
	h := newTestApp(t).harbour("mira", house()...)
	many := url.Values{"do": {"stop"}}
	for vmid := range jobs.MaxBulk + 1 {
		many.Add("c", fmt.Sprintf("%s/%d", h.node.ID, 100+vmid))
	}
	for _, c := range []struct {
		form   url.Values
		status int
		says   string
	}{
		{url.Values{"do": {"stop"}}, http.StatusUnprocessableEntity, "No container is selected"},
		{h.chosen("clone", 101), http.StatusUnprocessableEntity, "cannot be done in bulk"},
		{h.chosen("", 101), http.StatusUnprocessableEntity, "cannot be done in bulk"},
		{many, http.StatusUnprocessableEntity, "201 containers are too many for one job"},
		{url.Values{"do": {"stop"}, "c": {h.node.ID}}, http.StatusNotFound, "There is nothing here"},
		{url.Values{"do": {"stop"}, "c": {h.node.ID + "/0101"}}, http.StatusNotFound, "There is nothing here"},
		{url.Values{"do": {"stop"}, "c": {h.node.ID + "/101/x"}}, http.StatusNotFound, "There is nothing here"},
	} {
		h.get("/containers/several?"+c.form.Encode(), c.status).says(c.says)
		h.post("/containers/several", sure(c.form), c.status).says(c.says)
	}
}

func TestTheStreamOfSeveralSendsTheirLines(t *testing.T) {
	t.Parallel()
	h := newTestApp(t).harbour("mira", house()...)
	release := make(chan struct{})
	h.cluster.Inject(sim.Fault{Method: "POST", Path: "/nodes/{node}/lxc/{vmid}/status/stop", Times: 2, Then: func() { <-release }})
	at := h.post("/containers/several", sure(h.chosen("stop", 101, 107)), http.StatusSeeOther).header.Get("Location")
	a := h.get(at, http.StatusOK)
	a.has(`sse-connect="` + at + `/events"`)
	a.says("Cancel", "0 of 2 done")
	stream := h.events(at+"/events", "")
	close(release)
	last := event{}
	for e := range stream {
		switch e.name {
		case "state":
			last = e
		case "snapshot", "line":
			t.Errorf("there is no log to send: %s", e.data)
		}
	}
	for _, part := range []string{`id="job-lines"`, `id="job-head" data-state="done"`, "2 of 2 done", `hx-swap-oob="true"`} {
		if !strings.Contains(last.data, part) {
			t.Errorf("the last state lacks %s:\n%s", part, last.data)
		}
	}
}

func FuzzParseRef(f *testing.F) {
	for _, s := range []string{"n1/101", "", "/101", "n1/", "n1/0101", "n1/101/", "n1/9999999999", "n/1/101"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		at, ok := container.ParseRef(s)
		if ok && fmt.Sprintf("%s/%d", at.NodeID, at.VMID) != s {
			t.Errorf("%q becomes %+v", s, at)
		}
	})
}

func TestSeveralAreTagged(t *testing.T) {
	t.Parallel()
	h := newTestApp(t).harbour("mira", house()...)
	a := h.get("/containers/several?"+h.chosen("tag", 101, 104).Encode(), http.StatusOK)
	isAWholePage(a)
	a.says("Tag 2 containers?", "There are dns and media.")
	form := sure(h.chosen("tag", 101, 104))
	for _, c := range []struct{ add, remove, field, says string }{
		{"", "", "add", "Enter a tag to add or remove"},
		{"-x", "dns", "add", "is not a valid tag"},
		{"ok", "a/b", "remove", "is not a valid tag"},
	} {
		form.Set("add", c.add)
		form.Set("remove", c.remove)
		a := h.post("/containers/several", form, http.StatusUnprocessableEntity)
		if got := a.fieldError(c.field); !strings.Contains(got, c.says) {
			t.Errorf("%+v: %q", c, got)
		}
		if a.fieldValue("add") != c.add || a.fieldValue("remove") != c.remove {
			t.Errorf("%+v is not kept", c)
		}
		a.lacks("nothing was begun yet")
	}
	form.Set("add", "keep, house")
	form.Set("remove", "dns")
	if j := h.started("/containers/several", form); j.State != store.JobDone {
		t.Fatalf("ended %+v", j)
	}
	for _, g := range h.cluster.Guests() {
		want := map[int]string{101: "house keep", 104: "house keep media", 107: "dns"}[g.VMID]
		if got := strings.Join(slices.Sorted(slices.Values(g.Tags)), " "); got != want {
			t.Errorf("%d has the tags %q, want %q", g.VMID, got, want)
		}
	}
}

func TestBulkSnapshots(t *testing.T) {
	t.Parallel()
	h := newTestApp(t).harbour("mira", house()...)
	h.cluster.AddStorage("pve1", sim.Storage{Name: "shelf", Kind: "dir", Contents: []string{"rootdir"}, Size: 1 << 40})
	h.cluster.Add(sim.Guest{VMID: 120, Name: "shelf", Storage: "shelf"})
	a := h.get("/containers/several?"+h.chosen("snapshot", 101, 104, 120).Encode(), http.StatusOK)
	isAWholePage(a)
	a.says("Snapshot 2 containers?", "shelf", "A disk of it is on a storage that cannot make snapshots")
	if got := a.fieldValue("snapshot"); !strings.HasPrefix(got, "snap-2026") {
		t.Errorf("the name suggested is %q", got)
	}
	form := sure(h.chosen("snapshot", 101, 104))
	form.Set("note", "before the move")
	for _, wrong := range []string{"", "1st", "current", strings.Repeat("x", 60)} {
		form.Set("snapshot", wrong)
		a := h.post("/containers/several", form, http.StatusUnprocessableEntity)
		if a.fieldError("snapshot") == "" || a.fieldValue("snapshot") != wrong || a.fieldValue("note") != "before the move" {
			t.Errorf("%q is taken, or not kept", wrong)
		}
	}
	form.Set("snapshot", "before")
	j := h.started("/containers/several", form)
	if j.State != store.JobDone {
		t.Fatalf("ended %+v", j)
	}
	h.get("/jobs/"+j.ID, http.StatusOK).says("Snapshot 2 containers", "2 containers have a new snapshot")
	log := h.get("/jobs/"+j.ID+"/log", http.StatusOK)
	if got := log.header.Get("Content-Disposition"); got != `attachment; filename="berth-job-`+j.Label()+`.log"` {
		t.Errorf("disposition %q", got)
	}
	first, second, found := strings.Cut(log.body, "\n\n")
	if !found || strings.Contains(second, "\n\n") {
		t.Fatalf("the logs of two containers are\n%s", log.body)
	}
	for i, part := range []string{first, second} {
		child := j.Children[i]
		name := []string{"pihole (101)", "Jellyfin (104)"}[i]
		own := h.get("/jobs/"+child+"/log", http.StatusOK).body
		if want := "# Create a snapshot of " + name + " on pve1, job " + strconv.Itoa(j.Number+1+i) + ": Done\n" + own; own == "" || strings.TrimSpace(part) != strings.TrimSpace(want) {
			t.Errorf("log %d is\n%s\nwant\n%s", i, part, want)
		}
	}
	client, _, err := h.app.Fleet.Client(h.node.ID)
	if err != nil {
		t.Fatal(err)
	}
	for vmid, want := range map[int]bool{101: true, 104: true, 107: false} {
		kept, err := client.Snapshots(t.Context(), "pve1", vmid)
		if err != nil || kept.Has("before") != want || want && kept.All[0].Note != "before the move" {
			t.Errorf("%d has the snapshots %+v: %v", vmid, kept.All, err)
		}
	}
	if again := h.started("/containers/several", form); again.State != store.JobFailed || again.Tally[store.JobFailed] != 2 {
		t.Errorf("a second one of that name ended %+v", again)
	} else {
		h.get("/jobs/"+again.ID+"/log", http.StatusOK).has("# Create a snapshot of pihole (101) on pve1, job " + strconv.Itoa(again.Number+1) + ": Failed. ")
	}
}
