package proxmox

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// Settings are a container's configuration as it is and as it will be after a restart.
type Settings struct {
	Now  ContainerConfig
	Next ContainerConfig // Now with the changes that wait for a restart; both have the same Digest
	// Waiting lists the settings whose change waits for a restart, as in "nameserver", sorted.
	Waiting []string
}

// Settings is GET …/pending.
func (c *Client) Settings(ctx context.Context, node string, vmid int) (Settings, error) {
	var rows []struct {
		Key     text            `json:"key"`
		Value   json.RawMessage `json:"value"`
		Pending json.RawMessage `json:"pending"`
		Delete  number          `json:"delete"`
	}
	path := containerPath(node, vmid, "pending")
	if err := c.get(ctx, path, nil, &rows); err != nil {
		return Settings{}, err
	}
	now, next := make(map[string]json.RawMessage), make(map[string]json.RawMessage)
	var s Settings
	for _, r := range rows {
		key := string(r.Key)
		if len(r.Value) > 0 {
			now[key], next[key] = r.Value, r.Value
		}
		switch {
		case r.Delete > 0:
			delete(next, key)
		case len(r.Pending) > 0:
			next[key] = r.Pending
		}
		if r.Delete > 0 || len(r.Pending) > 0 && !bytes.Equal(r.Pending, r.Value) {
			s.Waiting = append(s.Waiting, key)
		}
	}
	slices.Sort(s.Waiting)
	var err, errNext error
	s.Now, err = configOf(now)
	s.Next, errNext = configOf(next)
	if err := errors.Join(err, errNext); err != nil {
		return Settings{}, &Error{Kind: KindNotProxmox, Call: "GET " + unescaped(path), Cause: err}
	}
	return s, nil
}

// configOf decodes a configuration from its single values.
func configOf(values map[string]json.RawMessage) (ContainerConfig, error) {
	raw, err := json.Marshal(values)
	if err != nil {
		return ContainerConfig{}, err
	}
	return decodeConfig(raw)
}

// ConfigUpdate is a change of a container's configuration. A nil field stays as it is; an empty
// text or list, and 0 cores, unset it, so that Proxmox's default holds.
type ConfigUpdate struct {
	Digest                                          string // of the configuration that the change was made from; empty: not checked
	Hostname, Description, Nameserver, SearchDomain *string
	Cores, Memory, Swap                             *int // MiB
	Tags                                            *[]string
	OnBoot                                          *bool
}

// UpdateConfig is PUT …/config. A change that a running container cannot take over waits for
// its restart. KindModified: the configuration has another digest by now, so nothing was
// changed. An update without any field makes no call.
func (c *Client) UpdateConfig(ctx context.Context, node string, vmid int, u ConfigUpdate) error {
	args := u.values()
	if len(args) == 0 {
		return nil
	}
	if u.Digest != "" {
		args.Set("digest", u.Digest)
	}
	return whileBusy(func() error { return c.call(ctx, http.MethodPut, containerPath(node, vmid, "config"), args, nil) })
}

// busyTries bounds the calls that whileBusy makes for one change.
const busyTries = 2

// whileBusy repeats a call that was refused with KindBusy, which means that it did nothing. There is no pause between
// tries, as Proxmox has waited lockTime before each such answer; and few tries, as somebody waits for the page.
func whileBusy(call func() error) error {
	for tries := 1; ; tries++ {
		if err := call(); KindOf(err) != KindBusy || tries == busyTries {
			return err
		}
	}
}

func (u ConfigUpdate) values() url.Values {
	args := url.Values{}
	var unset []string
	set := func(name, value string) {
		if value == "" {
			unset = append(unset, name)
		} else {
			args.Set(name, value)
		}
	}
	for _, t := range []struct {
		name  string
		value *string
	}{{"description", u.Description}, {"hostname", u.Hostname}, {"nameserver", u.Nameserver}, {"searchdomain", u.SearchDomain}} {
		if t.value != nil {
			set(t.name, *t.value)
		}
	}
	if u.Cores != nil {
		set("cores", positive(*u.Cores))
	}
	if u.Memory != nil {
		set("memory", strconv.Itoa(*u.Memory))
	}
	if u.Swap != nil {
		set("swap", strconv.Itoa(*u.Swap))
	}
	if u.Tags != nil {
		set("tags", strings.Join(*u.Tags, ";"))
	}
	if u.OnBoot != nil {
		set("onboot", flag(*u.OnBoot))
	}
	if len(unset) > 0 {
		slices.Sort(unset)
		args.Set("delete", strings.Join(unset, ","))
	}
	return args
}

// Resize is PUT …/resize: it makes the volume of a disk, "rootfs" or "mpN", size GiB large. It
// cannot be made smaller again. digest is that of ConfigUpdate.
func (c *Client) Resize(ctx context.Context, node string, vmid int, disk string, size int, digest string) (UPID, error) {
	args := url.Values{"disk": {disk}, "size": {strconv.Itoa(size) + "G"}}
	if digest != "" {
		args.Set("digest", digest)
	}
	return c.task(ctx, http.MethodPut, containerPath(node, vmid, "resize"), args)
}

// Volume is the value of a setting rootfs, mpN or unusedN, taken apart.
type Volume struct {
	Source   string // "local-lvm:vm-101-disk-0", "/srv/media" of the host, "/dev/sdb1"
	Storage  string // "local-lvm"; empty: bound from the host
	Path     string // where it is mounted in the container; empty: nowhere
	Size     uint64 // bytes; 0: not told
	ReadOnly bool
	Backup   bool // part of backups; the rootfs always is
}

// Bound tells whether it is a directory or device of the host, and not a volume of a storage.
func (v Volume) Bound() bool { return v.Storage == "" }

// ParseVolume reads a rootfs or mpN as Proxmox writes it.
func ParseVolume(s string) Volume {
	parts := properties(s, "volume")
	v := Volume{
		Source:   parts["volume"],
		Path:     parts["mp"],
		Size:     parseSize(parts["size"]),
		ReadOnly: parts["ro"] == "1",
		Backup:   parts["backup"] == "1",
	}
	if storage, _, ok := strings.Cut(v.Source, ":"); ok && !strings.HasPrefix(v.Source, "/") {
		v.Storage = storage
	}
	if v.Path == "" {
		v.Path, v.Backup = "/", true // a rootfs says neither
	}
	return v
}

// Network is the value of a setting netN, taken apart.
type Network struct {
	Name, Bridge, MAC                   string
	VLAN                                string // a tag; empty: untagged
	Trunks                              string
	Firewall, Down                      bool
	Rate                                float64 // megabytes a second; 0: not limited
	IPv4, Gateway4, IPv6, Gateway6, MTU string  // an address is CIDR, "dhcp", "auto", "manual" or empty
}

// FixedAddress tells whether an address of a Network is an address, and not a word such as "dhcp" for how to get one.
func FixedAddress(address string) bool {
	switch strings.ToLower(address) {
	case "", "none", "manual", "dhcp", "auto":
		return false
	}
	return true
}

// ParseNetwork reads a netN as Proxmox writes it.
func ParseNetwork(s string) Network {
	parts := properties(s, "")
	rate, err := strconv.ParseFloat(parts["rate"], 64)
	if err != nil || !(rate > 0) {
		rate = 0
	}
	return Network{
		Name:     parts["name"],
		Bridge:   parts["bridge"],
		MAC:      parts["hwaddr"],
		VLAN:     parts["tag"],
		Trunks:   parts["trunks"],
		Firewall: parts["firewall"] == "1",
		Down:     parts["link_down"] == "1",
		Rate:     rate,
		IPv4:     parts["ip"],
		Gateway4: parts["gw"],
		IPv6:     parts["ip6"],
		Gateway6: parts["gw6"],
		MTU:      parts["mtu"],
	}
}

// Feature tells whether one of the container's features is on, as in "nesting".
func (c ContainerConfig) Feature(name string) bool { return properties(c.Features, "")[name] == "1" }

// FeatureList lists the features that are on, as Proxmox writes them: "fuse", "mount=nfs".
func (c ContainerConfig) FeatureList() []string {
	var list []string
	for part := range strings.SplitSeq(c.Features, ",") {
		name, value, _ := strings.Cut(part, "=")
		switch value {
		case "0", "":
		case "1":
			list = append(list, name)
		default:
			list = append(list, part)
		}
	}
	return list
}

// NumberedKeys returns the keys of settings such as net0 in the order of their numbers.
func NumberedKeys(m map[string]string) []string {
	return slices.SortedFunc(maps.Keys(m), func(a, b string) int { return cmp.Or(cmp.Compare(len(a), len(b)), cmp.Compare(a, b)) })
}

// properties takes "key=value,…" apart. A value without a key belongs to byDefault; of a key that comes twice, the
// first counts.
func properties(s, byDefault string) map[string]string {
	values := make(map[string]string)
	for part := range strings.SplitSeq(s, ",") {
		key, value, ok := strings.Cut(part, "=")
		if !ok {
			key, value = byDefault, part
		}
		if _, twice := values[key]; !twice {
			values[key] = value
		}
	}
	return values
}

// parseSize reads a size as Proxmox writes it, "8G" or "1.5T", in bytes; 0 for anything else.
func parseSize(s string) uint64 {
	units := map[byte]float64{'K': 1 << 10, 'M': 1 << 20, 'G': 1 << 30, 'T': 1 << 40}
	scale := 1.0
	if s != "" && units[s[len(s)-1]] > 0 {
		scale, s = units[s[len(s)-1]], s[:len(s)-1]
	}
	n, err := strconv.ParseFloat(s, 64)
	if err != nil || !(n > 0) {
		return 0
	}
	return number(n * scale).bytes()
}
