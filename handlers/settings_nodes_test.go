package handlers

import (
	"crypto/sha256"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"berth/handlers/settings"
	"berth/proxmox/sim"
	"berth/store"
)

// nodeForm returns the fields to add a member of a cluster.
func (ta *testApp) nodeForm(c *sim.Cluster, h *sim.Host) url.Values {
	return url.Values{"name": {"attic"}, "host": {"127.0.0.1"}, "port": {strconv.Itoa(h.Port)}, "token_id": {testToken}, "token_secret": {ta.tokenOf(c)}}
}

// held is the handle of the secret that a form was kept with.
func (a answer) held() string {
	a.t.Helper()
	n := find(a.doc(), func(n *html.Node) bool { return attr(n, "name") == "held" })
	if n == nil {
		a.t.Fatalf("%s: there is no form of a node", a.what)
	}
	return attr(n, "value")
}

func (ta *testApp) served(c *sim.Cluster, member string) *sim.Host {
	ta.t.Helper()
	h, err := c.Serve(member)
	if err != nil {
		ta.t.Fatal(err)
	}
	return h
}

// onlyNode is the one that a user has.
func (c *client) onlyNode() store.Node {
	c.t.Helper()
	nodes, err := c.app.Store.Nodes(c.user.ID)
	if err != nil || len(nodes) != 1 {
		c.t.Fatalf("%d nodes, %v", len(nodes), err)
	}
	return nodes[0]
}

func (c *client) hasNoNode() {
	c.t.Helper()
	if nodes, err := c.app.Store.Nodes(c.user.ID); err != nil || len(nodes) > 0 {
		c.t.Errorf("%d nodes, %v", len(nodes), err)
	}
}

func TestTheFirstNodeIsTrustedAndBecomesTheDefault(t *testing.T) {
	t.Parallel()
	ta := newTestApp(t)
	c := ta.signedIn("mira")
	cluster := ta.cluster(sim.Config{})
	host := ta.served(cluster, "pve1")
	secret := ta.tokenOf(cluster)
	isAWholePage(c.get("/settings/nodes", http.StatusOK))
	c.get("/settings/nodes", http.StatusOK).says("No nodes yet")
	a := c.get("/settings/nodes/new", http.StatusOK)
	isAWholePage(a)
	a.says("pveum user token add", "VM.Audit")

	form := ta.nodeForm(cluster, host)
	a = c.post("/settings/nodes", form, http.StatusUnprocessableEntity)
	isAWholePage(a)
	a.says("Is this your node?", host.Fingerprint[:2]+":"+host.Fingerprint[2:4], "Proxmox Virtual Environment")
	a.lacks(secret)
	c.hasNoNode()
	held := a.held()
	if held == "" || a.fieldValue("name") != "attic" || a.fieldValue("host") != "127.0.0.1" || a.fieldValue("token_id") != testToken {
		t.Errorf("the form does not hold what was typed\n%s", a.text())
	}

	form.Del("token_secret")
	form.Set("held", held)
	a = c.post("/settings/nodes", form, http.StatusUnprocessableEntity)
	if got := a.fieldError("trust_fingerprint"); got != "" {
		t.Errorf("who was not asked yet is told %q", got)
	}
	form.Set("held", a.held())
	form.Set("asked", host.Fingerprint)
	a = c.post("/settings/nodes", form, http.StatusUnprocessableEntity)
	if got := a.fieldError("trust_fingerprint"); got == "" {
		t.Error("going on without trusting is not told")
	}
	form.Set("held", a.held())
	form.Set("trust_fingerprint", host.Fingerprint)
	added := c.post("/settings/nodes", form, http.StatusSeeOther)
	n := c.onlyNode()
	added.leadsTo("/settings/nodes/" + n.ID + "/added")
	c.follow(added, http.StatusOK).says("attic is added", "the default for new containers", "Create containers : yes")
	if n.Name != "attic" || !n.Default || n.Fingerprint != host.Fingerprint || n.Member != "pve1" || n.Version != "9.2.3" || n.Tested.IsZero() {
		t.Errorf("kept %+v", n)
	}
	a = c.get("/settings/nodes", http.StatusOK)
	isAWholePage(a)
	a.says("attic", "default", "Proxmox VE 9.2.3", "Create containers : yes", "Snapshots : yes")
	a.lacks(secret)
	a = c.get("/settings/nodes/"+n.ID, http.StatusOK)
	isAWholePage(a)
	a.lacks(secret)
	if strings.Contains(ta.log.String(), secret) {
		t.Error("the log holds the secret")
	}
}

func TestANodeThatWasAddedSaysWhatWasFoundAndWhatIsNext(t *testing.T) {
	t.Parallel()
	c, _, _ := miraAtHome(t, sim.Guest{VMID: 101, Name: "pihole", Status: "running"}, sim.Guest{VMID: 102, Name: "jellyfin", Status: "stopped"})
	at := "/settings/nodes/" + c.onlyNode().ID
	a := c.get(at+"/added", http.StatusOK)
	isAWholePage(a)
	a.says("pve1 is added", "See its 2 containers", "1 of them runs.", "on this node, more can be downloaded.", "Let templates work", "Bridges vmbr0, vmbr1", "Storages local-lvm", "What the token may do")
	a.has(`<a class="button primary" href="/">Show containers</a>`, `<a class="button" href="/containers/new">Create one</a>`, `href="`+at+`#ssh"`)
	c.app.signedIn("noah").get(at+"/added", http.StatusNotFound)

	c, _, _ = miraAtHome(t)
	a = c.get("/settings/nodes/"+c.onlyNode().ID+"/added", http.StatusOK)
	a.says("It has no containers yet")
	a.has(`<a class="button primary" href="/containers/new">Create one</a>`)
}

func TestAHeldSecretIsOnesOwn(t *testing.T) {
	t.Parallel()
	ta := newTestApp(t)
	c, other := ta.signedIn("mira"), ta.signedIn("noah")
	cluster := ta.cluster(sim.Config{})
	host := ta.served(cluster, "pve1")
	form := ta.nodeForm(cluster, host)
	held := c.post("/settings/nodes", form, http.StatusUnprocessableEntity).held()
	form.Del("token_secret")
	form.Set("held", held)
	form.Set("trust_fingerprint", host.Fingerprint)
	if got := other.post("/settings/nodes", form, http.StatusUnprocessableEntity).fieldError("token_secret"); got == "" {
		t.Error("another may use it")
	}
	form.Set("token_id", "berth@pve!other")
	c.post("/settings/nodes", form, http.StatusUnprocessableEntity)
	form.Set("token_id", testToken)
	ta.clock.Advance(settings.HoldFor)
	if got := c.post("/settings/nodes", form, http.StatusUnprocessableEntity).fieldError("token_secret"); got == "" {
		t.Error("it is held for ever")
	}
	c.hasNoNode()
}

func TestASecretOutlastsAMistakeBesideIt(t *testing.T) {
	t.Parallel()
	ta := newTestApp(t)
	c := ta.signedIn("mira")
	cluster := ta.cluster(sim.Config{})
	host := ta.served(cluster, "pve1")
	form := ta.nodeForm(cluster, host)
	form.Set("trust_fingerprint", host.Fingerprint)
	form.Set("name", "")
	form.Set("port", "none")
	a := c.post("/settings/nodes", form, http.StatusUnprocessableEntity)
	a.says("it need not be typed again")
	a.lacks(form.Get("token_secret"))

	form.Set("held", a.held())
	form.Set("name", "attic")
	form.Set("port", strconv.Itoa(host.Port))
	form.Set("token_secret", "")
	c.post("/settings/nodes", form, http.StatusSeeOther)
	if secret, err := ta.Store.TokenSecret(c.onlyNode().ID); err != nil || secret != ta.tokenOf(cluster) {
		t.Errorf("another secret is kept, %v", err)
	}

	form.Set("name", "cellar")
	form.Set("token_id", "berth@pve")
	form.Set("token_secret", ta.tokenOf(cluster))
	a = c.post("/settings/nodes", form, http.StatusUnprocessableEntity)
	if a.held() != "" || a.fieldError("token_id") == "" {
		t.Error("a secret is held for no token")
	}
}

func TestEachFailureOfAConnectionHasItsSentence(t *testing.T) {
	t.Parallel()
	ta := newTestApp(t)
	cluster := ta.cluster(sim.Config{})
	host := ta.served(cluster, "pve1")
	web := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(web.Close)
	secure := httptest.NewTLSServer(http.NotFoundHandler())
	t.Cleanup(secure.Close)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed := strconv.Itoa(l.Addr().(*net.TCPAddr).Port)
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	cluster.AddToken("nothing@pve!app", sim.Rights{})
	inFront := func(status int, server, body string) *httptest.Server { // a proxy, of what does not answer behind it
		s := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Server", server)
			w.WriteHeader(status)
			_, _ = w.Write([]byte(body))
		}))
		t.Cleanup(s.Close)
		return s
	}
	strips := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Header.Del("Authorization")
		cluster.Handler("pve1").ServeHTTP(w, r)
	}))
	t.Cleanup(strips.Close)
	at := func(s *httptest.Server) func(url.Values) {
		return func(v url.Values) {
			v.Set("port", strconv.Itoa(s.Listener.Addr().(*net.TCPAddr).Port))
			v.Set("trust_fingerprint", fmt.Sprintf("%X", sha256.Sum256(s.Certificate().Raw)))
		}
	}
	portOf := func(s *httptest.Server) string { return strconv.Itoa(s.Listener.Addr().(*net.TCPAddr).Port) }

	for _, tt := range []struct {
		what   string
		change func(url.Values)
		field  string // that is marked; "" for none
		says   string
	}{
		{"a name that is not known", func(v url.Values) { v.Set("host", "no-such-host.invalid") }, "host", "The name no-such-host.invalid could not be resolved"},
		{"a closed port", func(v url.Values) { v.Set("port", closed) }, "port", "refused the connection"},
		{"a plain web server", func(v url.Values) { v.Set("port", portOf(web)) }, "host", "is not Proxmox VE"},
		{"another web server", func(v url.Values) { v.Set("port", portOf(secure)); v.Del("trust_fingerprint") }, "", "Is this your node?"},
		{"an unknown certificate", func(v url.Values) { v.Del("trust_fingerprint") }, "", "Is this your node?"},
		{"another certificate than the one trusted", func(v url.Values) { v.Set("trust_fingerprint", strings.Repeat("AB", 32)) }, "", "Trusted until now"},
		{"a wrong secret", func(v url.Values) { v.Set("token_secret", "00000000-0000-0000-0000-000000000000") }, "token_secret", "The token was refused"},
		{"an unknown token", func(v url.Values) { v.Set("token_id", "berth@pve!gone") }, "token_secret", "The token was refused"},
		{"1 nginx in front of a host that is off", at(inFront(502, "nginx", "<html><body><h1>502 Bad Gateway</h1></body></html>")), "host", "A proxy answers at 127.0.0.1"},
		{"2 Caddy in front of a host that is off", at(inFront(502, "Caddy", "")), "host", "Proxmox VE behind it does not"},
		{"3 Traefik and its patience", at(inFront(504, "", "Gateway Timeout")), "host", "it cannot reach the host behind it, or not in time"},
		{"4 HAProxy without a server", at(inFront(503, "", "<html>No server is available</html>")), "host", "The answer is 503"},
		{"5 a proxy that takes the token away", at(strips), "host", "The token does not reach attic"},
		{"a token without rights", func(v url.Values) {
			v.Set("token_id", "nothing@pve!app")
			v.Set("token_secret", cluster.AddToken("nothing@pve!app", sim.Rights{}))
		}, "token_id", "privilege separation"},
	} {
		t.Run(tt.what, func(t *testing.T) {
			c := ta.signedIn("user" + strconv.Itoa(len(tt.what)) + "-" + strings.ReplaceAll(tt.what[:3], " ", "-"))
			c.t = t
			form := ta.nodeForm(cluster, host)
			form.Set("trust_fingerprint", host.Fingerprint)
			tt.change(form)
			a := c.post("/settings/nodes", form, http.StatusUnprocessableEntity)
			isAWholePage(a)
			a.says(tt.says)
			a.lacks(form.Get("token_secret"))
			if tt.field != "" && a.fieldError(tt.field) == "" {
				t.Errorf("%s is not marked", tt.field)
			}
			if a.fieldValue("name") != "attic" || a.fieldValue("host") != form.Get("host") || a.fieldValue("port") != form.Get("port") {
				t.Error("what was typed is lost")
			}
			part := c.htmxPost("/settings/nodes", form, http.StatusUnprocessableEntity)
			part.says(tt.says)
			part.lacks("<html")
			c.hasNoNode()
		})
	}
}

func TestEachFieldOfANodeHasItsSentence(t *testing.T) {
	t.Parallel()
	ta := newTestApp(t)
	c := ta.signedIn("mira")
	for _, tt := range []struct{ field, value, says string }{
		{"name", "", "Give the node a name"},
		{"name", strings.Repeat("x", 41), "40 characters at most"},
		{"name", "a\x07b", "visible characters"},
		{"host", "", "Enter the address"},
		{"host", "my host", "not a host name or IP address"},
		{"host", "a/b c", "not a host name or IP address"},
		{"port", "", "1 to 65535"},
		{"port", "eight", "1 to 65535"},
		{"port", "0", "1 to 65535"},
		{"port", "65536", "1 to 65535"},
		{"token_id", "", "Enter the ID"},
		{"token_id", "root", "user, realm and token name"},
		{"token_id", "berth@pve!app=1234", "after the = is the secret"},
		{"token_secret", "", "Enter the secret"},
		{"trust_fingerprint", "abc", "not a SHA-256 fingerprint"},
	} {
		form := url.Values{"name": {"attic"}, "host": {"192.0.2.1"}, "port": {"8006"}, "token_id": {testToken}, "token_secret": {"x"}}
		form.Set(tt.field, tt.value)
		a := c.post("/settings/nodes", form, http.StatusUnprocessableEntity)
		if tt.field == "trust_fingerprint" {
			continue // it is a box to tick on a page that has it; what is posted by hand is just refused
		}
		if got := a.fieldError(tt.field); !strings.Contains(got, tt.says) {
			t.Errorf("%s=%q says %q", tt.field, tt.value, got)
		}
	}
	c.hasNoNode()
}

func TestAnAddressMayBeCopiedFromTheBrowser(t *testing.T) {
	t.Parallel()
	ta := newTestApp(t)
	c := ta.signedIn("mira")
	cluster := ta.cluster(sim.Config{})
	host := ta.served(cluster, "pve1")
	form := ta.nodeForm(cluster, host)
	form.Set("host", "https://127.0.0.1:"+form.Get("port")+"/#v1:0:=node%2Fpve1")
	form.Set("port", "8006")
	form.Set("trust_fingerprint", host.Fingerprint)
	c.post("/settings/nodes", form, http.StatusSeeOther)
	if n := c.onlyNode(); n.Host != "127.0.0.1" || n.Port != host.Port {
		t.Errorf("kept %s %d", n.Host, n.Port)
	}
}

// One sentence says everywhere that pvedaemon does not run, and how to start it.
func TestAHostWithoutPvedaemonIsToldAsThat(t *testing.T) {
	t.Parallel()
	ta := newTestApp(t)
	c := ta.signedIn("mira")
	cluster := ta.cluster(sim.Config{}, sim.Guest{VMID: 101, Name: "web"})
	n, host := ta.node(c.user, cluster, "pve1")
	cluster.SetRights(testToken, sim.Rights{"/": {"Sys.Audit", "VM.Audit", "VM.PowerMgmt", "Datastore.AllocateSpace"}})
	host.StopDaemon(true)
	const says, mends = "pvedaemon is not running on pve1", "systemctl restart pvedaemon"
	c.post("/settings/nodes/"+n.ID+"/test", nil, http.StatusUnprocessableEntity).says(says, mends)
	c.get("/containers/"+n.ID+"/101/snapshots", http.StatusOK).says(says)
	c.get("/", http.StatusOK).says(says, mends)
	c.get("/settings/nodes", http.StatusOK).says(says, mends)
	draft := c.draft()
	c.get("/containers/new/"+draft+"/configure", http.StatusOK)
	c.get("/containers/new/"+draft+"/configure", http.StatusOK).says(says)
	host.StopDaemon(false)
	c.get("/containers/"+n.ID+"/101", http.StatusOK)
	if a := c.get("/", http.StatusOK); strings.Contains(a.text(), says) {
		t.Error("it is said still when it runs again")
	}
	c.post("/settings/nodes/"+n.ID+"/test", nil, http.StatusSeeOther)
}

func TestEditingANode(t *testing.T) {
	t.Parallel()
	ta := newTestApp(t)
	c := ta.signedIn("mira")
	cluster := ta.cluster(sim.Config{})
	n, host := ta.node(c.user, cluster, "pve1")
	at := "/settings/nodes/" + n.ID
	form := ta.nodeForm(cluster, host)
	form.Set("token_secret", "")
	c.post(at, form, http.StatusSeeOther)
	if got := c.onlyNode(); got.Name != "attic" || got.Fingerprint != host.Fingerprint || got.ID != n.ID {
		t.Errorf("kept %+v", got)
	}
	if secret, err := ta.Store.TokenSecret(n.ID); err != nil || secret != ta.tokenOf(cluster) {
		t.Errorf("the secret is %q, %v", secret, err)
	}

	old := host.Fingerprint
	host.Renew()
	a := c.post(at, form, http.StatusUnprocessableEntity)
	a.says("Trusted until now", old[:2]+":"+old[2:4], host.Fingerprint[:2]+":"+host.Fingerprint[2:4])
	form.Set("trust_fingerprint", host.Fingerprint)
	c.post(at, form, http.StatusSeeOther)
	if got := c.onlyNode(); got.Fingerprint != host.Fingerprint {
		t.Error("the new certificate is not pinned")
	}

	cluster.SetRights(testToken, sim.Rights{"/vms": {"VM.Audit"}})
	c.post(at+"/test", nil, http.StatusSeeOther).leadsTo("/settings/nodes")
	a = c.get("/settings/nodes", http.StatusOK)
	isAWholePage(a)
	a.says("Create containers : no", "VM.Allocate on /vms", "pveum acl modify", "List containers : yes")

	host.Stop()
	a = c.post(at+"/test", nil, http.StatusUnprocessableEntity)
	isAWholePage(a)
	a.says("refused the connection")
}

func TestDeletingTheDefaultPromotesTheOldest(t *testing.T) {
	t.Parallel()
	ta := newTestApp(t)
	c, other := ta.signedIn("mira"), ta.signedIn("noah")
	cluster := ta.cluster(sim.Config{Name: "home", Members: []string{"pve1", "pve2"}}, sim.Guest{VMID: 101, Name: "web"})
	first, _ := ta.node(c.user, cluster, "pve1")
	second, _ := ta.node(c.user, cluster, "pve2")
	for _, below := range []string{"", "/delete"} {
		other.get("/settings/nodes/"+first.ID+below, http.StatusNotFound)
	}
	for _, below := range []string{"", "/delete", "/default", "/test"} {
		other.post("/settings/nodes/"+first.ID+below, nil, http.StatusNotFound)
	}

	a := c.get("/settings/nodes/"+first.ID+"/delete", http.StatusOK)
	isAWholePage(a)
	a.says("Its containers stay on the host, untouched.", "pve2 becomes the default", "pveum user token remove")
	c.post("/settings/nodes/"+second.ID+"/test", nil, http.StatusSeeOther)
	c.get("/settings/nodes", http.StatusOK).says("pve2 answers")
	c.post("/settings/nodes/"+first.ID+"/delete", nil, http.StatusSeeOther)
	if n := c.onlyNode(); n.ID != second.ID || !n.Default {
		t.Errorf("left %+v", n)
	}
	if secret, err := ta.Store.TokenSecret(first.ID); err == nil {
		t.Errorf("the secret is still there: %d bytes", len(secret))
	}
	if len(cluster.Guests()) != 1 {
		t.Error("its container is gone")
	}
	a = c.get("/settings/nodes", http.StatusOK)
	a.says("pve2 is the default now", "add pve1")
	a.has("/settings/nodes/new?host=pve1")
	c.post("/settings/nodes/"+second.ID+"/default", nil, http.StatusSeeOther)
}

func TestTheSameHostTwice(t *testing.T) {
	t.Parallel()
	ta := newTestApp(t)
	c := ta.signedIn("mira")
	cluster := ta.cluster(sim.Config{})
	_, host := ta.node(c.user, cluster, "pve1")
	form := ta.nodeForm(cluster, host)
	form.Set("trust_fingerprint", host.Fingerprint)
	c.post("/settings/nodes", form, http.StatusUnprocessableEntity).says("This host has already been added as pve1")
	form.Set("name", "PVE1")
	if got := c.post("/settings/nodes", form, http.StatusUnprocessableEntity).fieldError("name"); got != settings.NameTaken {
		t.Errorf("says %q", got)
	}
	c.onlyNode()
}

// A reverse proxy in front of a cluster presents a certificate that is none of the members'.
func TestWhichHostOfTheClusterThisIsCanBeChosen(t *testing.T) {
	t.Parallel()
	ta := newTestApp(t)
	c := ta.signedIn("mira")
	cluster := ta.cluster(sim.Config{Name: "home", Members: []string{"pve1", "pve2"}})
	proxy := httptest.NewTLSServer(cluster.Handler("pve2"))
	t.Cleanup(proxy.Close)
	form := url.Values{"name": {"attic"}, "host": {"127.0.0.1"}, "port": {strconv.Itoa(proxy.Listener.Addr().(*net.TCPAddr).Port)},
		"token_id": {testToken}, "token_secret": {ta.tokenOf(cluster)}, "trust_fingerprint": {fmt.Sprintf("%X", sha256.Sum256(proxy.Certificate().Raw))}}
	for member, says := range map[string]string{"": "Choose the name", "pve9": "The cluster has no host called pve9"} {
		form.Set("member", member)
		a := c.post("/settings/nodes", form, http.StatusUnprocessableEntity)
		isAWholePage(a)
		if got := a.fieldError("member"); !strings.Contains(got, says) {
			t.Errorf("member %q says %q", member, got)
		}
	}
	c.hasNoNode()
	form.Set("member", "pve2")
	c.post("/settings/nodes", form, http.StatusSeeOther)
	if n := c.onlyNode(); n.Member != "pve2" || len(n.Members) != 2 {
		t.Errorf("kept %+v", n)
	}
}
