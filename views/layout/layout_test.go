package layout

import (
	"testing"

	"github.com/a-h/templ"

	"berth/forms"
	"berth/store"
	"berth/views/golden"
	"berth/views/parts"
)

func TestLayout(t *testing.T) {
	body := templ.Raw("<h1>Jobs</h1>")
	mira := store.User{ID: "u1", Name: "mira <&>"}
	page := golden.Compare(t, "layout", golden.WithChildren(Page(Frame{User: mira, Nav: "jobs", OpenJobs: 2, Flash: &Flash{Kind: "ok", Text: "Done."}}, "Jobs"), body))
	for name, f := range map[string]Frame{
		"stranger": {},
		"no_nodes": {User: mira, Nav: "jobs", NoNodes: true},
		"demo":     {User: mira, Nav: "containers", NoNodes: true, Demo: true},
	} {
		t.Run(name, func(t *testing.T) {
			page.Variant(t, name, golden.WithChildren(Page(f, "Jobs"), body))
		})
	}
}

func TestParts(t *testing.T) {
	for name, c := range map[string]templ.Component{
		"part_input": parts.Input(parts.Field{
			Name: "ip", Label: "Address", Note: "optional", Hint: "With its prefix.", Value: `"><script>`, Class: "half", Mono: true,
			Attrs: templ.Attributes{"hx-get": "/check"},
		}),
		"part_input_wrong": parts.Input(parts.Field{Name: "memory", Label: "Memory", Value: "1", Unit: "MiB", Type: "number", Required: true, Error: "16 MiB is the least."}),
		"part_textarea":    parts.TextArea(parts.Field{Name: "ssh_keys", Label: "SSH keys", Value: "\nssh-ed25519 AAAA <mira>"}, 3),
		"part_select":      parts.Select(parts.Field{Name: "storage", Label: "Storage", Value: "gone"}, []forms.Option{{Value: "local-lvm", Text: "local-lvm · 40 GiB free"}}),
		"part_check":       parts.Check("onboot", "Start with the host", "Also after a power cut.", true),
		"part_meters":      templ.Join(parts.Meter("CPU", 12.34, "12 %"), parts.Meter("Mem", 80, "1.6 of 2 GiB"), parts.Meter("Disk", 89.97, "18 of 20 GiB"), parts.Meter("Disk", 90, "18 of 20 GiB"), parts.Meter("Disk", 120, "9 of 8 GiB"), parts.MeterOff("CPU", "off")),
		"part_problem":     ProblemBanner(Problem{Title: "It is locked on pve1 (backup)", Why: "Why.", Next: "Next.", Link: Link{URL: "/", Text: "Containers"}, Request: "r-1"}),
		"part_status":      templ.Join(parts.Badge("running", "Running"), parts.Plate(101, "stopped"), parts.Tags([]string{"dns", "infra"}, nil), parts.Tags(nil, nil)),
		"part_crumbs":      parts.Crumbs(parts.To("Containers", "/"), parts.Here("104")),
	} {
		t.Run(name, func(t *testing.T) { golden.Compare(t, name, c) })
	}
}
