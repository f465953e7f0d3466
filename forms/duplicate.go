package forms

import (
	"strconv"
	"strings"

	"berth/proxmox"
	"berth/store"
)

// unknownOS stands for the system of a container that Proxmox does not know; no OS template has that name.
const unknownOS = "unmanaged"

// DuplicateDraft is the draft of another container like one that is there. Its VMID, its
// hostname and a static address are left open: they are its own. Of its system the newest OS template
// is taken: by the name of the volume that it was made of, or where that is not known, "", by its kind.
func DuplicateDraft(userID, nodeID string, cfg proxmox.ContainerConfig, pool string, t store.Template, volume string, last proxmox.CreateParams) store.Draft {
	d := NewDraft(userID, nodeID, t, last)
	d.NotTaken = notTakenOf(cfg)
	d.LikeOS = unknownOS
	if volume != "" {
		d.LikeOS = OSTemplateName(volume)
	} else if families[osFamily(cfg.OSType)] != "" {
		d.LikeOS = cfg.OSType
	}
	set := func(name, v string) { d.Values.Set(name, v) }
	set("ostemplate", "")
	d.Filled["ostemplate"] = ""
	if cfg.Cores > 0 {
		set("cores", strconv.Itoa(cfg.Cores))
	}
	set("memory", strconv.Itoa(cfg.Memory))
	set("swap", strconv.Itoa(cfg.Swap))
	root := proxmox.ParseVolume(cfg.RootFS)
	set("like", cfg.Hostname)
	set("storage", root.Storage)
	if size := gibibytes(root.Size); size > 0 && size <= maxDisk {
		set("disk", strconv.Itoa(size))
	}
	set("unprivileged", switchValue(cfg.Unprivileged))
	set("nesting", switchValue(cfg.Unprivileged && cfg.Feature("nesting")))
	set("onboot", switchValue(cfg.OnBoot))
	set("tags", strings.Join(cfg.Tags, " "))
	set("description", cfg.Description)
	set("nameserver", cfg.Nameserver)
	set("searchdomain", cfg.SearchDomain)
	set("pool", pool)

	net := proxmox.ParseNetwork(cfg.Networks["net0"])
	if net.Bridge != "" {
		set("bridge", net.Bridge)
	}
	set("vlan", net.VLAN)
	likeAddress(d, "ip", net.IPv4, "gateway", net.Gateway4)
	likeAddress(d, "ip6", net.IPv6, "gateway6", net.Gateway6)
	for _, name := range []string{"storage", "bridge"} { // nobody chose these for the new one: they give way where they do not fit
		d.Filled[name] = d.Values.Get(name)
	}
	return d
}

// likeAddress takes over how an address is come by, and the gateway beside a static one.
func likeAddress(d store.Draft, field, v, gatewayField, gateway string) {
	d.Values.Set(field, "")
	switch v {
	case "dhcp", "auto":
		d.Values.Set(field+"_mode", v)
	case "", "manual":
		d.Values.Set(field+"_mode", "none")
	default:
		d.Values.Set(field+"_mode", "static")
		d.Values.Set(gatewayField, gateway)
	}
}

// gibibytes is a size in whole GiB, rounded up.
func gibibytes(size uint64) int { return int((size + 1<<30 - 1) >> 30) }
