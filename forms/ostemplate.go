package forms

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"berth/proxmox"
	"berth/views/human"
)

// Fetching tells whether an OS template is on its way to the node.
func (p Configure) Fetching() bool { return p.Fetch != nil && !p.Fetch.State.Final() }

// CanFetch tells whether the node can download an OS template.
func (p Configure) CanFetch() bool {
	return len(p.Choices.Appliances.Items) > 0 && len(StorageOptions(p.Choices.TemplateStorages.Items)) > 0
}

// WantedOS is the name of the OS template that the container is to have, or its beginning: that of the container that
// it is to be like, else what the template is made for. "" for none, and for a volume.
func (p Configure) WantedOS() string {
	switch {
	case p.Draft.LikeOS != "":
		return p.Draft.LikeOS
	case strings.Contains(p.Template.OSTemplate, ":"):
		return ""
	}
	return p.Template.OSTemplate
}

// WantsUnknownOS tells whether the container is to be like one whose system is not known.
func (p Configure) WantsUnknownOS() bool { return p.Draft.LikeOS == unknownOS }

// LacksWanted tells whether the node does not have the OS template that the template is made for.
func (p Configure) LacksWanted() bool {
	return p.WantedOS() != "" && Whole(p.Choices.OSTemplates) && bestOSTemplate(p.Choices.OSTemplates.Items, p.WantedOS()) == ""
}

// osTemplateVersion is the version in an archive's name, as in "13.1-2".
func osTemplateVersion(volume string) string {
	_, rest, _ := strings.Cut(volume[strings.LastIndexByte(volume, '/')+1:], "_")
	version, _, _ := strings.Cut(rest, "_")
	return version
}

// CompareVersions compares versions number by number: 12.12-1 is newer than 12.2-1.
func CompareVersions(a, b string) int {
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

// Picked is the OS template that is marked in the list of those to download: what was
// picked before, else what the template is made for, else the newest plain Debian.
func (p Configure) Picked() string {
	if p.Appliance != "" {
		return p.Appliance
	}
	var wanted []proxmox.OSTemplate
	for _, a := range p.Choices.Appliances.Items {
		wanted = append(wanted, proxmox.OSTemplate{Volume: a.Template})
	}
	return cmp.Or(bestOSTemplate(wanted, p.WantedOS()), bestOSTemplate(wanted, ""))
}

// CheckFetch tells whether the choice of a download is in the node's lists, and says what is wrong with it at its fields.
func (p Configure) CheckFetch() bool {
	if !slices.ContainsFunc(p.Choices.Appliances.Items, func(a proxmox.Appliance) bool { return a.Template == p.Appliance }) {
		p.Form.mark("appliance", p.Node.Node.Name+" does not offer "+human.Quoted(p.Appliance)+"; choose one from the list")
	}
	if !Offers(StorageOptions(p.Choices.TemplateStorages.Items), p.TemplateStorage) {
		p.Form.mark("template_storage", p.Node.Node.Name+" has no storage "+human.Quoted(p.TemplateStorage)+" for OS templates; choose one from the list")
	}
	return p.Form.Errors["appliance"] == "" && p.Form.Errors["template_storage"] == "" && p.Form.Errors["node"] == ""
}
