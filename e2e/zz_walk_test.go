//go:build e2e

package e2e

import (
	"os"
	"testing"
)

func TestZZWalk(t *testing.T) {
	h := &house{t: t, url: os.Getenv("SHOTS_URL")}
	b := h.open(true)
	b.visit("/login")
	b.write("username", "demo")
	b.write("password", "demonstration")
	b.press("main form button[type=submit]")
	b.until("in", `location.pathname == "/"`)
	b.visit("/templates")
	b.shoot("0-templates")
	b.visit("/containers/new")
	b.is(`(document.querySelector("input[name=template][value=starter-postgresql]").checked = true)`)
	b.press("form.form[action='/containers/new'] footer button")
	b.until("the form is there", `document.querySelector("#vmid") && document.readyState == "complete"`)
	b.write("vmid", "155")
	b.write("hostname", "db")
	b.until("free", `document.querySelector("#vmid-verdict").dataset.state == "free"`)
	b.press("#configure footer button.primary")
	b.until("packages", `location.pathname.endsWith("/packages") && document.readyState == "complete"`)
	b.press("main form footer button.primary")
	b.until("scripts", `location.pathname.endsWith("/scripts") && document.readyState == "complete"`)
	b.shoot("4-scripts")
	b.press("main form footer button.primary")
	b.until("review", `location.pathname.endsWith("/review") && document.readyState == "complete"`)
	b.shoot("5-review")
	b.press("main form footer button.primary")
	b.at("/jobs/")
	b.shoot("6-job")
	t.Log(b.page())
	b.untilWithin(playTime, "done", `document.querySelector("[data-state=done]")`)
	b.shoot("7-done")
	b.visit("/jobs")
	b.shoot("8-jobs")
	b.visit("/settings/nodes")
	b.press("main a[href^='/settings/nodes/']:not([href$=new])")
	b.until("at node", `location.pathname.split("/").length == 4 && document.readyState == "complete"`)
	b.shoot("9-node")
}
