package views

import (
	"testing"

	"github.com/a-h/templ"

	"berth/forms"
	"berth/store"
)

func TestLayout(t *testing.T) {
	body := templ.Raw("<h1>Jobs</h1>")
	mira := store.User{ID: "u1", Name: "mira <&>"}
	page := golden(t, "layout", withChildren(Layout(Frame{User: mira, Nav: "jobs", OpenJobs: 2, Flash: &Flash{Kind: "ok", Text: "Done."}}, "Jobs"), body))
	for name, f := range map[string]Frame{
		"stranger": {},
		"no_nodes": {User: mira, Nav: "jobs", NoNodes: true},
		"demo":     {User: mira, Nav: "containers", NoNodes: true, Demo: true},
	} {
		t.Run(name, func(t *testing.T) {
			page.variant(t, name, withChildren(Layout(f, "Jobs"), body))
		})
	}
}

func TestParts(t *testing.T) {
	for name, c := range map[string]templ.Component{
		"part_input": Input(Field{
			Name: "ip", Label: "Address", Note: "optional", Hint: "With its prefix.", Value: `"><script>`, Class: "half", Mono: true,
			Attrs: templ.Attributes{"hx-get": "/check"},
		}),
		"part_input_wrong": Input(Field{Name: "memory", Label: "Memory", Value: "1", Unit: "MiB", Type: "number", Required: true, Error: "16 MiB is the least."}),
		"part_textarea":    TextArea(Field{Name: "ssh_keys", Label: "SSH keys", Value: "\nssh-ed25519 AAAA <mira>"}, 3),
		"part_select":      Select(Field{Name: "storage", Label: "Storage", Value: "gone"}, []forms.Option{{Value: "local-lvm", Text: "local-lvm · 40 GiB free"}}),
		"part_check":       Check("onboot", "Start with the host", "Also after a power cut.", true),
		"part_meters":      templ.Join(Meter("CPU", 12.34, "12 %"), Meter("Mem", 80, "1.6 of 2 GiB"), Meter("Disk", 89.97, "18 of 20 GiB"), Meter("Disk", 90, "18 of 20 GiB"), Meter("Disk", 120, "9 of 8 GiB"), MeterOff("CPU", "off")),
		"part_problem":     ProblemBanner(Problem{Title: "It is locked on pve1 (backup)", Why: "Why.", Next: "Next.", Link: Link{URL: "/", Text: "Containers"}, Request: "r-1"}),
		"part_status":      templ.Join(Badge("running", "Running"), Plate(101, "stopped"), Tags([]string{"dns", "infra"}), Tags(nil)),
		"part_crumbs":      Crumbs(Crumb{"Containers", "/"}, Crumb{Name: "104"}),
	} {
		t.Run(name, func(t *testing.T) { golden(t, name, c) })
	}
}
