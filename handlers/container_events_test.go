package handlers

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"berth/proxmox/sim"
	"berth/store"
)

// past has others run tasks on a container, one every hour before now.
func (ta *testApp) past(c *sim.Cluster, member string, vmid int, kinds ...string) {
	for i, kind := range kinds {
		kind, exit, failed := strings.Cut(kind, ": ")
		if !failed {
			exit = "OK"
		}
		c.AddTask(member, sim.Ended{
			Kind: kind, VMID: vmid, User: "root@pam", At: ta.clock.Now().Add(-time.Duration(i+1) * time.Hour), Took: 4 * time.Second, Exit: exit,
			Log: []string{"INFO: <b>first</b>", "INFO: second"},
		})
	}
}

func TestEventsOfBerthAndOthers(t *testing.T) {
	t.Parallel()
	h := newTestApp(t).harbour("mira", sim.Guest{VMID: 101, Name: "web"}, sim.Guest{VMID: 102, Name: "db"})
	h.app.past(h.cluster, "pve1", 101, "vzstop", "vzdump: command 'tar' failed: <exit code 2>", "vzfrobnicate")
	h.app.past(h.cluster, "pve1", 102, "vzsnapshot")
	at := "/containers/" + h.node.ID + "/101/events"
	j := h.started(strings.TrimSuffix(at, "/events")+"/start", nil)
	a := h.get(at, http.StatusOK)
	isAWholePage(a)
	a.says("What happened", "Started by mira", "Stopped by root@pam, 4 s: OK", "Backup by root@pam, as a schedule does, 4 s: command 'tar' failed: <exit code 2>", "vzfrobnicate by root@pam")
	a.has(`href="/jobs/`+j.ID+`"`, `<a href="`+at+`" aria-current="page">Events`)
	a.lacks("Snapshot made", "<exit")
	if n := strings.Count(a.text(), "Started"); n != 2 { // the words, and those of its link
		t.Errorf("the start stands there %d times\n%s", n, a.text())
	}

	h.get(at+"?show=berth", http.StatusOK).lacks("root@pam")
	a = h.get(at+"?show=host", http.StatusOK)
	a.says("Stopped by root@pam")
	a.lacks("by mira")
	a = h.get(at+"?show=failed", http.StatusOK)
	a.says("Backup by root@pam")
	a.lacks("Stopped", "by mira")
	for _, wrong := range []string{"?show=x", "?until=x", "?until=-1", "?until=99999999999999999999"} {
		h.get(at+wrong, http.StatusUnprocessableEntity).says("No such events")
	}
	h.get("/containers/"+h.node.ID+"/103/events", http.StatusNotFound).says("There is no container 103")
}

func TestAChangeOfTheConfigurationIsAnEvent(t *testing.T) {
	t.Parallel()
	c, cluster, _, at := aboard(t, sim.Guest{VMID: 101, Name: "web", Status: "running", Description: "the old secret"})
	at += "/101"
	c.edited(at, "memory", url.Values{"memory": {"1024"}, "swap": {"512"}}, http.StatusSeeOther)
	c.edited(at, "description", url.Values{"description": {"the new secret"}}, http.StatusSeeOther)
	for _, path := range []string{"/events", "/events?show=berth"} {
		a := c.get(at+path, http.StatusOK)
		a.says("Memory changed by mira: from 512 MiB to 1 GiB", "Note changed by mira")
		a.lacks("secret", "Memory and swap")
	}
	c.get(at+"/events?show=host", http.StatusOK).lacks("Memory changed")
	c.get(at, http.StatusOK).says("Memory changed by mira: from 512 MiB to 1 GiB")
	c.htmxGet(at+"/events/latest", http.StatusOK).says("Memory changed by mira: from 512 MiB to 1 GiB")

	// What was not changed leaves no trace.
	c.edited(at, "cores", url.Values{"cores": {"0"}}, http.StatusUnprocessableEntity)
	c.edited(at, "hostname", url.Values{"hostname": {"web"}}, http.StatusSeeOther)
	cluster.Inject(sim.Fault{Method: "PUT", Path: "/nodes/{node}/lxc/{vmid}/config", Times: 1, Then: func() { cluster.SetConfig(101, "cores", "7") }})
	c.edited(at, "tags", url.Values{"tags": {"prod"}}, http.StatusUnprocessableEntity)
	cluster.Inject(sim.Fault{Method: "PUT", Path: "/nodes/{node}/lxc/{vmid}/config", Times: 1, Status: 500, Message: "no"})
	c.edited(at, "tags", url.Values{"tags": {"prod"}}, http.StatusBadGateway)
	c.get(at+"/events", http.StatusOK).lacks("Cores changed", "Hostname changed", "Tags changed")
}

func TestAChangeWhoseAnswerIsLostIsLookedUp(t *testing.T) {
	t.Parallel()
	c, cluster, _, at := aboard(t, sim.Guest{VMID: 101, Name: "web"})
	at += "/101"
	put := sim.Fault{Method: "PUT", Path: "/nodes/{node}/lxc/{vmid}/config", Times: 1}
	put.Drop = true
	cluster.Inject(put)
	c.edited(at, "memory", url.Values{"memory": {"2048"}, "swap": {"512"}}, http.StatusBadGateway)
	c.get(at+"/events", http.StatusOK).lacks("Memory changed")
	put.Drop, put.DropAfter = false, true
	cluster.Inject(put)
	c.follow(c.edited(at, "memory", url.Values{"memory": {"1024"}, "swap": {"512"}}, http.StatusSeeOther), http.StatusOK).says("Saved.")
	c.get(at+"/events", http.StatusOK).says("Memory changed by mira: from 512 MiB to 1 GiB")
}

// The stream of an overview tells when to ask for the last events; what only moves the meters is no reason.
func TestAnOverviewIsToldWhenSomethingHappened(t *testing.T) {
	t.Parallel()
	c, cluster, _, at := aboard(t, sim.Guest{VMID: 101, Name: "web", Status: "stopped"})
	at += "/101"
	c.get(at, http.StatusOK).has(`hx-get="`+at+`/events/latest" hx-trigger="sse:events"`, `<div id="latest-events" data-live>`)
	c.get(at+"/events", http.StatusOK).lacks("sse:events")
	var stream <-chan event
	open := func() { stream = c.events(at+"/live?overview=1", "") }
	told := func(why string) {
		t.Helper()
		for e := range stream {
			if e.name == "events" {
				return
			}
		}
		t.Fatalf("the stream ended without events: %s", why)
	}
	open()
	told("it was opened")
	j := c.started(at+"/start", nil)
	for end := false; !end; {
		told("the job went on")
		end = strings.Contains(c.htmxGet(at+"/events/latest", http.StatusOK).text(), "Started by mira")
	}
	c.htmxGet(at+"/events/latest", http.StatusOK).has(`href="/jobs/`+j.ID+`"`, `<div id="latest-events" data-live hx-swap-oob="true">`)
	c.tick()
	c.next(stream, `data-status="running"`)

	open()
	told("it was opened again")
	c.edited(at, "description", url.Values{"description": {"new"}}, http.StatusSeeOther)
	c.tick()
	told("its note was changed")
	for range 3 {
		c.tick()
		if e := <-stream; e.name != "container" {
			t.Errorf("a look at the same container led to %q", e.name)
		}
	}
	cluster.SetStatus(101, "stopped")
	c.tick()
	told("others stopped it")

	cluster.Remove(101)
	c.tick()
	for e := range stream {
		if e.name == "events" {
			t.Error("the events of a container that is gone are asked for")
		}
		if strings.Contains(e.data, "web is not there any more") {
			break
		}
	}
}

func TestEventsComeInPages(t *testing.T) {
	t.Parallel()
	h := newTestApp(t).harbour("mira", sim.Guest{VMID: 101, Name: "web"})
	kinds := make([]string, 120)
	for i := range kinds {
		kinds[i] = fmt.Sprintf("kind%d", i)
	}
	h.app.past(h.cluster, "pve1", 101, kinds...)
	at, found := "/containers/"+h.node.ID+"/101/events", 0
	for pages := 1; at != ""; pages++ {
		a := h.get(at, http.StatusOK)
		isAWholePage(a)
		for i := range kinds {
			found += strings.Count(a.text(), fmt.Sprintf("kind%d by", i))
		}
		at = ""
		if n := find(a.doc(), func(n *html.Node) bool { return attr(n, "rel") == "next" }); n != nil {
			at = attr(n, "href")
		}
		if (at == "") != (pages == 3) {
			t.Fatalf("page %d leads to %q", pages, at)
		}
	}
	if found != 120 {
		t.Errorf("%d events are shown, want 120", found)
	}
}

// However much Berth did, the next page goes on where one ended.
func TestEventsOfBerthAreReadPageByPage(t *testing.T) {
	t.Parallel()
	h := newTestApp(t).harbour("mira", sim.Guest{VMID: 101, Name: "web"})
	links := make(map[string]int)
	for i := range 80 {
		j, err := h.app.Store.AddJob(store.Job{UserID: h.user.ID, NodeID: h.node.ID, Scope: h.node.Scope, VMID: 101, Kind: store.JobStop})
		mustNot(t, err)
		_, err = h.app.Store.UpdateJob(j.ID, nil, func(j *store.Job) error { j.State = store.JobDone; return nil })
		mustNot(t, err)
		links[`href="/jobs/`+j.ID+`"`] = 0
		if i%2 == 0 {
			_, err = h.app.Store.AddEvent(store.Event{UserID: h.user.ID, NodeID: h.node.ID, Scope: h.node.Scope, VMID: 101, Kind: store.EventNote, Snapshot: fmt.Sprintf("note%d.", i), End: store.EndDone})
			mustNot(t, err)
			links[fmt.Sprintf("note%d.", i)] = 0
		}
		h.app.clock.Advance(time.Minute)
	}
	pages := 0
	for at := "/containers/" + h.node.ID + "/101/events?show=berth"; at != ""; pages++ {
		a := h.get(at, http.StatusOK)
		for link := range links {
			links[link] += strings.Count(a.body, link)
		}
		at = ""
		if n := find(a.doc(), func(n *html.Node) bool { return attr(n, "rel") == "next" }); n != nil {
			at = attr(n, "href")
		}
	}
	for link, n := range links {
		if n != 1 {
			t.Errorf("%s is shown %d times", link, n)
		}
	}
	if pages != 3 {
		t.Errorf("120 events take %d pages", pages)
	}
}

func TestEventsOfASilentNode(t *testing.T) {
	t.Parallel()
	ta := newTestApp(t)
	h := ta.harbour("mira", sim.Guest{VMID: 101, Name: "web"})
	ta.past(h.cluster, "pve1", 101, "vzstop")
	at := "/containers/" + h.node.ID + "/101"
	h.started(at+"/start", nil)
	h.get("/", http.StatusOK)
	h.host.Stop()
	a := h.get(at+"/events", http.StatusOK)
	isAWholePage(a)
	a.says("Started by mira", "pve1 does not answer, so what others did on the host is missing here")
	a.lacks("root@pam")
	h.get(at+"/events?show=berth", http.StatusOK).lacks("is missing here")
	a = h.htmxGet(at+"/events/latest", http.StatusOK)
	a.says("Started by mira", "is missing here")
	a.lacks("<html")
	h.get(at+"/events/latest", http.StatusSeeOther).leadsTo(at + "/events")
}

func TestEventsOnOtherMembers(t *testing.T) {
	t.Parallel()
	ta := newTestApp(t)
	c := ta.signedIn("mira")
	cluster := ta.cluster(sim.Config{Name: "home", Members: []string{"pve1", "pve2"}}, sim.Guest{VMID: 101, Name: "web"})
	n, host := ta.node(c.user, cluster, "pve1")
	h := harbour{c, cluster, host, n}
	n.Members = append(n.Members, store.NodeMember{Name: "pve2"})
	if _, err := ta.Store.UpdateNode(n, ""); err != nil {
		t.Fatal(err)
	}
	ta.past(cluster, "pve2", 101, "vzmigrate")
	at := "/containers/" + n.ID + "/101/events"
	h.get(at, http.StatusOK).says("Moved to another node by root@pam on pve2")
	cluster.Inject(sim.Fault{Method: "GET", Path: "/nodes/{node}/tasks", Times: 2, Status: 595, Message: "No route to host"})
	h.get(at, http.StatusOK).says("pve1 does not answer")
}

func TestTheLogOfAHostsTask(t *testing.T) {
	t.Parallel()
	ta := newTestApp(t)
	h := ta.harbour("mira", sim.Guest{VMID: 101, Name: "web"}, sim.Guest{VMID: 102, Name: "db"})
	ta.past(h.cluster, "pve1", 101, "vzdump: job errors")
	ta.past(h.cluster, "pve1", 102, "vzsnapshot")
	long := sim.Ended{Kind: "vzclone", User: "root@pam", VMID: 101, At: ta.clock.Now(), Took: time.Minute, Exit: "OK"}
	for i := range 2400 {
		long.Log = append(long.Log, fmt.Sprintf("line %d", i+1))
	}
	h.cluster.AddTask("pve1", long)
	at := "/containers/" + h.node.ID + "/101/events"
	logs := map[string]string{} // kind to address
	for n := range h.get(at, http.StatusOK).doc().Descendants() {
		if href := attr(n, "href"); strings.HasPrefix(href, at+"/UPID") {
			upid, err := url.PathUnescape(strings.TrimPrefix(href, at+"/"))
			if err != nil {
				t.Fatal(err)
			}
			logs[strings.Split(upid, ":")[5]] = href
		}
	}
	a := h.get(logs["vzdump"], http.StatusOK)
	isAWholePage(a)
	a.says("Backup", "job errors", "INFO: <b>first</b>", "TASK ERROR: job errors")
	a.lacks("<b>first")
	a = h.get(logs["vzclone"], http.StatusOK)
	a.says("The first 1401 lines are left out", "line 1402", "line 2400", "TASK OK")
	a.lacks("line 1401<")

	foreign := strings.Replace(logs["vzdump"], ":101:", ":102:", 1)
	for _, path := range []string{foreign, at + "/x", at + "/UPID:pve1:1:2:3:vzdump:101:root@pam:", strings.Replace(logs["vzdump"], "pve1", "pve9", 1)} {
		isAWholePage(h.get(path, http.StatusNotFound))
	}
	isAWholePage(h.get(strings.Replace(logs["vzdump"], "vzdump", "vzstart", 1), http.StatusNotFound)) // none that the host knows
	jonas := ta.harbour("jonas")
	for _, path := range []string{at, at + "/latest", logs["vzdump"]} {
		jonas.get(path, http.StatusNotFound).lacks("web")
	}
	h.host.Stop()
	a = h.get(logs["vzdump"], http.StatusOK)
	isAWholePage(a)
	a.says("refused the connection")
}
