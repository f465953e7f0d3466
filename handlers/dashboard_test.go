package handlers

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"berth/proxmox/sim"
	"berth/store"
)

// cardNames are the containers that an answer shows, as "VMID status" in their order.
func cardNames(a answer) []string {
	a.t.Helper()
	var list []string
	for n := range a.doc().Descendants() {
		if n.Type == html.ElementNode && attr(n, "data-vmid") != "" {
			list = append(list, attr(n, "data-vmid")+" "+attr(n, "data-status"))
		}
	}
	return list
}

func shows(a answer, want ...string) {
	a.t.Helper()
	if got := cardNames(a); strings.Join(got, ", ") != strings.Join(want, ", ") {
		a.t.Errorf("%s shows %v, want %v", a.what, got, want)
	}
}

func house() []sim.Guest {
	return []sim.Guest{
		{VMID: 101, Name: "pihole", Status: "running", Tags: []string{"dns"}},
		{VMID: 104, Name: "Jellyfin", Status: "stopped", Tags: []string{"media"}},
		{VMID: 107, Name: "adguard", Status: "running", Tags: []string{"dns"}},
	}
}

func TestWithoutANodeTheDashboardLeadsToOne(t *testing.T) {
	t.Parallel()
	c := newTestApp(t).signedIn("mira")
	a := c.get("/", http.StatusOK)
	a.says("Add your first Proxmox node", "Needs a node first", "See what runs on it", "Create a container")
	a.has(`href="/settings/nodes/new"`, `disabled aria-describedby="why"`)
	a.lacks("sse-connect")
	isAWholePage(a)
}

func TestTheDashboardShowsAllContainers(t *testing.T) {
	t.Parallel()
	ta := newTestApp(t)
	h := ta.harbour("mira", house()...)
	ta.node(h.user, ta.cluster(sim.Config{Members: []string{"nuc"}}, sim.Guest{VMID: 101, Name: "mosquitto", Status: "running"}), "nuc")
	a := h.get("/", http.StatusOK)
	shows(a, "107 running", "104 stopped", "101 running", "101 running")
	a.has(`data-node="`+h.node.ID+`"`, `sse-connect="/dashboard/events"`)
	a.says("adguard", "Jellyfin", "pihole", "mosquitto", "4 on 2 nodes")
	isAWholePage(a)
}

func TestTheDashboardIsFiltered(t *testing.T) {
	t.Parallel()
	ta := newTestApp(t)
	h := ta.harbour("mira", house()...)
	nuc, _ := ta.node(h.user, ta.cluster(sim.Config{Members: []string{"nuc"}}, sim.Guest{VMID: 301, Name: "mosquitto", Status: "running"}), "nuc")
	shows(h.get("/?node="+nuc.ID, http.StatusOK), "301 running")
	shows(h.get("/?status=stopped", http.StatusOK), "104 stopped")
	shows(h.get("/?tag=dns", http.StatusOK), "107 running", "101 running")
	shows(h.get("/?q=PIHO", http.StatusOK), "101 running")
	shows(h.get("/?q=301", http.StatusOK), "301 running")

	a := h.get("/?q=nothing&status=running", http.StatusOK)
	shows(a)
	a.says("No containers with the status running that match “nothing”", "Clear filters")
	if got := a.fieldValue("q"); got != "nothing" {
		t.Errorf("the search holds %q", got)
	}
	isAWholePage(a)

	part := h.htmxGet("/?status=stopped", http.StatusOK)
	shows(part, "104 stopped")
	part.has(`<div id="containers"`, `id="filters" popover data-live hx-swap-oob="true"`, `sse-connect="/dashboard/events?status=stopped"`)
	part.lacks("<html")
}

func TestAWrongFilterIsTold(t *testing.T) {
	t.Parallel()
	ta := newTestApp(t)
	h, jonas := ta.harbour("mira"), ta.harbour("jonas")
	for _, path := range []string{"/", "/dashboard/events"} {
		h.get(path+"?status=%3Cb%3E", http.StatusUnprocessableEntity).says("There is no status “<b>”", "running, stopped, creating, template and unknown")
		h.get(path+"?node=nope", http.StatusNotFound).says("There is no such node")
		h.get(path+"?node="+jonas.node.ID, http.StatusNotFound).says("There is no such node")
	}
}

func TestASilentNodeKeepsItsContainers(t *testing.T) {
	t.Parallel()
	ta := newTestApp(t)
	h := ta.harbour("mira", house()...)
	h.get("/", http.StatusOK)
	h.host.Stop()
	w := ta.Fleet.Watch(h.user.ID)
	defer w.Close()
	ta.clock.Advance(20 * time.Second)
	for range w.C {
		p, err := ta.Fleet.Inventory(t.Context(), h.user.ID)
		if err != nil {
			t.Fatal(err)
		}
		if p.Nodes[0].State == "silent" {
			break
		}
	}
	a := h.get("/", http.StatusOK)
	shows(a, "107 unknown", "104 unknown", "101 unknown")
	a.says("Was running", "showing what was known at", "refused the connection")
	h.htmxGet("/containers/"+h.node.ID+"/101/menu", http.StatusOK).says("so nothing can be started or stopped there now")
	a.has(`href="/settings/nodes/` + h.node.ID + `"`)
	isAWholePage(a)
}

func TestNobodySeesAnothersContainers(t *testing.T) {
	t.Parallel()
	ta := newTestApp(t)
	ta.harbour("mira", house()...)
	jonas := ta.harbour("jonas", sim.Guest{VMID: 101, Name: "unifi", Status: "running"})
	a := jonas.get("/", http.StatusOK)
	shows(a, "101 running")
	a.lacks("pihole", "adguard")
}

func TestHostileNamesStayText(t *testing.T) {
	t.Parallel()
	h := newTestApp(t).harbour("mira", sim.Guest{VMID: 101, Name: `<script>alert("1")</script>`, Status: "running", Tags: []string{`"><b>`}})
	a := h.get("/?q="+url.QueryEscape(`<script>`), http.StatusOK)
	shows(a, "101 running")
	a.lacks("<script>alert", `"><b>`)
}

func TestTheDashboardsStreamSendsWhatChanged(t *testing.T) {
	t.Parallel()
	ta := newTestApp(t)
	h := ta.harbour("mira", house()...)
	stream := h.events("/dashboard/events?tag=dns", "")
	until := func(name string, holds ...string) event {
		t.Helper()
		for e := range stream {
			found := e.name == name
			for _, part := range holds {
				found = found && strings.Contains(e.data, part)
			}
			if found {
				return e
			}
		}
		t.Fatalf("the stream ended without %s %q", name, holds)
		return event{}
	}
	list := until("list", `data-vmid="107"`)
	if strings.Contains(list.data, `data-vmid="104"`) {
		t.Error("the list has what the filter does not let through")
	}

	h.cluster.SetStatus(101, "stopped")
	ta.Fleet.GuestsChanged(h.node.ID)
	ta.clock.Advance(10 * time.Second)
	row := until("row", `data-vmid="101"`, `data-status="stopped"`)
	if !strings.Contains(row.data, `hx-swap-oob="true"`) || strings.Contains(row.data, `data-vmid="107"`) {
		t.Errorf("the row is %s", row.data)
	}

	h.cluster.Remove(107)
	ta.Fleet.GuestsChanged(h.node.ID)
	ta.clock.Advance(10 * time.Second)
	for e := until("list"); strings.Contains(e.data, `data-vmid="107"`); e = until("list") {
	}

	h.post("/logout", nil, http.StatusSeeOther)
	ta.Fleet.NodeChanged(h.node.ID)
	until("done")
}

func TestABusyContainerShowsItsJob(t *testing.T) {
	t.Parallel()
	h := newTestApp(t).harbour("mira", house()...)
	release := make(chan struct{})
	t.Cleanup(func() { close(release) })
	h.cluster.Inject(sim.Fault{Path: "/nodes/{node}/lxc/{vmid}/status/start", Times: 1, Then: func() { <-release }})
	j := h.act(104, store.JobStart)
	a := h.get("/", http.StatusOK)
	a.says("Show job " + j.Label())
	a.has(fmt.Sprintf(`href="/jobs/%s"`, j.ID))
	a.lacks(`data-menu="/containers/` + h.node.ID + `/104/menu"`)
}

func TestTheMenuOfARowHasWhatFitsItsState(t *testing.T) {
	t.Parallel()
	h := newTestApp(t).harbour("mira", house()...)
	at := "/containers/" + h.node.ID
	h.get("/", http.StatusOK).has(`href="`+at+`/101" data-menu="`+at+`/101/menu"`, `<ul class="menu" id="row-menu" popover hx-sync="this:replace"></ul>`)
	h.cluster.ResetCalls()
	running := h.htmxGet(at+"/101/menu", http.StatusOK)
	running.has(at+"/101/console", at+"/101/shutdown", at+"/101/stop", at+"/101/delete", at+"/101/backups#backup")
	running.lacks(at+"/101/start", "<html")
	stopped := h.htmxGet(at+"/104/menu", http.StatusOK)
	stopped.has(`action="` + at + `/104/start"`)
	stopped.lacks(at+"/104/shutdown", at+"/104/console")
	if n := len(h.cluster.Calls()); n != 0 {
		t.Errorf("two menus cost the host %d calls", n)
	}
	h.get(at+"/101/menu", http.StatusSeeOther).leadsTo(at + "/101")
	h.htmxGet(at+"/999/menu", http.StatusNotFound)
}

func TestTheListIsSortedAndGrouped(t *testing.T) {
	t.Parallel()
	ta := newTestApp(t)
	h := ta.harbour("mira", house()...)
	ta.node(h.user, ta.cluster(sim.Config{Members: []string{"nuc"}}, sim.Guest{VMID: 201, Name: "mosquitto", Status: "running", Tags: []string{"iot"}}), "nuc")
	shows(h.get("/?sort=-name", http.StatusOK), "101 running", "104 stopped", "107 running", "201 running")
	shows(h.get("/?sort=vmid&group=none", http.StatusOK), "101 running", "104 stopped", "107 running", "201 running")
	shows(h.get("/?sort=-vmid&group=none", http.StatusOK), "201 running", "107 running", "104 stopped", "101 running")
	shows(h.get("/?sort=state&group=none", http.StatusOK), "107 running", "201 running", "101 running", "104 stopped")
	shows(h.get("/?group=tag", http.StatusOK), "107 running", "101 running", "201 running", "104 stopped")
	shows(h.get("/?sort=nonsense&group=nonsense", http.StatusOK), "107 running", "104 stopped", "101 running", "201 running")
	a := h.get("/?sort=vmid&group=none&tag=dns", http.StatusOK)
	a.has(`aria-sort="ascending"`, `href="/?tag=dns&amp;sort=-vmid&amp;group=none"`, `sse-connect="/dashboard/events?tag=dns&amp;sort=vmid&amp;group=none"`)
	h.get("/?sort=memory", http.StatusOK).has(`aria-sort="descending"`)
}

func TestHowTheListIsLaidOutIsRemembered(t *testing.T) {
	t.Parallel()
	h := newTestApp(t).harbour("mira", house()...)
	h.get("/", http.StatusOK).has(`data-layout="auto"`)
	h.get("/?view=nonsense", http.StatusOK).has(`data-layout="auto"`)
	h.get("/?view=list", http.StatusOK).has(`data-layout="list"`)
	h.get("/", http.StatusOK).has(`data-layout="list"`)
	h.get("/?view=cards&tag=dns", http.StatusOK).has(`data-layout="cards"`, `href="/?tag=dns&amp;view=list"`)
	h.get("/", http.StatusOK).has(`data-layout="cards"`)
}

func TestManyContainersAreAList(t *testing.T) {
	t.Parallel()
	ta := newTestApp(t)
	var guests []sim.Guest
	for i := range 13 {
		guests = append(guests, sim.Guest{VMID: 101 + i, Name: fmt.Sprintf("ct%d", i), Status: "running"})
	}
	ta.harbour("mira", guests...).get("/", http.StatusOK).has(`data-layout="list"`)
	ta.harbour("jonas", guests[:12]...).get("/", http.StatusOK).has(`data-layout="auto"`)
}

func TestEnterOpensTheOnlyOneThatIsFound(t *testing.T) {
	t.Parallel()
	h := newTestApp(t).harbour("mira", house()...)
	at := "/containers/" + h.node.ID + "/101"
	h.get("/?q=pihole&open=1", http.StatusSeeOther).leadsTo(at)
	h.htmxGet("/?q=pihole&open=1", http.StatusOK).leadsTo(at)
	shows(h.get("/?q=dns&open=1", http.StatusOK), "107 running", "101 running")
	several := h.htmxGet("/?q=dns&open=1", http.StatusOK)
	if url := several.header.Get("HX-Push-Url"); url != "/?q=dns" {
		t.Errorf("the address becomes %q", url)
	}
	h.get("/?q=nothing&open=1", http.StatusOK).says("No containers that match")
	shows(h.get("/?q=pihole", http.StatusOK), "101 running")
}

func TestWhatIsBegunOverThePageIsFollowedThere(t *testing.T) {
	t.Parallel()
	ta := newTestApp(t)
	h := ta.harbour("mira", house()...)
	at := "/containers/" + h.node.ID
	asks := h.htmxGet(at+"/101/reboot", http.StatusOK)
	asks.says("Reboot pihole?", "What it serves is away meanwhile", "Cancel")
	asks.has(`hx-post="`+at+`/101/reboot" hx-target="#said"`, `action="`+at+`/101/reboot"`)
	asks.lacks("<html")
	h.htmxGet(at+"/104/shutdown", http.StatusConflict).says("Jellyfin is not running")

	said := h.asked(http.MethodPost, at+"/101/reboot", "said", nil, http.StatusOK)
	said.lacks("<html")
	said.has(`class="said"`)
	open, err := ta.Store.Jobs(h.user.ID, "", 1)
	if err != nil || len(open) != 1 {
		t.Fatalf("jobs %v, %v", open, err)
	}
	job := "/jobs/" + open[0].ID
	said.has(`href="` + job + `"`)
	for deadline := time.Now().Add(40 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		said = h.htmxGet(job+"/said", http.StatusOK)
		if strings.Contains(said.text(), "pihole runs again") || time.Now().After(deadline) {
			break
		}
		said.has(`data-said="` + job + `/said"`)
	}
	said.says("pihole runs again", "Log")
	said.has(`data-kind="ok"`)
	said.lacks("data-said")
	h.get(job+"/said", http.StatusSeeOther).leadsTo(job)
	ta.harbour("jonas").htmxGet(job+"/said", http.StatusNotFound)
}

// What the first page loads stays light: its stylesheet and scripts, as they are sent.
func TestTheFirstPageIsLight(t *testing.T) {
	t.Parallel()
	const most = 60_000 // bytes
	c, _, _, _ := aboard(t)
	total, loaded := 0, regexp.MustCompile(`(?:src|href)="(/static/[^"]+\.(?:css|js))"`).FindAllStringSubmatch(c.get("/", http.StatusOK).body, -1)
	if len(loaded) < 5 {
		t.Fatalf("it loads %v", loaded)
	}
	for _, url := range loaded {
		total += len(c.do(http.MethodGet, url[1], nil, http.Header{"Accept-Encoding": {"gzip"}}, http.StatusOK).body)
	}
	if total >= most {
		t.Errorf("%d bytes are sent, at most %d may be", total, most-1)
	}
	t.Logf("%d bytes", total)
}
