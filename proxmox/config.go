package proxmox

import (
	"context"
	"encoding/json"
	"net/netip"
	"regexp"
	"slices"
	"strings"
)

// ContainerConfig holds a container's settings, as decoded from GET …/config, …/pending or a snapshot's config.
type ContainerConfig struct {
	Digest, Hostname, OSType, Arch, Description string            // description without its trailing newline
	Cores, Memory, Swap                         int               // 0 cores: all of the host; MiB
	RootFS                                      string            // as Proxmox writes it
	Networks                                    map[string]string // "net0" → as Proxmox writes it
	Mounts                                      map[string]string // "mp0" → as Proxmox writes it
	Unused                                      map[string]string // "unused0" → a volume that is mounted nowhere
	Devices                                     map[string]string // "dev0" → a device of the host that is passed through
	Features                                    string
	Nameserver, SearchDomain                    string
	Timezone                                    string   // "host", or as in "Europe/Berlin"; empty: Proxmox does not set it
	Tags                                        []string // sorted
	Unprivileged, OnBoot, Protection, Template  bool
	Startup                                     string  // as in "order=2,up=30"
	CPULimit                                    float64 // in cores; 0: none
	Lock                                        string
	Others                                      map[string]string // settings without a field here, as in "hookscript", "lxc.apparmor.profile"
}

// defaultMemory stands for memory and swap where the configuration names none,
// in MiB: the default in the schema of GET …/config.
const defaultMemory = 512

// numbered matches the keys that a configuration may have several of.
var numbered = regexp.MustCompile(`^(net|mp|unused|dev)\d+$`)

// ContainerConfig is GET …/config. Changes that wait for a restart are in it as if they had taken effect; see Settings.
func (c *Client) ContainerConfig(ctx context.Context, node string, vmid int) (ContainerConfig, error) {
	return c.configAt(ctx, containerPath(node, vmid, "config"))
}

func (c *Client) configAt(ctx context.Context, path string) (ContainerConfig, error) {
	var raw json.RawMessage
	if err := c.get(ctx, path, nil, &raw); err != nil {
		return ContainerConfig{}, err
	}
	cfg, err := decodeConfig(raw)
	if err != nil {
		return ContainerConfig{}, &Error{Kind: KindNotProxmox, Call: "GET " + unescaped(path), Cause: err}
	}
	return cfg, nil
}

func decodeConfig(raw json.RawMessage) (ContainerConfig, error) {
	data := struct {
		Digest       text   `json:"digest"`
		Hostname     text   `json:"hostname"`
		OSType       text   `json:"ostype"`
		Arch         text   `json:"arch"`
		Description  text   `json:"description"`
		Cores        number `json:"cores"`
		Memory       number `json:"memory"`
		Swap         number `json:"swap"`
		RootFS       text   `json:"rootfs"`
		Features     text   `json:"features"`
		Nameserver   text   `json:"nameserver"`
		SearchDomain text   `json:"searchdomain"`
		Timezone     text   `json:"timezone"`
		Tags         text   `json:"tags"`
		Unprivileged truth  `json:"unprivileged"`
		OnBoot       truth  `json:"onboot"`
		Protection   truth  `json:"protection"`
		Template     truth  `json:"template"`
		Startup      text   `json:"startup"`
		CPULimit     number `json:"cpulimit"`
		Lock         text   `json:"lock"`
	}{Memory: defaultMemory, Swap: defaultMemory}
	var all map[string]json.RawMessage
	if err := json.Unmarshal(raw, &data); err != nil {
		return ContainerConfig{}, err
	}
	if err := json.Unmarshal(raw, &all); err != nil {
		return ContainerConfig{}, err
	}
	cfg := ContainerConfig{
		Digest:       string(data.Digest),
		Hostname:     string(data.Hostname),
		OSType:       string(data.OSType),
		Arch:         string(data.Arch),
		Description:  trimNote(data.Description),
		Cores:        data.Cores.int(),
		Memory:       data.Memory.int(),
		Swap:         data.Swap.int(),
		RootFS:       string(data.RootFS),
		Networks:     make(map[string]string),
		Mounts:       make(map[string]string),
		Features:     string(data.Features),
		Nameserver:   string(data.Nameserver),
		SearchDomain: string(data.SearchDomain),
		Timezone:     string(data.Timezone),
		Tags:         data.Tags.words(),
		Unprivileged: bool(data.Unprivileged),
		OnBoot:       bool(data.OnBoot),
		Protection:   bool(data.Protection),
		Template:     bool(data.Template),
		Startup:      string(data.Startup),
		CPULimit:     max(float64(data.CPULimit), 0),
		Lock:         string(data.Lock),
	}
	for key, value := range all {
		m := numbered.FindStringSubmatch(key)
		if m == nil {
			cfg.addOther(key, value)
			continue
		}
		var v text
		if err := v.UnmarshalJSON(value); err != nil || v == "" {
			continue
		}
		switch m[1] {
		case "net":
			cfg.Networks[key] = string(v)
		case "mp":
			cfg.Mounts[key] = string(v)
		case "unused":
			cfg.Unused = with(cfg.Unused, key, string(v))
		default:
			cfg.Devices = with(cfg.Devices, key, string(v))
		}
	}
	return cfg, nil
}

// fielded lists the keys that do not go into Others: they have a field, or belong to a snapshot and not to the container.
var fielded = []string{
	"digest", "hostname", "ostype", "arch", "description", "cores", "memory", "swap", "rootfs", "features", "nameserver", "searchdomain", "timezone",
	"tags", "unprivileged", "onboot", "protection", "template", "startup", "cpulimit", "lock", "parent", "snaptime", "snapstate",
}

// addOther puts a setting without a field into Others. The value of "lxc" is a list of pairs: the lines lxc.* of the file.
func (c *ContainerConfig) addOther(key string, value json.RawMessage) {
	if slices.Contains(fielded, key) {
		return
	}
	if key == "lxc" {
		var lines [][2]text
		if err := json.Unmarshal(value, &lines); err == nil {
			for _, l := range lines {
				c.Others = with(c.Others, string(l[0]), string(l[1]))
			}
		}
		return
	}
	var v text
	if err := v.UnmarshalJSON(value); err == nil && v != "" {
		c.Others = with(c.Others, key, string(v))
	}
}

// with adds an entry to m, which it makes if nil, and returns m.
func with(m map[string]string, key, value string) map[string]string {
	if m == nil {
		m = make(map[string]string)
	}
	m[key] = value
	return m
}

// trimNote takes off the newline that Proxmox ends a description with.
func trimNote(t text) string { return strings.TrimSuffix(string(t), "\n") }

// Interface is a network interface inside a running container.
type Interface struct {
	Name, MAC string
	Addresses []netip.Prefix // global ones only: no loopback, no link-local
}

// Interfaces is GET …/interfaces: live addresses in the host's order, without
// lo. There are none while the container does not run.
func (c *Client) Interfaces(ctx context.Context, node string, vmid int) ([]Interface, error) {
	var data []struct {
		Name        text `json:"name"`
		HWAddr      text `json:"hwaddr"`
		Hardware    text `json:"hardware-address"`
		Inet        text `json:"inet"`
		Inet6       text `json:"inet6"`
		IPAddresses []struct {
			Address text   `json:"ip-address"`
			Prefix  number `json:"prefix"`
		} `json:"ip-addresses"`
	}
	if err := c.get(ctx, containerPath(node, vmid, "interfaces"), nil, &data); err != nil {
		return nil, err
	}
	interfaces := make([]Interface, 0, len(data))
	for _, d := range data {
		if d.Name == "lo" || d.Name == "" {
			continue
		}
		i := Interface{Name: string(d.Name), MAC: string(d.Hardware)}
		if i.MAC == "" {
			i.MAC = string(d.HWAddr)
		}
		for _, ip := range d.IPAddresses {
			if addr, err := netip.ParseAddr(string(ip.Address)); err == nil {
				i.add(netip.PrefixFrom(addr, ip.Prefix.int()))
			}
		}
		if len(d.IPAddresses) == 0 {
			// Older releases tell only one address of each family.
			for _, cidr := range []text{d.Inet, d.Inet6} {
				if p, err := netip.ParsePrefix(string(cidr)); err == nil {
					i.add(p)
				}
			}
		}
		interfaces = append(interfaces, i)
	}
	return interfaces, nil
}

func (i *Interface) add(p netip.Prefix) {
	if a := p.Addr(); p.IsValid() && !a.IsLoopback() && !a.IsLinkLocalUnicast() {
		i.Addresses = append(i.Addresses, p)
	}
}
