//go:build e2e

package e2e

import (
	"fmt"
	"strings"
	"testing"

	"berth/proxmox/sim"
	"berth/store"
)

// ashore lets Berth reach the containers of the house over SSH.
func (h *house) ashore() *sim.SSH {
	h.t.Helper()
	s, err := h.cluster.ServeSSH("pve1")
	if err != nil {
		h.t.Fatal(err)
	}
	s.AllowAny()
	users, err := h.store.Users()
	if err != nil || len(users) != 1 {
		h.t.Fatal(users, err)
	}
	nodes, err := h.store.Nodes(users[0].ID)
	if err != nil || len(nodes) != 1 {
		h.t.Fatal(nodes, err)
	}
	if _, err := h.store.SetSSH(users[0].ID, nodes[0].ID, store.SSHSettings{Host: "127.0.0.1", Port: s.Port, HostKey: s.HostKey()}); err != nil {
		h.t.Fatal(err)
	}
	h.node = nodes[0].ID
	return s
}

// markup stands for any text from a hostile container: it must never be read as HTML.
const markup = `"><img src=x onerror="document.title='broken'"><script>document.title='broken'</script>`

// untouched fails when something from inside became part of the page.
func (b *tab) untouched() {
	b.t.Helper()
	if b.is(`document.title === "broken" || document.querySelector("main img, main script, main b")`) {
		b.t.Error("something from inside the container broke out of the page")
	}
}

func TestInsideAContainer(t *testing.T) {
	t.Parallel()
	eachWay(t, func(t *testing.T, script bool) {
		h := furnished(t)
		h.ashore()
		h.cluster.RunService(102, "evil"+markup, markup, 8096)
		h.cluster.FailService(102, "exporter", "\x1b[31m"+markup+"\x00", 3)
		h.cluster.WriteFile(102, "/etc/os-release", "ID=debian\nPRETTY_NAME='"+markup+"'\n")
		h.cluster.WriteFile(102, "/etc/berth/credentials/web", "TOKEN='"+markup+"'\n")
		h.cluster.WriteLog(102, "nginx", markup, "</script></li></ol><b>bold</b>\x1b]0;title\x07\x1b[2J", strings.Repeat("long", 3000))
		b := h.open(script)
		b.signIn()
		at := "/containers/" + h.node + "/102/services"
		b.visit(at)
		if !script {
			b.press("Check services")
		}
		b.says("exporter.service", "exit status 3", "jellyfin.service", markup)
		b.untouched()
		b.accessible("services")

		b.press("Check for updates")
		b.says("libssl3t64", "fetches nothing")
		if !script { // a page of its own: back to the others
			b.visit(at)
		}
		b.press("Read them now")
		b.says("TOKEN")
		b.until("the value is hidden", `!document.querySelector("#credential-1-0, #credential-0-0")?.checkVisibility()`)
		b.is(`document.querySelectorAll("details.secret").forEach(d => d.open = true)`)
		b.says(markup)
		b.untouched()
		b.accessible("credentials")

		b.visit(at + "/nginx.service/log")
		if !script {
			b.press("Read its last lines")
		}
		b.says("from the journal", markup, "</script></li></ol>")
		b.untouched()
		b.accessible("log")
		if !script {
			return
		}
		b.press("Follow")
		b.says("Followed as it grows", "</script></li></ol>")
		for i := range 3 {
			h.cluster.WriteLog(102, "nginx", fmt.Sprintf("grown %d %s", i, markup))
			b.says(fmt.Sprintf("grown %d", i))
		}
		b.until("no line is there twice", `document.querySelectorAll("#log-lines li").length === new Set([...document.querySelectorAll("#log-lines li")].map(l => l.id)).size`)
		b.untouched()
		b.accessible("log followed")
		b.press("Stop following")
		b.says("Refresh")
	})
}
