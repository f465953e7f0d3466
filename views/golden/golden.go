// Package golden compares what components render with files in testdata, for the tests of views.
package golden

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/a-h/templ"
)

var update = flag.Bool("update", false, "write testdata/*.html anew, and remove those that no test uses")

// goldenFiles are the files that tests compared so far.
var goldenFiles sync.Map

// Main runs the tests of a room; when all of them ran, no golden file may be left over.
func Main(m *testing.M) (code int) {
	flag.Parse()
	code = m.Run()
	if code == 0 && allTestsRan() {
		code = checkLeftOver()
	}
	return code
}

func allTestsRan() bool {
	for _, name := range []string{"test.run", "test.skip", "test.list", "test.fuzz"} {
		if flag.Lookup(name).Value.String() != "" {
			return false
		}
	}
	return true
}

func checkLeftOver() (code int) {
	files, err := filepath.Glob("testdata/*.html")
	if err != nil {
		panic(err)
	}
	for _, file := range files {
		if _, used := goldenFiles.Load(file); used {
			continue
		}
		if *update && os.Remove(file) == nil {
			continue
		}
		fmt.Printf("%s is used by no test; its tests with -update remove it\n", file)
		code = 1
	}
	return code
}

// Page is a rendered component, for its variants and its parts to be compared with.
type Page struct {
	Name string
	root *htmlNode
}

// Compare compares what a component renders with testdata/NAME.html.
func Compare(t *testing.T, name string, c templ.Component) Page {
	t.Helper()
	return Rendered(t, name, c).Compare(t)
}

func (p Page) Compare(t *testing.T) Page {
	t.Helper()
	compareGolden(t, p.Name, p.root)
	return p
}

// Rendered is a page that another test compares with its golden file.
func Rendered(t *testing.T, name string, c templ.Component) Page {
	t.Helper()
	return Page{name, render(t, c)}
}

// Variant compares the differences of a component from the page with testdata/PAGE_STATE.html.
func (p Page) Variant(t *testing.T, state string, c templ.Component) Page {
	t.Helper()
	v := Page{p.Name + "_" + state, render(t, c)}
	compareGolden(t, v.Name, differences(p.root, v.root))
	return v
}

// Abridged leaves out what elements hold whose ID begins so: other golden files have it.
func (p Page) Abridged(id string) Page {
	p.root.abridge(id)
	return p
}

func (n *htmlNode) abridge(id string) {
	for _, k := range n.kids {
		if strings.HasPrefix(k.id, id) {
			k.kids = []*htmlNode{newMark()}
		}
		k.abridge(id)
	}
}

// Named is the page for variants that are named after another page.
func (p Page) Named(name string) Page { return Page{name, p.root} }

// Part is the element of the page with an ID.
func (p Page) Part(t *testing.T, id string) Page {
	t.Helper()
	n := p.root.withID(id)
	if n == nil {
		t.Fatalf("%s has no element with the ID %q", p.Name, id)
	}
	return Page{p.Name, &htmlNode{kids: []*htmlNode{n}}}
}

func compareGolden(t *testing.T, name string, root *htmlNode) {
	t.Helper()
	got := root.print()
	file := filepath.Join("testdata", name+".html")
	goldenFiles.Store(file, true)
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs; look at it, and if it is meant, run its tests with -update\n%s", file, firstDifference(got, string(want)))
	}
}

// iconMarkup is that of the component Icon, which golden files shorten.
var iconMarkup = regexp.MustCompile(`<svg class="icon" aria-hidden="true"><use href="/static/icons\.HASH\.svg#([a-z-]+)"></use></svg>`)

// assetHash changes with every change of a file of package static, which is no change of the HTML.
var assetHash = regexp.MustCompile(`(/static/[a-z./-]+?)\.[0-9a-f]{12}\.`)

func render(t *testing.T, c templ.Component) *htmlNode {
	t.Helper()
	var b bytes.Buffer
	if err := c.Render(t.Context(), &b); err != nil {
		t.Fatal(err)
	}
	rendered := assetHash.ReplaceAllString(b.String(), "$1.HASH.")
	return parsed(t, iconMarkup.ReplaceAllString(rendered, `<svg icon="$1"/>`))
}

func (n *htmlNode) withID(id string) *htmlNode {
	if n.id == id {
		return n
	}
	for _, k := range n.kids {
		if found := k.withID(id); found != nil {
			return found
		}
	}
	return nil
}

func firstDifference(got, want string) string {
	g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range max(len(g), len(w)) {
		var gl, wl string
		if i < len(g) {
			gl = g[i]
		}
		if i < len(w) {
			wl = w[i]
		}
		if gl != wl {
			return fmt.Sprintf("in line %d\n got %s\nwant %s", i+1, gl, wl)
		}
	}
	return ""
}

// WithChildren renders a component with another inside.
func WithChildren(outer, inner templ.Component) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		return outer.Render(templ.WithChildren(ctx, inner), w)
	})
}

// Zone is where the readers of golden pages are: moments are written with it, so it must not be this machine's.
func Zone() *time.Location { return time.FixedZone("CET", 3600) }
