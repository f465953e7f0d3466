//go:build e2e

package e2e

import (
	"testing"
	"time"

	"berth/proxmox/sim"
)

func TestNoticesComeAndGo(t *testing.T) {
	t.Parallel()
	eachWay(t, func(t *testing.T, script bool) {
		h := furnished(t)
		h.cluster.AddTask("pve1", sim.Ended{Kind: "vzdump", VMID: 101, User: "root@pam", At: time.Now().Add(-time.Hour), Took: time.Minute, Exit: "mount error: Host is down"})
		h.cluster.Add(
			sim.Guest{VMID: 104, Name: "nextcloud", Status: "running", Disk: 62 << 30, MaxDisk: 64 << 30, Memory: 100 << 20, Uptime: time.Hour},
			sim.Guest{VMID: 105, Name: "forge", Status: "running", Memory: 550 << 20, MaxMemory: 512 << 20, Uptime: 40 * time.Minute},
		)
		b := h.open(script)
		b.signIn()
		const all = `document.querySelectorAll("#notices li").length === 4`
		if script {
			b.until("they come by themselves", all)
		} else {
			b.reload("they are there", all)
		}
		b.says("4 need attention", "Disk of nextcloud 97 %", "memory of forge full", "backup of pihole failed", "paperless is off")
		b.accessible("alerts in one line")
		b.press("#notices summary")
		b.says("62 of 64 GiB", "Resize…", "Memory full", "Mount error: Host is down", "Back up…", "Off, but starts on boot")
		b.until("the weightiest is first", `document.querySelector("#notices li").dataset.notice === "disk"`)
		b.accessible("notices")
		if script {
			b.is(`document.documentElement.dataset.theme = "dark"`)
			b.wide(390)
			b.until("they fit a phone", `document.documentElement.scrollWidth <= 390`)
			b.accessible("notices on a phone")
			b.wide(1280)
		}
		const shown = `[...document.querySelectorAll("#notices li")].filter(li => !li.closest("#hidden-notices"))`
		const hidden = `document.querySelector("#hidden-notices [data-notice=task]")`
		b.press("#notices li[data-notice=task] [value^=task]")
		b.until("the hidden one is apart", shown+".length === 3 && "+hidden)
		if !script {
			b.press("#notices summary")
		}
		b.until("the others are still listed", `document.querySelector("#notices").open`)
		if script {
			b.until("the focus stays among them", `document.querySelector("#notices").contains(document.activeElement)`)
		}
		b.press("#hidden-notices summary")
		b.press("#hidden-notices [value^=task]")
		b.until("it is brought back", shown+".length === 4 && !("+hidden+")")
		h.cluster.SetStatus(103, "running")
		seen := shown + ".length === 3"
		if script {
			b.until("what was seen to goes by itself", seen)
		} else {
			b.reload("what was seen to is gone", seen)
		}
	})
}
