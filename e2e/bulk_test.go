//go:build e2e

package e2e

import (
	"testing"

	"berth/proxmox/sim"
)

func TestSeveralAtOnce(t *testing.T) {
	t.Parallel()
	eachWay(t, func(t *testing.T, script bool) {
		h := furnished(t)
		b := h.open(script)
		b.signIn()
		b.until("all are there", shown+" === 3")
		const bar = `document.querySelector("#several").checkVisibility()`
		b.until("nothing is selected", "!("+bar+")")
		b.press("input[value$='/101']")
		b.until("what can be done appears", bar)
		b.press("input[value$='/103']")
		b.accessible("two selected")
		b.press("#several button[value=shutdown]")
		b.at("/containers/several")
		b.says("Shut down 1 container?", "pihole", "It does not run.")
		b.accessible("asks")
		b.press("Cancel")
		b.until("the same are chosen", `location.pathname === "/" && document.querySelector("input[value$='/101']:checked") && document.querySelector("input[value$='/103']:checked")`)
		b.press("#choose-all")
		b.until("all are chosen", `document.querySelectorAll("[form=several]:checked").length === 3`)
		b.press("#several button[value=stop]")
		b.at("/containers/several")
		b.says("Stop 2 containers?")
		b.press("main form button[type=submit]")
		b.at("/jobs/")
		b.says("Stop 2 containers", "jellyfin")
		const done = `document.querySelector("#job-head[data-state=done]")`
		if script {
			b.until("the job ends by itself", done)
		} else {
			b.reload("the job ends", done)
		}
		b.says("2 of 2 done", "2 containers are stopped")
		b.accessible("done")
		for _, vmid := range []int{101, 102} {
			if g := find(h.cluster, vmid); g.Status != "stopped" {
				t.Errorf("%d is %s", vmid, g.Status)
			}
		}
		b.visit("/")
		b.press("input[value$='/101']")
		b.press("#several button[value=start]")
		b.at("/jobs/")
	})
}

// What is chosen stays chosen whatever happens to the cards.
func TestAChoiceOutlivesTheCards(t *testing.T) {
	t.Parallel()
	h := furnished(t)
	b := h.open(true)
	b.signIn()
	b.until("all are there", shown+" === 3")
	b.press("input[value$='/101']")
	b.press("input[value$='/102']")
	b.says("2 selected")
	h.cluster.SetStatus(102, "stopped")
	b.until("its card is another", `document.querySelector("[data-vmid='102']").dataset.status === "stopped"`)
	b.until("it is still chosen", `document.querySelector("input[value$='/102']").checked`)
	h.cluster.Add(sim.Guest{VMID: 104, Name: "aaa", Status: "running"})
	b.until("another has come", `document.querySelector("[data-vmid='104']")`)
	b.until("they are still chosen", `document.querySelectorAll("[form=several]:checked").length === 2`)

	b.press("#filter-status-stopped")
	b.says("2 selected, 1 not shown")
	b.until("one is shown", shown+` === 2 && document.querySelectorAll("[form=several]:checked").length === 1`)
	b.press("#filter-status")
	b.says("2 selected")
	b.until("both are shown", `document.querySelectorAll("[form=several]:checked").length === 2`)
	b.press("#filter-status-stopped")
	b.says("2 selected, 1 not shown")
	b.press("#several button[value=stop]")
	b.at("/containers/several")
	b.says("pihole", "jellyfin", "Stop 1 container?")
	b.back()
	b.until("who goes back finds them chosen", `document.querySelectorAll("[form=several]:checked").length === 1`)
	b.press("#filter-status")
	b.until("all are shown", shown+" === 4")
	b.press("Clear selection")
	b.until("none is chosen", `document.querySelectorAll("[form=several]:checked").length === 0 && !document.querySelector("#several").checkVisibility()`)
}
