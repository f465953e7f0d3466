package handlers

import (
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"berth/proxmox/sim"
	"berth/store"
)

func TestADraftIsSavedAsATemplate(t *testing.T) {
	t.Parallel()
	c, _, _ := miraAtHome(t)
	bucket, err := c.app.Store.PutPackageBucket(store.PackageBucket{UserID: c.user.ID, Name: "tools", Packages: []store.Package{{Manager: "apt", Name: "htop"}}})
	if err != nil {
		t.Fatal(err)
	}
	with := forge()
	with.Buckets = []string{bucket.ID}
	from := c.template(with)
	at := "/containers/new/" + c.draftFrom(from)
	form := c.filled(at)
	form.Set("cores", "6")
	form.Set("tags", "git web")
	c.post(at+"/configure", form, http.StatusSeeOther)
	c.post(at+"/packages", url.Values{"package": {"apt:git", "apt:htop"}, "packages_apt": {"vim"}}, http.StatusSeeOther)
	c.post(at+"/scripts", url.Values{"script": {"extras", "prepare"}, "input_TITLE": {"Ours"}, "input_ADMIN_PASSWORD": {"hunter2"}}, http.StatusSeeOther)

	a := c.post(at+"/save-template", url.Values{"template_name": {"FORGE"}}, http.StatusUnprocessableEntity)
	if got := a.fieldError("template_name"); got != "You already have a template with that name; choose another one" {
		t.Errorf("says %q", got)
	}
	if got := a.fieldValue("template_name"); got != "FORGE" {
		t.Errorf("shows %q", got)
	}
	if got := c.post(at+"/save-template", nil, http.StatusUnprocessableEntity).fieldError("template_name"); got != "Enter a name" {
		t.Errorf("without a name it says %q", got)
	}

	a = c.post(at+"/save-template", url.Values{"template_name": {"Forge with extras"}}, http.StatusSeeOther)
	list, err := c.app.Store.Templates(c.user.ID)
	if err != nil || len(list) != 2 {
		t.Fatalf("%d templates, %v", len(list), err)
	}
	got := list[1]
	a.leadsTo("/templates/" + got.ID + "/edit")
	c.follow(a, http.StatusOK).says("The template Forge with extras was saved.")
	if got.Cores != 6 || got.Memory != 1024 || got.Swap != -1 || got.Disk != 8 || got.OSTemplate == "" || !slices.Equal(got.Tags, []string{"git", "web"}) {
		t.Errorf("saved %+v", got)
	}
	if want := []store.Package{{Manager: "apt", Name: "vim"}, {Manager: "apt", Name: "git"}}; !slices.Equal(got.Packages, want) || !slices.Equal(got.Buckets, []string{bucket.ID}) {
		t.Errorf("packages %v, buckets %v", got.Packages, got.Buckets)
	}
	var scripts []string
	for _, s := range got.Scripts {
		if s.Enabled {
			scripts = append(scripts, s.Name)
		}
	}
	if len(got.Scripts) != 3 || !slices.Equal(scripts, []string{"extras", "prepare"}) {
		t.Errorf("scripts %v", got.Scripts)
	}
	if got.Inputs[0].Default != "Ours" || got.Inputs[1].Default != "" || !reflect.DeepEqual(got.Files, from.Files) {
		t.Errorf("inputs %v, files %v", got.Inputs, got.Files)
	}
}

func TestAnotherContainerLikeOneThatIsThere(t *testing.T) {
	t.Parallel()
	c, _, _ := miraAtHome(t)
	at := "/containers/new/" + c.draft()
	form := c.filled(at)
	for name, v := range map[string]string{
		"cores": "3", "memory": "768", "swap": "64", "disk": "12", "bridge": "vmbr1", "vlan": "30", "ip": "192.168.1.72/24", "gateway": "192.168.1.1",
		"tags": "links web", "description": "Bookmarks", "nesting": "0", "onboot": "1", "nameserver": "192.168.1.1", "searchdomain": "home.example",
	} {
		form.Set(name, v)
	}
	c.post(at+"/configure", form, http.StatusSeeOther)
	j := c.ended(c.begun(c.post(at+"/review", nil, http.StatusSeeOther)).ID)
	if j.State != store.JobDone {
		t.Fatalf("the job ended %s: %+v", j.State, j.Problem)
	}
	place := "/containers/" + j.NodeID + "/142"
	c.get(place, http.StatusOK).has(`action="` + place + `/another"`)

	a := c.post(place+"/another", nil, http.StatusSeeOther)
	id, found := strings.CutSuffix(strings.TrimPrefix(a.header.Get("Location"), "/containers/new/"), "/configure")
	if !found {
		t.Fatalf("it leads to %q", a.header.Get("Location"))
	}
	c.holds(id, map[string]string{
		"node": j.NodeID, "cores": "3", "memory": "768", "swap": "64", "disk": "12", "storage": "local-lvm", "bridge": "vmbr1", "vlan": "30",
		"ip_mode": "static", "ip": "", "gateway": "192.168.1.1", "ip6_mode": "none", "tags": "links web", "description": "Bookmarks",
		"unprivileged": "1", "nesting": "0", "onboot": "1", "nameserver": "192.168.1.1", "searchdomain": "home.example",
		"vmid": "", "hostname": "", "ostemplate": "", "template": "none",
	})
	isAWholePage(c.get("/containers/new/"+id+"/configure", http.StatusOK))
	c.post("/containers/"+j.NodeID+"/999/another", nil, http.StatusNotFound)
}

func TestAnotherContainerComesFromTheSameTemplate(t *testing.T) {
	t.Parallel()
	c, cluster, _ := miraAtHome(t)
	docker := c.template(dockerHost())
	at := "/containers/new/" + c.draftFrom(docker)
	form := c.filled(at)
	form.Set("bridge", "vmbr0")
	c.post(at+"/configure", form, http.StatusSeeOther)
	j := c.ended(c.begun(c.post(at+"/review", nil, http.StatusSeeOther)).ID)
	if j.State != store.JobDone {
		t.Fatalf("the job ended %s: %+v", j.State, j.Problem)
	}
	another := func(vmid string) string {
		t.Helper()
		a := c.post("/containers/"+j.NodeID+"/"+vmid+"/another", nil, http.StatusSeeOther)
		id, _ := strings.CutSuffix(strings.TrimPrefix(a.header.Get("Location"), "/containers/new/"), "/configure")
		return id
	}
	c.holds(another("142"), map[string]string{"template": docker.ID, "bridge": "vmbr0", "memory": "1024"})
	cluster.Add(sim.Guest{VMID: 150, Name: "elsewhere"})
	c.holds(another("150"), map[string]string{"template": "none"})

	// It is known by the task that made it, whatever it is called now, and not taken for one that somebody made in its place.
	name := cluster.ConfigOf(142)["hostname"]
	cluster.SetConfig(142, "hostname", "renamed")
	c.holds(another("142"), map[string]string{"template": docker.ID})
	cluster.SetConfig(142, "hostname", name)
	later := time.Now().Add(time.Hour)
	cluster.AddTask("pve1", sim.Ended{Kind: "vzcreate", User: "root@pam", VMID: 142, At: later, Took: time.Second, Exit: "no space left"})
	c.holds(another("142"), map[string]string{"template": docker.ID})
	cluster.AddTask("pve1", sim.Ended{Kind: "vzcreate", User: "root@pam", VMID: 142, At: later, Took: time.Second, Exit: "OK"})
	c.holds(another("142"), map[string]string{"template": "none"})

	// Where the tasks do not tell, its name does.
	cluster.AddTask("pve1", sim.Ended{Kind: "vzrestore", User: "root@pam", VMID: 142, At: later.Add(time.Hour), Took: time.Second, Exit: "OK"})
	c.holds(another("142"), map[string]string{"template": docker.ID})
	cluster.SetConfig(142, "hostname", "renamed")
	c.holds(another("142"), map[string]string{"template": "none"})
}

// What was done inside is chosen again, down to what was left out.
func TestAnotherContainerIsSetUpLikeTheFirst(t *testing.T) {
	t.Parallel()
	h := newTestApp(t).harbour("mira")
	from := forge()
	from.Buckets = []string{h.bucket("tools", store.Package{Manager: "apt", Name: "htop"}, store.Package{Manager: "apt", Name: "less"}).ID}
	from = h.template(from)
	h.cluster.Add(sim.Guest{VMID: 120, Name: "ours"})
	provision := store.Provision{
		TemplateID: from.ID, Template: from.Name,
		Packages: []store.Package{{Manager: "apt", Name: "vim"}, {Manager: "apt", Name: "curl", Version: "9"}, {Manager: "apt", Name: "git"}, {Manager: "apt", Name: "htop"}},
		Scripts:  []store.Script{from.Scripts[2], from.Scripts[0]},
		Inputs:   map[string]string{"TITLE": "Ours", "DB": "postgres"}, Secrets: []string{"ADMIN_PASSWORD"},
	}
	// As its job left it, which ran before.
	j, err := h.app.Store.AddJobProvision(store.Job{UserID: h.user.ID, NodeID: h.node.ID, Kind: store.JobCreate, Scope: h.node.Scope, VMID: 120, Name: "ours"}, provision, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.app.Store.UpdateJob(j.ID, nil, func(j *store.Job) error { j.State = store.JobDone; return nil }); err != nil {
		t.Fatal(err)
	}
	a := h.post("/containers/"+h.node.ID+"/120/another", nil, http.StatusSeeOther)
	id, _ := strings.CutSuffix(strings.TrimPrefix(a.header.Get("Location"), "/containers/new/"), "/configure")
	h.holds(id, map[string]string{"template": from.ID, "packages_apt": "vim\ncurl=9\n", "input_TITLE": "Ours", "input_DB": "postgres", "input_ADMIN_PASSWORD": ""})
	d := h.kept(id)
	if want := []string{"apt:curl", "apt:less", "npm:serve"}; !slices.Equal(slices.Sorted(slices.Values(d.Unticked)), want) {
		t.Errorf("left out are %v, want %v", d.Unticked, want)
	}
	if want := []store.DraftScript{{Name: "extras", On: true}, {Name: "install"}, {Name: "prepare", On: true}}; !slices.Equal(d.Scripts, want) {
		t.Errorf("the scripts are %v, want %v", d.Scripts, want)
	}
}
