package handlers

import (
	"net/http"
	"net/url"
	"testing"

	"github.com/labstack/echo/v4"

	"berth/handlers/auth"
	"berth/store"
)

func TestWhatNeedsANodeSaysSo(t *testing.T) {
	t.Parallel()
	ta := newTestApp(t)
	e := ta.echo()
	e.GET("/needs-a-node", func(c echo.Context) error { return c.String(http.StatusOK, "done") }, ta.auth.RequireUser, ta.RequireNode)
	ta.server.Config.Handler = e
	c := ta.signedIn("mira")

	a := c.get("/needs-a-node", http.StatusConflict)
	a.says("This needs a Proxmox node", "No node has been added to this account yet")
	a.has(`href="/settings/nodes/new"`)
	isAWholePage(a)
	c.htmxGet("/needs-a-node", http.StatusConflict).says("This needs a Proxmox node")

	other := ta.user("jonas")
	add := func(u store.User, name string) {
		t.Helper()
		if _, err := ta.Store.AddNode(store.Node{UserID: u.ID, Name: name, Host: "192.0.2.1", Port: 8006, TokenID: "berth@pve!app", Member: name}, "secret"); err != nil {
			t.Fatal(err)
		}
	}
	add(other, "pve1")
	c.get("/needs-a-node", http.StatusConflict) // a node of somebody else is none
	add(c.user, "pve1")
	c.get("/needs-a-node", http.StatusOK)
}

func TestWhatIsAnothersIsNotFoundWithoutANodeToo(t *testing.T) {
	t.Parallel()
	ta := newTestApp(t)
	c, other := ta.signedIn("mira"), ta.signedIn("jonas")
	n := other.silentNode("pve1")
	draft := other.draft()
	for _, path := range []string{"/containers/" + n.ID + "/101", "/containers/nothing/101", "/containers/new/" + draft + "/configure", "/containers/new/nothing/review",
		"/vmid?vmid=101&node=" + n.ID, "/containers/several?do=stop&c=" + n.ID + "%2F101"} {
		c.get(path, http.StatusNotFound)
	}
	c.post("/containers/"+n.ID+"/101/start", nil, http.StatusNotFound)
	c.post("/containers/new/"+draft+"/review", nil, http.StatusNotFound)
	c.post("/containers/new", url.Values{"node": {n.ID}}, http.StatusNotFound)
	c.post("/containers/several", url.Values{"do": {"stop"}, "c": {n.ID + "/101"}, "sure": {"1"}}, http.StatusNotFound)
	c.post("/containers/new", nil, http.StatusConflict).says("This needs a Proxmox node")
}

func TestLocalPath(t *testing.T) {
	t.Parallel()
	for next, want := range map[string]string{
		"":                      "/",
		"/":                     "/",
		"/jobs?x=1&y=%2F":       "/jobs?x=1&y=%2F",
		"/containers/n1/101":    "/containers/n1/101",
		"jobs":                  "/",
		"//evil.example":        "/",
		"///evil.example":       "/",
		"/%2F/evil.example":     "/",
		"/\\evil.example":       "/",
		"/\n/evil.example":      "/",
		"https://evil.example/": "/",
		"/%zz":                  "/",
		"/login?next=/login":    "/",
		"/logout":               "/",
	} {
		if got := auth.LocalPath(next); got != want {
			t.Errorf("localPath(%q) = %q, want %q", next, got, want)
		}
	}
}
