//go:build e2e

package e2e

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"berth/proxmox/sim"
)

// keeping is a house in which a container has snapshots and backups, and another cannot be snapshotted.
func keeping(t *testing.T) *house {
	h := furnished(t)
	h.cluster.AddStorage("pve1", sim.Storage{Name: "shelf", Kind: "dir", Contents: []string{"backup", "rootdir"}, Size: 1 << 40})
	h.cluster.Add(
		sim.Guest{VMID: 104, Name: "forge", Status: "running", MaxDisk: 4 << 30, Disk: 1 << 30, Snapshots: []sim.Snapshot{
			{Name: "fresh", Age: 40 * 24 * time.Hour, Note: "Installed, nothing in it yet."},
			{Name: "before-13", Parent: "fresh", Age: 9 * 24 * time.Hour, Note: "Before the upgrade to Debian 13, with all repositories in it"},
			{Name: "tried", Parent: "before-13", Age: 8 * 24 * time.Hour},
			{Name: "nightly", Parent: "before-13", Age: 9 * time.Hour},
		}, Backups: []sim.Backup{
			{Storage: "local", Age: 50 * time.Hour, Size: 900 << 20, Note: "By the schedule", Protected: true},
			{Storage: "shelf", Age: 2 * time.Hour, Size: 950 << 20},
		}},
		sim.Guest{VMID: 105, Name: "flat", Storage: "shelf"},
	)
	return h
}

// ended waits until the job of the page is done.
func (b *tab) ended() {
	b.t.Helper()
	b.at("/jobs/")
	const done = `document.querySelector("[data-state=done]")`
	if b.script {
		b.until("the job ends by itself", done)
	} else {
		b.reload("the job ends", done)
	}
}

// lookInto leads to a container's page, where its card on the dashboard leads.
func (b *tab) lookInto(vmid string) {
	b.t.Helper()
	link := `document.querySelector("[data-vmid='` + vmid + `'] .c-name a")`
	b.until("its card is there", link)
	path, err := b.eval(link + ".pathname")
	if err != nil {
		b.t.Fatal(err)
	}
	b.visit(path)
}

// narrow makes the window as small as a phone's.
func (b *tab) narrow() {
	b.t.Helper()
	b.do(func(ctx context.Context, t *chromedp.Target) (chromedp.Void, error) {
		_, err := chromedp.Call(ctx, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: 390, Height: 800, DeviceScaleFactor: 1})
		return chromedp.Void{}, err
	})
}

// A form that else opens in place may be opened in a tab of its own, and is sent from there too.
func TestAFormOpenedAsAPageIsSent(t *testing.T) {
	t.Parallel()
	h := keeping(t)
	b := h.open(true)
	b.signIn()
	b.lookInto("104")
	at := b.path()
	b.visit(at + "/edit?part=memory")
	b.write("memory", "lots")
	b.press("form.form button[type=submit]")
	b.says("is not a whole number")
	b.write("memory", "768")
	b.silent("is not a whole number")
	b.press("form.form button[type=submit]")
	b.says("Saved.")
	b.at(at)
	b.visit(at + "/snapshots/tried/note")
	b.write("note-tried", "Two themes")
	b.press("form.form button[type=submit]")
	b.says("Saved.", "Two themes")
	b.visit(at + "/grow?disk=rootfs")
	b.write("size", "12")
	b.press("form.form button[type=submit]")
	b.at("/jobs/")
}

func TestSnapshotsACloneAndABackup(t *testing.T) {
	t.Parallel()
	eachWay(t, func(t *testing.T, script bool) {
		h := keeping(t)
		b := h.open(script)
		b.signIn()
		b.lookInto("104")
		b.at("/containers/")
		at := b.path()

		b.press("Snapshots")
		b.at(at + "/snapshots")
		b.says("Before the upgrade to Debian 13", "Now")
		b.accessible("snapshots")
		b.press("[data-snapshot='tried'] a[href$='/note']")
		b.write("note-tried", "Two themes\nside by side")
		b.accessible("the note of a snapshot")
		if script {
			b.until("the page is still there", `document.querySelector("[data-snapshot='fresh'] p.note") && document.activeElement.id === "note-tried"`)
		}
		b.press("Save")
		b.at(at + "/snapshots")
		b.says("Saved.", "Two themes\nside by side")
		b.write("snapshot", "1st")
		b.press("Create a snapshot")
		b.says("is not a snapshot name")
		b.accessible("snapshots wrong")
		b.write("snapshot", "before-themes")
		b.write("note", "Before the themes")
		b.send("Create a snapshot")
		b.ended()
		b.accessible("snapshot made")

		b.visit(at + "/snapshots")
		b.says("before-themes")
		b.press("[data-snapshot='nightly'] .actions a")
		if script {
			b.until("it is asked over the page", `document.querySelector("#ask form")`)
			b.says("is lost", "before-themes, which was made since, stays")
			b.accessible("roll back")
			b.press("#ask button[type=submit]")
			b.until("it is followed there", `document.querySelector(".said[data-kind=ok]")`)
		} else {
			b.at(at + "/snapshots/nightly/rollback")
			b.says("is lost", "before-themes, which was made since, stays")
			b.press("main form button[type=submit]")
			b.ended()
		}
		b.visit(at + "/snapshots/before-themes/delete")
		b.accessible("delete a snapshot")
		b.press("main form button[type=submit]")
		b.ended()

		b.visit(at + "/clone")
		b.write("vmid", "101")
		if script {
			b.says("101 is taken by pihole on pve1")
			b.accessible("clone taken")
		} else {
			b.send("Check the VMID")
			b.says("101 is taken by pihole on pve1")
		}
		b.write("vmid", "204")
		b.write("hostname", "twin")
		b.send("main form footer button[type=submit]")
		b.says("A running container can be copied only from a snapshot")
		b.accessible("clone wrong")
		b.is(`document.querySelector("[name=snapshot]").value = "fresh"`)
		b.press("main form footer button[type=submit]")
		b.ended()
		b.says("twin is there, as container 204 on pve1")
		if g := find(h.cluster, 204); g.Name != "twin" {
			t.Errorf("the clone is %+v", g)
		}

		b.visit(at + "/backups")
		b.says("By the schedule", "protected")
		b.accessible("backups")
		b.write("note", "before the move")
		b.press("main form footer button[type=submit]")
		b.ended()
		b.visit(at + "/backups")
		b.says("before the move")
	})
}

func TestAContainerThatCannotBeSnapshotted(t *testing.T) {
	t.Parallel()
	h := keeping(t)
	b := h.open(true)
	b.signIn()
	b.lookInto("105")
	b.at("/containers/")
	b.press("Snapshots")
	b.says("Its root disk is on shelf, which is a plain folder.")
	b.accessible("cannot be snapshotted")
}

func TestSnapshotsAndBackupsFitAPhone(t *testing.T) {
	t.Parallel()
	h := keeping(t)
	b := h.open(true)
	b.signIn()
	b.lookInto("104")
	b.at("/containers/")
	at := b.path()
	b.narrow()
	for _, page := range []string{"/snapshots", "/snapshots/fresh/rollback", "/clone", "/backups"} {
		b.visit(at + page)
		b.until("is whole", `document.readyState == "complete"`)
		b.until("nothing stands out", `document.documentElement.scrollWidth <= 390`)
		b.accessible("phone" + strings.ReplaceAll(page, "/", " "))
	}
}
