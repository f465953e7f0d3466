package forms

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"berth/proxmox"
	"berth/store"
	"berth/views/explain"
	"berth/views/human"
)

// longestSetting bounds the part of an unknown setting that a message quotes, in characters.
const longestSetting = 100

// notTakenOf lists the settings of a container that a duplicate will lack, because the wizard has no field for them or they
// are the container's own. The wizard shows the messages before anything is made.
func notTakenOf(cfg proxmox.ContainerConfig) []store.Message {
	list := devicesNotTaken(cfg)
	add := func(kind store.MessageKind, is bool, said string) {
		if is {
			list = append(list, store.Message{Kind: kind, Args: store.Args{Said: said}})
		}
	}
	features := slices.DeleteFunc(cfg.FeatureList(), func(f string) bool { return f == "nesting" && cfg.Unprivileged })
	add(explain.NotTakenFeatures, len(features) > 0, strings.Join(features, ","))
	options := rootOptions(cfg.RootFS)
	add(explain.NotTakenDisk, options != "", options)
	add(explain.NotTakenStartup, cfg.Startup != "", cfg.Startup)
	add(explain.NotTakenProtection, cfg.Protection, "")
	add(explain.NotTakenCPULimit, cfg.CPULimit > 0, strconv.FormatFloat(cfg.CPULimit, 'f', -1, 64))
	add(explain.NotTakenTimezone, cfg.Timezone != "", cfg.Timezone)
	for _, key := range slices.Sorted(maps.Keys(cfg.Others)) {
		list = append(list, notTaken(explain.NotTakenSetting, key, human.OneLine(cfg.Others[key], longestSetting)))
	}
	return list
}

// devicesNotTaken lists the networks, mount points and devices that a duplicate will lack.
func devicesNotTaken(cfg proxmox.ContainerConfig) []store.Message {
	var list []store.Message
	for _, key := range proxmox.NumberedKeys(cfg.Networks) {
		net := cfg.Networks[key]
		if key != "net0" {
			list = append(list, notTaken(explain.NotTakenNetwork, key, net))
		} else if len(explain.OfNetwork(proxmox.ParseNetwork(net))) > 0 {
			list = append(list, notTaken(explain.NotTakenOfNetwork, key, net))
		}
	}
	for _, key := range proxmox.NumberedKeys(cfg.Mounts) {
		list = append(list, notTaken(explain.NotTakenMount, key, cfg.Mounts[key]))
	}
	for _, key := range proxmox.NumberedKeys(cfg.Devices) {
		list = append(list, notTaken(explain.NotTakenDevice, key, cfg.Devices[key]))
	}
	return list
}

// notTaken is a setting of a container as Proxmox has it.
func notTaken(kind store.MessageKind, key, value string) store.Message {
	return store.Message{Kind: kind, Args: store.Args{Name: key, Said: value}}
}

// rootOptions are those of the root disk beside where it is and how large, with commas between.
func rootOptions(rootfs string) string {
	var options []string
	for part := range strings.SplitSeq(rootfs, ",") {
		name, _, has := strings.Cut(part, "=")
		if has && name != "size" && name != "volume" {
			options = append(options, part)
		}
	}
	return strings.Join(options, ",")
}
