//go:build e2e

package e2e

import (
	"context"
	"fmt"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"berth/proxmox/sim"
)

// size gives the window that many pixels.
func (b *tab) size(width, height int64) {
	b.t.Helper()
	b.do(func(ctx context.Context, _ *chromedp.Target) (chromedp.Void, error) {
		_, err := chromedp.Call(ctx, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: width, Height: height, DeviceScaleFactor: 1})
		return chromedp.Void{}, err
	})
}

// many is a house of 23 containers.
func many(t *testing.T) *house {
	t.Helper()
	return crowded(t, 20)
}

// crowded is a house of 3 containers and n more.
func crowded(t *testing.T, n int) *house {
	t.Helper()
	h := furnished(t)
	for i := range n {
		h.cluster.Add(sim.Guest{VMID: 200 + i, Name: fmt.Sprintf("ct%02d", i), Status: "running", Tags: []string{[]string{"media", "dns"}[i%2]}})
	}
	return h
}

// whole counts the rows that are seen whole without scrolling.
const whole = `[...document.querySelectorAll("[data-vmid]")].filter(el => { const at = el.getBoundingClientRect(); return at.top >= 0 && at.bottom <= innerHeight; }).length`

func TestManyContainersAreSeenAtAGlance(t *testing.T) {
	t.Parallel()
	eachWay(t, func(t *testing.T, script bool) {
		b := many(t).open(script)
		b.signIn()
		b.until("all are there", shown+" === 23")
		b.size(1280, 800)
		b.until("12 whole rows", whole+" >= 12")
		b.accessible("list")
		b.size(360, 800)
		b.until("5 whole rows on a phone", whole+" >= 5 && document.documentElement.scrollWidth <= 360")
		b.accessible("list on a phone")
		b.size(1280, 800)
		b.press("#sort-vmid")
		b.until("the lowest VMID is first", `document.querySelector("[data-vmid]").dataset.vmid === "101" && document.querySelector(".c-vmid[aria-sort=ascending]")`)
		b.press("#sort-vmid")
		b.until("the highest VMID is first", `document.querySelector("[data-vmid]").dataset.vmid === "219"`)
		b.press("#group-tag")
		b.until("they are grouped by tag", `[...document.querySelectorAll(".group h2")].map(el => el.innerText.trim()).join() === "dns,media,No tag"`)
		b.press("#view-cards")
		b.until("they are cards", `document.querySelector("#list").dataset.layout === "cards" && `+shown+" === 23")
		b.accessible("cards")
		b.visit("/")
		b.until("and stay cards", `document.querySelector("#list").dataset.layout === "cards"`)
	})
}

func TestSearchFindsSeveralWordsAndEnterOpens(t *testing.T) {
	t.Parallel()
	eachWay(t, func(t *testing.T, script bool) {
		b := many(t).open(script)
		b.signIn()
		b.until("all are there", shown+" === 23")
		b.write("q", "media ct1"+kb.Enter)
		b.until("each word counts", shown+` === 5 && location.pathname === "/"`)
		b.visit("/")
		b.write("q", "pve1 ct17"+kb.Enter)
		b.at("/containers/")
		b.says("ct17")
	})
}

func TestSingleKeys(t *testing.T) {
	t.Parallel()
	b := many(t).open(true)
	b.signIn()
	b.until("all are there", shown+" === 23")
	focused := func(vmid string) string {
		return `document.activeElement.closest("tr")?.dataset.vmid === "` + vmid + `"`
	}
	b.keys("j")
	b.until("the first has the focus", focused("200"))
	b.keys("jj")
	b.until("the third has it", focused("202"))
	b.keys("k")
	b.until("the second has it", focused("201"))
	b.keys("x")
	b.until("it is selected", `document.querySelector("[data-vmid='201'] input").checked && document.querySelector("#several").checkVisibility()`)
	b.keys("?")
	b.until("the keys are listed", `document.querySelector("#keys").open`)
	b.accessible("keys")
	b.press("#keys-on")
	b.keys(kb.Escape)
	b.until("the list is closed", `!document.querySelector("#keys").open`)
	b.keys("/")
	b.until("single keys are off", `document.activeElement.id !== "q"`)
	b.is(`localStorage.removeItem("berth-keys"), true`)
	b.visit("/jobs")
	b.keys("/")
	b.at("/")
	b.until("the search has the focus", `document.activeElement.id === "q"`)
	b.keys("gt")
	b.until("what is typed into a field is text", `document.querySelector("#q").value === "gt"`)
	b.visit("/jobs")
	b.keys("gt")
	b.at("/templates")
	b.keys("jj")
	b.until("other lists are walked in the same way", `document.activeElement.closest(".templates > li") === document.querySelectorAll(".templates > li")[1]`)
	b.keys("ga")
	b.at("/account")
}

func TestShiftSelectsARange(t *testing.T) {
	t.Parallel()
	b := many(t).open(true)
	b.signIn()
	b.until("all are there", shown+" === 23")
	b.press("input[value$='/201']")
	b.is(`document.querySelector("input[value$='/206']").dispatchEvent(new MouseEvent("click", { bubbles: true, cancelable: true, shiftKey: true }))`)
	b.until("all between are selected", `document.querySelectorAll("[form=several]:checked").length === 6`)
	b.says("6 selected")
}

func TestLiveUpdatesCanBePaused(t *testing.T) {
	t.Parallel()
	h := furnished(t)
	b := h.open(true)
	b.signIn()
	b.until("all are there", shown+" === 3")
	b.press("#pause-live")
	b.until("it is paused", `document.querySelector("#pause-live").getAttribute("aria-pressed") === "true"`)
	other := h.open(true)
	other.signIn()
	h.cluster.SetStatus(103, "running")
	other.until("who did not pause sees what is new", `document.querySelector("[data-vmid='103']").dataset.status === "running"`)
	b.until("who did stays as it was", `document.querySelector("[data-vmid='103']").dataset.status === "stopped"`)
	b.press("#pause-live")
	b.until("it goes on", `document.querySelector("[data-vmid='103']").dataset.status === "running"`)
}

// Who restarts a container stays where they are.
func TestARestartTakesTwoClicksAndNoPage(t *testing.T) {
	t.Parallel()
	h := furnished(t)
	b := h.open(true)
	b.signIn()
	b.until("all are there", shown+" === 3")
	b.press("[data-vmid='101'] .c-name a")
	b.at("/containers/")
	b.is(`window.stays = true`)
	b.press("Reboot")
	b.until("it is asked over the page, with the focus on what is meant", `document.querySelector("#ask").open && document.activeElement.innerText === "Reboot"`)
	b.press("#ask button[type=submit]")
	b.until("a message follows it to its end", `document.querySelector(".said[data-kind=ok]")`)
	b.says("pihole runs again")
	b.until("on the same page", `window.stays`)

	b.visit("/")
	b.is(`window.stays = true, window.clicks = 0, addEventListener("click", () => window.clicks++, true), true`)
	b.press("[data-vmid='101'] .reboot")
	b.until("it is asked from the list too", `document.querySelector("#ask form") && document.activeElement.innerText === "Reboot"`)
	b.press("#ask button[type=submit]")
	b.until("two clicks are enough", `window.clicks === 2 && document.querySelector(".said[data-kind=ok]")`)
	b.until("the focus is where it was", `document.activeElement.matches("[data-vmid='101'] .reboot")`)
	b.press("[data-vmid='101'] [data-menu]")
	b.until("its menu is open", `document.querySelector("#row-menu:popover-open")`)
	b.press("#row-menu a[href$='/stop']")
	b.until("the focus is on Cancel, as that cannot be undone", `document.querySelector("#ask").open && document.activeElement.innerText === "Cancel"`)
	b.press("#ask [data-close]")
	b.until("nothing is asked any more", `!document.querySelector("#ask").open`)
	b.press("[data-vmid='103'] button[title=Start]")
	b.until("it runs, on the same page", `window.stays && document.querySelector("[data-vmid='103']").dataset.status === "running" && document.querySelector(".said[data-kind=ok]")`)
}

// A menu is never another container's: what was shown before is gone when the next one cannot be had.
func TestAMenuThatCannotBeHadIsNotAnothers(t *testing.T) {
	t.Parallel()
	h := furnished(t)
	b := h.open(true)
	b.signIn()
	b.until("all are there", shown+" === 3")
	b.press("[data-vmid='101'] [data-menu]")
	b.until("the menu is pihole's", `document.querySelector("#row-menu:popover-open a[href$='/101/shutdown']")`)
	b.keys(kb.Escape)
	b.is(`document.querySelector("[data-vmid='102'] [data-menu]").dataset.menu = "/?status=none", true`)
	b.press("[data-vmid='102'] [data-menu]")
	b.until("it is told that there is none", `document.querySelector("#flash").innerText !== ""`)
	b.until("no menu is open, and none is left", `!document.querySelector("#row-menu").matches(":popover-open") && !document.querySelector("#row-menu").children.length`)
}

// Whoever knows a few letters of what they want gets there from any page.
func TestThePaletteLeadsEverywhere(t *testing.T) {
	t.Parallel()
	b := many(t).open(true)
	b.signIn()
	b.until("all are there", shown+" === 23")
	b.visit("/jobs")
	b.press("[data-palette]")
	b.until("it lists pages, with the focus in its field", `document.querySelector("#palette").open && document.activeElement.id === "palette-q" && document.querySelector("#hits").innerText.includes("Account and sessions")`)
	b.accessible("palette")
	b.keys("ct17")
	b.until("the best hit comes first, and is marked", `document.querySelector("#hits [aria-selected=true] mark")?.innerText === "ct17" && document.querySelectorAll("#hits [aria-selected=true]").length === 1`)
	b.until("the field tells which is chosen", `document.activeElement.getAttribute("aria-activedescendant") === document.querySelector("#hits [aria-selected=true]").id`)
	b.accessible("palette, typed")
	b.keys(kb.Enter)
	b.at("/containers/")
	b.says("ct17")
	b.visit("/templates")
	b.keys("x") // no list here: nothing happens
	b.is(`document.body.dispatchEvent(new KeyboardEvent("keydown", { key: "k", ctrlKey: true, bubbles: true, cancelable: true })), true`)
	b.until("where one has been is first", `document.querySelector("#hits [aria-selected=true] b")?.innerText === "ct17"`)
	b.keys("reb pihole" + kb.Enter)
	b.until("an action is asked over the page", `document.querySelector("#ask form[action$='/101/reboot']") && location.pathname === "/templates"`)
}

func TestWithoutJavaScriptGoToLeadsToTheSearch(t *testing.T) {
	t.Parallel()
	b := furnished(t).open(false)
	b.signIn()
	b.visit("/jobs")
	b.press("[data-palette]")
	b.at("/")
	b.until("nothing that needs a script is shown", `!document.querySelector("#palette").open`)
}

// All rows change every few seconds, and still nobody who types meanwhile is held up: a few are changed at a time, and those
// that stay as they are are not touched.
func TestUpdatesChangeAFewRowsAtATime(t *testing.T) {
	t.Parallel()
	b := crowded(t, 118).open(true)
	b.signIn()
	b.until("all are there", shown+" === 121")
	b.is(`(() => {
		window.bursts = [], window.touched = new Set();
		new MutationObserver((records) => {
			const rows = new Set(records.map((r) => (r.target.closest ? r.target : r.target.parentElement)?.closest("tr[data-vmid]")).filter(Boolean));
			rows.forEach((row) => window.touched.add(row.dataset.vmid));
			if (rows.size) window.bursts.push(rows.size);
		}).observe(document.querySelector("#board"), { subtree: true, childList: true, characterData: true, attributes: true });
		return true;
	})()`)
	b.until("most have changed", `window.touched.size > 100`)
	b.until("a few at a time", `Math.max(...window.bursts) <= 8`)
	b.until("and none that stays as it is", `!window.touched.has("103")`)
}
