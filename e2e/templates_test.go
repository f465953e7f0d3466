//go:build e2e

package e2e

import "testing"

// addRow adds a row to the form of a template and waits for its first field.
func (b *tab) addRow(kind, field string) {
	b.t.Helper()
	b.press("button[value='add:" + kind + "']")
	b.until("there is "+field, `document.querySelector('[name="`+field+`"]') && document.readyState == "complete"`)
}

// choose takes an option of a list.
func (b *tab) choose(field, value string) {
	b.t.Helper()
	b.is(`(() => { const s = document.querySelector('[name="` + field + `"]'); s.value = "` + value + `"; s.dispatchEvent(new Event("change", {bubbles: true})); })()`)
}

func TestATemplateFromNothing(t *testing.T) {
	t.Parallel()
	eachWay(t, func(t *testing.T, script bool) {
		h := furnished(t)
		b := h.open(script)
		b.signIn()

		b.visit("/packages")
		b.accessible("packages none")
		b.press("New bucket")
		b.at("/packages/new")
		b.write("name", "Base tools")
		b.write("packages_apt", "htop\nless")
		b.accessible("bucket")
		b.press("#bucket footer button")
		b.until("is at the buckets", `location.pathname == "/packages" && document.readyState == "complete"`)
		b.says("Base tools", "htop, less", "No template uses it.")
		b.accessible("packages")

		b.visit("/templates")
		b.press("New template")
		b.at("/templates/new")
		b.write("name", "Links")
		b.write("os_template", "debian-13-standard")
		b.write("memory", "lots")
		b.addRow("script", "script_name.0")
		b.write("script_name.0", "install")
		b.write("script_content.0", "say one\nsay two\n")
		b.addRow("script", "script_name.1")
		b.write("script_name.1", "prepare")
		b.write("script_content.1", "say ready\n")
		b.addRow("file", "file_path.0")
		if script { // what is right for a row is judged by the others
			b.write("file_path.0", "etc/motd")
			b.says("“etc/motd” does not begin with /")
		}
		b.write("file_path.0", "/etc/motd")
		b.write("file_content.0", "hello\n")
		b.addRow("input", "input_name.0")
		b.write("input_name.0", "TITLE")
		b.write("input_label.0", "Title of the page")
		b.write("input_default.0", "Ours")
		b.until("there are no choices", `!document.querySelector('[name="input_choices.0"]').checkVisibility()`)
		b.choose("input_kind.0", "choice")
		b.write("input_choices.0", "Ours\nTheirs")
		b.addRow("service", "service_name.0")
		b.write("service_name.0", "links")
		b.write("service_port.0", "9090")
		b.press("[name=bucket]")
		if script { // the field says so before anything is sent
			b.says("“lots” is not a whole number")
		}
		b.accessible("template typed")
		b.press("#template footer button.primary")
		b.says("Nothing was saved: 1 field needs attention", "“lots” is not a whole number")
		b.until("all is kept", `document.querySelector('[name="script_content.0"]').value == "say one\nsay two\n" && document.querySelector('[name=bucket]').checked`)
		b.accessible("template wrong")
		b.write("memory", "512")
		b.press("button[value='up:script:1']")
		b.until("it has moved", `document.readyState == "complete" && document.querySelector('[name="script_name.0"]')?.value == "prepare"`)
		if script {
			b.until("it has the focus", `document.activeElement.id == "script-0"`)
		} else {
			b.until("it is shown", `location.hash == "#script-0"`)
		}
		b.press("#template footer button.primary")
		b.until("is saved", `/^\/templates\/t/.test(location.pathname) && document.readyState == "complete"`)
		b.says("The template Links was saved.", "512 MiB", "Base tools", "htop, less", "prepare", "install", "/etc/motd", "Title of the page", "port 9090")
		b.accessible("template made")

		b.press("Edit")
		b.until("is in the form", `location.pathname.endsWith("/edit") && document.readyState == "complete"`)
		b.press("button[value='remove:script:1']")
		b.until("it is gone", `document.readyState == "complete" && document.querySelector('[name="script_name.0"]') && !document.querySelector('[name="script_name.1"]')`)
		b.write("tags", "web")
		b.accessible("template edited")
		b.press("#template footer button.primary")
		b.until("is saved", `/^\/templates\/t[^/]*$/.test(location.pathname) && document.readyState == "complete"`)
		b.says("The template Links was saved.", "prepare", "web")
		b.until("the script is gone", `!document.body.innerText.includes("install")`)

		b.press("New container")
		b.until("the form is there", `document.querySelector("#vmid") && document.readyState == "complete"`)
		b.until("it is filled in", `document.querySelector("#memory").value === "512"`)
		b.write("vmid", "142")
		b.write("hostname", "links")
		b.until("the input has its default", `document.querySelector("[name=input_TITLE]").value == "Ours"`)
		b.press("See it all in full")
		b.until("is at the review", `location.pathname.endsWith("/review") && document.readyState == "complete"`)
		b.says("htop, less", "prepare", "/etc/motd", "Ours", "links")

		b.visit("/packages")
		b.says("Used by Links")
		b.press(".panel a.danger")
		b.says("Delete Base tools?", "removed from 1 template")
		b.accessible("bucket delete")
		b.press("Delete the bucket")
		b.says("The package bucket Base tools was deleted.")
	})
}
