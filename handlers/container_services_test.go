package handlers

import (
	"bytes"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"berth/proxmox/sim"
	"berth/store"
)

// inhabited is a harbour whose containers are reached over SSH: 101 (Debian), 102 (Alpine)
// and 103, which does not run.
func inhabited(t *testing.T) (harbour, *sim.SSH) {
	t.Helper()
	h := newTestApp(t).harbour("mira",
		sim.Guest{VMID: 101, Name: "web", Status: "running", Uptime: time.Hour, MaxMemory: 1 << 30, Memory: 980 << 20, MaxDisk: 8 << 30, Disk: 1 << 30, Address: "192.0.2.61/24"},
		sim.Guest{VMID: 102, Name: "caddy", Status: "running", OSType: "alpine"},
		sim.Guest{VMID: 103, Name: "off"},
	)
	s := h.ashore()
	h.allow(s)
	fields := sshFields(s)
	fields.Set("trust_host_key", s.HostKey())
	h.post("/settings/nodes/"+h.node.ID+"/ssh", fields, http.StatusOK)
	return h, s
}

// services is the address of a container's services.
func (h harbour) services(vmid string) string {
	return "/containers/" + h.node.ID + "/" + vmid + "/services"
}

func TestTheServicesPageIsThereBeforeTheInside(t *testing.T) {
	t.Parallel()
	h, s := inhabited(t)
	at := h.services("101")
	s.Play(sim.SSHFault{Hang: true}) // who waited for SSH would wait for ever
	before := s.Execs()
	a := h.get(at, http.StatusOK)
	isAWholePage(a)
	a.has(`hx-get="`+at+`?look=1"`, `hx-trigger="load"`, `href="`+at+`?look=1"`, `aria-current="page">Services`)
	a.says("Check services", "Check for updates", "Read them now")
	if s.Execs() != before {
		t.Error("the page itself looked inside")
	}
}

func TestALookInsideIsShown(t *testing.T) {
	t.Parallel()
	h, s := inhabited(t)
	h.cluster.FailService(101, "exporter", "Figures of the card", 3)
	h.cluster.RunService(101, "secure", "", 8443)
	connections := s.Connections()
	at := h.services("101")
	part := h.htmxGet(at+"?look=1", http.StatusOK)
	part.lacks("<html", "hx-trigger=\"load\"")
	part.says("exporter.service", "Figures of the card", "Failed", "exit status 3", "started again 5 times before", "nginx.service", "Running", "Debian GNU/Linux 13 (trixie)", "Memory 1 of 1 GiB", "192.0.2.61", "seen just now")
	part.has(`href="http://192.0.2.61/"`, `href="https://192.0.2.61:8443/"`, `href="`+at+`/nginx.service/log"`)
	part.lacks(`:22/"`)
	if i, j := strings.Index(part.body, "exporter.service"), strings.Index(part.body, "nginx.service"); i > j {
		t.Error("the failed one is not the first")
	}

	// What was seen of its system stands in its head from then on.
	h.get("/containers/"+h.node.ID+"/101", http.StatusOK).says("System Debian 13")

	// The page without a script asks for the same, and shares it.
	h.app.clock.Advance(3 * time.Second)
	page := h.get(at+"?look=1", http.StatusOK)
	isAWholePage(page)
	page.says("nginx.service", "seen just now")
	if s.Execs() != 1 || s.Connections() != connections {
		t.Errorf("two looks took %d pct exec, and %d connections", s.Execs(), s.Connections()-connections)
	}
	h.get(h.services("102")+"?look=1", http.StatusOK).says("Alpine Linux v3.22", "caddy")
}

// The address that a container got anew by DHCP is shown, and known from then on.
func TestALookRefreshesTheAddress(t *testing.T) {
	t.Parallel()
	h, _ := inhabited(t)
	h.get("/containers/"+h.node.ID+"/102", http.StatusOK).says("192.0.2.202")
	h.cluster.SetAddress(102, "192.0.2.77/24")
	h.app.clock.Advance(time.Minute)
	a := h.get(h.services("102")+"?look=1", http.StatusOK)
	a.says("192.0.2.77")
	a.has(`href="http://192.0.2.77/"`)
	a = h.get("/containers/"+h.node.ID+"/102", http.StatusOK)
	a.says("192.0.2.77")
	a.lacks("192.0.2.202")
}

func TestThePathOfATemplateIsOpened(t *testing.T) {
	t.Parallel()
	h, _ := inhabited(t)
	j, err := h.app.Store.AddJobProvision(store.Job{UserID: h.user.ID, NodeID: h.node.ID, NodeName: "pve1", Scope: h.node.Scope, VMID: 101, Name: "web", Kind: store.JobCreate, State: store.JobDone, Made: true},
		store.Provision{Services: []store.Service{{Name: "nginx", Port: 80, Path: "/admin/?tab=1"}, {Name: "evil", Port: 8443, Path: "//elsewhere.example/"}}}, nil)
	if err != nil {
		t.Fatal(err, j)
	}
	h.cluster.RunService(101, "evil", "", 8443)
	a := h.get(h.services("101")+"?look=1", http.StatusOK)
	a.has(`href="http://192.0.2.61/admin/?tab=1"`, `href="https://192.0.2.61:8443/"`)
	a.lacks("elsewhere.example")
}

func TestWhyNothingInsideIsShown(t *testing.T) {
	t.Parallel()
	h, s := inhabited(t)
	at := h.services("101")
	for _, tt := range []struct {
		fault sim.SSHFault
		says  string
	}{
		{sim.SSHFault{NoGate: true}, "berth-gate script is missing on"},
		{sim.SSHFault{OldGate: true}, "is a different version"},
		{sim.SSHFault{NoPct: true}, "cannot find pct"},
		{sim.SSHFault{NoShell: true}, "There is no shell in the container"},
		{sim.SSHFault{DropAfter: 60}, "was lost"},
	} {
		for _, path := range []string{at + "?look=1", at + "/updates", at + "/nginx.service/log?look=1"} {
			tt.fault.Times = 1
			s.Play(tt.fault)
			a := h.htmxGet(path, http.StatusOK)
			a.says(tt.says)
			a.lacks("<html")
		}
	}
	h.get(h.services("103")+"?look=1", http.StatusOK).says("The container is not running", "Start it")

	s.RenewHostKey()
	s.Drop()
	a := h.get(at+"?look=1", http.StatusOK)
	a.says("a different SSH host key")
	a.has(`href="/settings/nodes/` + h.node.ID + `#ssh"`)

	bare := newTestApp(t).harbour("jonas", sim.Guest{VMID: 101, Name: "web", Status: "running"})
	a = bare.get(bare.services("101")+"?look=1", http.StatusOK)
	a.says("This needs SSH to", "it takes one block")
	a.has(`href="/settings/nodes/` + bare.node.ID + `#ssh"`)
}

// A container on a member of the cluster that was not added tells which node to add.
func TestAContainerOnAMemberWithoutARecord(t *testing.T) {
	t.Parallel()
	ta := newTestApp(t)
	c := ta.signedIn("mira")
	cluster := ta.cluster(sim.Config{Name: "cupboard", Members: []string{"nuc", "nuc2"}}, sim.Guest{VMID: 130, Node: "nuc2", Name: "backup", Status: "running"})
	n, _ := ta.node(c.user, cluster, "nuc")
	c.get("/", http.StatusOK).says("nuc2")
	a := c.get("/containers/"+n.ID+"/130/services?look=1", http.StatusConflict)
	a.says("The container is on nuc2", "Add nuc2 as a node")
	a.has(`href="/settings/nodes/new"`)
}

func TestWhatIsInsideIsOnesOwn(t *testing.T) {
	t.Parallel()
	h, s := inhabited(t)
	jonas := h.app.harbour("jonas")
	at := h.services("101")
	for _, path := range []string{at, at + "?look=1", at + "/updates", at + "/nginx.service/log?look=1", at + "/nginx.service/log/events"} {
		jonas.get(path, http.StatusNotFound)
	}
	jonas.post(at+"/credentials", nil, http.StatusNotFound)
	h.get(at+"/credentials", http.StatusMethodNotAllowed)
	for _, name := range []string{"-rf", "a%20b", "a%2Fb", "%2e%2e", "%2A", "a%0Ab", "$%28id%29"} {
		h.get(at+"/"+name+"/log?look=1", http.StatusNotFound)
	}
	if s.Execs() != 0 {
		t.Errorf("%d pct exec", s.Execs())
	}
}

func TestUpdatesAreAskedForOnly(t *testing.T) {
	t.Parallel()
	h, s := inhabited(t)
	h.get(h.services("101")+"?look=1", http.StatusOK).lacks("libssl3t64")
	a := h.get(h.services("101")+"/updates", http.StatusOK)
	isAWholePage(a)
	a.says("3 packages have newer versions", "2 of them mend security flaws", "libssl3t64", "Security", "fetches nothing")
	h.htmxGet(h.services("102")+"/updates", http.StatusOK).says("busybox", "1.37.0-r19")
	if s.Execs() != 3 {
		t.Errorf("%d pct exec", s.Execs())
	}
	h.get("/?view=list", http.StatusOK).says("3 updates, 2 for security, seen just now")
	h.get("/?view=list&sort=updates", http.StatusOK).has(`aria-sort="descending"`)
	if s.Execs() != 3 {
		t.Errorf("the list asks inside: %d pct exec", s.Execs())
	}
}

// A value of a credential reaches the answer to the click and nothing else.
func TestCredentialsAreShownOnAClick(t *testing.T) {
	t.Parallel()
	h, _ := inhabited(t)
	const secret = "harbour-<b>42</b>"
	h.cluster.WriteFile(101, "/etc/berth/credentials/web", "ADMIN_USER=admin\nADMIN_PASSWORD='"+secret+"'\n")
	at := h.services("101")
	for _, path := range []string{at, at + "?look=1", at + "/updates", "/containers/" + h.node.ID + "/101", "/jobs"} {
		h.get(path, http.StatusOK).lacks("harbour-")
	}
	a := h.post(at+"/credentials", nil, http.StatusOK)
	isAWholePage(a)
	a.says("/etc/berth/credentials/web", "ADMIN_PASSWORD", secret)
	a.lacks(secret) // as HTML
	if got := a.header.Get("Cache-Control"); got != "no-store" {
		t.Errorf("Cache-Control %q", got)
	}
	part := h.htmxPost(at+"/credentials", url.Values{}, http.StatusOK)
	part.says(secret)
	part.lacks("<html")
	if strings.Contains(h.app.log.String(), "harbour-") {
		t.Error("the log holds it")
	}
	h.app.keepsNothingOf("harbour-")
	h.get(at, http.StatusOK).lacks("harbour-")
}

func TestALogIsRead(t *testing.T) {
	t.Parallel()
	h, _ := inhabited(t)
	const hostile = "</script><script>alert(1)</script>\x1b[31m\x00 <img src=x onerror=alert(2)>"
	h.cluster.WriteLog(101, "nginx", hostile, strings.Repeat("x", 9000))
	at := h.services("101") + "/nginx.service/log"
	a := h.get(at, http.StatusOK)
	isAWholePage(a)
	a.has(`hx-get="` + at + `?look=1"`)
	a.lacks("alert(1)")
	a = h.get(at+"?look=1", http.StatusOK)
	isAWholePage(a)
	a.says("from the journal", "Started nginx.service", "</script><script>alert(1)</script>")
	a.lacks("<script>alert", "<img", "\x1b", "\x00")
	part := h.htmxGet(at+"?look=1", http.StatusOK)
	part.has(`id="service-log"`, `id="l1"`)
	part.lacks("<html")
	h.get(h.services("102")+"/caddy/log?look=1", http.StatusOK).says("from /var/log/caddy.log", "listening on port 80")
	h.get(h.services("102")+"/nothing/log?look=1", http.StatusOK).says("no journal, no file in /var/log")
	name := `systemd-fsck@dev-disk-by\x2duuid.service`
	h.get(h.services("101")+"/"+url.PathEscape(name)+"/log?look=1", http.StatusOK).says(name)
}

func TestALogIsFollowed(t *testing.T) {
	t.Parallel()
	h, s := inhabited(t)
	h.cluster.WriteLog(101, "nginx", "first")
	at := h.services("101") + "/nginx.service/log"
	h.get(at+"?follow=1", http.StatusOK).has(`sse-connect="`+at+`/events"`, `id="log-lines"`)

	stream := h.events(at+"/events", "")
	last := heard(t, stream, "first")
	h.cluster.WriteLog(101, "nginx", "second", "</script><b>third</b>")
	if e := heard(t, stream, "third"); e.name != "line" || strings.Contains(e.data, "<b>") {
		t.Errorf("%+v", e)
	}

	// A browser that comes back gets what it lacks; another gets all. Both by the same program.
	again := heard(t, h.events(at+"/events", last.id), "third")
	if again.name != "line" || strings.Contains(again.data, "first") {
		t.Errorf("after a reconnect %+v", again)
	}
	other := heard(t, h.events(at+"/events", ""), "third")
	if other.name != "snapshot" || !strings.Contains(other.data, "first") {
		t.Errorf("another page gets %+v", other)
	}
	if s.Execs() != 1 || h.cluster.Runs(101) != 1 {
		t.Errorf("%d pct exec, %d programs", s.Execs(), h.cluster.Runs(101))
	}
	h.cluster.SetStatus(101, "stopped")
	heard(t, stream, "Followed until")
	for e := range stream {
		if e.name == "done" {
			return
		}
	}
	t.Error("the stream was not ended")
}

// heard is the first event that holds those words.
func heard(t *testing.T, stream <-chan event, words string) event {
	t.Helper()
	for e := range stream {
		if strings.Contains(e.data, words) {
			return e
		}
	}
	t.Fatalf("nothing says %q", words)
	return event{}
}

func TestALogThatCannotBeFollowedSaysWhy(t *testing.T) {
	t.Parallel()
	h, s := inhabited(t)
	s.Play(sim.SSHFault{NoGate: true, Times: 1})
	heard(t, h.events(h.services("101")+"/nginx.service/log/events", ""), "berth-gate script is missing on")
	heard(t, h.events(h.services("103")+"/nginx.service/log/events", ""), "The container is not running")

	for i := range 8 {
		name := "unit" + strconv.Itoa(i)
		h.cluster.WriteLog(101, name, "here")
		heard(t, h.events(h.services("101")+"/"+name+"/log/events", ""), "here")
	}
	heard(t, h.events(h.services("101")+"/unit8/log/events", ""), "Too many logs are followed at once")
}

// Names from inside cannot break out of the page.
func TestHostileNamesFromInside(t *testing.T) {
	t.Parallel()
	h, _ := inhabited(t)
	h.cluster.RunService(101, `x"><img src=x onerror=alert(1)>`, "</table><script>alert(2)</script>\x1b[31m", 8080)
	h.cluster.WriteFile(101, "/etc/os-release", "ID=debian\nPRETTY_NAME='<script>alert(3)</script>'\n")
	a := h.get(h.services("101")+"?look=1", http.StatusOK)
	a.lacks("<script>alert", "<img", "\x1b")
	a.says("<script>alert(3)</script>")
}

// keepsNothingOf fails when the data folder holds that text.
func (ta *testApp) keepsNothingOf(text string) {
	ta.t.Helper()
	files, err := filepath.Glob(filepath.Join(ta.dir, "*"))
	if err != nil || len(files) == 0 {
		ta.t.Fatal(files, err)
	}
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			ta.t.Fatal(err)
		}
		if bytes.Contains(b, []byte(text)) {
			ta.t.Errorf("%s holds %q", file, text)
		}
	}
}
