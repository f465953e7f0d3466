package handlers

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"berth/jobs"
	"berth/proxmox"
	"berth/store"
)

// links is the address of a container's links.
func (h harbour) links(vmid string) string {
	return "/containers/" + h.node.ID + "/" + vmid + "/links"
}

// row is a container's row on the dashboard.
func (h harbour) row(vmid string) string {
	h.t.Helper()
	_, rest, _ := strings.Cut(h.get("/?view=list", http.StatusOK).body, `<tr id="row-`+h.node.ID+`-`+vmid+`"`)
	row, _, found := strings.Cut(rest, "</tr>")
	if !found {
		h.t.Fatalf("there is no row of %s", vmid)
	}
	return row
}

// opens is what Open in a row leads to; "" where there is none.
func (h harbour) opens(vmid string) string {
	h.t.Helper()
	_, rest, _ := strings.Cut(h.row(vmid), `class="open-app" href="`)
	to, _, _ := strings.Cut(rest, `"`)
	return to
}

func TestWhatALookFindsIsOpenedFromThen(t *testing.T) {
	t.Parallel()
	h, _ := inhabited(t)
	h.cluster.RunService(101, "secure-admin", "", 8443)
	page := "/containers/" + h.node.ID + "/101"
	h.get(page, http.StatusOK).says("None found yet")
	if got := h.opens("101"); got != "" {
		t.Errorf("before anything is found, Open leads to %q", got)
	}
	h.get(h.services("101")+"?look=1", http.StatusOK)
	h.cluster.ResetCalls()
	if got := h.opens("101"); got != "https://192.0.2.61:8443/" {
		t.Errorf("Open leads to %q", got)
	}
	a := h.get(page, http.StatusOK)
	a.has(`href="https://192.0.2.61:8443/" target="_blank" rel="noopener noreferrer"`, `href="http://192.0.2.61/"`, `popovertarget="apps"`)
	a.says("Open Secure admin", "Nginx", "Secure admin")
	h.htmxGet(page+"/menu", http.StatusOK).says("Open Secure admin", "Open Nginx", "Console")

	// The address is filled in when it is shown.
	h.get(h.services("102")+"?look=1", http.StatusOK)
	before := h.opens("102")
	h.cluster.SetAddress(102, "192.0.2.77/24")
	h.app.clock.Advance(time.Minute)
	h.get(h.services("102")+"?look=1", http.StatusOK)
	if got := h.opens("102"); got != "http://192.0.2.77/" || before == got || before == "" {
		t.Errorf("at another address, Open leads to %q", got)
	}
	h.ended(h.act(101, store.JobStop).ID)
	h.app.clock.Advance(20 * time.Second)
	h.get("/", http.StatusOK)
	if got := h.opens("101"); got != "" {
		t.Errorf("of a container that is stopped, Open leads to %q", got)
	}
}

// A link that a look found leads nowhere once its port is closed: Open takes the next one, and a day later it is gone. What
// was mended by hand stays.
func TestAFoundLinkGoesWhenItsPortCloses(t *testing.T) {
	t.Parallel()
	h, _ := inhabited(t)
	h.cluster.RunService(101, "secure-admin", "", 8443)
	h.cluster.RunService(101, "wiki", "", 3000)
	page := "/containers/" + h.node.ID + "/101"
	look := func(after time.Duration) {
		h.app.clock.Advance(after)
		h.get(h.services("101")+"?look=1", http.StatusOK)
	}
	look(0)
	h.post(h.links("101")+"/3", url.Values{"name": {"Our wiki"}, "url": {"http://:3000/"}}, http.StatusSeeOther)
	h.get(page, http.StatusOK).lacks("Not answering")

	h.cluster.StopService(101, "secure-admin")
	h.cluster.StopService(101, "wiki")
	look(time.Minute)
	if got := h.opens("101"); got != "http://192.0.2.61/" {
		t.Errorf("while its port is closed, Open leads to %q", got)
	}
	h.get(page, http.StatusOK).says("Secure admin", "Not answering since", "Our wiki")
	h.cluster.RunService(101, "secure-admin", "", 8443)
	look(time.Minute)
	if got := h.opens("101"); got != "https://192.0.2.61:8443/" {
		t.Errorf("once it answers again, Open leads to %q", got)
	}
	h.get(page, http.StatusOK).lacks("Not answering")

	h.cluster.StopService(101, "secure-admin")
	look(time.Minute)
	look(25 * time.Hour)
	a := h.get(page, http.StatusOK)
	a.lacks("Secure admin", "Not answering")
	a.says("Nginx", "Our wiki")
}

// While a container starts, its ports may be about to open; and after a start nobody has found them closed.
func TestALookDuringAStartClosesNoLink(t *testing.T) {
	t.Parallel()
	h, _ := inhabited(t)
	h.cluster.RunService(101, "wiki", "", 3000)
	look := func() {
		h.app.clock.Advance(10 * time.Second)
		h.get(h.services("101")+"?look=1", http.StatusOK)
	}
	look()
	h.cluster.StopService(101, "nginx")
	look()
	opens := func(when, want string) {
		t.Helper()
		h.app.clock.Advance(20 * time.Second)
		h.get("/", http.StatusOK)
		if got := h.opens("101"); got != want {
			t.Errorf("%s, Open leads to %q", when, got)
		}
	}
	opens("while the first is closed", "http://192.0.2.61:3000/")
	h.ended(h.act(101, store.JobReboot).ID)
	opens("after a reboot", "http://192.0.2.61/")
	h.cluster.StopService(101, "nginx")
	look()
	opens("after a look so soon after the reboot", "http://192.0.2.61/")
}

func TestLinksAreAddedMendedAndRemoved(t *testing.T) {
	t.Parallel()
	h, _ := inhabited(t)
	at := h.links("101")
	h.get(h.services("101")+"?look=1", http.StatusOK)
	h.get(at+"/new", http.StatusOK).has(`action="`+at+`"`, `name="url"`)
	a := h.post(at, url.Values{"name": {""}, "url": {"ftp://nas.home.lan/"}}, http.StatusUnprocessableEntity)
	isAWholePage(a)
	a.says("Enter a name", "begins with http")
	h.post(at, url.Values{"name": {"Films"}, "url": {"https://films.home.lan/"}, "first": {"0", "1"}}, http.StatusSeeOther)
	if got := h.opens("101"); got != "https://films.home.lan/" {
		t.Errorf("the first link is %q", got)
	}
	h.get(at+"/1", http.StatusOK).has(`value="http://:80/"`, `value="Nginx"`)
	h.post(at+"/1", url.Values{"name": {"Start page"}, "url": {"http://192.0.2.61/start"}}, http.StatusSeeOther)
	h.post(at+"/2/remove", nil, http.StatusSeeOther)
	h.app.clock.Advance(10 * time.Second)
	h.get(h.services("101")+"?look=1", http.StatusOK)
	if l, err := h.app.Store.LinksOn(h.user.ID, h.node.Scope, 101); err != nil || len(l.List) != 1 || l.List[0].Name != "Start page" || l.List[0].Path != "/start" || l.List[0].URL != "" {
		t.Errorf("after another look there are %+v, %v", l.List, err)
	}
	h.post(at+"/1/remove", nil, http.StatusSeeOther)
	h.app.clock.Advance(10 * time.Second)
	h.get(h.services("101")+"?look=1", http.StatusOK)
	if got := h.opens("101"); got != "" {
		t.Errorf("what was removed is found again: %q", got)
	}
	for i := range store.MaxLinks {
		h.post(at, url.Values{"name": {"More"}, "url": {fmt.Sprintf("http://:%d/", 9000+i)}}, http.StatusSeeOther)
	}
	h.post(at, url.Values{"name": {"More"}, "url": {"http://:9999/"}}, http.StatusUnprocessableEntity).says("12 links at most")
	for _, path := range []string{at + "/99", at + "/x"} {
		h.get(path, http.StatusNotFound)
		h.post(path, url.Values{"name": {"x"}, "url": {"http://:1/"}}, http.StatusNotFound)
		h.post(path+"/remove", nil, http.StatusNotFound)
	}
	jonas := h.app.signedIn("jonas")
	h.app.node(jonas.user, h.cluster, "pve1")
	for _, path := range []string{at + "/new", at + "/3"} {
		jonas.get(path, http.StatusNotFound)
	}
	for _, path := range []string{at, at + "/3", at + "/3/remove", at + "/left"} {
		jonas.post(path, url.Values{"name": {"x"}, "url": {"http://:1/"}}, http.StatusNotFound)
	}
}

// A container that takes over the VMID of another one that somebody destroyed elsewhere does not lead to that one's app.
func TestLinksOfAnotherContainerAreNotOpened(t *testing.T) {
	t.Parallel()
	h, _ := inhabited(t)
	at := h.links("101")
	h.post(at, url.Values{"name": {"Films"}, "url": {"https://films.home.lan/"}}, http.StatusSeeOther)
	h.cluster.SetConfig(101, "hostname", "shop")
	h.app.clock.Advance(20 * time.Second)
	h.get("/containers/"+h.node.ID+"/101", http.StatusOK).says("1 link is kept for web, which had this VMID before.", "Use them here", "Forget them")
	if got := h.opens("101"); got != "" {
		t.Errorf("Open leads to %q", got)
	}
	h.get(h.services("101")+"?look=1", http.StatusOK)
	h.post(at+"/left", url.Values{"do": {"keep"}}, http.StatusSeeOther)
	if got := h.opens("101"); got != "https://films.home.lan/" {
		t.Errorf("taken over, Open leads to %q", got)
	}
	h.cluster.SetConfig(101, "hostname", "third")
	h.app.clock.Advance(20 * time.Second)
	h.get("/containers/"+h.node.ID+"/101", http.StatusOK)
	h.post(at+"/left", url.Values{"do": {"forget"}}, http.StatusSeeOther)
	h.get("/containers/"+h.node.ID+"/101", http.StatusOK).says("None found yet")
}

// create makes a container by a template with a web page, whose script leaves a login.
func (h harbour) create(vmid int) store.Job {
	h.t.Helper()
	h.cluster.AddOSTemplate("pve1", "local", "debian-13-standard_13.1-2_amd64.tar.zst")
	j, err := h.app.Jobs.CreateProvisioned(h.user.ID, h.node.ID, "", jobs.CreateSpec{Start: true, Params: proxmox.CreateParams{
		VMID: vmid, Hostname: "paperless", OSTemplate: "local:vztmpl/debian-13-standard_13.1-2_amd64.tar.zst", Storage: "local-lvm", Disk: 8, Cores: 1, Memory: 512, Bridge: "vmbr0", IP: "dhcp", Unprivileged: true,
	}}, store.Provision{
		Template: "Paperless", Services: []store.Service{{Name: "paperless", Port: 8000, Path: "/", Scheme: "http"}},
		Scripts: []store.Script{{Name: "install", Enabled: true, Content: "save_credential paperless USER admin\n"}},
	}, nil)
	if err != nil {
		h.t.Fatal(err)
	}
	return h.ended(j.ID)
}

func TestACreateThatIsDoneLeadsOn(t *testing.T) {
	t.Parallel()
	h, _ := inhabited(t)
	j := h.create(120)
	if j.State != store.JobDone {
		t.Fatalf("the job is %s: %+v", j.State, j.Problem)
	}
	h.cluster.WriteFile(120, "/etc/berth/credentials/paperless", "PASSWORD=tide-quarry\n")
	h.cluster.ResetCalls()
	at := "/jobs/" + j.ID
	a := h.get(at, http.StatusOK)
	page := "/containers/" + h.node.ID + "/120"
	a.says("paperless is running", "Open Paperless", "Console", "Show the container", "Show the login", "steps done")
	a.has(`href="http://`+j.Addresses[0]+`:8000/"`, `href="`+page+`/console"`, `href="`+page+`"`, `action="`+page+`/services/credentials"`)
	a.lacks("tide-quarry")
	if n := len(h.cluster.Calls()); n != 0 {
		t.Errorf("the page asked the host %d times", n)
	}
	login := h.htmxPost(page+"/services/credentials?login=1", url.Values{}, http.StatusOK)
	login.says("PASSWORD", "tide-quarry", "/etc/berth/credentials/paperless", "Berth does not store it")
	if got := login.header.Get("Cache-Control"); got != "no-store" {
		t.Errorf("a browser may keep the login: %q", got)
	}
	h.get(at, http.StatusOK).lacks("tide-quarry")
	h.app.keepsNothingOf("tide-quarry")

	h.ended(h.act(120, store.JobStop).ID)
	h.app.clock.Advance(20 * time.Second)
	h.get(page, http.StatusOK)
	a = h.get(at, http.StatusOK)
	a.says("paperless is created", "It does not run now")
	a.lacks("Open Paperless", "Show the login")
}
