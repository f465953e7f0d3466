package settings

import (
	"encoding/json"
	"net/url"
	"strings"
	"testing"
	"time"

	"berth/fleet"
	"berth/forms"
	"berth/proxmox"
	"berth/store"
	"berth/views/golden"
	"berth/views/layout"
)

func TestNodesAreShownAsTheyAnswer(t *testing.T) {
	now := time.Date(2026, 11, 23, 21, 18, 4, 0, golden.Zone())
	abilities, err := json.Marshal([]proxmox.Ability{
		{Name: "see", OK: true, Needs: []proxmox.Right{{Privilege: "VM.Audit", Path: "/vms"}}},
		{Name: "power", Needs: []proxmox.Right{{Privilege: "VM.PowerMgmt", Path: "/vms"}}, Missing: []proxmox.Right{{Privilege: "VM.PowerMgmt", Path: "/vms"}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	node := store.Node{ID: "n1", Name: "attic", Host: "fd00::20", Port: 8006, TokenID: "berth@pve!app", Fingerprint: strings.Repeat("AB12", 16), Member: "pve1", Version: "9.2.3",
		Members: []store.NodeMember{{Name: "pve1"}, {Name: "pve2"}}, Abilities: abilities, Default: true, Scope: "s"}
	silent := store.Node{ID: "n2", Name: "<shed>", Host: "shed.lan", Port: 8007, TokenID: "berth@pve!app", Member: "shed", Version: "8.4.5"}
	page := golden.Compare(t, "nodes", Nodes(NodesPage{
		Nodes: []fleet.NodeState{
			{Node: node, State: "answers", Seen: now.Add(-4 * time.Second), Latency: 14 * time.Millisecond, CallsPerMinute: 6, Guests: 8},
			{Node: silent, State: "silent", Seen: now.Add(-5 * time.Minute), Since: now.Add(-4 * time.Minute)},
		},
		Silent: map[string]layout.Problem{"n2": {Title: "shed.lan on port 8007 does not answer", Why: "No answer came in time.", Next: "Check that it is switched on."}},
		Now:    now,
	}))
	page.Variant(t, "none", Nodes(NodesPage{Now: now}))
	golden.Compare(t, "node_delete", NodeDelete(node, 2, "<shed>"))
}

func TestTheFormOfANode(t *testing.T) {
	form := golden.Compare(t, "node_new", NodeEdit(NodeForm{Node: forms.NewNode(url.Values{"host": {"pve2"}, "name": {"pve2"}})})).Part(t, "node-form").Named("node")
	f := NodeForm{Node: forms.NodeOf(store.Node{ID: "n1", Name: "attic", Host: "192.0.2.7", Port: 8006, TokenID: "berth@pve!app"})}
	f.Errors = map[string]string{}
	f.Refuse(layout.Problem{Title: "192.0.2.7 on port 8006 refused the connection", Why: "Nothing listens there.", Next: "Is it installed?"}, proxmox.KindRefused)
	form.Variant(t, "refused", NodeFormPart(f))
	f.Problem, f.Held, f.Pinned = nil, "handle", strings.Repeat("CD34", 16)
	f.Certificate = &proxmox.Certificate{Fingerprint: strings.Repeat("AB12", 16), Subject: "shed.lan", Issuer: "Proxmox Virtual Environment",
		NotBefore: time.Date(2026, 3, 1, 0, 0, 0, 0, golden.Zone()), NotAfter: time.Date(2028, 2, 28, 0, 0, 0, 0, golden.Zone())}
	form.Variant(t, "certificate", NodeFormPart(f))
	f.Certificate, f.Members = nil, []string{"pve1", "pve2"}
	form.Variant(t, "member", NodeFormPart(f))
}

func TestAnAddressIsTakenApart(t *testing.T) {
	for typed, want := range map[string][2]string{
		"192.0.2.7":                      {"192.0.2.7", "8006"},
		"pve.home.arpa":                  {"pve.home.arpa", "8006"},
		"pve.home.arpa:443":              {"pve.home.arpa", "443"},
		"https://pve.home.arpa:8007/#v1": {"pve.home.arpa", "8007"},
		"http://192.0.2.7":               {"192.0.2.7", "8006"},
		"fd00::20":                       {"fd00::20", "8006"},
		"[fd00::20]:8007":                {"fd00::20", "8007"},
		"https://[fd00::20]:8006/api2":   {"fd00::20", "8006"},
		" pve ":                          {"pve", "8006"},
	} {
		var f NodeForm
		f.Read(url.Values{"host": {typed}, "port": {"8006"}})
		if f.Host != want[0] || f.Port != want[1] {
			t.Errorf("%q is %s and %s, want %v", typed, f.Host, f.Port, want)
		}
	}
}
