package handlers

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"berth/proxmox/sim"
	"berth/store"
)

// template keeps a template of the user's.
func (c *client) template(t store.Template) store.Template {
	c.t.Helper()
	t.UserID = c.user.ID
	t, err := c.app.Store.PutTemplate(t)
	if err != nil {
		c.t.Fatal(err)
	}
	return t
}

// draftFrom begins a draft from a template and returns its ID.
func (c *client) draftFrom(t store.Template) string {
	c.t.Helper()
	a := c.post("/containers/new", url.Values{"template": {t.ID}}, http.StatusSeeOther)
	id, found := strings.CutSuffix(strings.TrimPrefix(a.header.Get("Location"), "/containers/new/"), "/configure")
	if !found {
		c.t.Fatalf("the wizard began at %q", a.header.Get("Location"))
	}
	return id
}

// dockerHost and wiki are templates that differ in everything that one fills in.
func dockerHost() store.Template {
	return store.Template{
		Name: "Docker host", Description: "Engine and Compose.", Tags: []string{"docker", "dev"}, OSTemplate: "debian-13-standard",
		Cores: 4, Memory: 4096, Swap: -1, Disk: 32, Storage: "local-lvm", Bridge: "vmbr1", Unprivileged: true, Nesting: true,
	}
}

func wiki() store.Template {
	return store.Template{Name: "Wiki", Tags: []string{"web"}, OSTemplate: "alpine-3.22-default", Memory: 256, Disk: 4, Unprivileged: true}
}

// holds fails unless the draft has these values.
func (c *client) holds(id string, want map[string]string) {
	c.t.Helper()
	d := c.kept(id)
	for name, v := range want {
		if got := d.Values.Get(name); got != v {
			c.t.Errorf("%s is %q, want %q", name, got, v)
		}
	}
}

// radio is the template that is marked on the page.
func (a answer) radio(name string) string {
	n := find(a.doc(), func(n *html.Node) bool { return attr(n, "name") == name && hasAttr(n, "checked") })
	if n == nil {
		return ""
	}
	return attr(n, "value")
}

func TestATemplateFillsInTheConfiguration(t *testing.T) {
	t.Parallel()
	c, _, _ := miraAtHome(t)
	docker := c.template(dockerHost())
	a := c.get("/containers/new", http.StatusOK)
	a.says("Plain container", "Your templates", "Docker host", "Engine and Compose.", "debian-13-standard, 4 cores, 4 GiB memory")
	if got := a.radio("template"); got != "none" {
		t.Errorf("%q is marked to begin with", got)
	}
	if got := c.get("/containers/new?template="+docker.ID, http.StatusOK).radio("template"); got != docker.ID {
		t.Errorf("%q is marked by the address", got)
	}

	id := c.draftFrom(docker)
	c.holds(id, map[string]string{
		"template": docker.ID, "tags": "docker dev", "cores": "4", "memory": "4096", "swap": "0", "disk": "32",
		"storage": "local-lvm", "bridge": "vmbr1", "unprivileged": "1", "nesting": "1", "hostname": "", "vmid": "",
	})
	at := "/containers/new/" + id
	a = c.get(at+"/configure", http.StatusOK)
	a.says("New container: Docker host", "Engine and Compose.")
	a.has("<em>Debian 13</em>, unprivileged, nesting", "<em>4 cores</em>, <em>4 GiB</em> memory, no swap, <em>32 GiB</em> on local-lvm")
	isAWholePage(a)
	if got := a.fieldValue("bridge"); got != "vmbr1" {
		t.Errorf("the bridge is %q", got)
	}
	if got := a.fieldValue("ostemplate"); !strings.Contains(got, "debian-13-standard") {
		t.Errorf("the OS template is %q", got)
	}
}

func TestAnotherTemplateKeepsWhatWasTyped(t *testing.T) {
	t.Parallel()
	c, _, _ := miraAtHome(t)
	docker, wiki := c.template(dockerHost()), c.template(wiki())
	id := c.draftFrom(docker)
	at := "/containers/new/" + id
	form := url.Values{"hostname": {"linkding"}, "vmid": {"142"}, "cores": {"3"}, "memory": {"4096"}, "description": {"Links"}}
	c.post(at+"/keep", form, http.StatusSeeOther)
	c.post(at+"/template", url.Values{"template": {wiki.ID}}, http.StatusSeeOther).leadsTo(at + "/configure")
	c.holds(id, map[string]string{
		"template": wiki.ID, "hostname": "linkding", "vmid": "142", "cores": "3", "description": "Links", // as typed
		"tags": "web", "memory": "256", "swap": "512", "disk": "4", "storage": "", "bridge": "", "nesting": "0", // as filled in
	})
	if got := c.get(at+"/template", http.StatusOK).radio("template"); got != wiki.ID {
		t.Errorf("%q is marked", got)
	}
	c.post(at+"/template", url.Values{"template": {"none"}}, http.StatusSeeOther)
	c.holds(id, map[string]string{"template": "none", "hostname": "linkding", "cores": "3", "memory": "512", "tags": "", "nesting": "1"})
	c.get(at+"/configure", http.StatusOK).says("Without a template")
}

// What the form shows in its lists while nobody chose is sent with it, and yet nobody typed it.
func TestWhatAListOfferedIsNotTyped(t *testing.T) {
	t.Parallel()
	c, _, _ := miraAtHome(t)
	docker := c.template(dockerHost())
	id := c.draft()
	at := "/containers/new/" + id
	a := c.get(at+"/configure", http.StatusOK)
	form := url.Values{}
	for _, name := range []string{"ostemplate", "storage", "bridge"} {
		offered := hiddenValue(a, "offered_"+name)
		if offered == "" {
			t.Fatalf("nothing is offered for %s", name)
		}
		form.Set("offered_"+name, offered)
		form.Set(name, offered)
	}
	c.post(at+"/keep", form, http.StatusSeeOther)
	c.post(at+"/template", url.Values{"template": {docker.ID}}, http.StatusSeeOther)
	c.holds(id, map[string]string{"storage": "local-lvm", "bridge": "vmbr1", "ostemplate": ""})

	form.Set("bridge", "vmbr0") // chosen, though first in the list
	form.Set("offered_bridge", "vmbr1")
	c.post(at+"/keep", form, http.StatusSeeOther)
	c.post(at+"/template", url.Values{"template": {"none"}}, http.StatusSeeOther)
	c.holds(id, map[string]string{"bridge": "vmbr0", "storage": ""})
}

func TestAPreferenceThatTheNodeLacksIsLeftOpen(t *testing.T) {
	t.Parallel()
	c, _, _ := miraAtHome(t)
	docker := dockerHost()
	docker.Storage, docker.Bridge = "tank", "vmbr9"
	id := c.draftFrom(c.template(docker))
	a := c.get("/containers/new/"+id+"/configure", http.StatusOK)
	for _, name := range []string{"storage", "bridge"} {
		if got := a.fieldError(name); got != "" {
			t.Errorf("%s says %q", name, got)
		}
	}
	a.lacks("tank", "vmbr9")
}

func TestTheNewestArchiveWithTheTemplatesNameIsTaken(t *testing.T) {
	t.Parallel()
	c, cluster, _ := miraAtHome(t)
	cluster.RemoveOSTemplates()
	for _, version := range []string{"12.2-1", "12.12-1", "12.7-1"} {
		cluster.AddOSTemplate("pve1", "local", "debian-12-standard_"+version+"_amd64.tar.zst")
	}
	cluster.AddOSTemplate("pve1", "local", "debian-13-standard_13.1-2_amd64.tar.zst")
	docker := dockerHost()
	docker.OSTemplate = "debian-12-standard"
	at := "/containers/new/" + c.draftFrom(c.template(docker))
	if got := c.get(at+"/configure", http.StatusOK).fieldValue("ostemplate"); got != "local:vztmpl/debian-12-standard_12.12-1_amd64.tar.zst" {
		t.Errorf("chosen is %q", got)
	}
}

func TestAnArchiveThatIsNotThereIsOfferedBesideOthers(t *testing.T) {
	t.Parallel()
	c, cluster, _ := miraAtHome(t)
	cluster.RemoveOSTemplates()
	cluster.AddOSTemplate("pve1", "local", "debian-13-standard_13.1-2_amd64.tar.zst")
	id := c.draftFrom(c.template(wiki()))
	at := "/containers/new/" + id
	a := c.get(at+"/configure", http.StatusOK)
	a.says("Wiki is made for alpine-3.22-default, which pve1 does not have.", "Choose one, or download alpine-3.22-default")
	if got := a.fieldValue("ostemplate"); got != "" {
		t.Errorf("%q is chosen", got)
	}
	appliance := a.fieldValue("appliance")
	if !strings.HasPrefix(appliance, "alpine-3.22-default_") {
		t.Errorf("%q is picked for the download", appliance)
	}
	c.post(at+"/fetch", url.Values{"appliance": {appliance}, "template_storage": {"local"}}, http.StatusSeeOther)
	list, err := c.app.Store.Jobs(c.user.ID, "", 1)
	if err != nil || len(list) != 1 {
		t.Fatalf("%d jobs, %v", len(list), err)
	}
	c.ended(list[0].ID)
	a = c.get(at+"/configure", http.StatusOK)
	if got := a.fieldValue("ostemplate"); got != "local:vztmpl/"+appliance {
		t.Errorf("then %q is chosen", got)
	}
	a.lacks("is made for alpine")

	c.post(at+"/template", url.Values{"template": {"none"}}, http.StatusSeeOther)
	c.holds(id, map[string]string{"ostemplate": ""})
}

func TestAnotherNodeIsAskedForTheTemplatesArchive(t *testing.T) {
	t.Parallel()
	c, cluster, _ := miraAtHome(t)
	cluster.AddOSTemplate("pve1", "local", "debian-13-standard_13.99-1_amd64.tar.zst")
	second := c.app.cluster(sim.Config{Members: []string{"nuc"}})
	second.RemoveOSTemplates()
	second.AddOSTemplate("nuc", "local", "debian-13-standard_13.1-2_amd64.tar.zst")
	nuc, _ := c.app.node(c.user, second, "nuc")
	at := "/containers/new/" + c.draftFrom(c.template(dockerHost()))
	a := c.get(at+"/configure", http.StatusOK)
	first := a.fieldValue("ostemplate")
	if !strings.Contains(first, "13.99-1") {
		t.Fatalf("on pve1 %q is chosen", first)
	}
	a = c.htmxPost(at+"/node", url.Values{"node": {nuc.ID}, "ostemplate": {first}, "offered_ostemplate": {first}}, http.StatusOK)
	if got := a.fieldValue("ostemplate"); got != "local:vztmpl/debian-13-standard_13.1-2_amd64.tar.zst" {
		t.Errorf("on nuc %q is chosen", got)
	}
}

func TestTheTemplatesAreSearched(t *testing.T) {
	t.Parallel()
	c := newTestApp(t).signedIn("mira")
	docker, wiki := c.template(dockerHost()), c.template(wiki())
	a := c.get("/containers/new?q=ENGINE", http.StatusOK)
	a.says("Docker host")
	a.lacks(wiki.ID)
	isAWholePage(a)
	a = c.htmxGet("/containers/new?q=web&template="+docker.ID, http.StatusOK)
	a.says("Wiki", "Docker host") // which is chosen
	a.lacks("<html")
	if got := a.radio("template"); got != docker.ID {
		t.Errorf("%q is marked", got)
	}
	c.get("/containers/new?q=nothing+like+it", http.StatusOK).says("No template has “nothing like it” in its name, description or tags.")
}

func TestATemplateThatIsGone(t *testing.T) {
	t.Parallel()
	ta := newTestApp(t)
	c, jonas := ta.signedIn("mira"), ta.signedIn("jonas")
	c.silentNode("pve1")
	docker, theirs := c.template(dockerHost()), jonas.template(wiki())
	c.post("/containers/new", url.Values{"template": {theirs.ID}}, http.StatusUnprocessableEntity).says("There is no template")
	id := c.draftFrom(docker)
	at := "/containers/new/" + id
	c.post(at+"/template", url.Values{"template": {theirs.ID}}, http.StatusUnprocessableEntity).says("There is no template")
	c.holds(id, map[string]string{"template": docker.ID})

	if err := ta.Store.DeleteTemplate(c.user.ID, docker.ID); err != nil {
		t.Fatal(err)
	}
	const gone = "The selected template was deleted; choose another, or none"
	if got := c.get(at+"/template", http.StatusOK).fieldError("template"); got != gone {
		t.Errorf("says %q", got)
	}
	c.get(at+"/review", http.StatusOK).says(gone)
	c.post(at+"/template", url.Values{"template": {"none"}}, http.StatusSeeOther)
	c.holds(id, map[string]string{"cores": "1", "tags": ""})
}

// created makes a container of a draft with these fields, and returns its job.
func (c *client) created(fields url.Values) store.Job {
	c.t.Helper()
	at := "/containers/new/" + c.draft()
	form := c.filled(at)
	for name, v := range fields {
		form[name] = v
	}
	j := c.ended(c.begun(c.post(at+"/review", form, http.StatusSeeOther)).ID)
	if j.State != store.JobDone {
		c.t.Fatalf("the job ended %s: %+v", j.State, j.Problem)
	}
	return j
}

func TestWhatWasUsedLastIsChosenAgainWhereItIsStillOffered(t *testing.T) {
	t.Parallel()
	const key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJdD7y3aLq454yWBdwLWbieU1ebz9/cu7/QEXn9OIeZJ mira@desk"
	c, cluster, _ := miraAtHome(t)
	cluster.AddStorage("pve1", sim.Storage{Name: "shelf", Kind: "dir", Contents: []string{"rootdir"}, Size: 90 << 30, Used: 10 << 30})
	at := "/containers/new/" + c.draft()
	if got := c.get(at+"/configure", http.StatusOK).fieldValue("storage"); got != "local-lvm" {
		t.Fatalf("the first time the storage is %q, want the one with the most room", got)
	}
	c.created(url.Values{"vmid": {"142"}, "hostname": {"links"}, "storage": {"shelf"}, "bridge": {"vmbr1"}, "tags": {"web home"}, "ssh_keys": {key}})

	id := c.draft()
	c.holds(id, map[string]string{"tags": "web home", "ssh_keys": key, "storage": "", "bridge": "", "hostname": "", "vmid": ""})
	a := c.get("/containers/new/"+id+"/configure", http.StatusOK)
	if a.fieldValue("storage") != "shelf" || a.fieldValue("bridge") != "vmbr1" {
		t.Errorf("%q and %q are chosen", a.fieldValue("storage"), a.fieldValue("bridge"))
	}
	a.has("<em>1 SSH key</em> (mira@desk)", "<em>web, home</em>, no note")
	c.holds(c.draftFrom(c.template(wiki())), map[string]string{"tags": "web", "ssh_keys": key}) // a template's own tags go first

	// What is not offered any more, or too small, is not chosen; nor is what another user has used.
	large := dockerHost()
	large.Storage, large.Disk = "", 100
	if got := c.get("/containers/new/"+c.draftFrom(c.template(large))+"/configure", http.StatusOK).fieldValue("storage"); got != "local-lvm" {
		t.Errorf("for 100 GiB %q is chosen", got)
	}
	second := c.app.cluster(sim.Config{Members: []string{"nuc"}})
	nuc, _ := c.app.node(c.user, second, "nuc")
	if got := c.htmxPost("/containers/new/"+id+"/node", url.Values{"node": {nuc.ID}}, http.StatusOK).fieldValue("bridge"); got != "vmbr0" {
		t.Errorf("on a node where nothing was created yet the bridge is %q", got)
	}
	jonas := c.app.signedIn("jonas")
	c.app.node(jonas.user, cluster, "pve1")
	jonas.holds(jonas.draft(), map[string]string{"tags": "", "ssh_keys": ""})
}

func TestAnotherContainerTakesTheSystemOfTheFirstAndNoOtherInSilence(t *testing.T) {
	t.Parallel()
	c, cluster, _ := miraAtHome(t)
	const twelve = "debian-12-standard_12.12-1_amd64.tar.zst"
	cluster.AddOSTemplate("pve1", "local", twelve)
	j := c.created(url.Values{"vmid": {"142"}, "hostname": {"links"}, "ostemplate": {"local:vztmpl/" + twelve}})
	another := func(vmid string) answer {
		t.Helper()
		return c.follow(c.post("/containers/"+j.NodeID+"/"+vmid+"/another", nil, http.StatusSeeOther), http.StatusOK)
	}
	if got := another("142").fieldValue("ostemplate"); got != "local:vztmpl/"+twelve {
		t.Errorf("%q is chosen", got)
	}
	cluster.RemoveOSTemplates()
	cluster.AddOSTemplate("pve1", "local", "debian-13-standard_13.1-2_amd64.tar.zst")
	c.app.Fleet.NodeChanged(j.NodeID) // what it listed before is forgotten
	a := another("142")
	a.says("links has debian-12-standard, which pve1 does not have.", "no OS template chosen yet")
	if got := a.fieldValue("ostemplate"); got != "" {
		t.Errorf("%q is chosen in its place", got)
	}
	cluster.Add(sim.Guest{VMID: 150, Name: "odd", OSType: "unmanaged"})
	a = another("150")
	a.says("Which system odd has is not known. Choose one.")
	if got := a.fieldValue("ostemplate"); got != "" {
		t.Errorf("%q is chosen for a system that is not known", got)
	}
}
