//go:build e2e

package e2e

import (
	"strconv"
	"testing"
)

func TestSettingUpAndAddingTheFirstNode(t *testing.T) {
	t.Parallel()
	eachWay(t, func(t *testing.T, script bool) {
		h := newHouse(t)
		b := h.open(script)
		b.visit("/")
		b.at("/setup")
		b.accessible("set-up")
		b.write("code", h.code)
		b.write("username", username)
		b.write("password", password)
		b.press("main form button[type=submit]")
		b.until("is signed in", `location.pathname === "/" && document.readyState === "complete"`)
		b.until("the banner is there", `document.querySelector("main a[href='/settings/nodes/new'], a[href='/settings/nodes/new']")`)
		b.accessible("no nodes")
		b.visit("/settings/nodes/new")
		b.accessible("add a node")
		b.write("name", "pve1")
		b.write("host", "127.0.0.1")
		b.write("port", "1") // where nothing listens
		b.write("token_id", tokenID)
		b.write("token_secret", h.secret)
		b.press("Connect")
		b.says("refused the connection")
		b.until("what was typed is still there", `document.querySelector("#token_id").value === `+quoted(tokenID))
		b.accessible("refused")
		if script {
			b.until("one goes on where it is wrong", `document.activeElement.getAttribute("aria-invalid") === "true"`)
		}
		b.write("port", strconv.Itoa(h.host.Port))
		b.press("Connect")
		b.says("Is this your node?")
		b.accessible("trust")
		b.press(`[type=checkbox][name=trust_fingerprint]`)
		b.press("Trust and save")
		b.says("is added", "What was found", "Show containers", "Let templates work")
		b.accessible("node added")
		b.visit("/settings/nodes")
		b.accessible("nodes")
		if b.is("document.documentElement.outerHTML.includes(" + quoted(h.secret) + ")") {
			t.Error("the page holds the secret")
		}
		b.visit("/")
		b.says("pihole", "jellyfin", "paperless")
	})
}
