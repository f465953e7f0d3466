package static

import (
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
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
			body, err := published(f.Name, p.Version)
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

// published returns a vendored file as it was published; a name with a # is a symbol of a sprite.
func published(name, version string) ([]byte, error) {
	name, symbol, isSymbol := strings.Cut(name, "#")
	body, err := os.ReadFile(name)
	switch {
	case err != nil:
		return nil, err
	case strings.HasSuffix(name, ".gz"):
		return unpack(body), nil
	case !isSymbol:
		return body, nil
	}
	_, rest, found := strings.Cut(string(body), `<symbol id="`+symbol+"\" viewBox=\"0 0 24 24\">\n")
	drawn, _, ended := strings.Cut(rest, "</symbol>\n")
	if !found || !ended {
		return nil, fmt.Errorf("%s has no symbol %s", name, symbol)
	}
	return fmt.Appendf(nil, glyphFile, version, symbol, drawn), nil
}

// glyphFile is a file of lucide-static: version, name and what is drawn.
const glyphFile = `<!-- @license lucide-static v%s - ISC -->
<svg
  class="lucide lucide-%s"
  xmlns="http://www.w3.org/2000/svg"
  width="24"
  height="24"
  viewBox="0 0 24 24"
  fill="none"
  stroke="currentColor"
  stroke-width="2"
  stroke-linecap="round"
  stroke-linejoin="round"
>
%s</svg>
`

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

	// Whether a file is embedded compressed or not: each is what it is, compressed for who takes it and plain for others.
	for name, packed := range map[string]bool{"berth.css": false, "app.js": false, "vendor/htmx.min.js": true, "vendor/xterm.js": true, "vendor/xterm.css": true} {
		file := name
		if packed {
			file += ".gz"
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if packed {
			want = unpack(want)
		}
		for encoding, compressed := range map[string]bool{"br, gzip": true, "": false, "br": false} {
			w, _ := get(http.MethodGet, URL(name), encoding)
			var body io.Reader = w.Body
			if got := w.Header().Get("Content-Encoding"); got == "gzip" != compressed {
				t.Errorf("%s for %q: Content-Encoding %q", name, encoding, got)
			} else if compressed {
				if body, err = gzip.NewReader(w.Body); err != nil {
					t.Fatal(err)
				}
			}
			got, err := io.ReadAll(body)
			if err != nil {
				t.Fatal(err)
			}
			if string(got) != string(want) {
				t.Errorf("%s for %q: what comes out is not the file", name, encoding)
			}
		}
	}

	t.Run("no file is there under the name of its compressed form", func(t *testing.T) {
		for name := range all().urls {
			if strings.HasSuffix(name, ".gz") {
				t.Errorf("%s is served", name)
			}
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

func TestTheManifestNamesIconsThatAreServed(t *testing.T) {
	t.Parallel()
	w := httptest.NewRecorder()
	if !Handler(w, httptest.NewRequest(http.MethodGet, URL(manifest), nil)) || w.Header().Get("Content-Type") != "application/manifest+json" {
		t.Fatalf("it is served as %q", w.Header().Get("Content-Type"))
	}
	var m struct {
		Name  string
		Icons []struct{ Src, Type string }
	}
	if err := json.Unmarshal(w.Body.Bytes(), &m); err != nil {
		t.Fatal(err)
	}
	if m.Name != "Berth" || len(m.Icons) == 0 {
		t.Errorf("%+v", m)
	}
	for _, icon := range m.Icons {
		w := httptest.NewRecorder()
		if !Handler(w, httptest.NewRequest(http.MethodGet, icon.Src, nil)) || w.Header().Get("Content-Type") != icon.Type {
			t.Errorf("%s: %q", icon.Src, w.Header().Get("Content-Type"))
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
