//go:build e2e

package e2e

import (
	"testing"
	"time"

	"berth/proxmox/sim"
)

func TestEventsOfAContainer(t *testing.T) {
	t.Parallel()
	eachWay(t, func(t *testing.T, script bool) {
		h := furnished(t)
		ago := func(d time.Duration) time.Time { return time.Now().Add(-d) }
		for _, task := range []sim.Ended{
			{Kind: "vzcreate", VMID: 101, User: "root@pam", At: ago(50 * time.Hour), Took: time.Minute, Exit: "OK"},
			{Kind: "vzdump", VMID: 101, User: "root@pam", At: ago(3 * time.Hour), Took: time.Minute, Exit: "job errors <b>", Log: []string{"INFO: <img src=x onerror=alert(1)>"}},
			{Kind: "vzstop", VMID: 103, User: "mira@pam", At: ago(time.Hour), Took: time.Second, Exit: "OK"},
		} {
			h.cluster.AddTask("pve1", task)
		}
		b := h.open(script)
		b.signIn()
		b.press("[data-vmid='103'] .c-name a")
		b.at("/containers/")
		b.press("Start")
		if script {
			b.until("a message follows it over the page", `document.querySelector("#said > .said")`)
		} else {
			b.at("/jobs/")
		}
		b.visit("/")
		b.press("[data-vmid='103'] .c-name a")
		b.at("/containers/")
		if script {
			b.says("Stopped", "mira@pam") // the host's own arrive by themselves
			b.accessible("latest")
			b.until("the job ends while it is looked at", `/Started\n*by mira, [\d.]+ s: OK/.test(document.querySelector("#latest-events").innerText)`)
			b.until("a line's link has the focus", `document.querySelector("#latest-events a[href^='/jobs/']").focus() || document.activeElement.matches("#latest-events a")`)
			b.until("it is shut down by another page", `fetch(location.pathname + "/shutdown", { method: "POST", redirect: "manual" })`)
			b.until("that comes by itself", `/Shut down\n*by mira, [\d.]+ s: OK/.test(document.querySelector("#latest-events").innerText)`)
			b.until("the focus is where it was", `document.activeElement.closest("li").innerText.includes("Started")`)
		}
		b.press("Events")
		b.says("What happened", "by mira@pam", "by mira")
		b.accessible("events")
		b.press("By Berth")
		b.until("the host's are out of sight", `location.search === "?show=berth" && [...document.querySelectorAll("main li")].every(li => !li.innerText.includes("mira@pam"))`)

		b.visit("/")
		b.press("[data-vmid='101'] .c-name a")
		b.at("/containers/")
		b.press("Events")
		b.says("Created", "job errors <b>")
		b.press("a[href*='vzdump']")
		b.says("INFO: <img src=x onerror=alert(1)>", "TASK ERROR: job errors <b>")
		b.accessible("log")
		b.press("All events")
		b.says("What happened")
	})
}

// What goes from above a line that has the focus takes the focus from no other.
func TestTheFocusStaysWhenALineAboveGoes(t *testing.T) {
	t.Parallel()
	h := furnished(t)
	b := h.open(true)
	b.signIn()
	const card = "[data-vmid='103'] .c-name a"
	b.until("a card's link has the focus", `document.querySelector("`+card+`") && (document.querySelector("`+card+`").focus() || document.activeElement.matches("`+card+`"))`)
	h.cluster.Remove(102) // jellyfin, before paperless
	b.until("the card above is gone", `!document.querySelector("[data-vmid='102']")`)
	b.until("the focus is where it was", `document.activeElement.matches("`+card+`")`)
}
