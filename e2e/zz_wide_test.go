//go:build e2e

package e2e

import (
	"os"
	"strings"
	"testing"
)

func TestZZWide(t *testing.T) {
	h := &house{t: t, url: os.Getenv("SHOTS_URL")}
	b := h.open(true)
	b.visit("/login")
	b.write("username", "demo")
	b.write("password", "demonstration")
	b.press("main form button[type=submit]")
	b.until("in", `location.pathname == "/"`)
	for _, p := range strings.Fields(os.Getenv("SHOTS")) {
		b.visit(p)
		s, err := b.eval(`JSON.stringify([document.documentElement.scrollWidth, innerWidth, [...document.querySelectorAll("body *")].filter(e => e.getBoundingClientRect().right > document.documentElement.clientWidth + 1).slice(0,6).map(e => e.outerHTML.slice(0,120))])`)
		t.Log(p, s, err)
	}
}
