// Package static holds the files that a browser loads beside the pages: the
// stylesheet, the scripts and the icons. Their URLs carry a hash of their content, so
// that a browser keeps them for good and still sees a new version at once.
package static

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"regexp"
	"strconv"
	"strings"
	"sync"
)

// Prefix is the path below which Handler serves.
const Prefix = "/static/"

// What others wrote is embedded compressed, as it is long: a name of it lacks the .gz.
//
//go:embed berth.css *.js *.svg *.png manifest.json vendor/*.gz
var files embed.FS

// asset is one file, ready to be sent.
type asset struct {
	body, gzipped []byte // body may be nil: it is made of gzipped for the few that take nothing else
	kind          string // content type
}

// table maps names, URLs and contents of the files. It is never changed once it is made.
type table struct {
	urls   map[string]string // name → URL path
	assets map[string]asset  // URL path → asset
}

var all = sync.OnceValue(func() table {
	t := table{urls: map[string]string{}, assets: map[string]asset{}}
	err := fs.WalkDir(files, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		body, err := files.ReadFile(name)
		if err != nil {
			return err
		}
		if name != manifest {
			t.add(name, body)
		}
		return nil
	})
	if err != nil {
		panic(err) // the files are part of the program: this is a broken build
	}
	body, err := files.ReadFile(manifest)
	if err != nil {
		panic(err)
	}
	t.add(manifest, iconName.ReplaceAllFunc(body, func(src []byte) []byte {
		return []byte(`"src": "` + t.urls[string(iconName.FindSubmatch(src)[1])] + `"`)
	}))
	return t
})

// manifest is what installs Berth as an app. It names icons, whose URLs carry their hashes, so it comes last.
const manifest = "manifest.json"

var iconName = regexp.MustCompile(`"src": "([^"]+)"`)

func (t table) add(name string, body []byte) {
	sum := sha256.Sum256(body)
	name, packed := strings.CutSuffix(name, ".gz")
	ext := path.Ext(name)
	a := asset{kind: contentType(ext)}
	if packed {
		a.gzipped = body
	} else {
		a.body, a.gzipped = body, compress(body)
	}
	url := Prefix + strings.TrimSuffix(name, ext) + "." + hex.EncodeToString(sum[:6]) + ext
	t.urls[name] = url
	t.assets[url] = a
}

// URL returns the path of a file by its name here, as in "berth.css". It panics
// when there is no such file: the name is always a literal.
func URL(name string) string {
	url, ok := all().urls[name]
	if !ok {
		panic(fmt.Sprintf("static: no file %q", name))
	}
	return url
}

// Handler serves the files below Prefix, compressed where the browser takes it. It
// answers false for a path that names none, and writes nothing then.
func Handler(w http.ResponseWriter, r *http.Request) (found bool) {
	a, found := all().assets[r.URL.Path]
	if !found {
		return false
	}
	h := w.Header()
	h.Set("Content-Type", a.kind)
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	h.Set("Vary", "Accept-Encoding")
	body := a.body
	switch takes := strings.Contains(r.Header.Get("Accept-Encoding"), "gzip"); {
	case takes && (body == nil || len(a.gzipped) < len(body)):
		h.Set("Content-Encoding", "gzip")
		body = a.gzipped
	case body == nil:
		body = unpack(a.gzipped)
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(http.StatusOK)
	if r.Method != http.MethodHead {
		_, _ = w.Write(body) // an error here means that the browser is gone
	}
	return true
}

// contentType does not ask the system's tables, which differ from host to host.
func contentType(ext string) string {
	switch ext {
	case ".css":
		return "text/css; charset=utf-8"
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	case ".png":
		return "image/png"
	case ".json":
		return "application/manifest+json"
	}
	return mime.TypeByExtension(ext)
}

func compress(body []byte) []byte {
	var b bytes.Buffer
	w, _ := gzip.NewWriterLevel(&b, gzip.BestCompression) // fails only for a level that does not exist
	_, _ = w.Write(body)                                  // a bytes.Buffer takes everything
	_ = w.Close()
	return b.Bytes()
}

// unpack is the other way round, for what is part of the program.
func unpack(gzipped []byte) []byte {
	r, err := gzip.NewReader(bytes.NewReader(gzipped))
	if err != nil {
		panic(err) // a broken build
	}
	body, err := io.ReadAll(r)
	if err != nil {
		panic(err)
	}
	return body
}
