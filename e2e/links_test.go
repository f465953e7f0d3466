//go:build e2e

package e2e

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"berth/store"
)

// served is a web page of an app, and who asks for it.
func served(t *testing.T) (url string, asked <-chan *http.Request) {
	t.Helper()
	requests := make(chan *http.Request, 9)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/app" {
			requests <- r
		}
		w.WriteHeader(http.StatusNoContent)
	}))
	t.Cleanup(s.Close)
	return s.URL + "/app", requests
}

// link gives a container of the house a link.
func (h *house) link(vmid int, url string) {
	h.t.Helper()
	users, err := h.store.Users()
	if err != nil || len(users) != 1 {
		h.t.Fatal(users, err)
	}
	nodes, err := h.store.Nodes(users[0].ID)
	if err != nil || len(nodes) != 1 {
		h.t.Fatal(nodes, err)
	}
	h.node = nodes[0].ID
	_, err = h.store.ChangeLinks(users[0].ID, nodes[0].Ref(vmid), func(l *store.Links) error {
		l.Add(store.Link{Name: "App", URL: url, Origin: store.LinkTyped})
		return nil
	})
	if err != nil {
		h.t.Fatal(err)
	}
}

func TestAnAppIsOneClickFromTheDashboard(t *testing.T) {
	t.Parallel()
	eachWay(t, func(t *testing.T, script bool) {
		h := furnished(t)
		url, asked := served(t)
		h.link(102, url)
		b := h.open(script)
		b.signIn()
		b.visit("/containers/" + h.node + "/102")
		b.accessible("overview with links")
		b.visit("/containers/" + h.node + "/102/links/new")
		b.write("name", "Second")
		b.write("url", "http://:8096/")
		b.accessible("form for a link")
		b.press("Save")
		b.says("Saved the link Second.")

		b.visit("/")
		b.accessible("dashboard with links")
		b.press(`[data-vmid="102"] .open-app`)
		select {
		case r := <-asked:
			if from := r.Referer(); from != "" {
				t.Errorf("the app is told where one came from: %q", from)
			}
		case <-time.After(patience):
			t.Fatal("one click does not open the app")
		}
		if !b.is(`location.pathname === "/" && document.querySelector('[data-vmid="102"] .open-app').rel === "noopener noreferrer"`) {
			t.Error("the dashboard was left")
		}
	})
}
