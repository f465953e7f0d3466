package store_test

import (
	"errors"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"berth/store"
	"berth/store/storetest"
)

func TestLinksLeadToTheContainerOrAnywhere(t *testing.T) {
	t.Parallel()
	four, six := netip.MustParseAddr("192.0.2.60"), netip.MustParseAddr("2001:db8::1")
	for path, want := range map[string]string{
		"/admin/":              "http://192.0.2.60:8096/admin/",
		"/a b?x=<y>#z":         "http://192.0.2.60:8096/a%20b?x=<y>#z",
		"":                     "http://192.0.2.60:8096/",
		"relative":             "http://192.0.2.60:8096/",
		"//elsewhere.example/": "http://192.0.2.60:8096/",
		"https://elsewhere/":   "http://192.0.2.60:8096/",
		"javascript:alert(1)":  "http://192.0.2.60:8096/",
		"/%zz":                 "http://192.0.2.60:8096/",
	} {
		if got := (store.Link{Scheme: "http", Port: 8096, Path: path}).At(four); got != want {
			t.Errorf("%q leads to %q, want %q", path, got, want)
		}
	}
	for _, tt := range []struct {
		link store.Link
		at   netip.Addr
		want string
	}{
		{store.Link{Scheme: "https", Port: 443}, four, "https://192.0.2.60/"},
		{store.Link{Scheme: "https", Port: 443}, six, "https://[2001:db8::1]/"},
		{store.Link{Scheme: "https", Port: 80}, six, "https://[2001:db8::1]:80/"},
		{store.Link{Scheme: "http", Port: 80}, netip.Addr{}, ""},
		{store.Link{Scheme: "javascript", Port: 80}, four, ""},
		{store.Link{URL: "https://home.lan/"}, netip.Addr{}, "https://home.lan/"},
	} {
		if got := tt.link.At(tt.at); got != tt.want {
			t.Errorf("%+v leads to %q, want %q", tt.link, got, tt.want)
		}
	}
}

func TestNamesOfServicesBecomeThoseOfLinks(t *testing.T) {
	t.Parallel()
	for service, want := range map[string]string{
		"jellyfin.service": "Jellyfin", "grafana-server": "Grafana server", "wg-quick@wg0": "Wg quick", "": "", "ünit": "Ünit",
		strings.Repeat("x", 60): "X" + strings.Repeat("x", store.MaxLinkName-1),
	} {
		if got := store.LinkName(service); got != want {
			t.Errorf("%q is %q, want %q", service, got, want)
		}
	}
}

// linkNames of the links in their order.
func linkNames(l store.Links) string {
	var all []string
	for _, k := range l.List {
		all = append(all, k.Name)
	}
	return strings.Join(all, ", ")
}

func foundAt(name string, port int) store.Link {
	return store.Link{Name: name, Scheme: "http", Port: port, Origin: store.LinkFound}
}

// A found link is closed from the first look on that finds its port closed, and goes with one that does so a day later.
func TestFoundLinksGoWhenTheirPortStaysClosed(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 29, 21, 0, 0, 0, time.UTC)
	var l store.Links
	l.Find([]store.Link{foundAt("Jellyfin", 8096), foundAt("Admin", 81), {Name: "Wiki", Scheme: "http", Port: 3000, Origin: store.LinkTemplate}})
	l.Add(store.Link{Name: "Typed", Scheme: "http", Port: 9000, Origin: store.LinkTyped})
	look := func(after time.Duration, open ...int) {
		now = now.Add(after)
		l.Close(open, now)
	}
	look(0, 8096)
	if l.List[1].Closed != now || !l.List[0].Closed.IsZero() || !l.List[2].Closed.IsZero() || !l.List[3].Closed.IsZero() {
		t.Errorf("closed are %+v", l.List)
	}
	look(time.Hour, 81, 8096)
	look(23*time.Hour+time.Minute, 8096)
	if got := linkNames(l); got != "Jellyfin, Admin, Wiki, Typed" {
		t.Errorf("one that was open meanwhile is gone: %s", got)
	}
	look(24*time.Hour, 8096)
	if got := linkNames(l); got != "Jellyfin, Wiki, Typed" {
		t.Errorf("after a day there are %s", got)
	}
	l.Find([]store.Link{foundAt("Admin", 81)})
	if got := linkNames(l); got != "Jellyfin, Wiki, Typed, Admin" {
		t.Errorf("one that came back is not found: %s", got)
	}
}

func TestWhatWasMendedOrRemovedIsNotFoundAgain(t *testing.T) {
	t.Parallel()
	var l store.Links
	l.Find([]store.Link{foundAt("Jellyfin", 8096), foundAt("Exporter", 9100), foundAt("Admin", 81)})
	mended := l.List[0]
	mended.Name, mended.Scheme, mended.Port, mended.URL, mended.Origin = "Films", "", 0, "https://films.home.lan/", store.LinkTyped
	mustNot(t, l.Put(mended, false))
	mustNot(t, l.Remove(l.List[1].Number))
	again := foundAt("Admin", 81)
	again.Scheme = "https"
	l.Find([]store.Link{foundAt("Jellyfin", 8096), foundAt("Exporter", 9100), again, foundAt("New", 3000)})
	if got := linkNames(l); got != "Films, Admin, New" {
		t.Errorf("there are %s", got)
	}
	if l.List[1].Scheme != "https" || l.List[0].URL != "https://films.home.lan/" {
		t.Errorf("they are %+v", l.List)
	}
	mustNot(t, l.Put(l.List[2], true))
	if got := linkNames(l); got != "New, Films, Admin" {
		t.Errorf("the first is not the first: %s", got)
	}
	wantErr(t, l.Remove(99), store.ErrNotFound)
	wantErr(t, l.Put(store.Link{Number: 99}, true), store.ErrNotFound)
	for i := range 2 * store.MaxLinks {
		l.Find([]store.Link{foundAt("More", 10000+i)})
	}
	if len(l.List) != store.MaxLinks || l.Add(foundAt("x", 1)) {
		t.Errorf("there are %d links", len(l.List))
	}
}

// linked adds a link to a container.
func linked(t *testing.T, s *store.Store, n store.Node, vmid int, name string) {
	t.Helper()
	_, err := s.ChangeLinks(n.UserID, n.Ref(vmid), func(l *store.Links) error {
		l.Call("web")
		l.Add(foundAt(name, 80))
		return nil
	})
	mustNot(t, err)
}

// linksOf a container, by their names.
func linksOf(t *testing.T, s *store.Store, user, scope string, vmid int) string {
	t.Helper()
	l, err := s.LinksOn(user, scope, vmid)
	mustNot(t, err)
	return linkNames(l)
}

func TestLinksAreKeptForAContainer(t *testing.T) {
	t.Parallel()
	s := storetest.Open(t)
	attic := addNode(t, s, store.Node{UserID: "ada", Name: "attic"})
	cellar := addNode(t, s, store.Node{UserID: "ada", Name: "cellar"})
	other := addNode(t, s, store.Node{UserID: "bob", Name: "attic"})
	linked(t, s, attic, 101, "Web")
	linked(t, s, cellar, 101, "Graphs")
	linked(t, s, other, 101, "Bob's")
	all, err := s.Links("ada")
	if err != nil || len(all) != 2 || linkNames(all[store.Place{Scope: attic.Scope, VMID: 101}]) != "Web" {
		t.Errorf("%+v, %v", all, err)
	}
	_, err = s.ChangeLinks("ada", other.Ref(101), func(*store.Links) error { return nil })
	wantErr(t, err, store.ErrNotFound)
	refused := errors.New("refused")
	_, err = s.ChangeLinks("ada", attic.Ref(101), func(l *store.Links) error { l.List = nil; return refused })
	wantErr(t, err, refused)
	if changed, err := s.ChangeLinks("ada", attic.Ref(101), func(l *store.Links) error { l.Call("WEB"); return nil }); changed || err != nil {
		t.Errorf("nothing was changed: %v, %v", changed, err)
	}
	if got := linksOf(t, s, "ada", attic.Scope, 101); got != "Web" {
		t.Errorf("its links are %q", got)
	}
	mustNot(t, s.DeleteNode("ada", attic.ID))
	if got := linksOf(t, s, "ada", attic.Scope, 101) + linksOf(t, s, "ada", cellar.Scope, 101) + linksOf(t, s, "bob", other.Scope, 101); got != "GraphsBob's" {
		t.Errorf("after its node was removed: %q", got)
	}
}

// A container that is moved to another node of its cluster keeps its links, also where Berth learns only later that two nodes
// are one cluster.
func TestLinksFollowTheCluster(t *testing.T) {
	t.Parallel()
	s := storetest.Open(t)
	one := store.NodeMember{Name: "pve1", Fingerprint: "AA"}
	two := store.NodeMember{Name: "pve2", Fingerprint: "BB"}
	a := addNode(t, s, store.Node{UserID: "ada", Name: "a", Member: "pve1", Members: []store.NodeMember{one}})
	b := addNode(t, s, store.Node{UserID: "ada", Name: "b", Member: "pve2", Members: []store.NodeMember{two}})
	linked(t, s, a, 101, "Web")
	linked(t, s, b, 102, "Graphs")
	b.Members = []store.NodeMember{one, two}
	b, err := s.UpdateNode(b, "")
	mustNot(t, err)
	if got := linksOf(t, s, "ada", b.Scope, 101) + linksOf(t, s, "ada", b.Scope, 102); b.Scope != a.Scope || got != "WebGraphs" {
		t.Errorf("in the cluster are %q", got)
	}
	mustNot(t, s.DeleteNode("ada", a.ID))
	if got := linksOf(t, s, "ada", b.Scope, 101); got != "Web" {
		t.Errorf("with one of two nodes went the links: %q", got)
	}
	b.Host, b.Member, b.Members = "elsewhere.example", "pve9", nil
	b, err = s.UpdateNode(b, "")
	mustNot(t, err)
	all, err := s.Links("ada")
	if mustNot(t, err); len(all) != 0 {
		t.Errorf("another host has the links %+v", all)
	}
}

func TestLinksEndWithTheirContainer(t *testing.T) {
	t.Parallel()
	s := storetest.Open(t)
	n := addNode(t, s, store.Node{UserID: "ada", Name: "attic"})
	linked(t, s, n, 101, "Old")
	job := store.Job{UserID: "ada", NodeID: n.ID, Scope: n.Scope, VMID: 101, Name: "films", Kind: store.JobCreate}
	made, err := s.AddJobProvision(job, store.Provision{Services: []store.Service{
		{Name: "jellyfin", Port: 8096, Path: "/web/", Scheme: "http"}, {Name: "admin", Port: 81, Path: "/"}, {Name: "dns", Port: 53}, {Name: "cron"},
	}}, nil)
	mustNot(t, err)
	if got := linksOf(t, s, "ada", n.Scope, 101); got != "Old" {
		t.Errorf("before anything is made: %q", got)
	}
	state := func(id string, made bool, state store.JobState) {
		t.Helper()
		_, err := s.UpdateJob(id, nil, func(j *store.Job) error { j.Made, j.State = made, state; return nil })
		mustNot(t, err)
	}
	state(made.ID, true, store.JobRunning)
	l, err := s.LinksOn("ada", n.Scope, 101)
	mustNot(t, err)
	if linkNames(l) != "Jellyfin, Admin" || !slices.Equal(l.Names, []string{"films"}) || l.List[0].At(netip.MustParseAddr("192.0.2.60")) != "http://192.0.2.60:8096/web/" {
		t.Errorf("of the template: %+v", l)
	}
	linked(t, s, n, 101, "Added")
	state(made.ID, true, store.JobDone)
	if got := linksOf(t, s, "ada", n.Scope, 101); got != "Jellyfin, Admin, Added" {
		t.Errorf("when the job is done: %q", got)
	}
	gone, err := s.AddJob(store.Job{UserID: "ada", NodeID: n.ID, Scope: n.Scope, VMID: 101, Kind: store.JobDelete})
	mustNot(t, err)
	state(gone.ID, false, store.JobDone)
	if got := linksOf(t, s, "ada", n.Scope, 101); got != "" {
		t.Errorf("after it was deleted: %q", got)
	}
}

func TestLinksKnowTheirContainer(t *testing.T) {
	t.Parallel()
	var l store.Links
	if !l.Of("anything") {
		t.Error("links of no known name are nobody else's")
	}
	l.Call("web")
	l.Call("")
	l.Call("Web")
	if !slices.Equal(l.Names, []string{"web"}) || !l.Of("WEB") || !l.Of("") || l.Of("db") {
		t.Errorf("they are called %v", l.Names)
	}
	l.Call("shop")
	l.Call("store")
	if !slices.Equal(l.Names, []string{"shop", "store"}) || l.Of("web") {
		t.Errorf("after two other names: %v", l.Names)
	}
}
