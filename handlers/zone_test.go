package handlers

import (
	"net/http"
	"strings"
	"testing"

	"berth/handlers/web"
)

func TestMomentsAreInTheReadersZone(t *testing.T) {
	t.Parallel()
	c := newTestApp(t).signedIn("mira")
	for _, none := range []string{"", "Europe/Nowhere", "../../../etc/passwd", "Local", strings.Repeat("A", 99)} {
		if none != "" {
			c.setCookie(web.ZoneCookie, none)
		}
		c.get("/account", http.StatusOK).has(`data-zone="UTC"`, " UTC</time>")
	}
	c.setCookie(web.ZoneCookie, "UTC")
	c.get("/account", http.StatusOK).lacks(" UTC</time>")
	c.setCookie(web.ZoneCookie, "Asia/Kathmandu")
	page := c.get("/account", http.StatusOK)
	page.has(`data-zone="Asia/Kathmandu"`, ` UTC+0545">`)
	page.lacks(" UTC</time>")
}
