package handlers

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"berth/proxmox/sim"
	"berth/store"
	"berth/views"
)

// groupsOf are the headings of the list that an answer shows, with the VMIDs below each.
func groupsOf(a answer) string {
	a.t.Helper()
	var all []string
	for n := range a.doc().Descendants() {
		if id, is := strings.CutPrefix(attr(n, "id"), "at-"); is && n.Data == "tbody" {
			all = append(all, id)
		} else if vmid := attr(n, "data-vmid"); vmid != "" && n.Data == "tr" {
			all[len(all)-1] += " " + vmid
		}
	}
	return strings.Join(all, ", ")
}

func wantGroups(a answer, want string) {
	a.t.Helper()
	if got := groupsOf(a); got != want {
		a.t.Errorf("%s shows %q, want %q", a.what, got, want)
	}
}

func TestPinnedContainersStandFirstHoweverTheyAreSortedAndGrouped(t *testing.T) {
	t.Parallel()
	ta := newTestApp(t)
	h := ta.harbour("mira", house()...)
	at, n := "/containers/"+h.node.ID, h.node.ID
	h.cluster.Add(sim.Guest{VMID: 109, Name: "zigbee", Status: "running"})
	wantGroups(h.get("/", http.StatusOK), n+" 107 104 101 109")

	// As a plain form, from the page that one is on.
	h.get(at+"/101", http.StatusOK).has(`action="` + at + `/101/pin"`)
	a := h.do(http.MethodPost, at+"/101/pin", nil, http.Header{"Referer": {ta.server.URL + "/?status=running"}}, http.StatusSeeOther)
	a.leadsTo("/?status=running")
	a = h.get("/?status=running", http.StatusOK)
	a.says("Pinned pihole.", "Pinned 1 container", "3 containers shown, 1 pinned", "pihole pinned")
	wantGroups(a, "pinned 101, "+n+" 107 109")
	isAWholePage(a)
	h.post(at+"/109/pin", nil, http.StatusSeeOther)
	h.post(at+"/109/pin", nil, http.StatusSeeOther) // as it is already

	for query, want := range map[string]string{
		"":                                "pinned 101 109, " + n + " 107 104",
		"?sort=-name":                     "pinned 109 101, " + n + " 104 107",
		"?sort=vmid":                      "pinned 101 109, " + n + " 104 107",
		"?sort=-vmid&group=none":          "pinned 109 101, all 107 104",
		"?sort=state&group=none":          "pinned 101 109, all 107 104",
		"?group=tag":                      "pinned 101 109, tag-dns 107, tag-media 104",
		"?q=pihole":                       "pinned 101",
		"?q=adguard&group=none":           "all 107",
		"?view=cards&group=tag&sort=-cpu": "pinned 101 109, tag-dns 107, tag-media 104",
	} {
		wantGroups(h.get("/"+query, http.StatusOK), want)
	}
	h.get("/?group=none", http.StatusOK).says("Others 2 containers")
	h.get(at+"/101", http.StatusOK).has(`action="`+at+`/101/unpin"`, `class="pinned"`)

	// All of a node: it has its heading, and is not told to be empty.
	h.post(at+"/104/pin", nil, http.StatusSeeOther)
	h.post(at+"/107/pin", nil, http.StatusSeeOther)
	a = h.get("/", http.StatusOK)
	wantGroups(a, "pinned 107 104 101 109, "+n)
	a.says("4 containers, 4 pinned")
	a.lacks("No containers on")

	// Another user's are theirs.
	other := ta.signedIn("noah")
	other.post(at+"/101/unpin", nil, http.StatusNotFound)
	h.post(at+"/999/pin", nil, http.StatusNotFound)
	h.post(at+"/101/unpin", nil, http.StatusSeeOther).leadsTo("/")
	wantGroups(h.get("/", http.StatusOK), "pinned 107 104 109, "+n+" 101")
}

func TestPinningOverThePageBringsTheListAndSaysSo(t *testing.T) {
	t.Parallel()
	ta := newTestApp(t)
	h := ta.harbour("mira", house()...)
	at := "/containers/" + h.node.ID + "/101"
	h.get("/", http.StatusOK)
	h.cluster.ResetCalls()
	htmx := func(path, from string) answer {
		t.Helper()
		return h.do(http.MethodPost, path, nil, http.Header{"Hx-Request": {"true"}, "Hx-Target": {"announce"}, "Hx-Current-Url": {ta.server.URL + from}}, http.StatusOK)
	}
	menu := h.htmxGet(at+"/menu", http.StatusOK)
	menu.has(`hx-post="`+at+`/pin"`, `hx-target="#announce"`)
	a := htmx(at+"/pin", "/?group=none&sort=vmid")
	if !strings.HasPrefix(a.text(), "Pinned pihole.") {
		t.Errorf("it says %q", a.text())
	}
	a.has(`id="board"`, `hx-swap-oob="true"`)
	wantGroups(a, "pinned 101, all 104 107")
	menu = h.htmxGet(at+"/menu", http.StatusOK)
	menu.has(`hx-post="` + at + `/unpin"`)
	menu.says("Unpin")

	// A page of the container hears of it by its stream.
	a = htmx(at+"/unpin", at+"/services")
	a.lacks("board")
	if got := a.text(); got != "Unpinned pihole." {
		t.Errorf("it says %q", got)
	}
	if calls := h.cluster.Calls(); len(calls) != 0 {
		t.Errorf("the host was asked for %v", calls)
	}
}

// Its new name does not cost a container its pin, its end does, and who takes its VMID over does not have it.
func TestAPinIsOfOneContainer(t *testing.T) {
	t.Parallel()
	ta := newTestApp(t)
	h := ta.harbour("mira", house()...)
	at := "/containers/" + h.node.ID + "/104"
	h.get("/", http.StatusOK)
	h.post(at+"/pin", nil, http.StatusSeeOther)
	p, _ := h.palette()
	i := slices.IndexFunc(p.Places, func(at views.Place) bool { return at.Group == "Containers" && at.Name == "Jellyfin" })
	if !p.Places[i].Pinned {
		t.Errorf("the palette does not know: %+v", p.Places[i])
	}
	later := func() answer {
		t.Helper()
		ta.clock.Advance(20 * time.Second)
		return h.get("/", http.StatusOK)
	}
	h.edited(at, "hostname", url.Values{"hostname": {"films"}}, http.StatusSeeOther)
	wantGroups(later(), "pinned 104, "+h.node.ID+" 107 101")
	h.cluster.SetConfig(104, "hostname", "another")
	wantGroups(later(), h.node.ID+" 107 104 101")
	h.cluster.SetConfig(104, "hostname", "films")
	wantGroups(later(), "pinned 104, "+h.node.ID+" 107 101")
	h.ended(h.act(104, store.JobDelete).ID)
	wantGroups(later(), h.node.ID+" 107 101")
	h.cluster.Add(sim.Guest{VMID: 104, Name: "films"})
	wantGroups(later(), h.node.ID+" 107 104 101")
}
