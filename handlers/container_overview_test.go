package handlers

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"berth/proxmox"
	"berth/proxmox/sim"
	"berth/store"
)

// rich is a container with much to show.
func rich() sim.Guest {
	return sim.Guest{
		VMID: 101, Name: "jellyfin", Status: "running", Cores: 4, CPU: 0.5, Memory: 1 << 30, MaxMemory: 4 << 30, Swap: 32 << 20, Disk: 30 << 30, MaxDisk: 32 << 30,
		Tags: []string{"media"}, Pool: "home", Description: "# Films\n<script>alert(1)</script>\n[web](http://192.0.2.60:8096) [no](javascript:alert(1))",
		Config: map[string]string{
			"net0": "name=eth0,bridge=vmbr0,firewall=1,gw=192.0.2.1,hwaddr=BC:24:11:00:00:01,ip=192.0.2.60/24,ip6=auto,rate=12.5,tag=20,type=veth",
			"net1": "name=eth1,bridge=vmbr1,hwaddr=BC:24:11:00:00:02,ip=dhcp,link_down=1,type=veth",
			"mp0":  "local-lvm:vm-101-disk-1,mp=/data,size=64G", "mp1": "/srv/media,mp=/media,ro=1", "dev0": "/dev/dri/renderD128",
			"unused0": "local-lvm:vm-101-disk-9", "startup": "order=2,up=30", "protection": "1", "nameserver": "192.0.2.53", "features": "nesting=1,keyctl=1",
		},
		Pending: map[string]string{"nameserver": "192.0.2.54", "searchdomain": "home.example"},
	}
}

func TestAnOverviewLeadsWithMetricsAndHoldsNoSettings(t *testing.T) {
	t.Parallel()
	c, cluster, _, at := aboard(t, rich())
	a := c.get(at+"/101", http.StatusOK)
	isAWholePage(a)
	a.says("50 % of 4 cores", "1 GiB of 4 GiB, swap 32 of 512 MiB", "30 GiB of 32 GiB", "Address 192.0.2.60", "System Debian",
		"Configuration 2 changes wait for a restart", "Films", "alert(1)", "web no")
	a.has(`<h3>Films</h3>`, `href="http://192.0.2.60:8096"`, `<b class="bad">30 GiB</b>`, `data-copy="address"`, `href="`+at+`/101/configuration"`, `hx-get="`+at+`/101/edit?part=description"`)
	a.lacks("<script>alert", "javascript:", "edit?part=memory", "grow?disk", "with the next restart")

	cluster.ResetCalls()
	a = c.get(at+"/101/snapshots", http.StatusOK) // what is known by now stands in the head of every page
	a.says("Address 192.0.2.60", "System Debian", "Configuration 2 changes wait for a restart")
	if n := callsTo(cluster, "/nodes/pve1/lxc/101/pending"); n != 0 {
		t.Errorf("the head costs %d calls", n)
	}
}

func TestAConfigurationTellsAllOfIt(t *testing.T) {
	t.Parallel()
	c, _, _, at := aboard(t, rich())
	a := c.get(at+"/101/configuration", http.StatusOK)
	isAWholePage(a)
	a.says("Debian, amd64, unprivileged", "nesting and keyctl", "/dev/dri/renderD128", "neither it nor its disks can be deleted", "home", "media",
		"4 GiB, swap 512 MiB", "starts with the host, as number 2, 30 s before the next", "now 192.0.2.53", "then 192.0.2.54; search home.example with the next restart",
		"2 changes wait for a restart of the container: the DNS servers and the search domain.",
		"/data 64 GiB on local-lvm, left out of backups local-lvm:vm-101-disk-1", "/media a folder of the host, read only /srv/media", "Unused local-lvm:vm-101-disk-9",
		"vmbr0, VLAN 20, firewall on, at most 12.5 MB/s", "192.0.2.60/24, gateway 192.0.2.1", "by SLAAC", "vmbr1, no firewall, unplugged", "by DHCP", "BC:24:11:00:00:01",
		"Films", "alert(1)", "web no")
	a.has(`<h3>Films</h3>`, `aria-current="page">Configuration`, `href="`+at+`/101/edit?part=memory"`, `hx-get="`+at+`/101/grow?disk=mp0"`)
	a.lacks("<script>alert", "javascript:", "grow?disk=mp1")
}

func TestAnOverviewTellsHowItWasMade(t *testing.T) {
	t.Parallel()
	c, cluster, _, at := aboard(t, sim.Guest{VMID: 101, Name: "web"})
	n := c.nodeOf(at)
	j, err := c.app.Store.AddJobProvision(store.Job{UserID: c.user.ID, NodeID: n.ID, Scope: n.Scope, VMID: 101, Name: "web", Kind: store.JobCreate}, store.Provision{TemplateID: "starter-caddy", Template: "Caddy"}, nil)
	mustNot(t, err)
	end := func(id string) {
		_, err := c.app.Store.UpdateJob(id, nil, func(j *store.Job) error { j.State, j.Made, j.Ended = store.JobDone, true, c.app.Now(); return nil })
		mustNot(t, err)
	}
	end(j.ID)
	for range 12 {
		later, err := c.app.Store.AddJob(store.Job{UserID: c.user.ID, NodeID: n.ID, Scope: n.Scope, VMID: 101, Name: "web", Kind: store.JobStop})
		mustNot(t, err)
		end(later.ID)
	}
	a := c.get(at+"/101/configuration", http.StatusOK)
	a.says("Created", "by job "+j.Label(), "Caddy")
	a.has(`href="/jobs/`+j.ID+`"`, `href="/templates/starter-caddy"`)
	c.get("/jobs/"+j.ID, http.StatusOK).says("from the template Caddy")
	cluster.Add(sim.Guest{VMID: 102, Name: "db"})
	c.get(at+"/102/configuration", http.StatusOK).lacks("Created", "by job")
}

func TestAConfigurationSaysWhatTheTokenLacks(t *testing.T) {
	t.Parallel()
	c, cluster, _, at := aboard(t, rich())
	rights := sim.LeastRights()
	rights["/vms"] = []string{"VM.Audit", "VM.PowerMgmt", "VM.Config.Memory"}
	cluster.SetRights(testToken, rights)
	a := c.get(at+"/101/configuration", http.StatusOK)
	a.says("The token lacks VM.Config.CPU", "The token lacks VM.Config.Network", "The token lacks VM.Config.Options", "The token lacks VM.Config.Disk")
	a.has(at + "/101/edit?part=memory")
	a.lacks("edit?part=cores", "edit?part=description", "grow?disk")
	c.get(at+"/101/edit?part=cores", http.StatusForbidden).says("lacks the right VM.Config.CPU on /vms/101")
	c.post(at+"/101/edit", url.Values{"part": {"cores"}, "cores": {"2"}}, http.StatusForbidden).says("VM.Config.CPU")
	c.get(at+"/101/grow?disk=rootfs", http.StatusForbidden).says("lacks the right VM.Config.Disk on /vms/101")

	rights["/vms"] = nil
	rights["/pool/home"] = sim.LeastRights()["/vms"]
	cluster.SetRights(testToken, rights)
	c.get("/", http.StatusOK) // where the pool is told
	c.app.clock.Advance(2 * time.Minute)
	c.get("/", http.StatusOK)
	c.get(at+"/101/configuration", http.StatusOK).has("edit?part=cores", "grow?disk=rootfs")
	rights["/storage"] = []string{"Datastore.Audit"}
	cluster.SetRights(testToken, rights)
	c.app.clock.Advance(2 * time.Minute)
	c.get(at+"/101/configuration", http.StatusOK).says("The token lacks Datastore.AllocateSpace")
	c.get(at+"/101/grow?disk=rootfs", http.StatusForbidden).says("lacks the right Datastore.AllocateSpace on /storage/local-lvm")
}

// A node that hangs delays the page by a bound, and what was known stands there with its age.
func TestAConfigurationDoesNotWaitForANodeThatHangs(t *testing.T) {
	t.Parallel()
	c, cluster, host, at := aboard(t, rich())
	c.get("/", http.StatusOK)
	c.get(at+"/101/configuration", http.StatusOK)
	release := make(chan struct{})
	defer close(release)
	defer cluster.Inject(sim.Fault{Path: "/nodes/{node}/lxc/{vmid}/pending", Then: func() { <-release }})()
	a := c.get(at+"/101/configuration", http.StatusOK)
	a.says("pve1 did not answer in time; how it is set up is shown as it was at", "vmbr0, VLAN 20")
	c.get(at+"/101", http.StatusOK).says("pve1 did not answer in time", "50 % of 4 cores")
	host.Stop()
	a = c.get(at+"/101/configuration", http.StatusOK)
	a.says("Was running", "does not answer", "vmbr0, VLAN 20")
	a.lacks("edit?part=", "grow?disk")
	if strings.Contains(a.text(), "The token lacks") {
		t.Error("says that a right is missing")
	}
}

func TestALockedContainerIsNotEdited(t *testing.T) {
	t.Parallel()
	c, cluster, _, at := aboard(t, rich())
	cluster.SetLock(101, "backup")
	a := c.get(at+"/101/configuration", http.StatusOK)
	a.says("Locked a backup is running", "Nothing can change it until that has ended.")
	a.lacks("edit?part=", "grow?disk", at+"/101/reboot")
	c.get(at+"/101/edit?part=memory", http.StatusConflict).says("It is locked on pve1 (backup)")
	c.post(at+"/101/grow", url.Values{"disk": {"rootfs"}, "size": {"64"}}, http.StatusConflict)
}

// nodeOf is the node of the URL of containers.
func (c *client) nodeOf(at string) store.Node {
	c.t.Helper()
	n, err := c.app.Store.NodeByID(strings.TrimPrefix(at, "/containers/"))
	mustNot(c.t, err)
	return n
}

func mustNot(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// edited sends the form of a part as the page has it, with some fields changed.
func (c *client) edited(at, part string, changed url.Values, want int) answer {
	c.t.Helper()
	form := url.Values{"part": {part}, "digest": {hiddenValue(c.get(at+"/edit?part="+part, http.StatusOK), "digest")}}
	for name, v := range changed {
		form[name] = v
	}
	return c.post(at+"/edit", form, want)
}

func TestEachPartIsEdited(t *testing.T) {
	t.Parallel()
	c, cluster, _, at := aboard(t, sim.Guest{VMID: 101, Name: "web", Status: "running", Tags: []string{"old"}, Description: "Was there"})
	at += "/101"
	for _, tt := range []struct {
		part   string
		typed  url.Values
		sent   map[string]string // besides the digest
		says   string
		config map[string]string
	}{
		{"hostname", url.Values{"hostname": {" shop "}}, map[string]string{"hostname": "shop"}, "Saved.", map[string]string{"hostname": "shop"}},
		{"cores", url.Values{"cores": {"3"}}, map[string]string{"cores": "3"}, "Saved.", map[string]string{"cores": "3"}},
		{"cores", url.Values{"cores": {""}}, map[string]string{"delete": "cores"}, "Saved.", map[string]string{"cores": ""}},
		{"memory", url.Values{"memory": {"1024"}, "swap": {"512"}}, map[string]string{"memory": "1024"}, "Saved.", map[string]string{"memory": "1024", "swap": "512"}},
		{"memory", url.Values{"memory": {"1024"}, "swap": {"0"}}, map[string]string{"swap": "0"}, "Saved.", map[string]string{"swap": "0"}},
		{"tags", url.Values{"tags": {"Web, prod"}}, map[string]string{"tags": "prod;web"}, "Saved.", map[string]string{"tags": "prod;web"}},
		{"tags", url.Values{"tags": {"web prod"}}, nil, "Nothing was changed", map[string]string{"tags": "prod;web"}},
		{"tags", url.Values{"tags": {""}}, map[string]string{"delete": "tags"}, "Saved.", map[string]string{"tags": ""}},
		{"onboot", url.Values{"onboot": {"0"}}, map[string]string{"onboot": "0"}, "Saved.", map[string]string{"onboot": "0"}},
		{"onboot", url.Values{"onboot": {"0", "1"}}, map[string]string{"onboot": "1"}, "Saved.", map[string]string{"onboot": "1"}},
		{"description", url.Values{"description": {"One;\r\ntwo=2 & 50 %"}}, map[string]string{"description": "One;\ntwo=2 & 50 %"}, "Saved.", map[string]string{"description": "One;\ntwo=2 & 50 %\n"}},
		{"description", url.Values{"description": {""}}, map[string]string{"delete": "description"}, "Saved.", map[string]string{"description": ""}},
		{"dns", url.Values{"nameserver": {"192.0.2.53, 192.0.2.54"}, "searchdomain": {"lan"}}, map[string]string{"nameserver": "192.0.2.53 192.0.2.54", "searchdomain": "lan"}, "It takes effect when the container is restarted", map[string]string{"nameserver": ""}},
		{"dns", url.Values{"nameserver": {"192.0.2.53, 192.0.2.55"}, "searchdomain": {"lan"}}, map[string]string{"nameserver": "192.0.2.53 192.0.2.55"}, "It takes effect when the container is restarted", map[string]string{"nameserver": ""}},
		{"cores", url.Values{"cores": {"2"}}, map[string]string{"cores": "2"}, "Saved.", map[string]string{"cores": "2"}},
	} {
		t.Run(tt.part+" "+tt.typed.Encode(), func(t *testing.T) {
			cluster.ResetCalls()
			answered := c.edited(at, tt.part, tt.typed, http.StatusSeeOther)
			answered.leadsTo(at + "/configuration")
			c.follow(answered, http.StatusOK).says(tt.says)
			var sent map[string]string
			for _, call := range cluster.Calls() {
				if call.Method == http.MethodPut {
					sent = call.Params
				}
			}
			if (sent != nil) != (tt.sent != nil) {
				t.Fatalf("sent %v", sent)
			}
			for _, name := range []string{"node", "vmid"} {
				delete(sent, name)
			}
			if sent != nil && len(sent["digest"]) != 40 {
				t.Errorf("the digest sent is %q", sent["digest"])
			}
			delete(sent, "digest")
			if fmt.Sprint(sent) != fmt.Sprint(tt.sent) {
				t.Errorf("sent %v, want %v", sent, tt.sent)
			}
			for name, want := range tt.config {
				if got := cluster.ConfigOf(101)[name]; got != want {
					t.Errorf("%s is %q, want %q", name, got, want)
				}
			}
		})
	}
	c.get(at+"/configuration", http.StatusOK).says("now as the host", "then 192.0.2.53, 192.0.2.55; search lan with the next restart", "wait for a restart")
	c.started(at+"/reboot", nil)
	c.get(at+"/configuration", http.StatusOK).lacks("with the next restart", "wait for a restart")
}

func TestAFormWithErrorsComesBackWithWhatWasTyped(t *testing.T) {
	t.Parallel()
	c, cluster, _, at := aboard(t, sim.Guest{VMID: 101, Name: "web", Status: "running"})
	at += "/101"
	a := c.edited(at, "memory", url.Values{"memory": {"lots"}, "swap": {"-1"}}, http.StatusUnprocessableEntity)
	isAWholePage(a)
	if a.fieldValue("memory") != "lots" || a.fieldValue("swap") != "-1" || !strings.Contains(a.fieldError("memory"), "not a whole number") || !strings.Contains(a.fieldError("swap"), "too low") {
		t.Error(a.text())
	}
	for part, typed := range map[string]url.Values{
		"hostname": {"hostname": {"my_box"}}, "cores": {"cores": {"0"}}, "tags": {"tags": {"-a"}}, "dns": {"nameserver": {"ns1"}, "searchdomain": {"a_b"}}, "description": {"description": {strings.Repeat("ä", 8193)}},
	} {
		c.edited(at, part, typed, http.StatusUnprocessableEntity)
	}
	for _, call := range cluster.Calls() {
		if call.Method == http.MethodPut {
			t.Errorf("sent %v", call.Params)
		}
	}
	part := c.htmxGet(at+"/edit?part=memory", http.StatusOK)
	part.has(`id="set-memory"`, "data-editing", `hx-post="`+at+`/edit"`, `autofocus`)
	part.lacks("<html")
	c.htmxPost(at+"/edit/check?field=memory", url.Values{"memory": {"1"}}, http.StatusOK).says("too low")
	c.htmxPost(at+"/edit/check?field=memory", url.Values{"memory": {""}}, http.StatusOK).lacks("Type")
	c.htmxPost(at+"/edit/check?field=cores", url.Values{"cores": {"9"}}, http.StatusOK).lacks("data-state")
	c.htmxPost(at+"/edit/check?field=vmid", nil, http.StatusNotFound)
	for _, path := range []string{"/edit?part=vmid", "/grow?disk=mp0", "/grow?disk=net0"} {
		c.get(at+path, http.StatusNotFound)
	}
	for _, path := range []string{"/edit", "/edit?part=", "/grow"} {
		c.get(at+path, http.StatusSeeOther).leadsTo(at + "/configuration")
	}
	other := c.app.signedIn("noah")
	other.app.node(other.user, c.app.cluster(sim.Config{}), "pve1")
	for _, path := range []string{"/edit?part=memory", "/grow?disk=rootfs", "/edit", "/grow"} {
		other.get(at+path, http.StatusNotFound)
	}
	for _, path := range []string{"/edit", "/edit/check?field=memory", "/grow"} {
		other.post(at+path, url.Values{"part": {"memory"}, "memory": {"64"}, "disk": {"rootfs"}, "size": {"64"}}, http.StatusNotFound)
	}
}

// What is saved in its row comes back as the row, with what waits for a restart; what waits is undone there too.
func TestAnEditInPlaceEndsInItsRow(t *testing.T) {
	t.Parallel()
	c, cluster, _, at := aboard(t, sim.Guest{VMID: 101, Name: "web", Status: "running", Config: map[string]string{"nameserver": "192.0.2.1"}})
	at += "/101"
	typed := func(part string, form url.Values) url.Values {
		form.Set("part", part)
		form.Set("digest", hiddenValue(c.htmxGet(at+"/edit?part="+part, http.StatusOK), "digest"))
		return form
	}
	row := c.htmxPost(at+"/edit", typed("memory", url.Values{"memory": {"1024"}, "swap": {"0"}}), http.StatusOK)
	row.has(`id="set-memory" data-saved="Saved."`, "data-edit>", `id="container-tabs"`, `id="waiting"`)
	row.says("Memory 1 GiB, no swap")
	row.lacks("<html", "data-editing", "Undo", "with the next restart")

	row = c.htmxPost(at+"/edit", typed("dns", url.Values{"nameserver": {"192.0.2.53"}, "searchdomain": {""}}), http.StatusOK)
	row.has(`id="set-dns" data-saved="Saved. It takes effect when the container is restarted."`)
	row.says("now 192.0.2.1", "then 192.0.2.53 with the next restart", "Undo", "One change waits for a restart of the container: the DNS servers.", "1 change waits for a restart")

	page := c.get(at+"/configuration", http.StatusOK)
	undo := url.Values{"part": {"dns"}}
	for _, name := range []string{"digest", "nameserver", "searchdomain"} {
		undo.Set(name, hiddenValue(page, name))
	}
	row = c.htmxPost(at+"/edit", undo, http.StatusOK)
	row.says("DNS 192.0.2.1")
	row.lacks("Undo", "with the next restart", "wait for a restart", "waits for a restart")
	if got := cluster.ConfigOf(101)["nameserver"]; got != "192.0.2.1" {
		t.Errorf("the server is %q", got)
	}

	row = c.htmxPost(at+"/edit", typed("description", url.Values{"description": {"*Films*"}}), http.StatusOK)
	row.has(`id="set-description" data-saved="Saved."`, "<em>Films</em>")
	row = c.htmxPost(at+"/edit", typed("tags", url.Values{"tags": {""}}), http.StatusOK)
	row.has(`data-saved="Nothing was changed: it is already like that."`)
}

func TestNobodysChangeIsOverwritten(t *testing.T) {
	t.Parallel()
	c, cluster, _, at := aboard(t, sim.Guest{VMID: 101, Name: "web", Status: "running"})
	at += "/101"
	form := url.Values{"part": {"memory"}, "memory": {"2048"}, "swap": {"256"}, "digest": {hiddenValue(c.get(at+"/edit?part=memory", http.StatusOK), "digest")}}
	cluster.SetConfig(101, "memory", "768")
	a := c.post(at+"/edit", form, http.StatusUnprocessableEntity)
	isAWholePage(a)
	a.says("Somebody else changed its configuration meanwhile, so nothing was saved.", "now it is: 768", "now it is: 512")
	if a.fieldValue("memory") != "2048" || a.fieldValue("swap") != "256" {
		t.Errorf("typed values are gone: %s", a.text())
	}
	if got := cluster.ConfigOf(101); got["memory"] != "768" || got["swap"] != "512" {
		t.Errorf("it was overwritten: %v", got)
	}
	digest := hiddenValue(a, "digest")
	if digest == form.Get("digest") {
		t.Error("the digest is the old one")
	}
	form.Set("digest", digest)
	c.post(at+"/edit", form, http.StatusSeeOther)
	if got := cluster.ConfigOf(101); got["memory"] != "2048" || got["swap"] != "256" {
		t.Errorf("it was not saved: %v", got)
	}

	// Between Berth's look and its change too.
	form.Set("memory", "1024")
	form.Set("digest", hiddenValue(c.get(at+"/edit?part=memory", http.StatusOK), "digest"))
	cluster.Inject(sim.Fault{Method: "PUT", Path: "/nodes/{node}/lxc/{vmid}/config", Times: 1, Then: func() { cluster.SetConfig(101, "cores", "7") }})
	part := c.htmxPost(at+"/edit", form, http.StatusUnprocessableEntity)
	part.says("Somebody else changed", "now it is: 2048")
	part.lacks("<html")
	if got := cluster.ConfigOf(101)["memory"]; got != "2048" {
		t.Errorf("memory is %s", got)
	}
}

func TestADiskIsGrown(t *testing.T) {
	t.Parallel()
	c, cluster, _, at := aboard(t, rich())
	at += "/101"
	a := c.get(at+"/grow?disk=mp0", http.StatusOK)
	isAWholePage(a)
	a.says("Grow /data", "This cannot be undone", "It has 64 GiB now.")
	form := url.Values{"disk": {"mp0"}, "size": {"64"}, "digest": {hiddenValue(a, "digest")}}
	a = c.post(at+"/grow", form, http.StatusUnprocessableEntity)
	isAWholePage(a)
	a.says("64 is too low: it is 65 to", "A disk cannot be made smaller")
	form.Set("size", "80")
	cluster.SetConfig(101, "mp0", "local-lvm:vm-101-disk-1,mp=/data,size=70G")
	a = c.post(at+"/grow", form, http.StatusUnprocessableEntity)
	a.says("Somebody else changed", "It has 70 GiB now.")
	form.Set("digest", hiddenValue(a, "digest"))
	if j := c.started(at+"/grow", form); j.State != store.JobDone || j.Kind != store.JobResize {
		t.Fatalf("ended %s: %+v", j.State, j.Problem)
	}
	if v := proxmox.ParseVolume(cluster.ConfigOf(101)["mp0"]); v.Size != 80<<30 {
		t.Errorf("%+v", v)
	}
	c.get(at+"/configuration", http.StatusOK).says("/data 80 GiB on local-lvm")
	c.get(at+"/events", http.StatusOK).says("Disk resized", "by mira")
	c.get(at+"/grow?disk=mp1", http.StatusNotFound) // a folder of the host
	c.htmxGet(at+"/grow?disk=rootfs", http.StatusOK).has(`id="set-rootfs"`, "data-editing")
}

func TestADiskThatItsStorageHasNoRoomForIsWarnedOf(t *testing.T) {
	t.Parallel()
	c, cluster, _, at := aboard(t, sim.Guest{VMID: 101, Name: "web"})
	at += "/101"
	c.get(at+"/grow?disk=rootfs", http.StatusOK).lacks("free.") // nobody told yet
	c.get("/", http.StatusOK)
	cluster.ResetCalls()
	a := c.get(at+"/grow?disk=rootfs", http.StatusOK)
	a.says("It has 8 GiB now. local-lvm has 274 GiB free.")
	for _, call := range cluster.Calls() {
		if strings.Contains(call.Path, "storage") || strings.Contains(call.Path, "resources") {
			t.Errorf("asks %s for it", call.Path)
		}
	}
	form := url.Values{"disk": {"rootfs"}, "size": {"300"}, "digest": {hiddenValue(a, "digest")}}
	a = c.post(at+"/grow", form, http.StatusUnprocessableEntity)
	isAWholePage(a)
	a.says("That needs 292 GiB, and local-lvm has 274 GiB free.")
	if a.fieldValue("size") != "300" {
		t.Error("what was typed is gone")
	}
	form.Set("beyond", hiddenValue(a, "beyond"))
	form.Set("size", "400")
	c.post(at+"/grow", form, http.StatusUnprocessableEntity).says("That needs 392 GiB") // another size is warned of again
	form.Set("size", "300")
	if j := c.started(at+"/grow", form); j.State != store.JobDone {
		t.Fatalf("ended %s: %+v", j.State, j.Problem)
	}
}

func TestAContainersOwnAddressIsNamedBeforeThoseOfItsVPNAndDocker(t *testing.T) {
	t.Parallel()
	c, _, _, at := aboard(t, sim.Guest{VMID: 101, Name: "cloud", Status: "running", Address: "192.0.2.9/24", Links: []sim.Link{
		{Name: "docker0", MAC: "02:42:00:00:00:01", Address: "172.17.0.1/16"}, {Name: "tailscale0", Address: "100.100.1.2/32"},
	}})
	c.get(at+"/101", http.StatusOK).says("Address 192.0.2.9 100.100.1.2")
	for _, page := range []string{"/", at + "/101"} {
		a := c.get(page, http.StatusOK)
		a.lacks("172.17.0.1")
		own, vpn := strings.Index(a.body, "192.0.2.9"), strings.Index(a.body, "100.100.1.2")
		if own < 0 || vpn >= 0 && vpn < own {
			t.Errorf("%s names 192.0.2.9 at %d, 100.100.1.2 at %d", page, own, vpn)
		}
	}
}
