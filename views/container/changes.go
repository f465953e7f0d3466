package container

import (
	"cmp"
	"strconv"
	"strings"

	"berth/store"
	"berth/views/human"
)

// changedWords names the settings that were changed, as the title of an event: "Memory and swap changed".
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
