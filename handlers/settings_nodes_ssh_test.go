package handlers

import (
	"crypto/ed25519"
	"encoding/base64"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/crypto/ssh"

	"berth/proxmox/sim"
	"berth/store"
)

// ashore serves SSH of a harbour's host. No key is allowed yet.
func (h harbour) ashore() *sim.SSH {
	h.t.Helper()
	s, err := h.cluster.ServeSSH("pve1")
	if err != nil {
		h.t.Fatal(err)
	}
	return s
}

// allow lets Berth's key of the node in, as the pasted block does.
func (h harbour) allow(s *sim.SSH) ed25519.PrivateKey {
	h.t.Helper()
	key, err := h.app.Store.SSHKey(h.user.ID, h.node.ID)
	if err != nil {
		h.t.Fatal(err)
	}
	public, err := ssh.NewPublicKey(key.Public())
	if err != nil {
		h.t.Fatal(err)
	}
	s.Allow(public)
	return key
}

func sshFields(s *sim.SSH) url.Values {
	return url.Values{"ssh_host": {"127.0.0.1"}, "ssh_port": {strconv.Itoa(s.Port)}, "ssh_user": {"root"}}
}

func TestSSHIsSetUpStepByStep(t *testing.T) {
	t.Parallel()
	h := newTestApp(t).harbour("mira")
	s, at := h.ashore(), "/settings/nodes/"+h.node.ID
	a := h.get(at, http.StatusOK)
	isAWholePage(a)
	a.says("SSH to the host", "berth-gate", "berth-"+h.node.ID)
	h.get("/settings/nodes", http.StatusOK).says("not set up")

	a = h.post(at+"/ssh", sshFields(s), http.StatusOK)
	isAWholePage(a)
	a.says("Its host key is not trusted yet", s.HostKey(), "ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub")

	trust := sshFields(s)
	trust.Set("trust_host_key", s.HostKey())
	h.post(at+"/ssh", trust, http.StatusOK).says("It does not accept Berth's key", "Paste the block below")

	key := h.allow(s)
	a = h.post(at+"/ssh/test", nil, http.StatusOK)
	a.says("The gate finds pct")
	a.lacks("not come to", string(key.Seed()), base64.StdEncoding.EncodeToString(key.Seed()), "PRIVATE KEY")
	n, err := h.app.Store.Node(h.user.ID, h.node.ID)
	if err != nil {
		t.Fatal(err)
	}
	want := store.SSHSettings{Host: "127.0.0.1", Port: s.Port, User: "root", HostKey: s.HostKey()}
	if n.SSH != want || n.SSHWorked.IsZero() {
		t.Errorf("kept %+v, worked %v", n.SSH, n.SSHWorked)
	}
	h.get("/settings/nodes", http.StatusOK).says("set up, tested")
}

func TestWhoSetsUpSSHForADraftComesBackToIt(t *testing.T) {
	t.Parallel()
	h := newTestApp(t).harbour("mira")
	s, at, draft := h.ashore(), "/settings/nodes/"+h.node.ID, h.draft()
	back := "/containers/new/" + draft + "/configure"
	h.post("/containers/new/"+draft+"/keep", url.Values{"hostname": {"paperless"}}, http.StatusSeeOther)
	a := h.get(at+"?back="+url.QueryEscape(back), http.StatusOK)
	a.says("Back to the draft paperless")
	a.has(`<a class="button" href="` + back + `">`)
	isAWholePage(a)

	h.allow(s)
	trust := sshFields(s)
	trust.Set("trust_host_key", s.HostKey())
	trust.Set("back", back)
	a = h.post(at+"/ssh", trust, http.StatusOK)
	a.has(`<a class="button primary" href="`+back+`">`, `<input type="hidden" name="back" value="`+back+`">`)
	h.post(at+"/ssh/test", url.Values{"back": {back}}, http.StatusOK).has(`<a class="button primary" href="` + back + `">`)

	jonas := h.app.signedIn("jonas")
	jonas.silentNode("pve1")
	theirs := "/containers/new/" + jonas.draft() + "/configure"
	for _, elsewhere := range []string{"https://evil.example/", "//evil.example/containers/new/" + draft + "/configure", "/containers/new/../../x/configure", "/login", theirs} {
		h.get(at+"?back="+url.QueryEscape(elsewhere), http.StatusOK).lacks("Back to the draft", `href="`+elsewhere+`"`, `value="`+elsewhere+`"`)
	}
}

func TestEveryFailureOfSSHHasItsSentence(t *testing.T) {
	t.Parallel()
	h := newTestApp(t).harbour("mira")
	s, at := h.ashore(), "/settings/nodes/"+h.node.ID
	h.allow(s)
	trust := sshFields(s)
	trust.Set("trust_host_key", s.HostKey())
	h.post(at+"/ssh", trust, http.StatusOK).lacks("not come to")
	for _, tt := range []struct {
		fault sim.SSHFault
		says  string
	}{
		{sim.SSHFault{NoGate: true}, "Berth's gate is not on the host"},
		{sim.SSHFault{OldGate: true}, "The gate is of another version"},
		{sim.SSHFault{NoPct: true}, "The gate finds no pct there"},
	} {
		tt.fault.Times = 1
		s.Play(tt.fault)
		a := h.post(at+"/ssh/test", nil, http.StatusOK)
		a.says(tt.says)
		part := h.htmxPost(at+"/ssh/test", nil, http.StatusOK)
		part.has(`id="ssh"`)
		part.lacks("<html", "not come to")
	}

	trusted := s.HostKey()
	s.RenewHostKey()
	s.Drop()
	var a answer
	for range 100 { // the connection that was broken off may be taken for alive for a moment
		a = h.post(at+"/ssh/test", nil, http.StatusOK)
		if strings.Contains(a.text(), "another host key") {
			break
		}
	}
	a.says("another host key than the trusted one", trusted, s.HostKey(), "Trust this host key")

	s.Stop()
	h.post(at+"/ssh/test", nil, http.StatusOK).says("refuses the connection")
	for field, value := range map[string]string{"ssh_host": "a b", "ssh_port": "0", "ssh_user": "root; id", "trust_host_key": "anything"} {
		typed := sshFields(s)
		typed.Set(field, value)
		a := h.post(at+"/ssh", typed, http.StatusUnprocessableEntity)
		if field != "trust_host_key" {
			if a.fieldError(field) == "" || a.fieldValue(field) != value {
				t.Errorf("%s: error %q, value %q", field, a.fieldError(field), a.fieldValue(field))
			}
		}
	}
	h.app.signedIn("jonas").post(at+"/ssh/test", nil, http.StatusNotFound)
}

// A container is set up from within, from the wizard's job to its end.
func TestProvisioningRunsOverSSH(t *testing.T) {
	t.Parallel()
	h := newTestApp(t).harbour("mira")
	s := h.ashore()
	h.allow(s)
	if _, err := h.app.Store.SetSSH(h.user.ID, h.node.ID, store.SSHSettings{Host: "127.0.0.1", Port: s.Port, HostKey: s.HostKey()}); err != nil {
		t.Fatal(err)
	}
	j := h.setUp()
	if j.State != store.JobDone {
		t.Fatalf("%s: %+v", j.State, j.Problem)
	}
	log := h.get("/jobs/"+j.ID+"/log", http.StatusOK)
	log.has("Debian GNU/Linux 13 (trixie) is up")
	log.lacks(typedSecret)
}
