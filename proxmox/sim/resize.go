package sim

import (
	"fmt"
	"strconv"
	"strings"
)

// sizeUnits maps the letters behind a size to bytes.
var sizeUnits = map[byte]float64{'K': 1 << 10, 'M': 1 << 20, 'G': 1 << 30, 'T': 1 << 40}

// parseSize reads a size in bytes, as PVE::JSONSchema::parse_size does.
func parseSize(s string) uint64 {
	scale := 1.0
	if s != "" && sizeUnits[s[len(s)-1]] > 0 {
		scale, s = sizeUnits[s[len(s)-1]], s[:len(s)-1]
	}
	n, err := strconv.ParseFloat(s, 64)
	if err != nil || n < 0 {
		return 0
	}
	return uint64(n * scale)
}

// formatSize writes a size as PVE::JSONSchema::format_size does, with the largest unit that leaves it whole.
func formatSize(bytes uint64) string {
	for _, unit := range []byte{'T', 'G', 'M', 'K'} {
		if scale := uint64(sizeUnits[unit]); bytes%scale == 0 {
			return strconv.FormatUint(bytes/scale, 10) + string(unit)
		}
	}
	return strconv.FormatUint(bytes, 10)
}

// resize makes a volume of a container larger. Besides the right on disks Proxmox wants the one
// on options, as it takes the parameter "disk" for a setting of that name.
func (q *request) resize() (any, *failure) {
	g, fail := q.container()
	if fail != nil {
		return nil, fail
	}
	if why := g.locked(); why != "" {
		return nil, died("%s", why)
	}
	if fail := q.onGuest("VM.Config.Options"); fail != nil {
		return nil, fail
	}
	if fail := q.unlockedAndSame(g); fail != nil {
		return nil, fail
	}
	disk := q.params["disk"]
	volume, size, fail := q.growing(g, disk)
	if fail != nil {
		return nil, fail
	}
	t := q.begin("resize", strconv.Itoa(g.VMID), q.taskTime(), g.resizeLog(volume, size), func() string {
		g, fail := q.container()
		if fail != nil {
			return q.noSuchContainer()
		}
		if why := g.locked(); why != "" {
			return why
		}
		g.resized(disk, size)
		return "OK"
	})
	return t.upid, nil
}

// growing returns the volume of a disk, and its new size in bytes, which must be above the old one.
func (q *request) growing(g *guest, disk string) (volume string, size uint64, fail *failure) {
	parts, _ := propertyString(map[string]property{"volume": {DefaultKey: true}}, g.config[disk])
	volume = parts["volume"]
	storage, _, isVolume := strings.Cut(volume, ":")
	if !isVolume || strings.HasPrefix(volume, "/") {
		return "", 0, died("unable to parse volume ID '%s'\n", volume)
	}
	if fail := q.maySpend(storage); fail != nil {
		return "", 0, fail
	}
	wanted, relative := strings.CutPrefix(q.params["size"], "+")
	now := parseSize(parts["size"])
	size = parseSize(wanted)
	if relative {
		size += now
	}
	switch {
	case size < now:
		return "", 0, died("unable to shrink disk size")
	case size == now:
		return "", 0, died("disk is already at specified size")
	}
	return volume, size, nil
}

// resized notes a disk's new size.
func (g *guest) resized(disk string, size uint64) {
	var parts []string
	for part := range strings.SplitSeq(g.config[disk], ",") {
		if !strings.HasPrefix(part, "size=") {
			parts = append(parts, part)
		}
	}
	g.config[disk] = strings.Join(append(parts, "size="+formatSize(size)), ",")
	if disk == "rootfs" {
		g.MaxDisk = size
	}
}

func (g *guest) resizeLog(volume string, size uint64) []string {
	name := volume[strings.Index(volume, ":")+1:]
	device := "/dev/pve/" + name
	log := []string{
		fmt.Sprintf("  Size of logical volume pve/%s changed to %d.00 GiB (%d extents).", name, size>>30, size>>22),
		"  Logical volume pve/" + name + " successfully resized.",
	}
	switch running := g.Status == "running"; {
	case g.ResizeFails && running:
		return append(log, "resize2fs 1.47.2 (1-Jan-2025)", "resize2fs: Permission denied to resize filesystem",
			fmt.Sprintf("Failed to update the container's filesystem: command 'unshare -m -- sh -c 'mount --make-rprivate / && mount %s /tmp && resize2fs %s'' failed: exit code 1", device, device))
	case g.ResizeFails:
		return append(log, "e2fsck 1.47.2 (1-Jan-2025)", fmt.Sprintf("%s: UNEXPECTED INCONSISTENCY; RUN fsck MANUALLY.", device),
			fmt.Sprintf("Failed to update the container's filesystem: command 'e2fsck -f -y %s' failed: exit code 4", device))
	case running:
		log = append(log, "Filesystem at "+device+" is mounted on /tmp; on-line resizing required")
	default:
		log = append(log, "e2fsck 1.47.2 (1-Jan-2025)", "Pass 1: Checking inodes, blocks, and sizes")
	}
	return append(log, "resize2fs 1.47.2 (1-Jan-2025)", fmt.Sprintf("The filesystem on %s is now %d (4k) blocks long.", device, size>>12))
}
