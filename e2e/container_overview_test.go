//go:build e2e

package e2e

import (
	"testing"

	"github.com/chromedp/chromedp/kb"

	"berth/proxmox/sim"
	"berth/store"
)

// beside adds a second member of the host's cluster as a node of mira's.
func (h *house) beside(member string) store.Node {
	h.t.Helper()
	host, err := h.cluster.Serve(member)
	if err != nil {
		h.t.Fatal(err)
	}
	return h.add(store.Node{
		Name: member, Port: host.Port, Fingerprint: host.Fingerprint, Member: member,
		Members: []store.NodeMember{{Name: "pve1", Fingerprint: h.host.Fingerprint}, {Name: member, Fingerprint: host.Fingerprint}},
	}, h.secret)
}

// another adds a host that is in no cluster with the first as a node of mira's.
func (h *house) another(name string) (*sim.Cluster, store.Node) {
	h.t.Helper()
	cluster := sim.New(sim.Config{Members: []string{name}})
	h.t.Cleanup(cluster.Close)
	host, err := cluster.Serve(name)
	if err != nil {
		h.t.Fatal(err)
	}
	n := store.Node{Name: name, Port: host.Port, Fingerprint: host.Fingerprint, Member: name}
	return cluster, h.add(n, cluster.AddToken(tokenID, sim.LeastRights()))
}

// add keeps a node of mira's.
func (h *house) add(n store.Node, secret string) store.Node {
	h.t.Helper()
	users, err := h.store.Users()
	if err != nil {
		h.t.Fatal(err)
	}
	n.UserID, n.Host, n.TokenID = users[0].ID, "127.0.0.1", tokenID
	n, err = h.store.AddNode(n, secret)
	if err != nil {
		h.t.Fatal(err)
	}
	h.fleet.NodeChanged(n.ID)
	return n
}

func TestEditingAContainer(t *testing.T) {
	t.Parallel()
	eachWay(t, func(t *testing.T, script bool) {
		h := furnished(t)
		b := h.open(script)
		b.signIn()
		b.press("[data-vmid='102'] .c-name a")
		b.at("/containers/")
		b.says("Recent events")
		b.accessible("overview")
		b.press("Configuration")
		b.says("512 MiB, swap 512 MiB")
		b.accessible("configuration")
		b.press("#set-memory .button")
		b.write("memory", "lots")
		if script {
			b.says("is not a whole number")
			b.until("the page is still there", `document.querySelector("#set-cores") && document.querySelector("#set-memory[data-editing]")`)
		}
		const form = "form:is(.form, .inline)"
		b.is(`document.querySelector("` + form + `").dataset.sent = "yes"`)
		b.press(form + " button[type=submit]")
		b.until("another form comes back", `!document.querySelector("form[data-sent]")`) // its words may be there before
		b.says("is not a whole number")
		b.accessible("edit")
		h.cluster.SetConfig(102, "swap", "256")
		b.write("memory", "1024")
		if script {
			b.silent("is not a whole number")
		}
		b.press(form + " button[type=submit]")
		b.says("Somebody else changed its configuration meanwhile", "now it is: 256")
		b.press(form + " button[type=submit]")
		b.says("1 GiB, swap 512 MiB")
		if script {
			b.until("the focus is where it was", `document.activeElement.matches("#set-memory [data-edit]") && document.getElementById("announce").textContent === "Saved."`)
		} else {
			b.says("Saved.")
		}
		if got := h.cluster.ConfigOf(102); got["memory"] != "1024" || got["swap"] != "512" {
			t.Errorf("memory %s, swap %s", got["memory"], got["swap"])
		}
		b.press("#set-rootfs .button")
		b.says("This cannot be undone")
		b.write("size", "12")
		b.press(form + " button[type=submit]")
		b.at("/jobs/")
		const done = `document.body.innerText.includes("rootfs of jellyfin has 12 GiB now")`
		if script {
			b.until("it is done", done)
		} else {
			b.reload("it is done", done)
		}
	})
}

// The answer about a field that was mended comes while the button is down: the line above it goes only after the click.
func TestAButtonStaysUnderThePointer(t *testing.T) {
	t.Parallel()
	h := furnished(t)
	b := h.open(true)
	b.signIn()
	b.press("[data-vmid='102'] .c-name a")
	b.at("/containers/")
	b.press("Configuration")
	b.says("512 MiB, swap 512 MiB")
	b.press("#set-memory .button")
	b.write("memory", "lots")
	b.says("is not a whole number")
	const listen = `addEventListener("htmx:afterRequest", () => { window.answered = true; })`
	b.is(listen)
	b.write("memory", "1024")
	b.hold("form.inline button[type=submit]", "window.answered && document.body.innerText.includes('is not a whole number')")
	b.says("1 GiB, swap 512 MiB")

	b.press("#set-cores .button")
	b.write("cores", "many")
	b.says("is not a whole number")
	b.is(listen)
	b.write("cores", "2")
	b.hold("#set-cores dt", "window.answered")
	b.silent("is not a whole number")
}

// By the keyboard alone: Enter on Edit opens the form, Esc and Cancel give the row back with the focus on Edit, and so does Save.
func TestEditingInPlaceByKeyboard(t *testing.T) {
	t.Parallel()
	h := furnished(t)
	b := h.open(true)
	b.signIn()
	b.press("[data-vmid='102'] .c-name a")
	b.press("Configuration")
	b.says("512 MiB, swap 512 MiB")
	const edits, row = `document.activeElement.matches("#set-dns [data-edit]")`, `!document.querySelector("[data-editing]")`
	b.is(`document.querySelector("#set-dns [data-edit]").focus()`)
	for _, leave := range []struct{ by, keys string }{{"Esc", kb.Escape}, {"Cancel", kb.Tab + kb.Tab + kb.Tab + kb.Enter}} {
		b.keys(kb.Enter)
		b.until("the form has the focus", `document.activeElement.id === "nameserver"`)
		b.keys(leave.keys)
		b.until("the row is back after "+leave.by, edits+" && "+row)
	}
	b.keys(kb.Enter)
	b.until("the form is opened again", `document.activeElement.id === "nameserver"`)
	b.keys("lots" + kb.Enter)
	b.until("what is wrong is told in place", `document.activeElement.id === "nameserver" && document.querySelector("#set-dns[data-editing] #nameserver[aria-invalid]")`)
	b.write("nameserver", "192.0.2.77")
	b.keys(kb.Enter)
	b.until("the row has what waits", edits+` && document.querySelector("#set-dns ins").innerText.includes("192.0.2.77")`)
	b.says("One change waits for a restart of the container: the DNS servers.")
	b.accessible("a change that waits")
	b.press("#set-dns form button")
	b.until("it is undone, and nothing waits", edits+` && !document.querySelector("#set-dns ins") && document.getElementById("waiting").innerText === ""`)
}

// What was opened to be typed into stays while the page around it goes on living.
func TestAnOpenFormStaysWhileItsPageLives(t *testing.T) {
	t.Parallel()
	h := furnished(t)
	b := h.open(true)
	b.signIn()
	b.press("[data-vmid='103'] .c-name a")
	b.at("/containers/")
	b.press("Configuration")
	b.press("#set-hostname .button")
	b.write("hostname", "renamed")
	h.cluster.SetStatus(103, "running")
	b.until("the page lives", `document.querySelector("#container").dataset.status === "running"`)
	b.until("the form stays", `document.querySelector("[name=hostname]").value === "renamed"`)
}

func TestAHostileNoteStaysANote(t *testing.T) {
	t.Parallel()
	h := furnished(t)
	h.cluster.Add(sim.Guest{VMID: 105, Name: "evil", Status: "running", Description: "<script>document.title = 'taken'</script>\n" +
		"<img src=x onerror=\"document.title='taken'\"> </section></main> [link](javascript:document.title='taken') ![pixel](https://tracker.example/x.png)\n" +
		"\"><svg onload=document.title='taken'> <https://a\"onmouseover=document.title='taken'>\n\n# Headline\n\n`<b>code</b>`"})
	b := h.open(true)
	b.signIn()
	b.visit("/?q=evil")
	b.press("[data-vmid='105'] .c-name a")
	b.at("/containers/")
	b.says("Headline", "<b>code</b>", "pixel")
	b.until("nothing broke out", `document.title.includes("evil") && !document.querySelector(".prose img, .prose script, .prose svg, .prose [onmouseover]") && document.querySelectorAll("h1").length === 1 && document.querySelector(".prose a").protocol === "https:"`)
	b.accessible("note")
}

func TestAContainerThatMovesIsFollowed(t *testing.T) {
	t.Parallel()
	h := furnished(t, "pve2")
	n := h.beside("pve2")
	b := h.open(true)
	b.signIn()
	b.press("[data-vmid='102'] .c-name a")
	b.at("/containers/")
	b.says("Settings")
	h.cluster.Move(102, "pve2")
	b.says("jellyfin is on pve2 now")
	b.accessible("moved")
	b.at("/containers/" + n.ID + "/102")
	b.says("it was moved there from pve1, or restored there", "Settings")
	h.cluster.Remove(102)
	b.says("jellyfin is not there any more", "It was deleted")
	b.accessible("gone")
}

func TestAContainerRestoredOnAnotherHostIsFollowed(t *testing.T) {
	t.Parallel()
	h := furnished(t)
	nuc, n := h.another("nuc")
	b := h.open(true)
	b.signIn()
	b.press("[data-vmid='102'] .c-name a")
	b.at("/containers/")
	b.says("Settings")
	h.cluster.Remove(102)
	b.says("jellyfin is not there any more")
	nuc.Add(sim.Guest{VMID: 102, Name: "jellyfin", Status: "stopped"})
	b.says("jellyfin is on nuc now", "was restored there")
	b.at("/containers/" + n.ID + "/102")
	b.says("Stopped")
}
