//go:build e2e

package e2e

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// theme makes the system's theme light or dark.
func (b *tab) theme(name string) {
	b.t.Helper()
	b.do(func(ctx context.Context, _ *chromedp.Target) (chromedp.Void, error) {
		_, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
			{Name: "prefers-color-scheme", Value: name}, {Name: "prefers-reduced-motion", Value: "reduce"},
		}})
		return chromedp.Void{}, err
	})
}

// sent posts a form as the page would, and returns the path that it leads to.
func (b *tab) sent(path, fields string) string {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	at, err := chromedp.Run(ctx, chromedp.Evaluate[string](`fetch(`+quoted(path)+`, {method: "POST", body: new URLSearchParams(`+quoted(fields)+`)}).then((r) => new URL(r.url).pathname)`, chromedp.EvalAwaitPromise))
	if err != nil {
		b.t.Fatal(err)
	}
	return at
}

// still waits until a page has all that it asks for by itself, and has drawn it.
func (b *tab) still() {
	b.t.Helper()
	b.until("is whole", `document.readyState == "complete" && !document.querySelector(".htmx-request")`)
	b.is(`requestAnimationFrame(() => requestAnimationFrame(() => { document.body.dataset.drawn = 1; }))`)
	b.until("is drawn", `document.body.dataset.drawn && !document.querySelector(".htmx-request")`)
}

// shifted says what moved while the page was loaded, and by how much; nothing where nothing did.
func (b *tab) shifted() string {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	words, err := chromedp.Run(ctx, chromedp.Evaluate[string](`new Promise((done) => {
		const name = (n) => !n ? "?" : n.nodeType === 3 ? "text in " + name(n.parentElement) : n.nodeName.toLowerCase() + (n.id ? "#" + n.id : "") + (n.className?.trim ? "." + n.className.trim().split(" ").join(".") : "");
		const all = [];
		const observer = new PerformanceObserver((list) => { all.push(...list.getEntries()); });
		observer.observe({ type: "layout-shift", buffered: true });
		requestAnimationFrame(() => setTimeout(() => {
			all.push(...observer.takeRecords());
			done(all.filter((e) => !e.hadRecentInput).map((e) => e.value.toFixed(4) + " of " + e.sources.map((s) => name(s.node)).join(", ")).join("\n"));
		}));
	})`, chromedp.EvalAwaitPromise))
	if err != nil {
		b.t.Fatal(err)
	}
	return words
}

// ground is what there must be for every page to have something on it: a draft, snapshots and a job that is done.
type ground struct{ node, draft, made string }

func (b *tab) prepare() ground {
	b.t.Helper()
	g := ground{}
	users, err := b.house.store.Users()
	if err != nil {
		b.t.Fatal(err)
	}
	all, err := b.house.store.Nodes(users[0].ID)
	if err != nil {
		b.t.Fatal(err)
	}
	g.node = all[0].ID
	at := "/containers/" + g.node
	kept := b.sent(at+"/102/snapshots", "snapshot=before&note=as+it+was")
	g.made = b.sent(at+"/103/start", "")
	g.draft = strings.TrimSuffix(b.sent("/containers/new", "node="+g.node+"&template="), "/configure")
	for _, job := range []string{kept, g.made} {
		b.visit(job)
		b.until("the job has ended", `document.querySelector("[data-state=done]")`)
	}
	b.visit("/")
	b.until("the list has the news", `document.querySelector("[data-vmid='103']")?.dataset.status === "running"`)
	return g
}

// pages are all that can be opened with what there is, and states of them.
func (g ground) pages() []string {
	at := "/containers/" + g.node
	one, two := at+"/101", at+"/102"
	return []string{
		"/", "/?view=cards", "/?view=list&group=tag", "/?q=nothing", "/?status=stopped",
		one, one + "/edit?part=memory", one + "/grow?disk=rootfs", one + "/figures", one + "/services", one + "/snapshots", two + "/snapshots", two + "/snapshots/before/note",
		two + "/snapshots/before/rollback", two + "/snapshots/before/delete", one + "/backups", one + "/events", one + "/console", one + "/clone",
		one + "/shutdown", one + "/reboot", one + "/stop", at + "/103/delete",
		fmt.Sprintf("/containers/several?do=reboot&c=%s/101&c=%s/102", g.node, g.node),
		fmt.Sprintf("/containers/several?do=backup&c=%s/101&c=%s/102", g.node, g.node),
		fmt.Sprintf("/containers/several?do=delete&c=%s/101&c=%s/102", g.node, g.node),
		"/containers/new", g.draft + "/template", g.draft + "/configure", g.draft + "/packages", g.draft + "/scripts", g.draft + "/review",
		"/jobs", g.made, "/jobs/nowhere",
		"/templates", "/templates/new", "/templates/starter-caddy", "/templates/folder", "/packages", "/packages/new",
		"/settings/nodes", "/settings/nodes/new", "/settings/nodes/" + g.node, "/settings/nodes/" + g.node + "/delete",
		"/account", "/nowhere",
	}
}

// Each page, in both themes, on a phone and on a desk: axe finds nothing, nothing moves while it is loaded, and nothing reaches out of
// the narrowest screen. What a theme changes are colours alone, so the second is judged by what of axe looks at those.
func TestEveryPageIsForEveryone(t *testing.T) {
	t.Parallel()
	h := furnished(t)
	b := h.open(true)
	b.lacks = "/nowhere" // whose pages are answers that are errors
	b.everyPage("signed out", "/login", "/setup", "/invite/nowhere")
	b.signIn()
	pages := b.prepare().pages()
	for first := range walkers {
		t.Run(fmt.Sprintf("signed in, walk %d", first+1), func(t *testing.T) {
			t.Parallel()
			mine := *h
			mine.t = t
			b := mine.open(true)
			b.lacks = "/nowhere"
			b.signIn()
			for i := first; i < len(pages); i += walkers {
				b.everyPage("signed in", pages[i])
			}
		})
	}
}

// walkers is how many browsers share the pages: a test by itself at the end would have one core wait.
const walkers = 3

func (b *tab) everyPage(who string, paths ...string) {
	b.t.Helper()
	for _, path := range paths {
		for _, width := range []int64{1280, 360} {
			name := fmt.Sprintf("%s, %s at %d px", who, path, width)
			b.theme("light")
			b.size(width, 800)
			b.visit(path)
			b.still()
			if words := b.shifted(); words != "" {
				b.t.Errorf("%s: what moves while it is loaded:\n%s", name, words)
			}
			b.judged(name+", light", "")
			b.theme("dark")
			b.judged(name+", dark", `, runOnly: ["color-contrast", "link-in-text-block"]`)
		}
		for _, width := range []int64{320, 768} { // the second is where the bar has the least room for its words
			b.size(width, 800)
			if !b.is(`document.scrollingElement.scrollWidth > innerWidth`) {
				continue
			}
			wide, _ := b.eval(`[...document.querySelectorAll("body *")].filter((e) => e.getBoundingClientRect().right > innerWidth + 1 && !e.closest(".scroll, .log, pre, svg, .hide, .tabs, .diff, :popover-open, dialog")).slice(0, 6).map((e) => e.outerHTML.slice(0, 90)).join("\n")`)
			b.t.Errorf("%s reaches out of %d px:\n%s", path, width, wide)
		}
	}
}

// judged runs axe, with further options, over the page as it stands.
func (b *tab) judged(name, options string) {
	b.t.Helper()
	found, err := b.axeWith(options)
	if err != nil {
		b.t.Fatalf("%s could not be judged: %v", name, err)
	}
	if found != "" {
		b.t.Errorf("%s is not accessible:\n%s", name, found)
	}
}
