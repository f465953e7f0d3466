//go:build e2e

package e2e

import (
	"testing"

	"berth/proxmox/sim"
)

func TestTheVerdictFollowsWhatIsTyped(t *testing.T) {
	t.Parallel()
	h := furnished(t)
	b := h.open(true)
	b.signIn()
	b.visit("/containers/new")
	b.press("form.form[action='/containers/new'] footer button")
	b.at("/containers/new/")
	b.says("VMID")
	state := func(want string) {
		t.Helper()
		b.until("the verdict is "+want, `(document.querySelector("#vmid-verdict").dataset.state ?? "") === `+quoted(want))
	}
	if !b.is(`document.querySelector("#vmid").value === ""`) {
		t.Error("the VMID is not empty to begin with")
	}
	state("")
	b.write("vmid", "10")
	state("invalid")
	b.write("vmid", "101")
	state("taken")
	b.says("pihole")
	b.until("the field is marked", `document.querySelector("#vmid").getAttribute("aria-invalid") === "true"`)
	b.accessible("verdict taken")
	b.write("vmid", "110")
	state("taken")
	b.says("win11")
	b.write("vmid", "142")
	state("free")
	b.until("the field is no longer marked", `!document.querySelector("#vmid").hasAttribute("aria-invalid")`)
	b.accessible("verdict free")

	// What is pasted comes as one input event.
	b.is(`(() => { const f = document.querySelector("#vmid"); f.value = "102"; f.dispatchEvent(new InputEvent("input", {bubbles: true, inputType: "insertFromPaste"})); return true })()`)
	state("taken")
	b.says("jellyfin")
	b.is(`(() => { const f = document.querySelector("#vmid"); f.value = ""; f.dispatchEvent(new InputEvent("input", {bubbles: true})); return true })()`)
	state("")

	h.host.Hang(true)
	b.write("vmid", "143")
	state("unknown")

	// Who types on while a check is under way hears of the newer number alone.
	b.is(`(() => {
		const f = document.querySelector("#vmid");
		const type = (vmid) => { f.value = vmid; f.dispatchEvent(new InputEvent("input", {bubbles: true})); };
		f.addEventListener("htmx:beforeSend", () => type("101"), {once: true});
		f.addEventListener("htmx:sendAbort", () => { f.dataset.replaced = "yes"; });
		type("145");
		return true;
	})()`)
	b.until("the older check was replaced", `document.querySelector("#vmid").dataset.replaced === "yes"`)
	state("taken")
	b.says("pihole")

	h.host.Hang(false)
	b.write("vmid", "144")
	state("free")
}

func TestCreatingAContainer(t *testing.T) {
	t.Parallel()
	eachWay(t, func(t *testing.T, script bool) {
		h := furnished(t)
		b := h.open(script)
		b.signIn()
		b.accessible("dashboard")
		b.visit("/containers/new")
		b.accessible("wizard template")
		b.press("form.form[action='/containers/new'] footer button")
		b.until("the form is there", `document.querySelector("#vmid")`)
		b.write("vmid", "101")
		b.write("hostname", "linkding")
		b.send("#create")
		b.says("pihole") // who has 101
		b.until("what was typed is still there", `document.querySelector("[name=hostname]").value === "linkding"`)
		b.accessible("wizard configure")
		b.write("vmid", "142")
		b.press("See it all in full")
		b.until("is at the review", `location.pathname.endsWith("/review") && document.readyState == "complete"`)
		b.says("linkding", "142", "pct create 142")
		b.accessible("wizard review")
		b.press("Change something")
		b.until("is back", `location.pathname.endsWith("/configure") && document.readyState == "complete"`)
		b.press("#create")
		b.at("/jobs/")
		b.accessible("job runs")
		const done = `document.querySelector("[data-state=done]")`
		if script {
			b.until("the job ends by itself", done)
		} else {
			b.reload("the job ends", done)
		}
		b.accessible("job done")
		if g := find(h.cluster, 142); g.Name != "linkding" || g.Status != "running" {
			t.Errorf("there is %+v", g)
		}
		b.visit("/")
		const card = `document.querySelector("[data-vmid='142']")?.dataset.status === "running"`
		if script {
			b.until("its card is there", card)
		} else {
			b.reload("its card is there", card)
		}
	})
}

// find is the guest with a VMID; the zero one when there is none.
func find(c *sim.Cluster, vmid int) sim.Guest {
	for _, g := range c.Guests() {
		if g.VMID == vmid {
			return g
		}
	}
	return sim.Guest{}
}

// The bar: from the dashboard to the job's page of a template with three typed fields and four clicks at most.
func TestATemplateIsCreatedWithThreeFieldsAndFourClicks(t *testing.T) {
	t.Parallel()
	eachWay(t, func(t *testing.T, script bool) {
		h := furnished(t)
		h.ashore()
		h.cluster.AddOSTemplate("pve1", "local", "debian-12-standard_12.12-1_amd64.tar.zst")
		b := h.open(script)
		b.signIn()
		typed, clicks := 0, 0
		press := func(what string) { t.Helper(); clicks++; b.press(what) }
		write := func(field, text string) { t.Helper(); typed++; b.write(field, text) }
		press("New container")
		b.until("the templates are there", `location.pathname === "/containers/new" && document.readyState == "complete"`)
		press("label:has([value=starter-debian])")
		press("form.form[action='/containers/new'] footer button")
		b.until("the form is there", `document.querySelector("#vmid") && document.readyState == "complete"`)
		write("vmid", "142")
		write("hostname", "web")
		press("#create")
		b.at("/jobs/")
		if typed > 3 || clicks > 4 {
			t.Errorf("it took %d typed fields and %d clicks", typed, clicks)
		}
	})
}

func TestSeveralAlikeAreCreatedByOneClick(t *testing.T) {
	t.Parallel()
	eachWay(t, func(t *testing.T, script bool) {
		h := furnished(t)
		b := h.open(script)
		b.signIn()
		b.visit("/containers/new")
		b.press("form.form[action='/containers/new'] footer button")
		b.until("the form is there", `document.querySelector("#vmid") && document.readyState == "complete"`)
		b.write("vmid", "142")
		b.write("hostname", "web")
		b.press("#alike > summary")
		row := func(vmid, hostname, n string) {
			t.Helper()
			b.press("#alike-add")
			b.until("row "+n+" is there", `document.querySelector("#alike-`+n+`-vmid")?.checkVisibility() && document.readyState == "complete"`)
			if script {
				b.until("its VMID is typed next", `document.activeElement.id === "alike-`+n+`-vmid"`)
			}
			b.write("alike-"+n+"-vmid", vmid)
			b.write("alike-"+n+"-hostname", hostname)
		}
		row("142", "web-2", "0")
		verdict := func(want string) {
			t.Helper()
			b.until("the VMID of the row is "+want, `document.querySelector("#alike-0-vmid-verdict").dataset.state === `+quoted(want))
		}
		if script {
			verdict("invalid") // the first has it
		}
		b.write("alike-0-vmid", "143")
		if script {
			verdict("free")
		}
		row("144", "web-3", "1")
		b.accessible("wizard several alike")
		b.send("#create")
		b.at("/jobs/")
		const done = `document.querySelector("#job-head[data-state=done]")`
		if script {
			b.until("all jobs end by themselves", done)
		} else {
			b.reload("all jobs end", done)
		}
		b.says("3 containers are created", "web-2", "web-3")
		for vmid, name := range map[int]string{142: "web", 143: "web-2", 144: "web-3"} {
			if g := find(h.cluster, vmid); g.Name != name || g.Status != "running" {
				t.Errorf("there is %+v", g)
			}
		}
	})
}
