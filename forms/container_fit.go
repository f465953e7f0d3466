package forms

import (
	"fmt"
	"slices"
	"strings"

	"berth/proxmox"
	"berth/views/human"
)

// Gap says in a sentence what a list lacks. Late: it arrives by itself.
type Gap struct {
	Words string
	Late  bool
}

// thick tells whether a storage takes the whole size of a disk when it is made. On the others a disk takes what is
// written to it, so that more can be promised than there is.
func thick(kind string) bool { return kind == "lvm" || kind == "iscsi" || kind == "iscsidirect" }

// checkRoom says why a disk of so many GiB cannot be made on a storage, or "".
func checkRoom(s proxmox.Storage, disk int) string {
	size := uint64(max(disk, 0)) << 30
	switch {
	case s.Size == 0 && s.Free == 0: // unknown
		return ""
	case s.Free == 0:
		return s.Name + " is full; choose another storage"
	case s.Size > 0 && size > s.Size:
		return fmt.Sprintf("%s has %s in all, less than a disk of %d GiB; choose a smaller disk or another storage", s.Name, human.Bytes(s.Size), disk)
	case thick(s.Type) && size > s.Free:
		return fmt.Sprintf("%s has %s free, less than a disk of %d GiB, and it allocates the whole disk at once; choose a smaller disk or another storage", s.Name, human.Bytes(s.Free), disk)
	}
	return ""
}

// checkRoomForAll is checkRoom for n disks that are made on a storage together.
func checkRoomForAll(s proxmox.Storage, disk, n int) string {
	if wrong := checkRoom(s, disk); wrong != "" || n < 2 {
		return wrong
	}
	if s.Free > 0 && thick(s.Type) && sizeOfAll(disk, n) > s.Free {
		return fmt.Sprintf("%s has %s free, less than %d disks of %d GiB, and it allocates whole disks at once; choose smaller disks or another storage", s.Name, human.Bytes(s.Free), n, disk)
	}
	return ""
}

// sizeOfAll is the size of n disks, in bytes.
func sizeOfAll(disk, n int) uint64 { return uint64(max(disk, 0)) << 30 * uint64(n) }

// warnRoom says that n disks can outgrow their storage: they can be made, as they take only what is written to them.
func warnRoom(s proxmox.Storage, disk, n int) string {
	if s.Free == 0 || sizeOfAll(disk, n) <= s.Free || checkRoomForAll(s, disk, n) != "" {
		return ""
	}
	if n > 1 {
		return fmt.Sprintf("%s has %s free, less than %d disks of %d GiB. They can be created, as they take up only what is written to them; but once %[1]s is full, everything on it stops.", s.Name, human.Bytes(s.Free), n, disk)
	}
	return fmt.Sprintf("%s has %s free, less than a disk of %d GiB. It can be created, as it takes up only what is written to it; but once %[1]s is full, everything on it stops.", s.Name, human.Bytes(s.Free), disk)
}

// Roomiest is the active storage with the most room, if a disk of so many GiB fits onto it; "" when none has the room.
func Roomiest(list []proxmox.Storage, disk int) string {
	var best *proxmox.Storage
	for i, s := range list {
		if s.Active && (best == nil || s.Free > best.Free) {
			best = &list[i]
		}
	}
	if best == nil || best.Size > 0 && best.Free < uint64(max(disk, 1))<<30 {
		return ""
	}
	return best.Name
}

// storageOf finds a storage of a list by its name.
func storageOf(list []proxmox.Storage, name string) (proxmox.Storage, bool) {
	i := slices.IndexFunc(list, func(s proxmox.Storage) bool { return s.Name == name })
	if i < 0 {
		return proxmox.Storage{}, false
	}
	return list[i], true
}

// checkFit judges choices that do not fit each other: it marks a disk that its storage has no room for.
func (p Configure) checkFit() {
	if s, there := storageOf(p.Choices.Storages.Items, p.Form.Get("storage")); there && s.Active {
		p.Form.mark("disk", checkRoomForAll(s, p.Form.Number("disk"), len(p.Form.Each())))
	}
}

// warnings returns sentences, by field, about values that are possible but may not be meant.
func (p Configure) warnings() map[string]string {
	warnings := map[string]string{}
	if s, there := storageOf(p.Choices.Storages.Items, p.Form.Get("storage")); there {
		warnings["disk"] = warnRoom(s, p.Form.Number("disk"), len(p.Form.Each()))
	}
	warnings["ostemplate"] = p.FamilyWarning()
	return warnings
}

// Warning returns the warning at a field that is not wrong, or "".
func (p Configure) Warning(name string) string { return p.warnings()[name] }

// families maps systems to families that install packages in the same way: a template for one likely works on another.
var families = map[string]string{
	"debian": "apt", "ubuntu": "apt", "devuan": "apt",
	"alpine": "apk",
	"fedora": "dnf", "centos": "dnf", "almalinux": "dnf", "rockylinux": "dnf", "openeuler": "dnf",
	"archlinux": "pacman", "opensuse": "zypper", "gentoo": "emerge",
}

// osFamily returns the system in an OS template, by its name: "debian" for "debian-13-standard".
func osFamily(name string) string {
	family, _, _ := strings.Cut(strings.ToLower(name), "-")
	return family
}

// osFamilyName returns the name of a system as people write it.
func osFamilyName(family string) string {
	switch family {
	case "almalinux":
		return "AlmaLinux"
	case "archlinux":
		return "Arch Linux"
	case "centos":
		return "CentOS"
	case "opensuse":
		return "openSUSE"
	case "rockylinux":
		return "Rocky Linux"
	case "":
		return ""
	}
	return strings.ToUpper(family[:1]) + family[1:]
}

// FamilyWarning says that the template is made for another kind of system than the OS template holds. It is no
// error: scripts can be written for several, and Proxmox makes the container all the same.
func (w Wizard) FamilyWarning() string {
	wants, volume := w.Template.OSTemplate, w.Form.Get("ostemplate")
	if wants == "" || volume == "" {
		return ""
	}
	wanted, chosen := osFamily(OSTemplateName(wants)), osFamily(OSTemplateName(volume))
	if families[wanted] == "" || families[chosen] == "" || families[wanted] == families[chosen] {
		return ""
	}
	return fmt.Sprintf("The template %s is made for %s, and %s is %s: its packages and scripts will probably fail there. Choose an OS template with %s, or another template.",
		w.Template.Name, osFamilyName(wanted), OSTemplateName(volume), osFamilyName(chosen), osFamilyName(wanted))
}

// bestOSTemplate returns the volume that the wizard begins with: the newest that fits wanted, the name of an OS template,
// its beginning ("debian-12", "alpine") or "". For "", a plain system goes before one that is made for a purpose, and
// Debian before others. "" when none fits.
func bestOSTemplate(list []proxmox.OSTemplate, wanted string) string {
	best := ""
	for _, t := range list {
		if fitsWanted(t.Volume, wanted) && (best == "" || betterOSTemplate(t.Volume, best)) {
			best = t.Volume
		}
	}
	return best
}

// fitsWanted tells whether the name of an archive is the wanted one, or begins with it and a "-". "" fits any.
func fitsWanted(volume, wanted string) bool {
	name, wanted := strings.ToLower(OSTemplateName(volume)), strings.ToLower(wanted)
	return wanted == "" || name == wanted || strings.HasPrefix(name, wanted+"-")
}

// betterOSTemplate tells whether to prefer archive a to b for a new container.
func betterOSTemplate(a, b string) bool {
	nameA, nameB := OSTemplateName(a), OSTemplateName(b)
	for _, has := range []func(string) bool{
		func(name string) bool { return !strings.Contains(name, "turnkey") && families[osFamily(name)] != "" },
		func(name string) bool { return osFamily(name) == "debian" },
		func(name string) bool { return osFamily(name) == "ubuntu" },
		func(name string) bool { return osFamily(name) == "alpine" },
	} {
		if has(nameA) != has(nameB) {
			return has(nameA)
		}
	}
	if osFamily(nameA) != osFamily(nameB) {
		return nameA < nameB
	}
	if n := CompareVersions(nameA, nameB); n != 0 {
		return n > 0
	}
	return CompareVersions(osTemplateVersion(a), osTemplateVersion(b)) > 0
}
