package handlers

import (
	"net/http"
	"regexp"
	"testing"
	"time"

	"berth/proxmox/sim"
)

func TestTagsWearTheColoursOfProxmox(t *testing.T) {
	t.Parallel()
	h := newTestApp(t).harbour("mira", sim.Guest{VMID: 101, Name: "web", Status: "running", Tags: []string{"infra", "media"}})
	h.cluster.SetTagColours("media:1A5FB4;infra:ffd166:fefefe")
	sheet := regexp.MustCompile(`href="(/tags\.css\?v=[0-9a-f]+)"`)
	a := h.get("/?view=list", http.StatusOK)
	for until := time.Now().Add(40 * time.Second); !sheet.MatchString(a.body); a = h.get("/?view=list", http.StatusOK) {
		if time.Now().After(until) {
			t.Fatal("the colours are never shown")
		}
	}
	a = h.get("/?view=list", http.StatusOK) // the page that waited for them was begun before they came
	a.has(`class="tag-1a5fb4">media</a>`, `class="tag-ffd166-fefefe">infra</a>`)
	h.cluster.ResetCalls()
	css := h.get(sheet.FindStringSubmatch(a.body)[1], http.StatusOK)
	css.has(".tags .tag-1a5fb4{color:#ffffff;background:#1a5fb4;", ".tags .tag-ffd166-fefefe{color:#000000;background:#ffd166;")
	if got := css.header.Get("Content-Type"); got != "text/css; charset=utf-8" {
		t.Errorf("the stylesheet is %s", got)
	}
	h.do(http.MethodGet, "/tags.css", nil, http.Header{"If-None-Match": {css.header.Get("ETag")}}, http.StatusNotModified)
	if n := len(h.cluster.Calls()); n != 0 {
		t.Errorf("the stylesheet asked the host %d times", n)
	}
	if other := h.app.signedIn("jonas").get("/tags.css", http.StatusOK); other.body != "" {
		t.Errorf("somebody else's tags are %q", other.body)
	}
}
