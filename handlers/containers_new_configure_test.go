package handlers

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"berth/handlers/wizard"
	"berth/jobs"
	"berth/proxmox/sim"
	"berth/store"
)

// simTemplate is the OS template of a simulated host.
func simTemplate(a answer) string {
	a.t.Helper()
	n := find(a.doc(), func(n *html.Node) bool { return n.Data == "option" && strings.Contains(attr(n, "value"), ":vztmpl/") })
	if n == nil {
		a.t.Fatalf("%s: no OS template is offered\n%s", a.what, a.text())
	}
	return attr(n, "value")
}

// filled returns the fields of the wizard as a person fills them in for a simulated host.
func (c *client) filled(at string) url.Values {
	c.t.Helper()
	return url.Values{
		"vmid":       {"142"},
		"hostname":   {"linkding"},
		"ostemplate": {simTemplate(c.get(at+"/configure", http.StatusOK))},
		"cores":      {"2"},
		"memory":     {"1024"},
		"swap":       {"0"},
		"disk":       {"8"},
		"storage":    {"local-lvm"},
		"bridge":     {"vmbr0"},
		"ip":         {"dhcp"},
	}
}

// ended waits for a job to end and returns it.
func (c *client) ended(id string) store.Job {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(c.t.Context(), 40*time.Second)
	defer cancel()
	feed, err := c.app.Jobs.Follow(c.user.ID, id, 0)
	if err != nil {
		c.t.Fatal(err)
	}
	defer feed.Close()
	for {
		u, err := feed.Next(ctx)
		if err != nil {
			c.t.Fatalf("job %s: %v", id, err)
		}
		if u.Done {
			return u.Job
		}
	}
}

// miraAtHome is a user with one simulated host.
func miraAtHome(t *testing.T, guests ...sim.Guest) (*client, *sim.Cluster, *sim.Host) {
	t.Helper()
	ta := newTestApp(t)
	c := ta.signedIn("mira")
	cluster := ta.cluster(sim.Config{}, guests...)
	_, host := ta.node(c.user, cluster, "pve1")
	return c, cluster, host
}

func TestTheWholeWizard(t *testing.T) {
	t.Parallel()
	c, cluster, _ := miraAtHome(t, sim.Guest{VMID: 101, Name: "pihole"})
	at := "/containers/new/" + c.draft()

	a := c.get(at+"/configure", http.StatusOK)
	a.says("pve1", "pve1 afterwards", "Root has no password", "no tags, no note")
	a.has("<em>1 core</em>, <em>512 MiB</em> memory, 512 MiB swap, <em>8 GiB</em> on local-lvm")
	isAWholePage(a)
	if got := a.fieldValue("vmid"); got != "" {
		t.Errorf("VMID %q was suggested", got)
	}
	a.lacks("999999999", "keyctl", `type="password"`)
	c.post(at+"/configure", c.filled(at), http.StatusSeeOther).leadsTo(at + "/review")
	c.post(at+"/packages", nil, http.StatusSeeOther).leadsTo(at + insideOpen)
	c.post(at+"/scripts", nil, http.StatusSeeOther).leadsTo(at + insideOpen)
	a = c.get(at+"/review", http.StatusOK)
	a.says("linkding", "1024 MiB", "by DHCP", "pct create 142 ")
	isAWholePage(a)
	if n := len(cluster.Guests()); n != 1 {
		t.Fatalf("%d guests before the last step", n)
	}

	a = c.post(at+"/review", nil, http.StatusSeeOther)
	id, found := strings.CutPrefix(a.header.Get("Location"), "/jobs/")
	if !found {
		t.Fatalf("it leads to %q", a.header.Get("Location"))
	}
	if job := c.ended(id); job.State != store.JobDone {
		t.Fatalf("the job ended %s: %+v", job.State, job.Problem)
	}
	for _, g := range cluster.Guests() {
		if g.VMID == 142 && (g.Name != "linkding" || g.Status != "running" || g.Cores != 2 || g.MaxMemory != 1<<30) {
			t.Errorf("what was made: %+v", g)
		}
	}
	if n := len(cluster.Guests()); n != 2 {
		t.Errorf("%d guests", n)
	}
}

func TestEachFieldHasItsSentence(t *testing.T) {
	t.Parallel()
	c, _, _ := miraAtHome(t, sim.Guest{VMID: 101, Name: "pihole"})
	at := "/containers/new/" + c.draft()
	filled := c.filled(at)
	for _, f := range []struct {
		field, typed string
		with         url.Values
		want         string
	}{
		{field: "node", typed: "n0", want: wizard.NodeGone},
		{field: "vmid", typed: "", want: "Enter the number of this container in Proxmox"},
		{field: "vmid", typed: "99", want: "99 is too low: a VMID is 100 to 999999999"},
		{field: "vmid", typed: "101", want: "101 is taken by pihole on pve1"},
		{field: "hostname", typed: "my box", want: "A hostname has no spaces; use letters, digits and hyphens"},
		{field: "tags", typed: "a/b", want: "“a/b” is not a valid tag; a tag begins with a letter, a digit or _ and continues with these or - + ."},
		{field: "description", typed: strings.Repeat("x", 8193), want: "This has 8193 characters; a note has 8192 at most"},
		{field: "ostemplate", typed: "", want: "Choose an OS template"},
		{field: "ostemplate", typed: "local:vztmpl/none.tar.zst", want: "pve1 has no OS template “local:vztmpl/none.tar.zst”; choose one from the list"},
		{field: "unprivileged", typed: "maybe", want: "“maybe” is neither on (1) nor off (0)"},
		{field: "nesting", typed: "1", with: url.Values{"unprivileged": {"0"}}, want: "In a privileged container only root@pam itself may enable nesting, never an API token; switch nesting off, or unprivileged on"},
		{field: "onboot", typed: "maybe", want: "“maybe” is neither on (1) nor off (0)"},
		{field: "start", typed: "maybe", want: "“maybe” is neither on (1) nor off (0)"},
		{field: "cores", typed: "0", want: "0 is too low: cores are 1 to 8192"},
		{field: "memory", typed: "lots", want: "“lots” is not a whole number: memory is 16 to 16777216 MiB"},
		{field: "swap", typed: "-1", want: "-1 is too low: swap is 0 to 16777216 MiB"},
		{field: "disk", typed: "0", want: "0 is too low: a disk is 1 to 1048576 GiB"},
		{field: "storage", typed: "nas", want: "pve1 has no storage “nas” for containers; choose one from the list"},
		{field: "bridge", typed: "vmbr7", want: "pve1 has no bridge “vmbr7”; choose one from the list"},
		{field: "vlan", typed: "4095", want: "4095 is too high: a VLAN is 1 to 4094"},
		{field: "pool", typed: "a b", want: "“a b” is not a valid pool name; it has letters, digits and - _ ."},
		{field: "ip", typed: "192.168.1.300/24", want: "300 is more than 255; write it like 192.168.1.72/24"},
		{field: "gateway", typed: "192.168.2.1", with: url.Values{"ip": {"192.168.1.72/24"}}, want: "192.168.2.1 is not in 192.168.1.0/24, the network of the address"},
		{field: "ip6", typed: "2001:db8::g/64", want: "“2001:db8::g” is not an IPv6 address; write it like 2001:db8::72/64"},
		{field: "gateway6", typed: "router", with: url.Values{"ip6": {"2001:db8::72/64"}}, want: "“router” is not an IPv6 address; write it like fe80::1"},
		{field: "nameserver", typed: "dns", want: "“dns” is not the IP address of a DNS server; write it like 192.168.1.1"},
		{field: "searchdomain", typed: ".lan", want: "“.lan” is not a domain; write it like home.example"},
		{field: "ssh_keys", typed: "my key", want: "Line 1 is not a public key; one looks like ssh-ed25519 AAAA… you@desk, on one line"},
	} {
		t.Run(f.field+" "+f.typed[:min(len(f.typed), 20)], func(t *testing.T) {
			id := c.draft()
			at := "/containers/new/" + id
			form := url.Values{}
			for _, values := range []url.Values{filled, f.with, {f.field: {f.typed}}} {
				for name, v := range values {
					form[name] = v
				}
			}
			a := c.post(at+"/configure", form, http.StatusUnprocessableEntity)
			if got := a.fieldError(f.field); got != f.want {
				t.Errorf("says %q\nwant %q", got, f.want)
			}
			if got := c.kept(id).Values.Get(f.field); got != f.typed {
				t.Errorf("kept %q of %q", got, f.typed)
			}
			isAWholePage(a)
			a = c.post(at+"/review", nil, http.StatusUnprocessableEntity) // nobody gets around it
			if got := a.fieldError(f.field); got != f.want {
				t.Errorf("at the review it says %q\nwant %q", got, f.want)
			}
		})
	}
}

func TestWhatIsTypedIsKeptAndSummedUp(t *testing.T) {
	t.Parallel()
	c, _, _ := miraAtHome(t)
	id := c.draft()
	at := "/containers/new/" + id
	a := c.htmxPost(at+"/keep", url.Values{"hostname": {"linkding"}, "vmid": {"1x"}, "cores": {"3"}}, http.StatusOK)
	a.says("pve1 afterwards", "linkding", "Draft saved")
	a.has("<em>3 cores</em>, <em>512 MiB</em> memory", `id="told-resources" hx-swap-oob="true"`, `id="create-name" hx-swap-oob="innerHTML"`)
	a.lacks("<html", "pct create 1")
	a = c.get(at+"/configure", http.StatusOK)
	if a.fieldValue("hostname") != "linkding" || a.fieldValue("vmid") != "1x" {
		t.Error("a reload lost what was typed")
	}
	if got := a.fieldError("vmid"); got != "“1x” is not a whole number: a VMID is 100 to 999999999" {
		t.Errorf("the VMID says %q", got)
	}
	if got := a.fieldError("storage"); got != "" {
		t.Errorf("what was not typed yet says %q", got)
	}
}

func TestADraftOutlivesItsSession(t *testing.T) {
	t.Parallel()
	c, _, _ := miraAtHome(t)
	at := "/containers/new/" + c.draft()
	c.post(at+"/keep", url.Values{"hostname": {"linkding"}}, http.StatusSeeOther)
	c.post("/logout", nil, http.StatusSeeOther)
	c.get(at+"/configure", http.StatusSeeOther).leadsTo("/login?next=" + url.QueryEscape(at+"/configure"))
	c.post("/login", url.Values{"username": {"mira"}, "password": {testPassword}, "next": {at + "/configure"}}, http.StatusSeeOther).leadsTo(at + "/configure")
	if got := c.get(at+"/configure", http.StatusOK).fieldValue("hostname"); got != "linkding" {
		t.Errorf("the hostname is %q", got)
	}
}

func TestAnotherNodeBringsItsListsAndKeepsWhatWasTyped(t *testing.T) {
	t.Parallel()
	c, _, _ := miraAtHome(t, sim.Guest{VMID: 101, Name: "pihole"})
	second := c.app.cluster(sim.Config{Members: []string{"nuc"}}, sim.Guest{VMID: 142, Name: "forge"})
	second.AddOSTemplate("nuc", "local", "alpine-3.99-default_1_amd64.tar.xz")
	nuc, _ := c.app.node(c.user, second, "nuc")
	id := c.draft()
	at := "/containers/new/" + id

	form := url.Values{"node": {nuc.ID}, "vmid": {"142"}, "hostname": {"linkding"}, "memory": {"a lot"}}
	a := c.htmxPost(at+"/node", form, http.StatusOK)
	a.says("nuc afterwards", "alpine-3.99-default_1_amd64.tar.xz", "142 is taken by forge on nuc")
	a.lacks("<html")
	if a.fieldValue("hostname") != "linkding" || a.fieldValue("memory") != "a lot" {
		t.Error("what was typed is lost")
	}

	c.post(at+"/node", form, http.StatusSeeOther).leadsTo(at + "/configure")
	c.get(at+"/configure", http.StatusOK).says("nuc afterwards")
}

func TestAListThatFailsIsNamedWithTheHostsReason(t *testing.T) {
	t.Parallel()
	for field, want := range map[string]struct{ path, element, says string }{
		"bridge":     {"/nodes/{node}/network", "input", "The list could not be read: the pump is broken."},
		"storage":    {"/nodes/{node}/storage", "select", "The list could not be read: the pump is broken. The last known list is shown."},
		"ostemplate": {"/nodes/{node}/storage/{storage}/content", "div", "The storage local could not be read: the pump is broken."},
	} {
		t.Run(field, func(t *testing.T) {
			t.Parallel()
			c, cluster, _ := miraAtHome(t)
			c.get("/", http.StatusOK) // which knows the storages
			cluster.Inject(sim.Fault{Method: "GET", Path: want.path, Status: http.StatusInternalServerError, Message: "the pump is broken"})
			at := "/containers/new/" + c.draft()
			a := c.get(at+"/configure", http.StatusOK)
			n := find(a.doc(), func(n *html.Node) bool { return attr(n, "id") == field })
			if n == nil || n.Data != want.element {
				t.Fatalf("%s is no %s\n%s", field, want.element, a.text())
			}
			a.says(want.says)
			a.lacks("pve1 refused")
		})
	}
}

func TestANodeThatIsDownBlocksNothing(t *testing.T) {
	t.Parallel()
	c, _, host := miraAtHome(t)
	at := "/containers/new/" + c.draft()
	form := c.filled(at)
	host.Stop()
	c.app.Fleet.NodeChanged(c.kept(strings.TrimPrefix(at, "/containers/new/")).Values.Get("node"))
	a := c.get(at+"/configure", http.StatusOK)
	a.says("The list could not be read: ")
	isAWholePage(a)
	form.Set("bridge", "vmbr7")
	c.post(at+"/configure", form, http.StatusSeeOther).leadsTo(at + "/review")
	c.get(at+"/configure", http.StatusOK).says("Cannot check: ", "You can go on; Proxmox decides when it creates.")
}

func TestAnOSTemplateIsDownloaded(t *testing.T) {
	t.Parallel()
	c, cluster, _ := miraAtHome(t)
	cluster.RemoveOSTemplates()
	id := c.draft()
	at := "/containers/new/" + id
	a := c.get(at+"/configure", http.StatusOK)
	a.says("pve1 has no OS template yet.", "Download")
	isAWholePage(a)
	appliance := a.fieldValue("appliance")
	if appliance == "" {
		t.Fatal("none is picked to begin with")
	}

	a = c.post(at+"/fetch", url.Values{"appliance": {"virus.tar.gz"}, "template_storage": {"local"}}, http.StatusUnprocessableEntity)
	if got := a.fieldError("appliance"); got != "pve1 does not offer “virus.tar.gz”; choose one from the list" {
		t.Errorf("says %q", got)
	}
	c.post(at+"/fetch", url.Values{"appliance": {appliance}, "template_storage": {"local"}, "hostname": {"linkding"}}, http.StatusSeeOther)
	if d := c.kept(id); d.Values.Get("ostemplate") != "local:vztmpl/"+appliance || d.Values.Get("hostname") != "linkding" {
		t.Errorf("kept %v", d.Values)
	}
	list, err := c.app.Store.Jobs(c.user.ID, "", 1)
	if err != nil || len(list) != 1 {
		t.Fatalf("%d jobs, %v", len(list), err)
	}
	if job := c.ended(list[0].ID); job.State != store.JobDone {
		t.Fatalf("the download ended %s: %+v", job.State, job.Problem)
	}
	a = c.htmxGet(at+"/ostemplate", http.StatusOK)
	if got := a.fieldValue("ostemplate"); got != "local:vztmpl/"+appliance {
		t.Errorf("the list has %q chosen\n%s", got, a.text())
	}
}

func TestADownloadThatFailedIsToldHoweverManyJobsCameAfterIt(t *testing.T) {
	t.Parallel()
	c, cluster, _ := miraAtHome(t)
	cluster.RemoveOSTemplates()
	at := "/containers/new/" + c.draft()
	appliance := c.get(at+"/configure", http.StatusOK).fieldValue("appliance")
	cluster.Inject(sim.Fault{Method: "POST", Path: "/nodes/{node}/aplinfo", Times: 1, Task: "download failed: wget exited with 4"})
	c.post(at+"/fetch", url.Values{"appliance": {appliance}, "template_storage": {"local"}}, http.StatusSeeOther)
	list, err := c.app.Store.Jobs(c.user.ID, "", 1)
	if err != nil || len(list) != 1 {
		t.Fatalf("%d jobs, %v", len(list), err)
	}
	c.ended(list[0].ID)
	told := "The download of " + appliance + " failed."
	c.htmxGet(at+"/ostemplate", http.StatusOK).says(told)
	for i := range 60 {
		if _, err := c.app.Store.AddJob(store.Job{UserID: c.user.ID, NodeID: list[0].NodeID, VMID: 500 + i, Kind: store.JobStart}); err != nil {
			t.Fatal(err)
		}
	}
	c.htmxGet(at+"/ostemplate", http.StatusOK).says(told)
}

func TestACreateThatFindsTheVMIDTakenLeadsBackToIt(t *testing.T) {
	t.Parallel()
	c, cluster, _ := miraAtHome(t)
	id := c.draft()
	at := "/containers/new/" + id
	c.post(at+"/configure", c.filled(at), http.StatusSeeOther)
	cluster.Inject(sim.Fault{Method: "POST", Path: "/nodes/{node}/lxc", Times: 1, Then: func() { cluster.Add(sim.Guest{VMID: 142, Name: "quicker"}) }})
	a := c.post(at+"/review", nil, http.StatusSeeOther)
	job := c.ended(strings.TrimPrefix(a.header.Get("Location"), "/jobs/"))
	if job.State != store.JobFailed || job.Problem == nil || job.Problem.Kind != jobs.ProblemExists {
		t.Fatalf("the job ended %s: %+v", job.State, job.Problem)
	}
	c.get("/jobs/"+job.ID, http.StatusOK).has(`data-state="failed"`, `href="`+at+`/configure"`)

	a = c.get(at+"/configure", http.StatusOK)
	if got := a.fieldError("vmid"); !strings.Contains(got, "142") {
		t.Errorf("the VMID says %q", got)
	}
	if got := a.fieldValue("hostname"); got != "linkding" {
		t.Errorf("the hostname is %q", got)
	}
	form := c.filled(at)
	form.Set("vmid", "143")
	c.post(at+"/configure", form, http.StatusSeeOther).leadsTo(at + "/review")
	if d := c.kept(id); len(d.Refused) > 0 {
		t.Errorf("still wrong: %v", d.Refused)
	}
	c.post(at+"/discard", nil, http.StatusSeeOther)
	a = c.get("/jobs/"+job.ID, http.StatusOK)
	a.lacks(at)
	a.says("Start again with another VMID.")
}

func TestTwoCreatesOfOneVMIDAtOnce(t *testing.T) {
	t.Parallel()
	c, cluster, _ := miraAtHome(t)
	at := "/containers/new/" + c.draft()
	c.post(at+"/configure", c.filled(at), http.StatusSeeOther)
	release := make(chan struct{})
	remove := cluster.Inject(sim.Fault{Method: "POST", Path: "/nodes/{node}/lxc", Times: 1, Then: func() { <-release }})
	defer remove()
	first := c.post(at+"/review", nil, http.StatusSeeOther)
	a := c.post(at+"/review", nil, http.StatusConflict)
	a.says("linkding (142) is being")
	a.has(`href="` + first.header.Get("Location") + `"`)
	close(release)
	c.ended(strings.TrimPrefix(first.header.Get("Location"), "/jobs/"))
}

func TestOnePageCreatesWhatWasSentWithIt(t *testing.T) {
	t.Parallel()
	c, cluster, _ := miraAtHome(t)
	c.trustSSH()
	id := c.draftFrom(c.template(forge()))
	at := "/containers/new/" + id
	a := c.get(at+"/configure?open=inside", http.StatusOK)
	a.has(`<details class="folded" id="inside" open>`, `<details class="folded" id="system">`)
	a.has("<em>3 packages</em>, 2 scripts, 1 file, Title My forge, Database sqlite")
	form := a.sent("configure")
	form.Set("vmid", "142")
	form.Set("hostname", "forge")
	form.Set("cores", "many")
	form.Set("input_TITLE", "Ours")
	form.Set("input_ADMIN_PASSWORD", "hunter2")
	a = c.post(at+"/review", form, http.StatusUnprocessableEntity)
	isAWholePage(a)
	a.says("1 value needs correcting before it can be created", "Resources 1 value needs correcting", "Title Ours", "Administrator's password typed")
	a.lacks("hunter2")
	if a.fieldValue("vmid") != "142" || a.fieldValue("cores") != "many" || a.fieldValue("input_TITLE") != "Ours" {
		t.Error("what was typed is lost")
	}
	form = a.sent("configure")
	form.Set("cores", "2")
	j := c.begun(c.post(at+"/review", form, http.StatusSeeOther))
	provision, err := c.app.Store.JobProvision(j.ID)
	if err != nil || provision.Inputs["TITLE"] != "Ours" || !slices.Equal(provision.Secrets, []string{"ADMIN_PASSWORD"}) {
		t.Errorf("provision %+v, %v", provision, err)
	}
	if j = c.ended(j.ID); len(cluster.Guests()) != 1 || cluster.Guests()[0].Name != "forge" {
		t.Errorf("there is %+v after %+v", cluster.Guests(), j.Problem)
	}
}

func TestWhatIsTypedIsKeptOnTheWayToAnotherPageOfTheDraft(t *testing.T) {
	t.Parallel()
	c, _, _ := miraAtHome(t)
	id := c.draft()
	at := "/containers/new/" + id
	for to, want := range map[string]string{"packages": "/packages", "scripts": "/scripts", "review": "/review", "": "/configure", "//evil.example": "/configure"} {
		c.post(at+"/keep", url.Values{"hostname": {"on-the-way-to-" + strings.Trim(to, "/.")}, "to": {to}}, http.StatusSeeOther).leadsTo(at + want)
		c.holds(id, map[string]string{"hostname": "on-the-way-to-" + strings.Trim(to, "/.")})
	}
}
