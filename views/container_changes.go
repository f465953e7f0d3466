package views

import (
	"cmp"
	"strconv"
	"strings"

	"berth/proxmox"
	"berth/store"
	"berth/views/human"
)

// longestValue is how many characters of a setting are kept with the event of its change.
const longestValue = 200

// Changes are what was typed beside a configuration; none when it is so already. They are meaningful only where
// nothing is wrong with what was typed. Of a note only that it is another one is told.
func (p Edit) Changes(c proxmox.ContainerConfig) []store.Change {
	now := configValues(c)
	var changes []store.Change
	for _, name := range p.part().fields {
		v := p.value(name)
		switch {
		case v == now[name]:
		case name == "description":
			changes = append(changes, store.Change{Setting: name})
		default:
			changes = append(changes, store.Change{Setting: name, From: human.OneLine(now[name], longestValue), To: human.OneLine(v, longestValue)})
		}
	}
	return changes
}

// Update is what Proxmox is asked for, so that the changes are made.
func (p Edit) Update(changes []store.Change) proxmox.ConfigUpdate {
	u := proxmox.ConfigUpdate{Digest: p.Digest}
	for _, change := range changes {
		v, number := p.value(change.Setting), p.Form.number(change.Setting)
		switch change.Setting {
		case "hostname":
			u.Hostname = &v
		case "cores":
			u.Cores = &number
		case "memory":
			u.Memory = &number
		case "swap":
			u.Swap = &number
		case "tags":
			tags := strings.Fields(v)
			u.Tags = &tags
		case "description":
			u.Description = &v
		case "onboot":
			on := v == "1"
			u.OnBoot = &on
		case "nameserver":
			u.Nameserver = &v
		case "searchdomain":
			u.SearchDomain = &v
		}
	}
	return u
}

// changedWords are which settings were changed, as in "Memory and swap changed".
func changedWords(changes []store.Change) string {
	names := make([]string, len(changes))
	for i, change := range changes {
		names[i] = cmp.Or(settingNames[change.Setting], change.Setting)
	}
	return human.Capital(human.List(names)) + " changed"
}

// changeWords are from what to what, each with its name where there are several.
func changeWords(changes []store.Change) string {
	var list []string
	for _, change := range changes {
		if change.From == change.To {
			continue
		}
		words := "from " + valueWords(change.Setting, change.From) + " to " + valueWords(change.Setting, change.To)
		if len(changes) > 1 {
			words = cmp.Or(settingNames[change.Setting], change.Setting) + " " + words
		}
		list = append(list, words)
	}
	return strings.Join(list, "; ")
}

// valueWords are a setting's value as people read it, from what a form holds of it.
func valueWords(setting, v string) string {
	switch setting {
	case "memory", "swap":
		mib, err := strconv.ParseUint(v, 10, 32)
		if err != nil || mib == 0 {
			return "none"
		}
		return human.Bytes(mib << 20)
	case "cores":
		return cmp.Or(v, "all of the host's")
	case "onboot":
		if v == "1" {
			return "on"
		}
		return "off"
	case "nameserver", "searchdomain":
		return cmp.Or(human.List(strings.Fields(v)), "the host's")
	case "tags":
		v = human.List(strings.Fields(v))
	}
	return cmp.Or(v, "none")
}
