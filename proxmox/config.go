package proxmox

import (
	"context"
	"encoding/json"
	"net/netip"
	"regexp"
	"strings"
)

// ContainerConfig is what a container is set up as.
type ContainerConfig struct {
	Digest, Hostname, OSType, Arch, Description string            // description without its trailing newline
	Cores, Memory, Swap                         int               // 0 cores: all of the host; MiB
	RootFS                                      string            // as Proxmox writes it
	Networks                                    map[string]string // "net0" → as Proxmox writes it
	Mounts                                      map[string]string // "mp0" → as Proxmox writes it
	Features                                    string
	Nameserver, SearchDomain                    string
	Tags                                        []string // sorted
	Unprivileged, OnBoot                        bool
	Lock                                        string
}

// defaultMemory is what memory and swap are when the configuration does not
// say, by the schema of GET …/config, in MiB.
const defaultMemory = 512

// numbered are the keys that a configuration may have several of.
var numbered = regexp.MustCompile(`^(net|mp)\d+$`)

// ContainerConfig is GET …/config.
func (c *Client) ContainerConfig(ctx context.Context, node string, vmid int) (ContainerConfig, error) {
	var raw json.RawMessage
	path := containerPath(node, vmid, "config")
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
		Tags         text   `json:"tags"`
		Unprivileged truth  `json:"unprivileged"`
		OnBoot       truth  `json:"onboot"`
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
		Description:  strings.TrimSuffix(string(data.Description), "\n"),
		Cores:        data.Cores.int(),
		Memory:       data.Memory.int(),
		Swap:         data.Swap.int(),
		RootFS:       string(data.RootFS),
		Networks:     make(map[string]string),
		Mounts:       make(map[string]string),
		Features:     string(data.Features),
		Nameserver:   string(data.Nameserver),
		SearchDomain: string(data.SearchDomain),
		Tags:         data.Tags.words(),
		Unprivileged: bool(data.Unprivileged),
		OnBoot:       bool(data.OnBoot),
		Lock:         string(data.Lock),
	}
	for key, value := range all {
		m := numbered.FindStringSubmatch(key)
		if m == nil {
			continue
		}
		var v text
		if err := v.UnmarshalJSON(value); err != nil {
			return ContainerConfig{}, err
		}
		if m[1] == "net" {
			cfg.Networks[key] = string(v)
		} else {
			cfg.Mounts[key] = string(v)
		}
	}
	return cfg, nil
}

// Interface inside a container.
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
		if d.Name == "lo" {
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
			// Older releases know but one address of each family.
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
