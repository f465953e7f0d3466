package sim

import (
	"fmt"
	"net"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

var (
	nodeForm    = regexp.MustCompile(`^[a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])?$`)
	nameForm    = regexp.MustCompile(`^([a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])?\.)*[a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])?$`)
	configForm  = regexp.MustCompile(`^(?i)[a-z][a-z0-9_-]+$`)
	storageForm = regexp.MustCompile(`^(?i)[a-z][a-z0-9_.-]*[a-z0-9]$`)
	volumeForm  = regexp.MustCompile(`^(?i)[a-z][a-z0-9_.-]*[a-z0-9]:.+$`)
	poolForm    = regexp.MustCompile(`^[A-Za-z0-9._-]+(/[A-Za-z0-9._-]+){0,2}$`)
	tagForm     = regexp.MustCompile(`^(?i)[a-z0-9_][a-z0-9_+.-]*$`)
	sizeForm    = regexp.MustCompile(`^\d+(\.\d+)?[KMGT]?$`)
	startupForm = regexp.MustCompile(`^((order=)?\d+|up=\d+|down=\d+)$`)
	deviceForm  = regexp.MustCompile(`^/dev/`)
	zoneForm    = regexp.MustCompile(`^(host|[A-Za-z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+)*)$`)
)

// contents of a storage, as PVE::Storage::Plugin names them.
var contents = []string{"images", "rootdir", "vztmpl", "iso", "backup", "snippets", "none", "import"}

// formats are those of PVE::JSONSchema and pve-container that the schema names, for one value.
var formats = map[string]func(string) bool{
	"pve-node":             nodeForm.MatchString,
	"pve-vmid":             isVMID,
	"pve-storage-id":       storageForm.MatchString,
	"pve-storage-content":  func(s string) bool { return slices.Contains(contents, s) },
	"pve-volume-id":        volumeForm.MatchString,
	"pve-configid":         configForm.MatchString,
	"pve-poolid":           poolForm.MatchString,
	"pve-tag":              tagForm.MatchString,
	"pve-lxc-mp-string":    func(s string) bool { return s != "" && !strings.Contains(s, "\n") },
	"pve-lxc-dev-string":   deviceForm.MatchString,
	"pve-startup-order":    isStartupOrder,
	"pve-ct-timezone":      zoneForm.MatchString,
	"pve-task-status-type": func(s string) bool { return slices.Contains([]string{"ok", "error", "warning", "unknown"}, s) },
	"disk-size":            sizeForm.MatchString,
	"dns-name":             nameForm.MatchString,
	"mac-addr":             isMAC,
	"ipv4":                 func(s string) bool { a, err := netip.ParseAddr(s); return err == nil && a.Is4() },
	"ipv6":                 func(s string) bool { a, err := netip.ParseAddr(s); return err == nil && a.Is6() && a.Zone() == "" },
	"pve-ipv4-config":      func(s string) bool { return s == "dhcp" || s == "manual" || isNetwork(s, netip.Addr.Is4) },
	"pve-ipv6-config": func(s string) bool {
		return s == "dhcp" || s == "auto" || s == "manual" || isNetwork(s, netip.Addr.Is6)
	},
	"lxc-ip-with-ll-iface": isNameserver,
}

// verifyFormat checks a value, or each of a list, against a named format.
func verifyFormat(name, value string) error {
	values := []string{value}
	if one, ok := strings.CutSuffix(name, "-list"); ok {
		name = one
		values = strings.FieldsFunc(value, func(r rune) bool { return strings.ContainsRune(",; \t\n\x00", r) })
	}
	valid, ok := formats[name]
	if !ok {
		return fmt.Errorf("undefined format '%s'", name)
	}
	for _, v := range values {
		if !valid(v) {
			return fmt.Errorf("invalid format - value '%s' does not look like a valid %s", v, name)
		}
	}
	return nil
}

func isVMID(s string) bool {
	n, err := strconv.Atoi(s)
	return err == nil && n >= 100 && n <= 999999999 && s[0] != '0' && s[0] != '+'
}

// isMAC is for a unicast address.
func isMAC(s string) bool {
	mac, err := net.ParseMAC(s)
	return err == nil && len(mac) == 6 && strings.Count(s, ":") == 5 && mac[0]&1 == 0
}

func isStartupOrder(s string) bool {
	for part := range strings.SplitSeq(s, ",") {
		if !startupForm.MatchString(part) {
			return false
		}
	}
	return true
}

func isNetwork(s string, family func(netip.Addr) bool) bool {
	p, err := netip.ParsePrefix(s)
	return err == nil && family(p.Addr())
}

// isNameserver allows an interface behind a link-local address.
func isNameserver(s string) bool {
	a, err := netip.ParseAddr(s)
	return err == nil && (a.Zone() == "" || a.IsLinkLocalUnicast())
}
