package handlers

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"berth/fleet"
	"berth/proxmox/sim"
	"berth/store"
	"berth/views/parts"
)

// inACluster is mira with both members of a cluster of two as nodes, and the URLs of their containers.
func inACluster(t *testing.T, guests ...sim.Guest) (c *client, cluster *sim.Cluster, at, elsewhere string) {
	t.Helper()
	ta := newTestApp(t)
	c = ta.signedIn("mira")
	cluster = ta.cluster(sim.Config{Name: "home", Members: []string{"pve1", "pve2"}}, guests...)
	var urls []string
	for _, n := range c.members(cluster, "pve1", "pve2") {
		urls = append(urls, "/containers/"+n.ID)
	}
	return c, cluster, urls[0], urls[1]
}

// members of a cluster as nodes of the client's user, which know each other.
func (c *client) members(cluster *sim.Cluster, names ...string) []store.Node {
	c.t.Helper()
	var nodes []store.Node
	for _, name := range names {
		n, _ := c.app.node(c.user, cluster, name)
		nodes = append(nodes, n)
	}
	for _, n := range nodes {
		for _, other := range nodes {
			if other.ID != n.ID {
				n.Members = append(n.Members, store.NodeMember{Name: other.Member, Fingerprint: other.Fingerprint})
			}
		}
		_, err := c.app.Store.UpdateNode(n, "")
		mustNot(c.t, err)
		c.app.Fleet.NodeChanged(n.ID)
	}
	return nodes
}

func TestAContainerThatMovedIsFollowed(t *testing.T) {
	t.Parallel()
	c, cluster, at, elsewhere := inACluster(t, sim.Guest{VMID: 101, Name: "web", Status: "running"})
	c.get("/", http.StatusOK)
	c.get(at+"/101", http.StatusOK)
	cluster.Move(101, "pve2")
	a := c.get(at+"/101", http.StatusSeeOther)
	a.leadsTo(elsewhere + "/101")
	c.follow(a, http.StatusOK).says("web is on pve2 now: it was moved there from pve1, or restored there.", "Running")
	c.get(at+"/101/edit?part=memory", http.StatusSeeOther).leadsTo(elsewhere + "/101/edit?part=memory")
	c.htmxGet(at+"/101/edit?part=memory", http.StatusOK).leadsTo(elsewhere + "/101/edit?part=memory")
	c.get(at+`/101/services/dev-a%5Cx2db.device/log`, http.StatusSeeOther).leadsTo(elsewhere + `/101/services/dev-a%5Cx2db.device/log`)

	a = c.post(at+"/101/stop", nil, http.StatusConflict)
	a.says("Container 101 is no longer on pve1", "Nothing was done.", "Show it on pve2")
	a.has(`href="` + elsewhere + `/101"`)
	c.post(at+"/101/edit", url.Values{"part": {"memory"}, "memory": {"64"}}, http.StatusConflict).says("Nothing was done.")
	c.post(at+"/101/another", nil, http.StatusConflict).says("Show it on pve2")
	if g := cluster.Guests()[0]; g.Status != "running" || g.MaxMemory != 512<<20 {
		t.Errorf("%+v", g)
	}
	cluster.Remove(101)
	c.get(at+"/101", http.StatusNotFound).says("It was deleted or moved")
}

func TestAContainerThatMovedToAMemberWithoutARecord(t *testing.T) {
	t.Parallel()
	ta := newTestApp(t)
	c := ta.signedIn("mira")
	cluster := ta.cluster(sim.Config{Name: "home", Members: []string{"pve1", "pve2"}}, sim.Guest{VMID: 101, Name: "web"})
	n, _ := ta.node(c.user, cluster, "pve1")
	at := "/containers/" + n.ID + "/101"
	c.get(at, http.StatusOK)
	cluster.Move(101, "pve2")
	a := c.get(at, http.StatusNotFound)
	isAWholePage(a)
	a.says("It is now on pve2, another cluster member, which has not been added to Berth yet.", "Add pve2 as a node")
	a.has(`href="/settings/nodes/new"`)
}

func TestAContainerThatWasRestoredOnAnotherHost(t *testing.T) {
	t.Parallel()
	ta := newTestApp(t)
	c := ta.signedIn("mira")
	one := ta.cluster(sim.Config{}, sim.Guest{VMID: 101, Name: "web"}, sim.Guest{VMID: 102, Name: "db"})
	other := ta.cluster(sim.Config{Members: []string{"nuc"}}, sim.Guest{VMID: 102, Name: "another"})
	n, _ := ta.node(c.user, one, "pve1")
	m, _ := ta.node(c.user, other, "nuc")
	at := "/containers/" + n.ID
	c.await(allAnswer)
	one.Remove(101)
	one.Remove(102)
	other.Add(sim.Guest{VMID: 101, Name: "web"})
	ta.Fleet.NodeChanged(m.ID)
	c.await(func(p fleet.Inventory) bool {
		_, restored := p.Container(m.Ref(101))
		return restored
	})
	a := c.get(at+"/101", http.StatusNotFound)
	a.says("There is one with the same number and name on nuc: it may have been restored there.")
	a.has(`href="/containers/` + m.ID + `/101"`)
	c.get(at+"/102", http.StatusNotFound).lacks(m.ID, "restored there")
}

// next is the next event of a stream whose data has these words.
func (c *client) next(stream <-chan event, words ...string) event {
	c.t.Helper()
	for e := range stream {
		all := true
		for _, w := range words {
			all = all && strings.Contains(e.data, w)
		}
		if all {
			return e
		}
	}
	c.t.Fatalf("the stream ended without %q", words)
	return event{}
}

// tick lets the nodes be asked again.
func (c *client) tick() { c.app.clock.Advance(fleet.Interval + time.Second) }

func TestAnOpenPageIsKeptUpToDate(t *testing.T) {
	t.Parallel()
	c, cluster, _, at := aboard(t, sim.Guest{VMID: 101, Name: "web", Status: "stopped", Memory: 64 << 20})
	at += "/101"
	c.get(at, http.StatusOK)
	overview, configuration, other := c.events(at+"/live?overview=1", ""), c.events(at+"/live?configuration=1", ""), c.events(at+"/live", "")
	c.next(overview, `id="container"`, `data-status="stopped"`, `id="overview"`, `id="set-description"`)
	c.next(configuration, `id="container"`, `data-status="stopped"`, `id="configuration"`, "local-lvm:vm-101-disk-0")
	if e := c.next(other, `data-status="stopped"`); strings.Contains(e.data, `id="overview"`) || strings.Contains(e.data, `id="configuration"`) {
		t.Error("another page gets the body of these")
	}
	cluster.SetStatus(101, "running")
	cluster.SetConfig(101, "memory", "2048")
	c.tick()
	c.next(overview, `data-status="running"`, "of 2 GiB")
	c.next(configuration, `data-status="running"`, "2 GiB, swap 512 MiB")
	c.next(other, `data-status="running"`)

	cluster.Remove(101)
	c.tick()
	c.next(overview, "web is not there any more", "It was deleted")
	c.next(other, "web is not there any more")
	cluster.Add(sim.Guest{VMID: 101, Name: "web", Status: "running"})
	c.tick()
	c.next(overview, `data-status="running"`, `id="overview"`)
}

func TestAnOpenPageTellsWhereItsContainerWent(t *testing.T) {
	t.Parallel()
	c, cluster, at, elsewhere := inACluster(t, sim.Guest{VMID: 101, Name: "web", Status: "running"})
	c.get("/", http.StatusOK)
	c.get(at+"/101", http.StatusOK)
	stream := c.events(at+"/101/live", "")
	c.next(stream, `data-status="running"`)
	cluster.Remove(101)
	c.tick()
	c.next(stream, "web is not there any more")
	cluster.Add(sim.Guest{VMID: 101, Node: "pve2", Name: "web", Status: "running"}) // restored
	c.tick()
	e := c.next(stream, "web is on pve2 now", "It was moved from pve1, or restored there")
	if !strings.Contains(e.data, `href="`+elsewhere+`/101"`) || !strings.Contains(e.data, "data-follow") {
		t.Errorf("it does not lead there: %s", e.data)
	}
	c.get(at+"/101", http.StatusSeeOther).leadsTo(elsewhere + "/101")
}

func TestAnOpenPageNamesTheMemberToAdd(t *testing.T) {
	t.Parallel()
	ta := newTestApp(t)
	c := ta.signedIn("mira")
	cluster := ta.cluster(sim.Config{Name: "home", Members: []string{"pve1", "pve2"}}, sim.Guest{VMID: 101, Name: "web"})
	n, _ := ta.node(c.user, cluster, "pve1")
	at := "/containers/" + n.ID + "/101"
	c.get(at, http.StatusOK)
	stream := c.events(at+"/live", "")
	c.next(stream, `data-status="stopped"`)
	cluster.Move(101, "pve2")
	c.tick()
	e := c.next(stream, "web is on pve2 now", "pve2 is another member of the cluster and not added to Berth yet.", "/settings/nodes/new")
	if strings.Contains(e.data, "data-follow") {
		t.Error("it follows to a page that is not there")
	}
}

func TestAnOpenPageFollowsToAnotherHost(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		before []sim.Guest // on the other host, when the page is opened
		follow bool
		words  string
	}{
		"restored there while it was open": {nil, true, "It is gone from pve1, and was restored there"},
		"there all the time":               {[]sim.Guest{{VMID: 101, Name: "web"}}, false, "There is one with its number and name on nuc"},
	} {
		t.Run(name, func(t *testing.T) {
			ta := newTestApp(t)
			c := ta.signedIn("mira")
			one := ta.cluster(sim.Config{}, sim.Guest{VMID: 101, Name: "web"})
			other := ta.cluster(sim.Config{Members: []string{"nuc"}}, tt.before...)
			n, _ := ta.node(c.user, one, "pve1")
			m, _ := ta.node(c.user, other, "nuc")
			c.await(allAnswer)
			at, there := parts.ContainerURL(n.ID, 101), parts.ContainerURL(m.ID, 101)
			stream := c.events(at+"/live", "")
			c.next(stream, `data-status="stopped"`)
			if len(tt.before) == 0 {
				other.Add(sim.Guest{VMID: 101, Name: "web"})
			}
			one.Remove(101)
			c.tick()
			e := c.next(stream, tt.words, `href="`+there+`"`)
			if got := strings.Contains(e.data, `data-follow="`+there+`"`); got != tt.follow {
				t.Errorf("follows: %v, not %v: %s", got, tt.follow, e.data)
			}
		})
	}
}

// await waits for an inventory, which may take longer than a page waits for it.
func (c *client) await(has func(fleet.Inventory) bool) {
	c.t.Helper()
	for {
		p, err := c.app.Fleet.Inventory(c.t.Context(), c.user.ID)
		mustNot(c.t, err)
		if has(p) {
			return
		}
		time.Sleep(time.Millisecond)
	}
}

// allAnswer tells whether each node told what is on it.
func allAnswer(p fleet.Inventory) bool {
	return !slices.ContainsFunc(p.Nodes, func(s fleet.NodeState) bool { return s.State != "answers" })
}

// Of two records of one host, the inventory shows its containers with the first; a page of the second stays where it is.
func TestAnOpenPageOfASecondRecordOfOneHost(t *testing.T) {
	t.Parallel()
	ta := newTestApp(t)
	c := ta.signedIn("mira")
	cluster := ta.cluster(sim.Config{}, sim.Guest{VMID: 101, Name: "web"})
	ta.node(c.user, cluster, "pve1")
	n, err := ta.Store.Nodes(c.user.ID)
	mustNot(t, err)
	again := n[0]
	again.Name = "pve1 again"
	again, err = ta.Store.AddNode(again, ta.tokenOf(cluster))
	mustNot(t, err)
	ta.Fleet.NodeChanged(again.ID)
	at := "/containers/" + again.ID + "/101"
	c.get(at, http.StatusOK)
	stream := c.events(at+"/live", "")
	e := c.next(stream, `data-status="stopped"`, `data-node="`+again.ID+`"`)
	if strings.Contains(e.data, "data-follow") {
		t.Error("it is followed to the other record")
	}
}
