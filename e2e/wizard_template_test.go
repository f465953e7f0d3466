//go:build e2e

package e2e

import (
	"testing"

	"berth/store"
)

func TestAContainerFromATemplate(t *testing.T) {
	t.Parallel()
	eachWay(t, func(t *testing.T, script bool) {
		h := furnished(t)
		users, err := h.store.Users()
		if err != nil || len(users) != 1 {
			t.Fatal(users, err)
		}
		for _, made := range []store.Template{
			{Name: "Plain Alpine", Description: "Small and quick.", OSTemplate: "alpine-3.22-default", Unprivileged: true, Tags: []string{"small"}},
			{
				Name: "Forge", Description: "Repositories and their pages.", OSTemplate: "debian-13-standard", Cores: 2, Memory: 2048, Disk: 16, Unprivileged: true, Nesting: true,
				Packages: []store.Package{{Manager: "apt", Name: "git"}, {Manager: "apt", Name: "curl", Version: "8.14.1-2"}, {Manager: "npm", Name: "serve"}},
				Scripts: []store.Script{
					{Name: "prepare", Description: "Makes the user and its folders.", Enabled: true, Content: "say ready\n"},
					{Name: "install", Enabled: true, Content: "say done\n"},
				},
				Inputs: []store.Input{
					{Name: "TITLE", Label: "Title", Kind: store.InputText, Default: "My forge"},
					{Name: "DB", Label: "Database", Kind: store.InputChoice, Choices: []string{"sqlite", "postgres"}, Default: "sqlite"},
					{Name: "ADMIN_PASSWORD", Label: "Administrator's password", Kind: store.InputSecret},
				},
			},
		} {
			made.UserID = users[0].ID
			if _, err := h.store.PutTemplate(made); err != nil {
				t.Fatal(err)
			}
		}
		b := h.open(script)
		b.signIn()
		b.visit("/templates")
		b.says("Your templates", "Starters that come with Berth")
		b.accessible("template browser")
		b.press("#own ~ ul a")
		b.says("What a container gets")
		b.accessible("template")
		b.visit("/containers/new")
		b.says("Plain Alpine", "Forge")
		b.accessible("templates")
		if script {
			b.write("q", "repositories")
			b.until("the other is out of sight", `!document.body.innerText.includes("Plain Alpine")`)
		}
		b.press("[aria-labelledby=own-templates] label")
		b.press("form.form[action='/containers/new'] footer button")
		b.until("the form is there", `document.querySelector("#vmid") && document.readyState == "complete"`)
		b.says("New container: Forge", "This template needs SSH, which pve1 does not have yet.")
		b.until("it is filled in", `document.querySelector("#memory").value === "2048"`)
		b.write("vmid", "142")
		b.write("hostname", "forge")
		b.accessible("configure")
		b.press("#inside > summary")
		b.press("Choose packages")
		b.until("is at the packages", `location.pathname.endsWith("/packages") && document.readyState == "complete"`)
		b.accessible("packages")
		b.write("packages_apt", "vim")
		b.press("Save and go back")
		b.until("is back, at what was typed", `location.pathname.endsWith("/configure") && document.querySelector("#hostname").value === "forge" && document.querySelector("#inside").open`)
		b.press("Choose scripts and their order")
		b.until("is at the scripts", `location.pathname.endsWith("/scripts") && document.readyState == "complete"`)
		b.write("input_ADMIN_PASSWORD", "hunter2")
		b.accessible("scripts")
		b.send("#script-install button[value='up:install']")
		b.until("it has moved", `document.querySelector(".scripts li").id === "script-install"`)
		b.says("One was typed")
		b.press("Save and go back")
		b.until("is back", `location.pathname.endsWith("/configure") && document.readyState == "complete"`)
		b.accessible("configure, inside open")
		b.press("See it all in full")
		b.until("is at the review", `location.pathname.endsWith("/review") && document.readyState == "complete"`)
		b.says("install, then prepare", "typed, kept encrypted", "vim, git", "pve1 is not set up for SSH")
		b.accessible("review")
	})
}
