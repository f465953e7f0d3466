package handlers

import (
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/net/html"

	"berth/fleet"
	"berth/proxmox/sim"
	"berth/store/storetest"
)

// lessPatient waits long enough for what comes on a slow machine, and no longer for what a test holds back.
var lessPatient = fleet.Config{RefreshWait: storetest.Patience, ListsWait: 3 * time.Second, VerdictWait: 3 * time.Second}

// hold lets calls to a path of the host wait until it is told to go on.
func hold(t *testing.T, cluster *sim.Cluster, path string, where map[string]string) (release func()) {
	t.Helper()
	held := make(chan struct{})
	remove := cluster.Inject(sim.Fault{Method: "GET", Path: path, Where: where, Then: func() { <-held }})
	release = sync.OnceFunc(func() {
		remove()
		close(held)
	})
	t.Cleanup(release)
	return release
}

// eventually asks for a part of a page, as htmx does, until it says something.
func (c *client) eventually(path, words string) answer {
	c.t.Helper()
	for until := time.Now().Add(40 * time.Second); ; {
		a := c.htmxGet(path, http.StatusOK)
		if strings.Contains(a.text(), words) {
			return a
		}
		if time.Now().After(until) {
			c.t.Fatalf("%s never says %q:\n%s", path, words, a.text())
		}
	}
}

func chosenIn(a answer, field string) (element, value string) {
	n := find(a.doc(), func(n *html.Node) bool { return attr(n, "id") == field })
	if n == nil {
		return "", ""
	}
	return n.Data, a.fieldValue(field)
}

func TestAStorageThatIsLateEmptiesNoList(t *testing.T) {
	t.Parallel()
	c, cluster, _, _ := newTestAppWith(t, t.TempDir(), lessPatient).aboard()
	c.get("/", http.StatusOK)
	release := hold(t, cluster, "/nodes/{node}/storage", nil)
	at := "/containers/new/" + c.draft()
	a := c.get(at+"/configure", http.StatusOK)
	if element, value := chosenIn(a, "storage"); element != "select" || value != "local-lvm" {
		t.Errorf("the storage is a %s with %q, want the one that is known", element, value)
	}
	if element, _ := chosenIn(a, "bridge"); element != "select" {
		t.Errorf("the bridge is a %s", element)
	}
	a.says("pve1 is slow to list its storages; they appear when they arrive")
	a.has(`hx-get="` + at + `/list?field=storage"`)
	release()
	a = c.eventually(at+"/ostemplate", "debian-13-standard")
	a.lacks("is slow")
	a = c.htmxGet(at+"/list?field=storage&storage=local-lvm", http.StatusOK)
	a.says("local-lvm")
	a.lacks("is slow", "<html")
	c.get(at+"/configure", http.StatusOK).lacks("is slow")
	c.htmxGet(at+"/list?field=hostname", http.StatusNotFound)
}

func TestABackupServerThatTakesItsTimeIsShownWhenItComes(t *testing.T) {
	t.Parallel()
	c, cluster, _, at := newTestAppWith(t, t.TempDir(), lessPatient).aboard()
	shelves(cluster)
	cluster.Add(sim.Guest{VMID: 101, Name: "web", Backups: []sim.Backup{
		{Storage: "local", Age: time.Hour, Size: 5 << 30, Note: "kept here"}, {Storage: "vault", Age: 2 * time.Hour, Size: 6 << 30, Note: "kept far away"},
	}})
	release := hold(t, cluster, "/nodes/{node}/storage/{storage}/content", map[string]string{"storage": "vault"})
	a := c.get(at+"/101/backups", http.StatusOK)
	isAWholePage(a)
	a.says("kept here", "The storage vault has not answered yet; its content appears when it does.", "Back up now")
	a.lacks("kept far away", "does not answer")
	a.has(`hx-get="` + at + `/101/backups"`)
	release()
	c.eventually(at+"/101/backups", "kept far away").says("kept here")
	c.get(at+"/101/backups", http.StatusOK).lacks("has not answered yet")
}

func TestAStorageThatErrsIsNamedInItsOwnWords(t *testing.T) {
	t.Parallel()
	const why = "unable to activate storage 'vault' - directory '/mnt/pve/vault' does not exist or is unreachable"
	c, cluster, _, at := keeping(t, sim.Guest{VMID: 101, Name: "web", Backups: []sim.Backup{{Storage: "local", Age: time.Hour, Size: 5 << 30, Note: "kept here"}}})
	cluster.AddStorage("pve1", sim.Storage{Name: "nas", Kind: "nfs", Contents: []string{"vztmpl", "rootdir", "backup"}, Inactive: true})
	cluster.Inject(sim.Fault{Method: "GET", Path: "/nodes/{node}/storage/{storage}/content", Where: map[string]string{"storage": "vault"}, Status: 500, Message: why + "\n"})
	a := c.get(at+"/101/backups", http.StatusOK)
	a.says("kept here", "The storage vault could not be read: "+why+".", "The storage nas is not active, so its content is not known.")
	a.lacks("pve1 refused", "It is not there any more")

	draft := "/containers/new/" + c.draft()
	a = c.get(draft+"/configure", http.StatusOK)
	a.says("The storage nas is not active on pve1, so nothing can be stored on it.", "The storage nas is not active, so its content is not known.")
	if element, value := chosenIn(a, "ostemplate"); element != "select" || !strings.Contains(value, "debian-13") {
		t.Errorf("the OS template is a %s with %q", element, value)
	}
	c.get(at+"/101/clone", http.StatusOK).says("The storage nas is not active on pve1")
}

func TestWhatIsChosenByDefaultFits(t *testing.T) {
	t.Parallel()
	c, cluster, _ := miraAtHome(t)
	const gib = 1 << 30
	cluster.RemoveOSTemplates()
	for _, file := range []string{
		"alpine-3.22-default_20250617_amd64.tar.xz", "debian-12-standard_12.12-1_amd64.tar.zst", "debian-13-standard_13.1-2_amd64.tar.zst",
		"debian-13-standard_13.0-1_amd64.tar.zst", "debian-13-turnkey-core_19.0-1_amd64.tar.gz", "ubuntu-24.04-standard_24.04-2_amd64.tar.zst",
	} {
		cluster.AddOSTemplate("pve1", "local", file)
	}
	cluster.AddStorage("pve1", sim.Storage{Name: "a-full", Kind: "dir", Contents: []string{"rootdir", "vztmpl", "backup"}, Size: 90 * gib, Used: 90 * gib})
	cluster.AddStorage("pve1", sim.Storage{Name: "b-asleep", Kind: "nfs", Contents: []string{"rootdir"}, Size: 9000 * gib, Inactive: true})
	cluster.AddStorage("pve1", sim.Storage{Name: "z-lvm", Kind: "lvm", Contents: []string{"rootdir"}, Size: 4000 * gib, Used: 3000 * gib})
	at := "/containers/new/" + c.draft()
	a := c.get(at+"/configure", http.StatusOK)
	if _, value := chosenIn(a, "storage"); value != "z-lvm" {
		t.Errorf("%s is chosen, want the one with the most room", value)
	}
	if _, value := chosenIn(a, "ostemplate"); value != "local:vztmpl/debian-13-standard_13.1-2_amd64.tar.zst" {
		t.Errorf("%s is chosen, want the newest Debian", value)
	}
	form := c.filled(at)
	form.Set("disk", "2000")
	form.Del("storage")
	c.post(at+"/configure", form, http.StatusUnprocessableEntity)
	a = c.get(at+"/configure", http.StatusOK)
	a.says("Choose one: none has room for 2000 GiB")
	if _, value := chosenIn(a, "storage"); value != "" {
		t.Errorf("%s is chosen, though no disk of 2000 GiB fits", value)
	}
}

func TestADiskThatItsStorageHasNoRoomForIsSaidBeforeAnythingIsMade(t *testing.T) {
	t.Parallel()
	c, cluster, _ := miraAtHome(t)
	const gib = 1 << 30
	cluster.AddStorage("pve1", sim.Storage{Name: "full", Kind: "dir", Contents: []string{"rootdir"}, Size: 90 * gib, Used: 90 * gib})
	cluster.AddStorage("pve1", sim.Storage{Name: "thick", Kind: "lvm", Contents: []string{"rootdir"}, Size: 100 * gib, Used: 40 * gib})
	at := "/containers/new/" + c.draft()
	form := c.filled(at)
	for _, tt := range []struct{ storage, disk, wrong, warns string }{
		{"full", "1", "full is full; choose another storage", ""},
		{"thick", "60", "", ""},
		{"thick", "61", "thick has 60 GiB free, less than a disk of 61 GiB, and it allocates the whole disk at once", ""},
		{"local-lvm", "341", "local-lvm has 340 GiB in all, less than a disk of 341 GiB", ""},
		{"local-lvm", "300", "", "local-lvm has 274 GiB free, less than a disk of 300 GiB. It can be created"},
		{"local-lvm", "8", "", ""},
	} {
		form.Set("storage", tt.storage)
		form.Set("disk", tt.disk)
		check := c.htmxPost(at+"/check?field=disk", form, http.StatusOK)
		check.says(tt.wrong, tt.warns)
		if tt.wrong != "" {
			a := c.post(at+"/configure", form, http.StatusUnprocessableEntity)
			if !strings.Contains(a.fieldError("disk"), tt.wrong) {
				t.Errorf("%s GiB on %s: %q", tt.disk, tt.storage, a.fieldError("disk"))
			}
			c.post(at+"/review", url.Values{}, http.StatusUnprocessableEntity).says(tt.wrong)
			continue
		}
		c.post(at+"/configure", form, http.StatusSeeOther)
		review := c.get(at+"/review", http.StatusOK)
		review.says(tt.warns)
		if tt.warns == "" {
			review.lacks("less than a disk of")
		}
	}
}
