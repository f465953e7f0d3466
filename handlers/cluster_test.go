package handlers

import (
	"berth/proxmox/sim"
	"berth/store"
)

// testToken is the ID of the token that testApp.node makes.
const testToken = "berth@pve!app"

// cluster makes a simulated cluster with guests. A cfg without members is one host called pve1.
func (ta *testApp) cluster(cfg sim.Config, guests ...sim.Guest) *sim.Cluster {
	ta.t.Helper()
	if len(cfg.Members) == 0 {
		cfg.Members = []string{"pve1"}
	}
	if cfg.Now == nil {
		cfg.Now = ta.clock.Now
	}
	c := sim.New(cfg)
	ta.t.Cleanup(c.Close)
	c.Add(guests...)
	return c
}

// node serves a member of a cluster and adds it for a user, as if it had been added
// in the settings: with a token of least rights and the member's name as its label.
func (ta *testApp) node(u store.User, c *sim.Cluster, member string) (store.Node, *sim.Host) {
	ta.t.Helper()
	host, err := c.Serve(member)
	if err != nil {
		ta.t.Fatal(err)
	}
	n, err := ta.Store.AddNode(store.Node{
		UserID:      u.ID,
		Name:        member,
		Host:        "127.0.0.1",
		Port:        host.Port,
		TokenID:     testToken,
		Fingerprint: host.Fingerprint,
		Member:      member,
		Members:     []store.NodeMember{{Name: member, Fingerprint: host.Fingerprint}},
	}, ta.tokenOf(c))
	if err != nil {
		ta.t.Fatal(err)
	}
	ta.Fleet.NodeChanged(n.ID)
	return n, host
}

// tokenOf is the secret of testToken on a cluster; all its members share it.
func (ta *testApp) tokenOf(c *sim.Cluster) string {
	secret, ok := ta.tokens[c]
	if !ok {
		secret = c.AddToken(testToken, sim.LeastRights())
		ta.tokens[c] = secret
	}
	return secret
}
