package handlers

import (
	"io"
	"net/http"
	"regexp"
	"testing"
)

// mostWeight bounds the stylesheets and scripts of a page, in bytes as they are sent.
const mostWeight = 60_000

var loaded = regexp.MustCompile(`<(?:script src|link rel="stylesheet" href)="([^"]+)"`)

// weight is what a browser that takes gzip is sent of that address, in bytes.
func (c *client) weight(path string) int {
	c.t.Helper()
	r, err := http.NewRequest(http.MethodGet, c.app.server.URL+path, nil)
	if err != nil {
		c.t.Fatal(err)
	}
	r.Header.Set("Accept-Encoding", "gzip") // by hand: what comes is not unpacked
	w, err := c.http.Do(r)
	if err != nil {
		c.t.Fatal(err)
	}
	defer w.Body.Close()
	body, err := io.ReadAll(w.Body)
	if err != nil || w.StatusCode != http.StatusOK || w.Header.Get("Content-Encoding") != "gzip" {
		c.t.Fatalf("%s: %v, %s, %q", path, err, w.Status, w.Header.Get("Content-Encoding"))
	}
	return len(body)
}

func TestTheFirstPagesAreLight(t *testing.T) {
	t.Parallel()
	a := newTestApp(t)
	a.user("mira")
	for path, c := range map[string]*client{"/login": a.browser(), "/": a.signedIn("noor")} {
		sum, files := 0, loaded.FindAllStringSubmatch(c.get(path, http.StatusOK).body, -1)
		for _, file := range files {
			sum += c.weight(file[1])
		}
		t.Logf("%s: %d files, %d bytes", path, len(files), sum)
		if len(files) < 4 || sum > mostWeight {
			t.Errorf("%s loads %d stylesheets and scripts of %d bytes, want at most %d", path, len(files), sum, mostWeight)
		}
	}
}
