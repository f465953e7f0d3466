package handlers

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"berth/forms"
	"berth/store"
)

// draft begins a draft in the browser and returns its ID.
func (c *client) draft() string {
	c.t.Helper()
	a := c.post("/containers/new", url.Values{"template": {"none"}}, http.StatusSeeOther)
	id, found := strings.CutSuffix(strings.TrimPrefix(a.header.Get("Location"), "/containers/new/"), "/configure")
	if !found {
		c.t.Fatalf("the wizard began at %q", a.header.Get("Location"))
	}
	return id
}

// kept is the draft as the store has it.
func (c *client) kept(id string) store.Draft {
	c.t.Helper()
	d, err := c.app.Store.Draft(c.user.ID, id)
	if err != nil {
		c.t.Fatal(err)
	}
	return d
}

// silentNode adds a node at whose address nothing listens.
func (c *client) silentNode(name string) store.Node {
	c.t.Helper()
	n, err := c.app.Store.AddNode(store.Node{UserID: c.user.ID, Name: name, Host: "127.0.0.1", Port: 1, TokenID: "berth@pve!app", Member: name}, "secret")
	if err != nil {
		c.t.Fatal(err)
	}
	return n
}

func TestWithoutANodeTheWizardSaysWhy(t *testing.T) {
	t.Parallel()
	c := newTestApp(t).signedIn("mira")
	a := c.get("/containers/new", http.StatusOK)
	a.says("No Proxmox node has been added yet", "A container needs a node to be on.")
	a.has(`href="/settings/nodes/new"`, `<button type="submit" class="primary" disabled>`)

	c.post("/containers/new", nil, http.StatusConflict).says("This needs a Proxmox node")
	c.get("/vmid?vmid=100", http.StatusConflict).says("This needs a Proxmox node")
}

func TestADraftIsBegunByAPostOnly(t *testing.T) {
	t.Parallel()
	c := newTestApp(t).signedIn("mira")
	node := c.silentNode("pve1")
	c.get("/containers/new", http.StatusOK).lacks("Drafts")

	id := c.draft()
	d := c.kept(id)
	if got := d.Values.Get("node"); got != node.ID {
		t.Errorf("it begins on node %q", got)
	}
	if got := d.Values.Get("vmid"); got != "" {
		t.Errorf("VMID %q was suggested", got)
	}
	for _, on := range []string{"unprivileged", "nesting", "start"} {
		if !forms.ReadContainer(d.Values, nil).On(on) {
			t.Errorf("%s is off", on)
		}
	}

	c.post("/containers/new", url.Values{"template": {"docker"}}, http.StatusUnprocessableEntity).says("There is no template “docker”")
	drafts, err := c.app.Store.Drafts(c.user.ID)
	if err != nil || len(drafts) != 1 {
		t.Errorf("%d drafts, %v", len(drafts), err)
	}
}

func TestAnOpenDraftIsOffered(t *testing.T) {
	t.Parallel()
	c := newTestApp(t).signedIn("mira")
	c.silentNode("pve1")
	id := c.draft()
	a := c.get("/containers/new", http.StatusOK)
	a.says("Drafts", "no name yet", "pve1")
	a.has(`href="/containers/new/` + id + `/configure"`)

	c.get("/containers/new/"+id, http.StatusSeeOther).leadsTo("/containers/new/" + id + "/configure")
	c.post("/containers/new/"+id+"/discard", nil, http.StatusSeeOther).leadsTo("/containers/new")
	a = c.get("/containers/new", http.StatusOK)
	a.says("The draft was discarded.")
	a.lacks("Drafts")
	c.get("/containers/new/"+id, http.StatusNotFound)

	// What was typed meanwhile goes into a new one.
	a = c.post("/containers/new/"+id+"/configure", url.Values{"hostname": {"linkding"}, "memory": {"lots"}}, http.StatusNotFound)
	isAWholePage(a)
	a.says("This draft is gone")
	begun := c.post("/containers/new", url.Values{"hostname": {hiddenValue(a, "hostname")}, "memory": {hiddenValue(a, "memory")}}, http.StatusSeeOther)
	again, _ := strings.CutSuffix(strings.TrimPrefix(begun.header.Get("Location"), "/containers/new/"), "/configure")
	c.holds(again, map[string]string{"hostname": "linkding", "memory": "lots"})
}

func TestADraftIsItsOwnersAlone(t *testing.T) {
	t.Parallel()
	ta := newTestApp(t)
	mira, jonas := ta.signedIn("mira"), ta.signedIn("jonas")
	mira.silentNode("pve1")
	jonas.silentNode("pve1")
	id := mira.draft()
	for route := range routesOf(ta.site) {
		method, pattern, _ := strings.Cut(route, " ")
		if !strings.Contains(pattern, ":draft") {
			continue
		}
		path := strings.Replace(pattern, ":draft", id, 1)
		a := jonas.do(method, path, url.Values{"hostname": {"theirs"}}, nil, http.StatusNotFound)
		if method == http.MethodPost && (strings.HasSuffix(path, "/configure") || strings.HasSuffix(path, "/review")) {
			a.says("This draft is gone") // and gives back what jonas typed
		} else {
			a.lacks("theirs")
		}
		jonas.do(method, path, nil, http.Header{"Hx-Request": {"true"}}, http.StatusNotFound)
	}
	jonas.get("/containers/new", http.StatusOK).lacks(id, "Drafts")
	if d := mira.kept(id); d.Values.Has("hostname") {
		t.Errorf("the draft was changed: %v", d.Values)
	}
}

func TestTheStepsWithoutATemplate(t *testing.T) {
	t.Parallel()
	c := newTestApp(t).signedIn("mira")
	c.silentNode("pve1")
	at := "/containers/new/" + c.draft()
	a := c.get(at+"/template", http.StatusOK)
	a.says("Plain container", "Without a template")
	isAWholePage(a)
	c.post(at+"/template", url.Values{"template": {"docker"}}, http.StatusUnprocessableEntity).says("There is no template “docker”")
	c.post(at+"/template", url.Values{"template": {"none"}}, http.StatusSeeOther).leadsTo(at + "/configure")

	a = c.get(at+"/packages", http.StatusOK)
	a.says("This container has no template.")
	isAWholePage(a)
	c.post(at+"/packages", nil, http.StatusSeeOther).leadsTo(at + insideOpen)
	a = c.get(at+"/scripts", http.StatusOK)
	a.says("Scripts come with a template")
	isAWholePage(a)
	c.post(at+"/scripts", nil, http.StatusSeeOther).leadsTo(at + insideOpen)
}

func TestWhatIsMissingIsNamedAndCreateCanBePressedAllTheSame(t *testing.T) {
	t.Parallel()
	c := newTestApp(t).signedIn("mira")
	c.silentNode("pve1")
	at := "/containers/new/" + c.draft()
	a := c.get(at+"/review", http.StatusOK)
	a.says("5 fields need attention: VMID, Hostname, OS template, Storage and Bridge", "Enter a hostname")
	a.has(`href="` + at + `/configure#hostname"`)
	a.lacks("pct create")
	isAWholePage(a)

	a = c.post(at+"/review", nil, http.StatusUnprocessableEntity)
	a.says("5 values need correcting before it can be created", "VMID : Enter the number of this container in Proxmox")
	a.has(`id="wrong" role="alert" tabindex="-1" autofocus`, `<a href="#vmid">VMID</a>`, `<details class="folded" id="network" open>`, `<details class="folded" id="access">`)
	a.says("Network 1 value needs correcting")
	isAWholePage(a)
}

func TestAFieldIsJudgedWhileItIsTyped(t *testing.T) {
	t.Parallel()
	c := newTestApp(t).signedIn("mira")
	c.silentNode("pve1")
	id := c.draft()
	at := "/containers/new/" + id
	check := func(field string, form url.Values) answer {
		t.Helper()
		return c.htmxPost(at+"/check?field="+field, form, http.StatusOK)
	}
	a := check("hostname", url.Values{"hostname": {"my_box"}})
	a.has(`<output class="verdict" id="hostname-verdict" for="hostname" data-state="invalid">`)
	a.says("“_” is not allowed in a hostname; use letters, digits and hyphens")
	check("hostname", url.Values{"hostname": {"box"}}).has(`id="hostname-verdict" for="hostname"></output>`)
	check("hostname", url.Values{"hostname": {""}}).has(`id="hostname-verdict" for="hostname"></output>`)
	check("gateway", url.Values{"ip_mode": {"static"}, "ip": {"192.168.1.72/24"}, "gateway": {"192.168.2.1"}}).says("192.168.2.1 is not in 192.168.1.0/24")
	check("nesting", url.Values{"unprivileged": {"0"}, "nesting": {"0", "1"}}).says("In a privileged container only root@pam itself may enable nesting")
	c.htmxPost(at+"/check?field=password", nil, http.StatusNotFound)
	if d := c.kept(id); d.Values.Has("hostname") {
		t.Error("a check kept what was typed")
	}
}

const privateKey = "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAA\n-----END OPENSSH PRIVATE KEY-----\n"

func TestAPrivateKeyIsNeitherKeptNorShown(t *testing.T) {
	t.Parallel()
	c := newTestApp(t).signedIn("mira")
	c.silentNode("pve1")
	id := c.draft()
	at := "/containers/new/" + id
	a := c.htmxPost(at+"/check?field=ssh_keys", url.Values{"ssh_keys": {privateKey}}, http.StatusOK)
	a.says("That was a private key. It was not saved")
	a.lacks("b3Blbn")
	c.post(at+"/keep", url.Values{"ssh_keys": {privateKey}, "hostname": {"box"}}, http.StatusSeeOther).leadsTo(at + "/configure")
	d := c.kept(id)
	if d.Values.Get("hostname") != "box" || d.Values.Get("ssh_keys") != "" {
		t.Errorf("kept %v", d.Values)
	}
	if strings.Contains(c.app.log.String(), "b3Blbn") {
		t.Error("the key is in the log")
	}
}
