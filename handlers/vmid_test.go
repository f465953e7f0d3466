package handlers

import (
	"net/http"
	"net/url"
	"testing"

	"golang.org/x/net/html"

	"berth/proxmox/sim"
)

// verdict asks for the verdict on a VMID and returns its state and words.
func (c *client) verdict(node, typed string) (state, words string) {
	c.t.Helper()
	a := c.htmxGet("/vmid?"+url.Values{"node": {node}, "vmid": {typed}}.Encode(), http.StatusOK)
	out := find(a.doc(), func(n *html.Node) bool { return n.Data == "output" && attr(n, "id") == "vmid-verdict" })
	if out == nil {
		c.t.Fatalf("no verdict in %s", a.body)
	}
	return attr(out, "data-state"), textOf(out)
}

func TestVMID(t *testing.T) {
	t.Parallel()
	ta := newTestApp(t)
	c := ta.signedIn("mira")
	cluster := ta.cluster(sim.Config{}, sim.Guest{VMID: 101, Name: "pihole"}, sim.Guest{VMID: 200, Name: "nas", Type: "qemu"})
	node, host := ta.node(c.user, cluster, "pve1")
	for _, v := range []struct{ typed, state, words string }{
		{"", "", ""},
		{"  ", "", ""},
		{"42", "invalid", "42 is too low: a VMID is 100 to 999999999"},
		{"1000000000", "invalid", "1000000000 is too high: a VMID is 100 to 999999999"},
		{"pihole", "invalid", "“pihole” is not a whole number: a VMID is 100 to 999999999"},
		{"101", "taken", "101 is taken by pihole on pve1"},
		{"200", "taken", "200 is taken by the virtual machine nas on pve1"},
		{"142", "free", "VMID 142 is free"},
		{"999999999", "free", "VMID 999999999 is free"},
	} {
		if state, words := c.verdict(node.ID, v.typed); state != v.state || words != v.words {
			t.Errorf("%q: %s, %q; want %s, %q", v.typed, state, words, v.state, v.words)
		}
	}
	c.htmxGet("/vmid?vmid=101", http.StatusOK).has(`<a href="/containers/` + node.ID + `/101">pihole</a>`)

	cluster.ResetCalls()
	c.verdict(node.ID, "101")
	if calls := cluster.Calls(); len(calls) > 0 {
		t.Errorf("a taken VMID cost %d calls: %v", len(calls), calls)
	}

	host.Stop()
	state, words := c.verdict(node.ID, "143")
	if state != "unknown" {
		t.Errorf("of a node that is down: %s, %q", state, words)
	}
}

func TestAVMIDThatTheTokenMayNotSee(t *testing.T) {
	t.Parallel()
	ta := newTestApp(t)
	c := ta.signedIn("mira")
	cluster := ta.cluster(sim.Config{}, sim.Guest{VMID: 101, Name: "theirs"})
	node, _ := ta.node(c.user, cluster, "pve1")
	rights := sim.LeastRights()
	rights["/vms/500"] = rights["/vms"]
	delete(rights, "/vms")
	cluster.SetRights(testToken, rights)
	if state, words := c.verdict(node.ID, "101"); state != "taken" || words != "101 is taken by a guest that this token may not see" {
		t.Errorf("%s, %q", state, words)
	}
}

func TestVMIDsOfTwoUsersDoNotMix(t *testing.T) {
	t.Parallel()
	ta := newTestApp(t)
	mira, jonas := ta.signedIn("mira"), ta.signedIn("jonas")
	hers, _ := ta.node(mira.user, ta.cluster(sim.Config{}, sim.Guest{VMID: 101, Name: "pihole"}), "pve1")
	his, _ := ta.node(jonas.user, ta.cluster(sim.Config{}, sim.Guest{VMID: 102, Name: "forge"}), "pve1")
	if state, words := jonas.verdict(his.ID, "101"); state != "free" {
		t.Errorf("her VMID on his node: %s, %q", state, words)
	}
	jonas.htmxGet("/vmid?vmid=101&node="+hers.ID, http.StatusNotFound).lacks("pihole")
}
