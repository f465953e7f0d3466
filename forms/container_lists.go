package forms

import (
	"strings"

	"berth/fleet"
	"berth/proxmox"
	"berth/views/human"
)

// CheckLists marks the fields that name something which is not in the node's lists. A
// list that could not be read, or in which this token sees nothing, judges nothing.
// submitted is false while the form is still being filled in.
func (p Configure) CheckLists(submitted bool) {
	f, c, node := p.Form, p.Choices, p.Node.Node.Name
	if Whole(c.Storages) {
		f.checkListed("storage", StorageOptions(c.Storages.Items), node+" has no storage %s for containers; choose one from the list")
	}
	if Whole(c.Bridges) {
		f.checkListed("bridge", BridgeOptions(c.Bridges.Items), node+" has no bridge %s; choose one from the list")
	}
	if submitted {
		p.checkRights()
	}
	if Whole(c.Pools) {
		f.checkListed("pool", PoolOptions(c.Pools.Items), node+" has no pool %s; choose one from the list, or none")
	}
	p.checkFit()
	switch v := f.Get("ostemplate"); {
	case p.Fetching():
		if submitted {
			f.mark("ostemplate", "It is still being downloaded; continue when it is done")
		}
	case len(c.OSTemplates.Items) == 0 && p.CanFetch():
		if v != "" {
			f.mark("ostemplate", node+" has no "+human.Quoted(OSTemplateName(v))+"; download it, or another")
		}
	case Whole(c.OSTemplates):
		f.checkListed("ostemplate", OSTemplateOptions(c.OSTemplates.Items), node+" has no OS template %s; choose one from the list")
	}
}

// Whole tells whether a list is complete, so that a thing which is not in it does not exist.
func Whole[T any](l fleet.List[T]) bool {
	return l.Err == nil && !l.Late && len(l.Missing) == 0
}

func (f Container) checkListed(name string, options []Option, sentence string) {
	v := f.Get(name)
	if v != "" && len(options) > 0 && !Offers(options, v) {
		f.mark(name, strings.Replace(sentence, "%s", human.Quoted(v), 1))
	}
}

// OSTemplateOptions makes the options of a list of archives.
func OSTemplateOptions(list []proxmox.OSTemplate) []Option {
	options := make([]Option, len(list))
	for i, t := range list {
		options[i] = Option{Value: t.Volume, Text: OSTemplateWords(t.Volume)}
	}
	return options
}

// OSTemplateWords writes a volume as people read it: its file, and where it lies.
func OSTemplateWords(volume string) string {
	storage, path, found := strings.Cut(volume, ":")
	if !found {
		return volume
	}
	return strings.TrimPrefix(path, "vztmpl/") + " · " + storage
}

// OSTemplateName returns the archive's name without version and ending, as in "debian-13-standard".
func OSTemplateName(volume string) string {
	file := volume[strings.LastIndexByte(volume, '/')+1:]
	name, _, _ := strings.Cut(file, "_")
	return name
}

// StorageOptions makes the options of a list of storages, without those that are not active.
func StorageOptions(list []proxmox.Storage) []Option {
	var options []Option
	for _, s := range list {
		if s.Active {
			options = append(options, Option{Value: s.Name, Text: s.Name + " · " + human.Bytes(s.Free) + " free"})
		}
	}
	return options
}

// BridgeOptions makes the options of a list of bridges, each with its comment.
func BridgeOptions(list []proxmox.Bridge) []Option {
	options := make([]Option, len(list))
	for i, b := range list {
		options[i] = Option{Value: b.Name, Text: b.Name}
		if note := strings.TrimSpace(b.Comment); note != "" {
			options[i].Text += " · " + note
		}
	}
	return options
}

// PoolOptions makes the options of a list of pools, with one for no pool; nil for an empty list.
func PoolOptions(list []proxmox.Pool) []Option {
	if len(list) == 0 {
		return nil
	}
	options := []Option{{Value: "", Text: "none"}}
	for _, p := range list {
		options = append(options, Option{Value: p.Name, Text: p.Name})
	}
	return options
}

// SystemWords names the system in an archive as people write it: "Debian 13", "Alpine 3.22"; what is made for a purpose
// by the archive's name.
func SystemWords(volume string) string {
	name := OSTemplateName(volume)
	parts := strings.Split(name, "-")
	if len(parts) == 3 && families[parts[0]] != "" && (parts[2] == "standard" || parts[2] == "default") {
		return osFamilyName(parts[0]) + " " + parts[1]
	}
	return name
}
