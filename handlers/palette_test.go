package handlers

import (
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"berth/proxmox/sim"
	"berth/views"
)

// palette is what is found in the palette, and its size in bytes as it is sent.
func (c *client) palette() (p views.Palette, size int) {
	c.t.Helper()
	a := c.do(http.MethodGet, "/palette", nil, http.Header{"Accept-Encoding": {"gzip"}}, http.StatusOK)
	r, err := gzip.NewReader(strings.NewReader(a.body))
	if err != nil {
		c.t.Fatal(err)
	}
	body, err := io.ReadAll(r)
	if err == nil {
		err = json.Unmarshal(body, &p)
	}
	if err != nil {
		c.t.Fatal(err)
	}
	return p, len(a.body)
}

func TestThePaletteKnowsEverythingAndAsksNobody(t *testing.T) {
	t.Parallel()
	c, cluster, _, at := aboard(t)
	for i := range 121 {
		cluster.Add(sim.Guest{VMID: 1000 + i, Name: fmt.Sprintf("service-%03d", i), Status: "running", Tags: []string{"media"}})
	}
	c.get("/", http.StatusOK)
	calls := len(cluster.Calls())
	c.tick() // so long that the dashboard would ask again
	p, size := c.palette()
	if got := len(cluster.Calls()); got != calls {
		t.Errorf("it cost %d calls", got-calls)
	}
	if size > 15_000 {
		t.Errorf("it takes %d bytes", size)
	}
	t.Logf("%d bytes", size)
	find := func(group, name string) views.Place {
		i := slices.IndexFunc(p.Places, func(at views.Place) bool { return at.Group == group && at.Name == name })
		if i < 0 {
			t.Fatalf("%q is not among %s", name, group)
		}
		return p.Places[i]
	}
	if got := find("Containers", "service-007"); got.URL != at+"/1007" || got.State != "running" || got.Also != "media" || !strings.Contains(got.More, "1007 · pve1") {
		t.Errorf("a container is %+v", got)
	}
	for _, place := range []string{find("Nodes", "pve1").URL, find("Pages", "Jobs").URL, find("Actions", "New container").URL} {
		c.get(place, http.StatusOK)
	}
	for _, v := range p.Verbs {
		if v.How != "post" && v.How != "say" {
			c.get(at+"/1007"+v.Path, http.StatusOK)
		}
	}
	i := slices.IndexFunc(p.Places, func(at views.Place) bool { return at.Group == "Templates" })
	c.get(p.Places[i].URL, http.StatusOK)

	other := c.app.signedIn("noah")
	theirs, _ := other.palette()
	if slices.ContainsFunc(theirs.Places, func(at views.Place) bool { return at.Group == "Containers" || at.Group == "Nodes" }) {
		t.Error("another user finds what is not theirs")
	}
}
