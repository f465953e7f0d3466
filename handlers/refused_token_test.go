package handlers

import (
	"net/http"
	"net/url"
	"sync"
	"testing"
	"time"

	"berth/proxmox/sim"
)

// A real host takes three seconds to refuse a token. Every page and button waits for that, and says it.
// It does not run beside others: a refusal takes three seconds of real time here as on a host, and a call has few more.
func TestARefusedTokenIsToldAsThatEverywhere(t *testing.T) {
	ta := newTestApp(t)
	c := ta.signedIn("mira")
	cluster := ta.cluster(sim.Config{Refusal: sim.RefusalTime}, sim.Guest{VMID: 101, Name: "web", Status: "running"})
	n, host := ta.node(c.user, cluster, "pve1")
	draft := "/containers/new/" + c.draft()
	c.get("/", http.StatusOK).says("web")
	form := ta.nodeForm(cluster, host)
	form.Set("token_secret", "00000000-0000-0000-0000-000000000000")
	form.Set("trust_fingerprint", host.Fingerprint)
	cluster.RevokeToken(testToken)

	const says = "The token was refused by"
	var asking sync.WaitGroup
	page := func(path string, status int) { asking.Go(func() { c.get(path, status).says(says) }) }
	at := "/containers/" + n.ID + "/101"
	page(at, http.StatusOK)
	page(at+"/snapshots", http.StatusOK)
	page(at+"/backups", http.StatusOK)
	page(at+"/clone", http.StatusOK)
	page(at+"/stop", http.StatusBadGateway)
	asking.Go(func() { c.get(draft+"/configure", http.StatusOK) }) // its lists come later
	asking.Go(func() {
		c.post("/settings/nodes/"+n.ID+"/test", nil, http.StatusUnprocessableEntity).says(says, "enter the secret again")
	})
	asking.Go(func() { c.post("/settings/nodes", form, http.StatusUnprocessableEntity).says(says) })
	asking.Go(func() { c.post(at+"/stop", url.Values{}, http.StatusBadGateway).says(says) })
	asking.Wait()
	ta.clock.Advance(time.Minute)
	page("/", http.StatusOK)
	page("/settings/nodes", http.StatusOK)
	page(draft+"/configure", http.StatusOK)
	asking.Wait()
	c.get("/vmid?node="+n.ID+"&vmid=250", http.StatusOK).says(says)
}
