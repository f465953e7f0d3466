package handlers

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"
	"golang.org/x/net/html"
)

// public are the routes that need no session.
var public = map[string]bool{
	"GET /healthz":        true,
	"HEAD /healthz":       true,
	"GET /static/*":       true,
	"HEAD /static/*":      true,
	"GET /setup":          true,
	"POST /setup":         true,
	"GET /login":          true,
	"POST /login":         true,
	"POST /logout":        true,
	"GET /invite/:token":  true,
	"POST /invite/:token": true,
}

// routesOf are all routes with something in the place of each parameter, "METHOD pattern" to path.
func routesOf(a *site) map[string]string {
	paths := map[string]string{}
	for _, r := range a.echo().Routes() {
		if r.Method == echo.RouteNotFound {
			continue
		}
		path := r.Path
		for _, part := range strings.Split(r.Path, "/") {
			if strings.HasPrefix(part, ":") {
				path = strings.Replace(path, part, "1", 1)
			}
		}
		paths[r.Method+" "+r.Path] = path
	}
	return paths
}

func inOrder[V any](m map[string]V) []string { return slices.SortedFunc(maps.Keys(m), cmp.Compare) }

func TestEveryRouteButThePublicOnesNeedsASession(t *testing.T) {
	t.Parallel()
	ta := newTestApp(t)
	ta.user("mira")
	for route, path := range routesOf(ta.site) {
		if public[route] {
			continue
		}
		method, _, _ := strings.Cut(route, " ")
		a := ta.browser().do(method, path, nil, nil, http.StatusSeeOther)
		want := "/login"
		if method == http.MethodGet && path != "/" {
			want += "?next=" + url.QueryEscape(path)
		}
		a.leadsTo(want)

		a = ta.browser().do(method, path, nil, http.Header{"Hx-Request": {"true"}}, http.StatusUnauthorized)
		a.leadsTo("")
		a.says("You are signed out", "Sign in in another tab, then continue here.")
		a.has(`href="/login" target="_blank"`)
		if got, want := a.text(), "You are signed out Your session has ended."; !strings.HasPrefix(got, want) || len(got) > 250 {
			t.Errorf("%s: says more to strangers: %q", route, got)
		}
	}
	for route := range public {
		if _, ok := routesOf(ta.site)[route]; !ok {
			t.Errorf("%s is no route", route)
		}
	}
}

func TestAnUnknownSessionIsNone(t *testing.T) {
	t.Parallel()
	ta := newTestApp(t)
	ta.user("mira")
	for name, value := range map[string]string{
		"nonsense":          "nonsense",
		"signed by another": "MTc2NDAwMDAwMHxEdi1CQkFFQ180SUFBUkFCRUFBQUlQLUNBQUVHYzNSeWFXNW5EQVVBQTJadmJ3WnpkSEpwYm1jTUJRQURZbUZ5fL5-7Z",
	} {
		t.Run(name, func(t *testing.T) {
			c := ta.browser()
			c.setCookie(ta.auth.Sessions.Name(), value)
			c.get("/account", http.StatusSeeOther).leadsTo("/login?next=%2Faccount")
		})
	}
}

// streams are the routes whose answer does not end by itself.
func stream(path string) bool {
	return path == "/dashboard/events" || strings.HasPrefix(path, "/jobs/") && strings.HasSuffix(path, "/events") || strings.HasSuffix(path, "/live")
}

func TestEveryPage(t *testing.T) {
	t.Parallel()
	ta := newTestApp(t)
	c := ta.signedIn("mira")
	routes := routesOf(ta.site)
	for _, route := range inOrder(routes) {
		path := routes[route]
		if !strings.HasPrefix(route, "GET ") || path == "/static/*" || path == "/healthz" || path == "/palette" || path == "/tags.css" || stream(path) {
			continue
		}
		t.Run(path, func(t *testing.T) {
			r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, ta.server.URL+path, nil)
			if err != nil {
				t.Fatal(err)
			}
			res, err := c.http.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			res.Body.Close()
			if res.StatusCode >= http.StatusInternalServerError {
				t.Fatalf("status %d", res.StatusCode)
			}
			if res.StatusCode < 300 || res.StatusCode >= 400 {
				isAWholePage(c.get(path, res.StatusCode))
			}
		})
	}
	t.Run("the one for what is not there", func(t *testing.T) { isAWholePage(c.get("/nothing", http.StatusNotFound)) })
	t.Run("and for strangers", func(t *testing.T) {
		isAWholePage(ta.browser().get("/nothing", http.StatusNotFound))
		isAWholePage(ta.browser().get("/login", http.StatusOK))
	})
}

// isAWholePage holds what is true of every page.
func isAWholePage(a answer) {
	a.t.Helper()
	a.has(`<!doctype html><html lang="en">`, `<main id="main"`, ` · Berth</title>`, `<a class="skip" href="#main">`, `id="flash"`)
	a.lacks(" style=", "<style", "hx-on", "javascript:", testPassword)
	for _, element := range []string{"h1", "title", "main"} {
		if n := a.count(element); n != 1 {
			a.t.Errorf("%s: %d %s elements\n%s", a.what, n, element, a.text())
		}
	}
	ids := map[string]bool{}
	for n := range a.doc().Descendants() {
		if id := attr(n, "id"); id != "" {
			if ids[id] {
				a.t.Errorf("%s: the id %q stands twice", a.what, id)
			}
			ids[id] = true
		}
	}
	for n := range a.doc().Descendants() {
		if !hasTarget(n, ids) { // htmx sends nothing then
			a.t.Errorf("%s: hx-target=%q is not on the page", a.what, attr(n, "hx-target"))
		}
		for _, name := range []string{"hx-include", "hx-trigger", "hx-disabled-elt"} {
			for _, id := range idInSelector.FindAllString(attr(n, name), -1) {
				if !ids[id[1:]] {
					a.t.Errorf("%s: %s names %q, which is not there", a.what, name, id)
				}
			}
		}
		for _, name := range []string{"for", "aria-labelledby", "aria-describedby", "popovertarget", "data-copy", "form", "list", "data-metrics"} {
			for _, id := range strings.Fields(attr(n, name)) {
				if !ids[id] {
					a.t.Errorf("%s: %s names %q, which is not there", a.what, name, id)
				}
			}
		}
	}
	isHeadedSafely(a)
}

var idInSelector = regexp.MustCompile(`#[\w-]+`)

// hasTarget tells whether what an element's request is to replace is on the page: an ID, or something around it.
func hasTarget(n *html.Node, ids map[string]bool) bool {
	target := attr(n, "hx-target")
	if id, is := strings.CutPrefix(target, "#"); is {
		return ids[id]
	}
	tag, is := strings.CutPrefix(target, "closest ")
	for p := n; is && p != nil; p = p.Parent {
		if p.Data == tag {
			return true
		}
	}
	return !is
}

// isHeadedSafely holds what is true of every answer.
func isHeadedSafely(a answer) {
	a.t.Helper()
	for name, want := range map[string]string{
		"Content-Security-Policy": "default-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'",
		"X-Content-Type-Options":  "nosniff",
		"Referrer-Policy":         "same-origin",
	} {
		if got := a.header.Get(name); got != want {
			a.t.Errorf("%s: %s is %q", a.what, name, got)
		}
	}
	if !strings.HasPrefix(a.header.Get("X-Request-Id"), "r-") {
		a.t.Errorf("%s: no request ID", a.what)
	}
}

// A page that is looked at changes nothing: link checkers and browsers that load ahead are harmless.
func TestGetChangesNothing(t *testing.T) {
	t.Parallel()
	ta := newTestApp(t)
	c := ta.signedIn("mira")
	before := ta.dump(t)
	for route, path := range routesOf(ta.site) {
		if !strings.HasPrefix(route, "GET ") || stream(path) || path == "/healthz" {
			continue // the health check writes a record of its own
		}
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, ta.server.URL+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		res, err := c.http.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if after := ta.dump(t); after != before {
			t.Errorf("GET %s changed the store", path)
			before = after
		}
	}
}

// dump is a sum of the database file: each write changes it.
func (ta *testApp) dump(t *testing.T) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(ta.dir, "berth.db"))
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}
