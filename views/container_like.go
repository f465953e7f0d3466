package views

import (
	"strconv"
	"strings"

	"berth/proxmox"
	"berth/store"
)

// DraftLike is the draft of another container like one that is there. Its VMID, its
// hostname, its OS template and a static address are left open: they are its own, or not known.
func DraftLike(userID, nodeID string, cfg proxmox.ContainerConfig, pool string, t store.Template) store.Draft {
	d := NewDraft(userID, nodeID, t)
	set := func(name, v string) { d.Values.Set(name, v) }
	if cfg.Cores > 0 {
		set("cores", strconv.Itoa(cfg.Cores))
	}
	set("memory", strconv.Itoa(cfg.Memory))
	set("swap", strconv.Itoa(cfg.Swap))
	storage, _, _ := strings.Cut(cfg.RootFS, ":")
	set("storage", storage)
	if size := gibibytes(options(cfg.RootFS)["size"]); size > 0 {
		set("disk", strconv.Itoa(size))
	}
	set("unprivileged", switchValue(cfg.Unprivileged))
	set("nesting", switchValue(cfg.Unprivileged && options(cfg.Features)["nesting"] == "1"))
	set("onboot", switchValue(cfg.OnBoot))
	set("tags", strings.Join(cfg.Tags, " "))
	set("description", cfg.Description)
	set("nameserver", cfg.Nameserver)
	set("searchdomain", cfg.SearchDomain)
	set("pool", pool)

	net := options(cfg.Networks["net0"])
	if net["bridge"] != "" {
		set("bridge", net["bridge"])
	}
	set("vlan", net["tag"])
	likeAddress(d, "ip", net["ip"], "gateway", net["gw"])
	likeAddress(d, "ip6", net["ip6"], "gateway6", net["gw6"])
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

// options reads a list as Proxmox writes it: "local-lvm:vm-101-disk-0,size=8G".
func options(s string) map[string]string {
	all := map[string]string{}
	for part := range strings.SplitSeq(s, ",") {
		if name, v, found := strings.Cut(part, "="); found {
			all[name] = v
		}
	}
	return all
}

// gibibytes reads a size as Proxmox writes it, in whole GiB, rounded up; 0 for none.
func gibibytes(size string) int {
	if size == "" {
		return 0
	}
	n, err := strconv.ParseFloat(strings.TrimRight(size, "KMGT"), 64)
	if err != nil || n <= 0 {
		return 0
	}
	switch size[len(size)-1] {
	case 'K':
		n /= 1 << 20
	case 'M':
		n /= 1 << 10
	case 'T':
		n *= 1 << 10
	}
	if n > maxDisk {
		return 0
	}
	whole := int(n)
	if float64(whole) < n {
		whole++
	}
	return whole
}
