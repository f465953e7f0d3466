package views

import (
	"slices"
	"strings"

	"berth/proxmox"
)

// fetching tells whether an OS template is on its way to the node.
func (p ConfigurePage) fetching() bool { return p.Fetch != nil && !p.Fetch.State.Final() }

// canFetch tells whether the node has no OS template but can download one.
func (p ConfigurePage) canFetch() bool {
	return p.Choices.OSTemplates.Err == nil && len(p.Choices.Appliances.Items) > 0 && len(storageOptions(p.Choices.TemplateStorages.Items)) > 0
}

// picked is the OS template that is marked in the list of those to download: what was
// picked before, else the newest plain Debian.
func (p ConfigurePage) picked() string {
	if p.Appliance != "" {
		return p.Appliance
	}
	for _, a := range slices.Backward(p.Choices.Appliances.Items) {
		if strings.HasPrefix(a.Package, "debian-") && strings.HasSuffix(a.Package, "-standard") {
			return a.Template
		}
	}
	return ""
}

func (p ConfigurePage) templateStorage() Field {
	return Field{Name: "template_storage", Label: "Storage to put it on", Value: p.TemplateStorage, Error: p.Form.Errors["template_storage"]}
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
		p.Form.mark("appliance", p.Node.Node.Name+" does not offer "+quoted(p.Appliance)+"; choose one of the list")
	}
	if !offers(storageOptions(p.Choices.TemplateStorages.Items), p.TemplateStorage) {
		p.Form.mark("template_storage", p.Node.Node.Name+" has no storage "+quoted(p.TemplateStorage)+" for OS templates; choose one of the list")
	}
	return p.Form.Errors["appliance"] == "" && p.Form.Errors["template_storage"] == "" && p.Form.Errors["node"] == ""
}
