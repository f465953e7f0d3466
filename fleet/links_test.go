package fleet

import (
	"strings"
	"testing"

	"berth/proxmox/sim"
	"berth/store"
)

// links of the first container in the inventory, by their names and where they lead.
func (d watched) links() string {
	d.w.t.Helper()
	c := d.w.inventory(d.user).Containers[0]
	var list []string
	for _, l := range c.OwnLinks() {
		list = append(list, l.Name+" "+c.LinkURL(l))
	}
	return strings.Join(list, ", ")
}

func TestLinksComeWithTheInventoryAndCostNoCall(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	h := w.harbour("pve1", sim.Guest{VMID: 101, Name: "web", Status: "running", Config: net0("192.0.2.10/24")})
	d := w.watched(h.user)
	d.addressed()
	at := h.node.Ref(101)
	h.cluster.ResetCalls()
	w.must(w.FoundLinks(h.user.ID, at, "web", Found{Pages: []store.Link{{Name: "Nginx", Scheme: "http", Port: 80, Origin: store.LinkFound}}}))
	if got := d.links(); got != "Nginx http://192.0.2.10/" {
		t.Errorf("found are %q", got)
	}
	w.must(w.FoundLinks(h.user.ID, at, "web", Found{}))
	w.must(w.ChangeLinks(h.user.ID, at, "web", func(l *store.Links) error {
		l.Add(store.Link{Name: "Wiki", URL: "https://wiki.home.lan/", Origin: store.LinkTyped})
		return nil
	}))
	if got := d.links(); got != "Nginx http://192.0.2.10/, Wiki https://wiki.home.lan/" {
		t.Errorf("with one that was typed: %q", got)
	}
	if n := len(h.cluster.Calls()); n != 0 {
		t.Errorf("the host was asked %d times", n)
	}
	if err := w.FoundLinks("eve", at, "web", Found{Pages: []store.Link{{Name: "x", Scheme: "http", Port: 1}}}); err == nil {
		t.Error("another user's container got a link")
	}
}

// Found links of a container that is gone make room for those of the next; what somebody typed waits for an answer.
func TestLinksOfTheNextContainerWithAVMID(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	h := w.harbour("pve1", sim.Guest{VMID: 101, Name: "shop", Status: "running", Config: net0("192.0.2.10/24")})
	d := w.watched(h.user)
	d.addressed()
	at := h.node.Ref(101)
	page := func(port int) Found {
		return Found{Pages: []store.Link{{Name: "Page", Scheme: "http", Port: port, Origin: store.LinkFound}}}
	}
	w.must(w.FoundLinks(h.user.ID, at, "web", page(81)))
	if got := d.links(); got != "" {
		t.Errorf("of another container: %q", got)
	}
	w.must(w.FoundLinks(h.user.ID, at, "shop", page(82)))
	if got := d.links(); got != "Page http://192.0.2.10:82/" {
		t.Errorf("its own are %q", got)
	}
	w.must(w.ChangeLinks(h.user.ID, at, "shop", func(l *store.Links) error {
		l.Add(store.Link{Name: "Typed", URL: "https://shop.home.lan/", Origin: store.LinkTyped})
		return nil
	}))
	w.must(w.Renamed(h.user.ID, at, "shop", "store"))
	w.must(w.FoundLinks(h.user.ID, at, "third", page(83)))
	if got := d.links(); got != "Page http://192.0.2.10:82/, Typed https://shop.home.lan/" {
		t.Errorf("after a look at a third one: %q", got)
	}
	l, err := w.db.LinksOn(h.user.ID, h.node.Scope, 101)
	if w.must(err); !l.Of("store") || !l.Of("shop") || l.Of("third") {
		t.Errorf("they are called %v", l.Names)
	}
}
