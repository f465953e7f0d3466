package handlers

import (
	"bufio"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"berth/jobs"
	"berth/proxmox/sim"
	"berth/store"
)

// harbour is a signed-in person with a simulated node.
type harbour struct {
	*client
	cluster *sim.Cluster
	host    *sim.Host
	node    store.Node
}

func (ta *testApp) harbour(name string, guests ...sim.Guest) harbour {
	ta.t.Helper()
	c := ta.signedIn(name)
	cluster := ta.cluster(sim.Config{}, guests...)
	node, host := ta.node(c.user, cluster, "pve1")
	return harbour{c, cluster, host, node}
}

// act begins a job on a container.
func (h harbour) act(vmid int, kind store.JobKind) store.Job {
	h.t.Helper()
	j, err := h.app.Jobs.Act(h.user.ID, h.node.Ref(vmid), jobs.Action{Kind: kind, Name: fmt.Sprintf("ct%d", vmid)})
	if err != nil {
		h.t.Fatal(err)
	}
	return j
}

// event is one server-sent event.
type event struct{ name, id, data string }

// events opens a stream and returns its events as they come; the channel is closed with the stream.
func (c *client) events(path, lastID string) <-chan event {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(c.t.Context(), 40*time.Second)
	c.t.Cleanup(cancel)
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, c.app.server.URL+path, nil)
	if err != nil {
		c.t.Fatal(err)
	}
	if lastID != "" {
		r.Header.Set("Last-Event-ID", lastID)
	}
	res, err := c.http.Do(r)
	if err != nil {
		c.t.Fatal(err)
	}
	if res.StatusCode != http.StatusOK || res.Header.Get("Content-Type") != "text/event-stream" {
		c.t.Fatalf("GET %s: %d, %s", path, res.StatusCode, res.Header.Get("Content-Type"))
	}
	out := make(chan event, 100)
	go func() {
		defer close(out)
		defer res.Body.Close()
		var e event
		lines := bufio.NewScanner(res.Body)
		lines.Buffer(nil, 4<<20)
		for lines.Scan() {
			field, value, _ := strings.Cut(lines.Text(), ": ")
			switch field {
			case "event":
				e.name = value
			case "id":
				e.id = value
			case "data":
				e.data += value + "\n"
			case "":
				if e.name != "" {
					out <- e
				}
				e = event{}
			}
		}
	}()
	return out
}

func TestAJobsPage(t *testing.T) {
	t.Parallel()
	h := newTestApp(t).harbour("mira", sim.Guest{VMID: 101, Name: "pihole", Status: "stopped"})
	h.get("/jobs", http.StatusOK).says("No jobs yet")
	j := h.ended(h.act(101, store.JobStart).ID)
	old := h.get("/jobs?before="+j.ID, http.StatusOK)
	old.says("No older jobs", "Newest")
	old.lacks("No jobs yet")
	a := h.get("/jobs/"+j.ID, http.StatusOK)
	a.has(`data-state="done"`, `href="/containers/`+h.node.ID+`/101"`)
	a.says("Start ct101", "ct101 runs")
	a.lacks("sse-connect")
	isAWholePage(a)
	a = h.get("/jobs", http.StatusOK)
	a.says("Ended", "Start ct101", "Done")
	isAWholePage(a)

	log := h.get("/jobs/"+j.ID+"/log", http.StatusOK)
	log.has("1\t", "TASK OK")
	if got := log.header.Get("Content-Disposition"); got != `attachment; filename="berth-job-`+j.Label()+`.log"` {
		t.Errorf("disposition %q", got)
	}
}

func TestJobsAreTheirOwnersAlone(t *testing.T) {
	t.Parallel()
	ta := newTestApp(t)
	h := ta.harbour("mira", sim.Guest{VMID: 101, Name: "pihole", Status: "stopped"})
	j := h.ended(h.act(101, store.JobStart).ID)
	jonas := ta.signedIn("jonas")
	for route := range routesOf(ta.site) {
		method, pattern, _ := strings.Cut(route, " ")
		if strings.HasPrefix(pattern, "/jobs/:id") {
			jonas.do(method, strings.Replace(pattern, ":id", j.ID, 1), nil, nil, http.StatusNotFound).lacks("ct101")
		}
	}
	jonas.get("/jobs", http.StatusOK).lacks("ct101")
	for _, id := range []string{"0", "007", "-1", "x", "99999999999999999999"} {
		h.get("/jobs/"+id, http.StatusNotFound).says("There is nothing here")
	}
}

func TestAStreamGivesEachLineOnce(t *testing.T) {
	t.Parallel()
	h := newTestApp(t).harbour("mira", sim.Guest{VMID: 101, Name: "pihole", Status: "stopped"})
	j := h.ended(h.act(101, store.JobStart).ID)

	var got []string
	last := ""
	for e := range h.events("/jobs/"+j.ID+"/events", "") {
		got = append(got, e.name)
		if e.id != "" {
			last = e.id
		}
	}
	if want := "snapshot state jobs done"; strings.Join(got, " ") != want {
		t.Errorf("events %v, want %s", got, want)
	}
	if last != fmt.Sprint(j.LogLast) {
		t.Errorf("the last ID is %q, the log has %d lines", last, j.LogLast)
	}

	got = nil
	for e := range h.events("/jobs/"+j.ID+"/events", "1") {
		if e.name == "line" {
			got = append(got, e.id)
			if !strings.Contains(e.data, `<li id="l`+e.id+`"`) {
				t.Errorf("line %s: %s", e.id, e.data)
			}
		}
		if e.name == "snapshot" {
			t.Error("a snapshot, though lines were there already")
		}
	}
	for i, id := range got {
		if id != fmt.Sprint(i+2) {
			t.Fatalf("after line 1 came %v", got)
		}
	}
	if len(got) != j.LogLast-1 {
		t.Errorf("after line 1 came %d lines of %d", len(got), j.LogLast)
	}
}

func TestAStreamFollowsAJobToItsEnd(t *testing.T) {
	t.Parallel()
	ta := newTestApp(t)
	h := ta.harbour("mira", sim.Guest{VMID: 101, Name: "pihole", Status: "stopped"})
	release := make(chan struct{})
	h.cluster.Inject(sim.Fault{Path: "/nodes/{node}/lxc/{vmid}/status/start", Times: 1, Then: func() { <-release }})
	j := h.act(101, store.JobStart)
	page := h.get("/jobs/"+j.ID, http.StatusOK)
	page.has(`sse-connect="/jobs/`+j.ID+`/events"`, `sse-close="done"`, "<noscript>")
	isAWholePage(page)
	states := h.events("/jobs/"+j.ID+"/events", "")
	close(release)
	final := ""
	for e := range states {
		if e.name == "state" {
			final = e.data
		}
	}
	if !strings.Contains(final, `data-state="done"`) || !strings.Contains(final, `hx-swap-oob="true"`) {
		t.Errorf("the last state is %s", final)
	}
}

// Nothing happens that a stream would tell: it ends by itself, long before its next heartbeat.
func TestStreamsEndWithTheirSession(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(h harbour){
		"by a sign-out": func(h harbour) { h.post("/logout", nil, http.StatusSeeOther) },
		"by another session of the account": func(h harbour) {
			other := h.app.browser()
			other.signIn("mira")
			other.post("/account/sessions/others/end", nil, http.StatusSeeOther)
		},
		"by another password": func(h harbour) {
			h.post("/account/password", url.Values{"current": {testPassword}, "password": {"another harbour"}}, http.StatusSeeOther)
		},
		"by time": func(h harbour) { h.app.clock.Advance(store.SessionLife) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h, _ := inhabited(t)
			release := make(chan struct{})
			t.Cleanup(func() { close(release) })
			h.cluster.Inject(sim.Fault{Path: "/nodes/{node}/lxc/{vmid}/status/shutdown", Times: 1, Then: func() { <-release }})
			j := h.act(101, store.JobShutdown)
			streams := map[string]<-chan event{}
			for _, path := range []string{
				"/jobs/" + j.ID + "/events", "/dashboard/events", "/containers/" + h.node.ID + "/101/live?overview=1",
				h.services("101") + "/nginx.service/log/events",
			} {
				streams[path] = h.events(path, "")
				<-streams[path]
			}
			end(h)
			for path, stream := range streams {
				var last event
				for last = range stream {
				}
				if last.name != "done" {
					t.Errorf("%s ended with %q", path, last.name)
				}
			}
			if log := h.app.log.String(); strings.Contains(log, "request failed") {
				t.Errorf("that is an error:\n%s", log)
			}
		})
	}
}

func TestWhatIsDoneWithAJob(t *testing.T) {
	t.Parallel()
	h := newTestApp(t).harbour("mira", sim.Guest{VMID: 101, Name: "pihole", Status: "running", HangsOnShutdown: true})
	j := h.ended(h.act(101, store.JobShutdown).ID)
	a := h.get("/jobs/"+j.ID, http.StatusOK)
	a.has(`data-state="failed"`, `href="/containers/`+h.node.ID+`/101/stop"`)
	a.says("did not shut down within about 2 minutes", "Stop it…", "Try again")

	at := "/jobs/" + j.ID
	h.post(at+"/cancel", nil, http.StatusConflict).says("The job has already moved on")
	h.post(at+"/keep", nil, http.StatusConflict).says("The job has already moved on")
	h.post(at+"/destroy", nil, http.StatusConflict).says("The job has already moved on")
	h.post(at+"/retry", nil, http.StatusSeeOther).leadsTo(at)
	h.ended(j.ID)
	h.htmxPost(at+"/retry", nil, http.StatusOK).leadsTo(at)
	h.ended(j.ID)
}

func TestAJobThatIsNotKeptAnyMore(t *testing.T) {
	t.Parallel()
	h := newTestApp(t).harbour("mira")
	list := []store.Job{
		{UserID: h.user.ID, NodeID: h.node.ID, NodeName: "pve1", Scope: h.node.Scope, VMID: 101, Name: "web", Kind: store.JobStop, Steps: []store.JobStep{{Name: "stop"}}},
		{UserID: h.user.ID, NodeID: h.node.ID, NodeName: "pve1", Scope: h.node.Scope, VMID: 102, Name: "db", Kind: store.JobStop, Steps: []store.JobStep{{Name: "stop"}}},
	}
	parent, children, err := h.app.Store.AddJobs(store.Job{UserID: h.user.ID, Kind: store.JobBulk, Does: store.JobStop, Name: "2 containers"}, list, nil)
	mustNot(t, err)
	end := func(id string, state store.JobState) {
		t.Helper()
		_, err := h.app.Store.UpdateJob(id, nil, func(j *store.Job) error {
			j.State, j.Ended = state, h.app.Now()
			return nil
		})
		mustNot(t, err)
	}
	end(children[0].ID, store.JobFailed)
	end(children[1].ID, store.JobCancelled)
	for _, vmid := range []int{101, 102} { // which are no more: nothing of them is kept for long
		gone, err := h.app.Store.AddJob(store.Job{UserID: h.user.ID, Scope: h.node.Scope, VMID: vmid, Kind: store.JobDelete, Steps: []store.JobStep{{Name: "delete"}}})
		mustNot(t, err)
		end(gone.ID, store.JobDone)
	}
	h.get("/jobs/"+parent.ID, http.StatusOK).has("/jobs/"+children[0].ID, "Try again for 1 container")
	h.app.clock.Advance(91 * 24 * time.Hour)
	if n, err := h.app.Store.ForgetJobs(t.Context()); n != 4 || err != nil {
		t.Fatalf("%d are forgotten, %v", n, err)
	}

	c := h.app.browser()
	c.signInAs(h.user)
	a := c.get("/jobs/"+parent.ID, http.StatusOK)
	isAWholePage(a)
	a.says("It did not work for 1 of 2 containers", "0 of 2 done, 1 failed, 1 cancelled", "2 jobs of it are not kept any more")
	a.lacks("/jobs/"+children[0].ID, "Try again", "<th scope=\"col\">Container")
	c.post("/jobs/"+parent.ID+"/retry", nil, http.StatusConflict)
	c.get("/jobs", http.StatusOK).lacks("/jobs/" + children[0].ID)
	for _, path := range []string{"", "/log", "/events"} {
		c.get("/jobs/"+children[0].ID+path, http.StatusNotFound)
	}
	c.get("/jobs/"+children[0].Label(), http.StatusNotFound)
	c.post("/jobs/"+children[0].ID+"/retry", nil, http.StatusNotFound)
}
