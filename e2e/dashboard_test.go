//go:build e2e

package e2e

import (
	"context"
	"testing"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"berth/proxmox/sim"
)

// shown counts the containers on the page.
const shown = `document.querySelectorAll("[data-vmid]").length`

func TestFilteringAndGoingBack(t *testing.T) {
	t.Parallel()
	eachWay(t, func(t *testing.T, script bool) {
		h := furnished(t)
		b := h.open(script)
		b.signIn()
		b.until("all are there", shown+" === 3")
		b.press("#filter-status-stopped")
		b.until("only the stopped one", shown+` === 1 && location.search === "?status=stopped"`)
		b.accessible("filtered")
		b.back()
		b.until("all are back", shown+` === 3 && location.search === ""`)
		b.visit("/?q=JELLY")
		b.until("the search finds it", shown+` === 1 && document.querySelector("[data-vmid='102']")`)
		b.visit("/?tag=dns")
		b.until("the tag finds it", shown+` === 1 && document.querySelector("[data-vmid='101']")`)
		b.visit("/?q=nothing-like-that")
		b.until("none is found", shown+" === 0")
		b.says("Clear filters")
	})
}

func TestTheDashboardLives(t *testing.T) {
	t.Parallel()
	h := furnished(t)
	b := h.open(true)
	b.signIn()
	b.until("all are there", shown+" === 3")
	h.cluster.Add(sim.Guest{VMID: 104, Name: "newcomer", Status: "running"})
	h.cluster.SetStatus(103, "running")
	b.until("what was made elsewhere appears", `document.querySelector("[data-vmid='104']")`)
	b.until("what was started elsewhere runs", `document.querySelector("[data-vmid='103']").dataset.status === "running"`)
	b.press("[data-vmid='101'] [data-menu]")
	b.until("a menu is open", `document.querySelector("#row-menu:popover-open a[href$='/101/shutdown']")`)
	h.cluster.Remove(102) // whose row stands before
	b.until("what was deleted elsewhere goes", `!document.querySelector("[data-vmid='102']")`)
	b.until("the menu is still open", `document.querySelector("#row-menu:popover-open")`)
}

// before runs a script in each page that is visited, before its own.
func (b *tab) before(script string) {
	b.t.Helper()
	b.do(func(ctx context.Context, _ *chromedp.Target) (chromedp.Void, error) {
		_, err := chromedp.Call(ctx, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: script})
		return chromedp.Void{}, err
	})
}

func TestAPageInTheBackgroundHasNoStreamAndThenOne(t *testing.T) {
	t.Parallel()
	b := furnished(t).open(true)
	b.signIn()
	b.before(`
		let seen = false;
		Object.defineProperty(document, "hidden", { get: () => !seen });
		const streams = [];
		window.EventSource = class extends EventSource { constructor(url) { super(url); streams.push(this); } };
		window.look = (now) => { seen = now; document.dispatchEvent(new Event("visibilitychange", { bubbles: true })); };
		window.open = () => streams.filter((s) => s.readyState !== EventSource.CLOSED).length;`)
	b.visit("/")
	b.until("all are there", shown+" === 3")
	b.until("it was made without a stream", "document.readyState === 'complete' && open() === 0")
	b.do(chromedp.Evaluate[chromedp.Void]("look(true)"))
	b.until("who looks at it has one", "open() === 1")
	b.do(chromedp.Evaluate[chromedp.Void]("look(false); look(true)"))
	b.until("and one again", "open() === 1")
}

func TestANodeThatStopsAnswering(t *testing.T) {
	t.Parallel()
	eachWay(t, func(t *testing.T, script bool) {
		h := furnished(t)
		b := h.open(script)
		b.signIn()
		b.until("all are there", shown+" === 3")
		h.host.Stop()
		const silent = `document.body.innerText.includes("refused the connection")`
		if script {
			b.until("it is told by itself", silent)
		} else {
			b.reload("it is told", silent)
		}
		b.until("its containers stay", shown+` === 3 && document.querySelector("[data-vmid='101']").dataset.status === "unknown"`)
		b.accessible("silent")
		if err := h.host.Start(); err != nil {
			t.Fatal(err)
		}
		const back = `document.querySelector("[data-vmid='101']").dataset.status === "running"`
		if script {
			b.until("it is back by itself", back)
		} else {
			b.reload("it is back", back)
		}
	})
}

func TestALifeOfAContainer(t *testing.T) {
	t.Parallel()
	eachWay(t, func(t *testing.T, script bool) {
		h := furnished(t)
		b := h.open(script)
		b.signIn()
		b.press("[data-vmid='103'] .c-name a")
		b.at("/containers/")
		b.accessible("container")
		ends := func() {
			t.Helper()
			b.at("/jobs/")
			const done = `document.querySelector("[data-state=done]")`
			if script {
				b.until("the job ends by itself", done)
			} else {
				b.reload("the job ends", done)
			}
		}
		at := b.path()
		b.press("Start")
		if script {
			b.until("a message follows it to its end", `document.querySelector(".said[data-kind=ok]")`)
		} else {
			ends()
		}
		b.visit(at)
		if script {
			b.press("Shut down")
			b.until("it asks over the page", `document.querySelector("#ask").open && location.pathname === "`+at+`"`)
			b.accessible("asks over the page")
			b.press("#ask button[type=submit]")
			b.until("a message follows it to its end", `document.querySelector(".said[data-kind=ok]")`)
			b.says("paperless is stopped", "Log")
			b.accessible("a message over the page")
		} else {
			b.press("Shut down")
			b.at(at + "/shutdown")
			b.accessible("shut down")
			b.press("main form button[type=submit]")
			ends()
		}
		b.visit(at + "/delete")
		b.write("confirm", "another")
		b.press("main form button[type=submit]")
		b.says("This is not what it is called")
		b.accessible("delete")
		b.write("confirm", "paperless")
		b.press("main form button[type=submit]")
		ends()
		if g := find(h.cluster, 103); g.VMID != 0 {
			t.Errorf("it is still there: %+v", g)
		}
	})
}
