package views

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"berth/proxmox"
	"berth/views/human"
)

// fetching tells whether an OS template is on its way to the node.
func (p ConfigurePage) fetching() bool { return p.Fetch != nil && !p.Fetch.State.Final() }

// canFetch tells whether the node can download an OS template.
func (p ConfigurePage) canFetch() bool {
	return len(p.Choices.Appliances.Items) > 0 && len(storageOptions(p.Choices.TemplateStorages.Items)) > 0
}

// wantedOS is the name of the OS template that the template is made for, or its beginning; where the template leaves
// that open, the system of the container that the new one is to be like. "" for none, and for a volume.
func (p ConfigurePage) wantedOS() string {
	switch {
	case strings.Contains(p.Template.OSTemplate, ":"):
		return ""
	case p.Template.OSTemplate == "":
		return p.Draft.LikeOS
	}
	return p.Template.OSTemplate
}

// lacksWanted tells whether the node does not have the OS template that the template is made for.
func (p ConfigurePage) lacksWanted() bool {
	return p.wantedOS() != "" && whole(p.Choices.OSTemplates) && bestOSTemplate(p.Choices.OSTemplates.Items, p.wantedOS()) == ""
}

// osTemplateChoices are the archives on the node; an empty one is chosen while none of
// them is what the template is made for.
func (p ConfigurePage) osTemplateChoices() []Option {
	options := osTemplateOptions(p.Choices.OSTemplates.Items)
	if p.Form.Get("ostemplate") == "" && p.preset("ostemplate") == "" {
		options = slices.Insert(options, 0, Option{Text: "Choose one, or download " + p.wantedOS()})
	}
	return options
}

// osTemplateVersion is the version in an archive's name, as in "13.1-2".
func osTemplateVersion(volume string) string {
	_, rest, _ := strings.Cut(volume[strings.LastIndexByte(volume, '/')+1:], "_")
	version, _, _ := strings.Cut(rest, "_")
	return version
}

// compareVersions compares versions number by number: 12.12-1 is newer than 12.2-1.
func compareVersions(a, b string) int {
	parts := func(v string) []string {
		return strings.FieldsFunc(v, func(r rune) bool { return !isLetterOrDigit(r) })
	}
	return slices.CompareFunc(parts(a), parts(b), func(x, y string) int {
		m, notX := strconv.ParseUint(x, 10, 64)
		n, notY := strconv.ParseUint(y, 10, 64)
		if notX != nil || notY != nil {
			return strings.Compare(x, y)
		}
		return cmp.Compare(m, n)
	})
}

// picked is the OS template that is marked in the list of those to download: what was
// picked before, else what the template is made for, else the newest plain Debian.
func (p ConfigurePage) picked() string {
	if p.Appliance != "" {
		return p.Appliance
	}
	var wanted []proxmox.OSTemplate
	for _, a := range p.Choices.Appliances.Items {
		wanted = append(wanted, proxmox.OSTemplate{Volume: a.Template})
	}
	return cmp.Or(bestOSTemplate(wanted, p.wantedOS()), bestOSTemplate(wanted, ""))
}

func (p ConfigurePage) templateStorage() Field {
	return Field{Name: "template_storage", Label: "Storage to put it on", Value: cmp.Or(p.TemplateStorage, roomiest(p.Choices.TemplateStorages.Items, 1)), Gaps: p.Gaps["template_storage"], Error: p.Form.Errors["template_storage"]}
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

// CheckFetch tells whether the choice of a download is in the node's lists, and says what is wrong with it at its fields.
func (p ConfigurePage) CheckFetch() bool {
	if !slices.ContainsFunc(p.Choices.Appliances.Items, func(a proxmox.Appliance) bool { return a.Template == p.Appliance }) {
		p.Form.mark("appliance", p.Node.Node.Name+" does not offer "+human.Quoted(p.Appliance)+"; choose one of the list")
	}
	if !offers(storageOptions(p.Choices.TemplateStorages.Items), p.TemplateStorage) {
		p.Form.mark("template_storage", p.Node.Node.Name+" has no storage "+human.Quoted(p.TemplateStorage)+" for OS templates; choose one of the list")
	}
	return p.Form.Errors["appliance"] == "" && p.Form.Errors["template_storage"] == "" && p.Form.Errors["node"] == ""
}

// noOSTemplate says that there is none to choose, as far as is known.
func (p ConfigurePage) noOSTemplate() string {
	if whole(p.Choices.OSTemplates) {
		return p.Node.Node.Name + " has no OS template yet."
	}
	return p.Node.Node.Name + " has shown no OS template so far."
}

// wantedFor begins a sentence that says who wants the wanted OS template.
func (p ConfigurePage) wantedFor() string {
	if p.Template.OSTemplate == "" {
		return cmp.Or(p.Draft.Values.Get("like"), "The other container") + " has"
	}
	return p.Template.Name + " is made for"
}

// archive is the choice among those that are there. It is judged when it changes: a template may be made for another system.
func (p ConfigurePage) archive() Field {
	f := chosen(p.osTemplate(), "On "+p.Node.Node.Name+" already.")
	f.Attrs = p.live("ostemplate")
	return f
}
