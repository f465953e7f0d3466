//go:build e2e

package e2e

import (
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// wide sets how wide the browser's window is, in CSS pixels.
func (b *tab) wide(pixels int64) {
	b.t.Helper()
	b.size(pixels, 900)
}

func TestMetricsOfAContainer(t *testing.T) {
	t.Parallel()
	eachWay(t, func(t *testing.T, script bool) {
		h := furnished(t)
		b := h.open(script)
		b.signIn()
		b.press("[data-vmid='101'] .c-name a")
		if script {
			const charts = `document.querySelectorAll("#recent-metrics svg.trend").length === 4`
			b.until("the overview has the last hour", charts)
			h.cluster.SetLock(101, "backup")
			b.until("the overview is brought up to date, and keeps them", `document.body.innerText.includes("locked it: a backup is running") && `+charts)
			b.shoot("overview")
			h.cluster.SetLock(101, "")
		} else {
			b.until("the overview leads to them", `document.querySelector(".panel.metrics header a").innerText === "All metrics"`)
		}
		b.press("Metrics")
		b.says("CPU", "Memory", "Network", "Disk traffic", "on average", "As a table")
		b.until("four drawings have lines", `[...document.querySelectorAll(".plot .line")].filter(p => p.getTotalLength() > 100).length === 6`)
		b.until("nothing is wider than the page", `document.documentElement.scrollWidth <= innerWidth`)
		for _, theme := range []string{"light", "dark"} {
			b.is(`document.documentElement.dataset.theme = ` + quoted(theme))
			b.accessible("metrics " + theme)
		}
		b.wide(390)
		b.until("it fits a phone", `document.documentElement.scrollWidth <= 390`)
		b.accessible("metrics on a phone")
		b.wide(1280)
		for _, frame := range []string{"Day", "Week", "Month", "Year"} {
			b.press(frame)
			b.until("shows "+frame, `document.querySelector(".metrics [aria-current]").innerText === `+quoted(frame)+` && [...document.querySelectorAll(".plot .line")].every(p => p.getTotalLength() > 100)`)
			b.shoot(frame)
		}
		if !script {
			b.press("details.panel summary")
			b.until("the table is open", `document.querySelector("#metrics-table").checkVisibility() && document.querySelector("#metrics-table").rows.length > 100`)
			return
		}
		b.press("Hour")
		b.until("the hour can be read by keys", `document.querySelector(".metrics [aria-current]").innerText === "Hour" && document.querySelectorAll(".plot [role=slider][aria-valuetext]").length === 4`)
		b.is(`document.querySelector(".plot [role=slider]").focus()`)
		b.until("the last value is read", `document.activeElement.ariaValueText === document.querySelector("figure output").textContent && document.activeElement.ariaValueNow === "59"`)
		b.do(chromedp.SendKeys(chromedp.CSS(".plot [role=slider]"), kb.ArrowLeft))
		b.until("the one before", `document.activeElement.ariaValueNow === "58" && /: \d+ %$/.test(document.activeElement.ariaValueText)`)
		b.until("all drawings tell of the same time", `new Set([...document.querySelectorAll(".plot output")].map(o => o.textContent.slice(0, 5))).size === 1`)
		b.until("lines are named", `/: in .*\/s, out .*\/s$/.test(document.querySelectorAll(".plot output")[2].textContent)`)
		b.accessible("metrics read by keys")
	})
}
