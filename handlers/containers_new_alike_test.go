package handlers

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"berth/jobs"
	"berth/proxmox/sim"
	"berth/store"
)

// alike adds rows to the fields of the wizard, each as in "143 web-2 192.168.1.21/24".
func alike(fields url.Values, rows ...string) url.Values {
	for i, row := range rows {
		at, v := "alike-"+string(rune('0'+i))+"-", append(strings.Split(row, " "), "", "", "")
		fields.Set(at+"vmid", v[0])
		fields.Set(at+"hostname", v[1])
		fields.Set(at+"ip", v[2])
		fields.Set(at+"ip6", v[3])
	}
	return fields
}

func TestSeveralAlikeAreCreatedAtOnce(t *testing.T) {
	t.Parallel()
	c, cluster, _ := miraAtHome(t, sim.Guest{VMID: 101, Name: "pihole"})
	id := c.draft()
	at := "/containers/new/" + id
	a := c.get(at+"/configure", http.StatusOK)
	a.says("Several alike", "only this one", "Add another")
	a.lacks(`id="alike-0-vmid"`)

	// Without script a button of the form adds a row, and all that was typed stays.
	fields := c.filled(at)
	fields.Set("alike", "add")
	c.post(at+"/alike", fields, http.StatusSeeOther).leadsTo(at + "/configure?open=alike#alike-0-vmid")
	fields.Del("alike")
	a = c.get(at+"/configure?open=alike", http.StatusOK)
	isAWholePage(a)
	if v := a.fieldValue("alike-0-vmid"); v != "" || a.fieldValue("hostname") != "linkding" {
		t.Errorf("VMID %q was suggested beside %q", v, a.fieldValue("hostname"))
	}
	c.post(at+"/keep", alike(fields, "143 web-2", "144 web-3"), http.StatusSeeOther)
	c.get(at+"/configure", http.StatusOK).says("2 more", "web-2 (143), web-3 (144)", "VMID 144 is free", "linkding and 2 more")
	c.post(at+"/keep", alike(fields, "143 web-2", "101 web-3"), http.StatusSeeOther)
	a = c.get(at+"/configure", http.StatusOK)
	a.says("1 value needs correcting", "VMID 143 is free")
	if got := a.fieldError("alike-1-vmid"); !strings.Contains(got, "101 is taken by pihole") {
		t.Errorf("of a VMID that is taken it says %q", got)
	}

	a = c.post(at+"/review", alike(fields, "143 web-2", "101 web-3"), http.StatusUnprocessableEntity)
	a.has(`href="#alike-1-vmid"`)
	a.says("VMID in row 2")
	a = c.post(at+"/review", alike(fields, "143 web-2", "0143 web-3"), http.StatusUnprocessableEntity)
	if got := a.fieldError("alike-1-vmid"); !strings.Contains(got, "used twice here") {
		t.Errorf("of a VMID that two have it says %q", got)
	}
	if n := len(cluster.Guests()); n != 1 {
		t.Fatalf("%d guests while something is wrong", n)
	}

	c.post(at+"/configure", alike(fields, "143 web-2", "144 web-3"), http.StatusSeeOther)
	a = c.get(at+"/review", http.StatusOK)
	a.says("pct create 142 ", "pct create 143 ", "pct create 144 ", "143 web-2; 144 web-3")
	job := c.ended(c.begun(c.post(at+"/review", nil, http.StatusSeeOther)).ID)
	if job.Kind != store.JobBulk || job.Does != store.JobCreate || job.State != store.JobDone {
		t.Fatalf("the job is %+v", job)
	}
	a = c.get("/jobs/"+job.ID, http.StatusOK)
	isAWholePage(a)
	a.says("Create 3 containers", "3 containers are created", "3 of 3 done", "linkding", "web-2", "web-3")
	var made []string
	for _, g := range cluster.Guests() {
		made = append(made, g.Name)
	}
	slices.Sort(made)
	if want := []string{"linkding", "pihole", "web-2", "web-3"}; !slices.Equal(made, want) {
		t.Errorf("there are %q, want %q", made, want)
	}
	c.get(at+"/configure", http.StatusNotFound) // the draft has done its work
}

func TestARowIsJudgedWhileItIsTyped(t *testing.T) {
	t.Parallel()
	c, _, _ := miraAtHome(t, sim.Guest{VMID: 101, Name: "pihole"})
	at := "/containers/new/" + c.draft()
	check := func(field string, rows ...string) answer {
		t.Helper()
		return c.htmxPost(at+"/check?field="+field, alike(url.Values{"vmid": {"142"}, "hostname": {"web"}}, rows...), http.StatusOK)
	}
	a := check("alike-1-vmid", "143 web-2", "144 web-3")
	a.has(`id="alike-1-vmid-verdict"`, `data-state="free"`)
	a.says("VMID 144 is free")
	check("alike-1-vmid", "143 web-2", "101").says("101 is taken by pihole")
	check("alike-1-vmid", "143 web-2", "0143").says("used twice here")
	check("alike-0-vmid", "142").says("used twice here")
	check("alike-0-hostname", "143 WEB").says("give each container its own hostname")
	check("alike-0-vmid", "").has(`id="alike-0-vmid-verdict"`)
	c.htmxPost(at+"/check?field=alike-1-vmid", alike(url.Values{}, "143"), http.StatusNotFound)
}

func TestRowsComeAndGoInPlace(t *testing.T) {
	t.Parallel()
	c, _, _ := miraAtHome(t)
	id := c.draft()
	at := "/containers/new/" + id
	a := c.htmxPost(at+"/alike", url.Values{"hostname": {"web"}, "alike": {"add"}}, http.StatusOK)
	a.has(`id="alike-rows"`, `id="alike-0-vmid"`, "autofocus", `id="told-alike"`, `id="summary"`)
	fields := alike(url.Values{"alike": {"0"}}, "143 web-2", "144 web-3")
	a = c.htmxPost(at+"/alike", fields, http.StatusOK)
	a.says("web-3 (144)", "VMID 144 is free")
	a.lacks("web-2")
	if d := c.kept(id); len(d.Alike) != 1 || d.Alike[0].VMID != "144" || d.Values.Get("hostname") != "web" {
		t.Errorf("the draft has %+v and %v", d.Alike, d.Values)
	}
}

func TestStaticAddressesAreAskedForInEachRow(t *testing.T) {
	t.Parallel()
	c, cluster, _ := miraAtHome(t)
	at := "/containers/new/" + c.draft()
	fields := c.filled(at)
	fields.Set("ip_mode", "static")
	fields.Set("ip", "192.168.1.20/24")
	a := c.post(at+"/review", alike(fields, "143 web-2", "144 web-3 192.168.1.20/24"), http.StatusUnprocessableEntity)
	if got := a.fieldError("alike-0-ip"); !strings.Contains(got, "Enter an address") {
		t.Errorf("of a missing address it says %q", got)
	}
	if got := a.fieldError("alike-1-ip"); !strings.Contains(got, "192.168.1.20 is used twice here") {
		t.Errorf("of an address that two have it says %q", got)
	}
	job := c.ended(c.begun(c.post(at+"/review", alike(fields, "143 web-2 192.168.1.21/24", "144 web-3 192.168.1.22/24"), http.StatusSeeOther)).ID)
	children, err := c.app.Store.Children(c.user.ID, job.ID)
	mustNot(t, err)
	var got []string
	for _, j := range children {
		got = append(got, jobs.CreationOf(j).Params.IP)
	}
	if want := []string{"192.168.1.20/24", "192.168.1.21/24", "192.168.1.22/24"}; !slices.Equal(got, want) || len(cluster.Guests()) != 3 {
		t.Errorf("their addresses are %q, want %q", got, want)
	}
}

func TestOneOfSeveralThatFailsLeadsBackToTheDraft(t *testing.T) {
	t.Parallel()
	c, cluster, _ := miraAtHome(t)
	at := "/containers/new/" + c.draft()
	cluster.Inject(sim.Fault{Method: "POST", Path: "/nodes/{node}/lxc", Times: 1, Task: "no space left on device"})
	job := c.ended(c.begun(c.post(at+"/review", alike(c.filled(at), "143 web-2", "144 web-3"), http.StatusSeeOther)).ID)
	if job.State != store.JobFailed || job.Tally[store.JobFailed] != 1 {
		t.Fatalf("the job is %+v", job)
	}
	a := c.get("/jobs/"+job.ID, http.StatusOK)
	a.says("It did not work for 1 of 3 containers", "Try again for 1 container", "Back to the draft")
	c.get(at+"/configure", http.StatusOK).says("Row 1: web-2", "Row 2: web-3")
	job = c.ended(c.begun(c.post("/jobs/"+job.ID+"/retry", nil, http.StatusSeeOther)).ID)
	if job.State != store.JobDone {
		t.Errorf("after another try it is %s", job.State)
	}
	c.get(at+"/configure", http.StatusNotFound)
}
