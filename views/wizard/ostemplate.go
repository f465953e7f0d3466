package wizard

import (
	"cmp"
	"slices"

	"berth/forms"
	"berth/proxmox"
	"berth/views/inputs"
	"berth/views/parts"
)

// osTemplateChoices are the archives on the node. Where none is chosen and none fits the template, an empty choice comes
// first, so that none is taken by accident.
func osTemplateChoices(p forms.Configure) []forms.Option {
	options := forms.OSTemplateOptions(p.Choices.OSTemplates.Items)
	if p.Form.Get("ostemplate") == "" && p.Preset("ostemplate") == "" {
		first := "Choose one"
		if p.CanFetch() && !p.WantsUnknownOS() {
			first += ", or download " + p.WantedOS()
		}
		options = slices.Insert(options, 0, forms.Option{Text: first})
	}
	return options
}

func templateStorageField(p forms.Configure) parts.Field {
	return parts.Field{Name: "template_storage", Label: "Storage to put it on", Value: cmp.Or(p.TemplateStorage, forms.Roomiest(p.Choices.TemplateStorages.Items, 1)), Gaps: p.Gaps["template_storage"], Error: p.Form.Errors["template_storage"]}
}

// appliancesOf parts a list by its sections, in their order.
func appliancesOf(list []proxmox.Appliance) [][]proxmox.Appliance {
	var sections [][]proxmox.Appliance
	for _, a := range list {
		if n := len(sections); n > 0 && sections[n-1][0].Section == a.Section {
			sections[n-1] = append(sections[n-1], a)
		} else {
			sections = append(sections, []proxmox.Appliance{a})
		}
	}
	return sections
}

// noOSTemplate says that there is none to choose, as far as is known.
func noOSTemplate(p forms.Configure) string {
	if forms.Whole(p.Choices.OSTemplates) {
		return p.Node.Node.Name + " has no OS template yet."
	}
	return p.Node.Node.Name + " has shown no OS template so far."
}

// lacksWanted says that the wanted OS template is not there, and who wants it.
func lacksWanted(p forms.Configure) string {
	like := cmp.Or(p.Draft.Values.Get("like"), "The other container")
	if p.WantsUnknownOS() {
		return "Which system " + like + " has is not known. Choose one."
	}
	who := p.Template.Name + " is made for "
	if p.Draft.LikeOS != "" {
		who = like + " has "
	}
	help := "Choose another one."
	if p.CanFetch() {
		help = "Download it, or choose another one above."
	}
	return who + p.WantedOS() + ", which " + p.Node.Node.Name + " does not have. " + help
}

// archiveField is the choice among those that are there. It is judged when it changes: a template may be made for another system.
func archiveField(p forms.Configure) parts.Field {
	f := inputs.Chosen(inputs.OSTemplate(p), "On "+p.Node.Node.Name+" already.")
	f.Attrs = inputs.LiveCheck(p, "ostemplate")
	return f
}
