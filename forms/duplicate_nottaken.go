package forms

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"berth/proxmox"
	"berth/views/human"
)

// notTakenOf names what a container has and another one like it will not: the wizard has no field for it, or it is
// the container's own.
func notTakenOf(cfg proxmox.ContainerConfig) []string {
	var list []string
	add := func(format string, args ...any) { list = append(list, fmt.Sprintf(format, args...)) }
	for _, key := range proxmox.NumberedKeys(cfg.Networks) {
		n := proxmox.ParseNetwork(cfg.Networks[key])
		if key != "net0" {
			add("The network %s (%s on %s)", key, cmp.Or(n.Name, "no name"), cmp.Or(n.Bridge, "no bridge"))
		} else if of := netNotTaken(n); len(of) > 0 {
			add("Of the network net0: %s", human.List(of))
		}
	}
	for _, key := range proxmox.NumberedKeys(cfg.Mounts) {
		add("The mount point %s: %s", key, mountNotTaken(proxmox.ParseVolume(cfg.Mounts[key])))
	}
	for _, key := range proxmox.NumberedKeys(cfg.Devices) {
		path, _, _ := strings.Cut(cfg.Devices[key], ",")
		add("The device %s: %s of the host", key, strings.TrimPrefix(path, "path="))
	}
	if features := slices.DeleteFunc(cfg.FeatureList(), func(f string) bool { return f == "nesting" && cfg.Unprivileged }); len(features) > 0 {
		add("The features %s, which only root@pam may set", human.List(features))
	}
	if options := rootOptions(cfg.RootFS); options != "" {
		add("The options of its disk: %s", options)
	}
	if cfg.Startup != "" {
		add("Its place in the order of starting: %s", cfg.Startup)
	}
	if cfg.Protection {
		add("Its protection against being deleted")
	}
	if cfg.CPULimit > 0 {
		add("Its limit of %s cores", strconv.FormatFloat(cfg.CPULimit, 'f', -1, 64))
	}
	if cfg.Timezone != "" {
		add("Its time zone: %s", cfg.Timezone)
	}
	for _, key := range slices.Sorted(maps.Keys(cfg.Others)) {
		add("The setting %s: %s", key, human.OneLine(cfg.Others[key], 100))
	}
	return list
}

// netNotTaken names the settings of a network that the wizard has no field for, and a fixed address.
func netNotTaken(n proxmox.Network) []string {
	var of []string
	for _, ip := range []string{n.IPv4, n.IPv6} {
		if addressMode("", ip) == "static" {
			of = append(of, "the address "+ip)
		}
	}
	if n.Firewall {
		of = append(of, "its firewall")
	}
	if n.MTU != "" {
		of = append(of, "MTU "+n.MTU)
	}
	if n.Rate > 0 {
		of = append(of, "its limit of "+strconv.FormatFloat(n.Rate, 'f', -1, 64)+" MB/s")
	}
	if n.Trunks != "" {
		of = append(of, "the trunk of VLANs "+strings.ReplaceAll(n.Trunks, ";", ", "))
	}
	if n.Down {
		of = append(of, "that it is unplugged")
	}
	return of
}

func mountNotTaken(v proxmox.Volume) string {
	if v.Bound() {
		return v.Source + " of the host at " + v.Path
	}
	size := ""
	if v.Size > 0 {
		size = human.Bytes(v.Size) + " "
	}
	return size + "on " + v.Storage + " at " + v.Path
}

// rootOptions are those of the root disk beside where it is and how large.
func rootOptions(rootfs string) string {
	var options []string
	for part := range strings.SplitSeq(rootfs, ",") {
		name, _, has := strings.Cut(part, "=")
		if has && name != "size" && name != "volume" {
			options = append(options, part)
		}
	}
	return strings.Join(options, ", ")
}
