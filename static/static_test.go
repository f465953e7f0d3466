package static

import (
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// What others wrote is exactly what they published: VENDORED.json has the sums, and every file of vendor/ stands in it.
func TestVendoredFilesAreWhatWasPublished(t *testing.T) {
	raw, err := os.ReadFile("VENDORED.json")
	if err != nil {
		t.Fatal(err)
	}
	var packages []struct {
		Package, Version, Licence string
		TarballSHA256             string `json:"tarball_sha256"`
		Files                     []struct{ Name, From, SHA256 string }
	}
	if err := json.Unmarshal(raw, &packages); err != nil {
		t.Fatal(err)
	}
	noted := map[string]bool{}
	for _, p := range packages {
		if p.Package == "" || p.Version == "" || p.Licence == "" || len(p.TarballSHA256) != 64 {
			t.Errorf("%q: package, version, licence and the tarball's sum must all be noted", p.Package)
		}
		for _, f := range p.Files {
			noted[f.Name] = true
			body, err := os.ReadFile(f.Name)
			if err != nil {
				t.Error(err)
				continue
			}
			if sum := sha256.Sum256(body); hex.EncodeToString(sum[:]) != f.SHA256 {
				t.Errorf("%s is not %s of %s %s", f.Name, f.From, p.Package, p.Version)
			}
		}
	}
	there, err := filepath.Glob("vendor/*")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range there {
		if !noted[name] {
			t.Errorf("%s is not noted in VENDORED.json", name)
		}
	}
}

func TestHandler(t *testing.T) {
	get := func(method, path, encoding string) (*httptest.ResponseRecorder, bool) {
		r := httptest.NewRequest(method, path, nil)
		r.Header.Set("Accept-Encoding", encoding)
		w := httptest.NewRecorder()
		return w, Handler(w, r)
	}

	t.Run("serves a file for good", func(t *testing.T) {
		w, found := get(http.MethodGet, URL("berth.css"), "")
		if !found || w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "@layer") {
			t.Fatalf("found %v, status %d", found, w.Code)
		}
		if got := w.Header().Get("Cache-Control"); !strings.Contains(got, "immutable") {
			t.Errorf("Cache-Control %q", got)
		}
		if got := w.Header().Get("Content-Type"); got != "text/css; charset=utf-8" {
			t.Errorf("Content-Type %q", got)
		}
	})

	t.Run("compressed for who takes it", func(t *testing.T) {
		w, _ := get(http.MethodGet, URL("vendor/htmx.min.js"), "br, gzip")
		if got := w.Header().Get("Content-Encoding"); got != "gzip" {
			t.Fatalf("Content-Encoding %q", got)
		}
		z, err := gzip.NewReader(w.Body)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(z)
		if err != nil {
			t.Fatal(err)
		}
		want, _ := os.ReadFile("vendor/htmx.min.js")
		if string(body) != string(want) {
			t.Error("what comes out is not the file")
		}
	})

	t.Run("head has no body", func(t *testing.T) {
		w, found := get(http.MethodHead, URL("icons.svg"), "")
		if !found || w.Body.Len() != 0 {
			t.Errorf("found %v, %d bytes", found, w.Body.Len())
		}
	})

	for _, path := range []string{"/static/berth.css", "/static/", "/static/static.go", "/static/VENDORED.json", "/static/../go.mod"} {
		if _, found := get(http.MethodGet, path, ""); found {
			t.Errorf("%s is served", path)
		}
	}
}

func TestURLOfNoFilePanics(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("no panic")
		}
	}()
	URL("nothing.css")
}
