package views

import (
	"bytes"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"berth/fleet"
	"berth/proxmox"
	"berth/store"
	"berth/views/cards"
	"berth/views/golden"
	"berth/views/layout"
)

// linked gives a container a link to itself, and one to elsewhere.
func linked(c *fleet.Container) {
	c.Links = store.Links{List: []store.Link{
		{Number: 1, Name: "Pi-hole", Scheme: "http", Port: 80, Path: "/admin/"}, {Number: 2, Name: "<b>Wiki", URL: "https://wiki.home.lan/?a=1&b=2", Icon: "W"},
	}}
}

func TestRowStates(t *testing.T) {
	job := createJob(nil).Job
	stop := store.Job{ID: "9", NodeID: "n1", VMID: 101, Name: "pihole", Kind: store.JobStop, State: store.JobQueued, Percent: -1, Steps: make([]store.JobStep, 1)}
	silent := cards.New(golden.Container(func(c *fleet.Container) { c.Fresh, c.Seen = false, golden.Now().Add(-4*time.Minute) }), nil, golden.Now())
	silent.Silent = true
	row := golden.Compare(t, "row", cards.Row(cards.New(golden.Container(nil), nil, golden.Now()), cards.Filter{}, false))
	for name, c := range map[string]cards.Card{
		"stopped": cards.New(golden.Container(func(c *fleet.Container) { c.Status, c.Uptime, c.CPU, c.Memory, c.Addresses = "stopped", 0, 0, 0, nil }), nil, golden.Now()),
		"trouble": cards.New(golden.Container(func(c *fleet.Container) { c.Disk, c.CPU = 79*golden.GiB/10, 0.8 }), nil, golden.Now()),
		"unknown": silent,
		"locked":  cards.New(golden.Container(func(c *fleet.Container) { c.Lock = "backup" }), nil, golden.Now()),
		"creating": cards.New(golden.Container(func(c *fleet.Container) {
			c.VMID, c.Name, c.Lock, c.Status, c.Tags, c.Addresses = 141, "", "create", "unknown", nil, nil
		}), &job, golden.Now()),
		"updates": cards.New(golden.Container(func(c *fleet.Container) {
			c.Updates = fleet.Updates{Count: 12, Security: 4, At: golden.Now().Add(-3 * time.Hour)}
		}), nil, golden.Now()),
		"linked": cards.New(golden.Container(linked), nil, golden.Now()),
		"linked_stopped": cards.New(golden.Container(func(c *fleet.Container) {
			linked(c)
			c.Status = proxmox.GuestStopped
		}), nil, golden.Now()),
		"linked_unaddressed": cards.New(golden.Container(func(c *fleet.Container) {
			linked(c)
			c.Addresses = nil
		}), nil, golden.Now()),
		"pinned": cards.New(golden.Container(func(c *fleet.Container) { c.Pinned = true }), nil, golden.Now()),
		"busy":   cards.New(golden.Container(nil), &stop, golden.Now()),
		"hostile": cards.New(golden.Container(func(c *fleet.Container) {
			c.Name, c.NodeName, c.Tags = `<script>alert(1)</script>`, `"><b>`, []string{`' onclick="x"`, "a&b"}
		}), nil, golden.Now()),
	} {
		t.Run(name, func(t *testing.T) { row.Variant(t, name, cards.Row(c, cards.Filter{}, false)) })
	}
}

// harbours is an inventory of a node that answers and one that does not.
func harbours() fleet.Inventory {
	pve1 := fleet.NodeState{
		Node: store.Node{ID: "n1", Name: "pve1"}, State: "answers", Seen: golden.Now(), Online: true,
		Usage: proxmox.Member{Cores: 8, CPU: 0.14, Memory: 22 * golden.GiB, MaxMemory: 62 * golden.GiB},
	}
	attic := fleet.NodeState{
		Node: store.Node{ID: "n2", Name: "attic"}, State: "silent", Seen: golden.Now().Add(-4 * time.Minute), Since: golden.Now().Add(-4 * time.Minute),
		Err: &proxmox.Error{Kind: proxmox.KindTimeout},
	}
	stopped := golden.Container(func(c *fleet.Container) {
		c.VMID, c.Name, c.Status, c.Tags = 104, "jellyfin", "stopped", []string{"media"}
	})
	minio := golden.Container(func(c *fleet.Container) {
		c.VMID, c.Name, c.NodeID, c.NodeName, c.Fresh, c.Seen = 302, "minio", "n2", "attic", false, golden.Now().Add(-4*time.Minute)
	})
	return fleet.Inventory{Nodes: []fleet.NodeState{pve1, attic}, Containers: []fleet.Container{stopped, minio, golden.Container(nil)}}
}

func dashboardOf(p fleet.Inventory, f cards.Filter, open ...store.Job) Dashboard {
	return NewDashboard(p, open, NewAlerts(nil, nil, open, golden.Now()), f, golden.Now(), func(n fleet.NodeState) layout.Problem {
		return layout.Problem{Title: n.Node.Name + " does not answer", Why: "No answer came in time.", Next: "Check that it is switched on.", Link: layout.Link{URL: "/settings/nodes/" + n.Node.ID, Text: "Settings of " + n.Node.Name}}
	})
}

func TestDashboard(t *testing.T) {
	page := golden.Rendered(t, "dashboard", DashboardView(dashboardOf(harbours(), cards.Filter{}))).Abridged("row-").Compare(t)
	part := golden.Rendered(t, page.Name, DashboardPart(dashboardOf(harbours(), cards.Filter{})))
	part.Variant(t, "filtered", DashboardPart(dashboardOf(harbours(), cards.Filter{Node: "n1", Status: "running", Query: "hole", Tag: "dns"})))
	part.Variant(t, "no_match", DashboardPart(dashboardOf(harbours(), cards.Filter{Query: `<none> "such"`})))
	pinned := harbours()
	pinned.Containers[0].Pinned, pinned.Containers[1].Pinned = true, true // all of the silent node, and one of the other's
	page.Part(t, "board").Variant(t, "pinned", DashboardBoard(dashboardOf(pinned, cards.Filter{}), false))
	golden.Compare(t, "dashboard_first_node", FirstNode())

	empty := harbours()
	empty.Nodes, empty.Containers, empty.Unmanaged, empty.UnmanagedMembers = empty.Nodes[:1], nil, 3, []string{"pve2", "pve3"}
	board := page.Part(t, "board")
	board.Variant(t, "empty", DashboardBoard(dashboardOf(empty, cards.Filter{}), false))
	asking := harbours()
	asking.Nodes, asking.Containers = asking.Nodes[:1], nil
	asking.Nodes[0].State = "asking"
	board.Variant(t, "asking", DashboardBoard(dashboardOf(asking, cards.Filter{}), false))
}

// shown are the names of the cards, node by node.
func shown(d Dashboard) string {
	var names []string
	for _, g := range d.Groups {
		for _, c := range g.Cards {
			names = append(names, c.Name)
		}
	}
	return strings.Join(names, " ")
}

func TestFilter(t *testing.T) {
	for query, want := range map[string]string{
		"":                       "jellyfin pihole minio",
		"node=n1":                "jellyfin pihole",
		"node=n2":                "minio",
		"status=running":         "pihole",
		"status=stopped":         "jellyfin",
		"status=unknown":         "minio",
		"status=template":        "",
		"tag=media":              "jellyfin",
		"tag=med":                "",
		"q=PI":                   "pihole",
		"q=10":                   "jellyfin pihole",
		"q=192.168.1.53":         "jellyfin pihole minio",
		"q=infra&node=n2":        "minio",
		"q=ATTIC":                "minio",
		"q=infra+101":            "pihole",
		"q=101+infra+pve":        "pihole",
		"q=infra+no":             "",
		"q=+jelly+":              "jellyfin",
		"q=jelly&status=running": "",
	} {
		q, err := url.ParseQuery(query)
		if err != nil {
			t.Fatal(err)
		}
		f := cards.FilterOf(q)
		if got := shown(dashboardOf(harbours(), f)); got != want {
			t.Errorf("%s shows %q, want %q", query, got, want)
		}
		u, err := url.Parse(f.URL())
		if err != nil || cards.FilterOf(u.Query()) != f {
			t.Errorf("%s becomes %s", query, f.URL())
		}
	}
}

func TestTheSummaryCountsAllWhateverTheFilter(t *testing.T) {
	d := dashboardOf(harbours(), cards.Filter{Status: "running"})
	if want := (Summary{All: 3, Running: 1, Stopped: 1, Unknown: 1}); d.Summary != want {
		t.Errorf("summary %+v, want %+v", d.Summary, want)
	}
}

func TestWhatAJobIsAboutToMakeIsShown(t *testing.T) {
	d := dashboardOf(harbours(), cards.Filter{}, createJob(nil).Job)
	if got := shown(d); got != "jellyfin paperless pihole minio" {
		t.Errorf("shows %q", got)
	}
	if c := d.Groups[0].Cards[1]; c.Shows != "creating" || c.VMID != 141 {
		t.Errorf("its card: %+v", c)
	}
}

// What is sent alone is what stands in the list, and only that a card changed is told by its piece.
func TestPiecesAreThoseOfTheList(t *testing.T) {
	d := dashboardOf(harbours(), cards.Filter{})
	var board bytes.Buffer
	if err := DashboardBoard(d, false).Render(t.Context(), &board); err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, p := range d.Pieces() {
		ids = append(ids, p.ID)
		if p.Event != "row" && p.Event != "node" {
			continue
		}
		var alone bytes.Buffer
		if err := p.View.Render(t.Context(), &alone); err != nil {
			t.Fatal(err)
		}
		if in := strings.Replace(alone.String(), ` hx-swap-oob="true"`, "", 1); !strings.Contains(board.String(), in) {
			t.Errorf("piece %s is not in the list", p.ID)
		}
	}
	if want := []string{"filters", "notices", "head-n1", "row-n1-104", "row-n1-101", "head-n2", "note-n2", "row-n2-302"}; !slices.Equal(ids, want) {
		t.Errorf("pieces %v, want %v", ids, want)
	}
}

// manyHarbours are 1,000 containers on 10 nodes.
func manyHarbours() fleet.Inventory {
	var p fleet.Inventory
	for i := range 10 {
		id := fmt.Sprintf("n%d", i)
		p.Nodes = append(p.Nodes, fleet.NodeState{Node: store.Node{ID: id, Name: "pve" + id}, State: "answers", Seen: golden.Now(), Usage: proxmox.Member{Cores: 8, MaxMemory: 62 * golden.GiB}})
		for j := range 100 {
			p.Containers = append(p.Containers, golden.Container(func(c *fleet.Container) {
				c.NodeID, c.NodeName, c.VMID, c.Name = id, "pve"+id, 100+100*i+j, fmt.Sprintf("container-%03d", j)
			}))
		}
	}
	return p
}

func BenchmarkDashboard1000(b *testing.B) {
	p := manyHarbours()
	b.ReportAllocs()
	for b.Loop() {
		if err := DashboardView(dashboardOf(p, cards.Filter{})).Render(b.Context(), io.Discard); err != nil {
			b.Fatal(err)
		}
	}
	if each := b.Elapsed() / time.Duration(b.N); each > 15*time.Millisecond {
		b.Errorf("1,000 containers take %v, want less than 15 ms", each)
	}
}

func TestWhoLooksForAnAddressIsToldThatSomeAreNotKnownYet(t *testing.T) {
	p := harbours()
	p.Containers[2].Addresses = nil
	for query, want := range map[string]string{
		"192.168": "The address of 1 container that runs is not known yet.", "fd00::": "The address of 1 container that runs is not known yet.", "pihole": "",
	} {
		if got := dashboardOf(p, cards.Filter{Query: query}).addressWords(); got != want {
			t.Errorf("%s: %q, want %q", query, got, want)
		}
	}
	if got := dashboardOf(harbours(), cards.Filter{Query: "192."}).addressWords(); got != "" {
		t.Errorf("all are known, and it says %q", got)
	}
}
