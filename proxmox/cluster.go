package proxmox

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"
)

// Version of a host.
type Version struct {
	Version string // "9.2.3"
	Release string // "9.2"
}

// Version is GET /version.
func (c *Client) Version(ctx context.Context) (Version, error) {
	a, _, err := c.exchange(ctx, http.MethodGet, "/version", nil)
	if err != nil {
		return Version{}, err
	}
	return a.version()
}

type versionData struct{ Version, Release text }

// version reads the answer of /version; KindNotProxmox when it has no version.
func (a answer) version() (Version, error) {
	const call = "GET /version"
	var data versionData
	if err := a.decode(call, &data); err != nil {
		return Version{}, err
	}
	if data.Version == "" {
		return Version{}, &Error{Kind: KindNotProxmox, Call: call, Status: a.status, Cause: errors.New("the answer has no version")}
	}
	return Version{string(data.Version), string(data.Release)}, nil
}

// Member is one host of a cluster, or the only one.
type Member struct {
	Name        string
	Online      bool    // false: the cluster says that it is down
	Fingerprint string  // of its API certificate, as in Certificate.Fingerprint; only from /nodes
	Cores       int     // 0 when the token may not see it (Sys.Audit), as all below
	CPU         float64 // 0 to 1
	Memory      uint64  // bytes
	MaxMemory   uint64
	Uptime      time.Duration
}

// usageData has the keys that hosts and guests share in every list: status and use of resources.
type usageData struct {
	Node   text   `json:"node"`
	Status text   `json:"status"`
	MaxCPU number `json:"maxcpu"`
	CPU    number `json:"cpu"`
	Mem    number `json:"mem"`
	MaxMem number `json:"maxmem"`
	Uptime number `json:"uptime"`
}

func (d *usageData) member() Member {
	return Member{
		Name: string(d.Node),
		// A host that has just been started has the status "unknown" for some seconds.
		Online:    d.Status != "offline",
		Cores:     d.MaxCPU.int(),
		CPU:       d.CPU.share(),
		Memory:    d.Mem.bytes(),
		MaxMemory: d.MaxMem.bytes(),
		Uptime:    d.Uptime.seconds(),
	}
}

// nodes is GET /nodes: the members of the cluster with their certificates'
// fingerprints, sorted by name.
func (c *Client) nodes(ctx context.Context) ([]Member, error) {
	var data []struct {
		usageData
		SSLFingerprint text `json:"ssl_fingerprint"`
	}
	if err := c.get(ctx, "/nodes", nil, &data); err != nil {
		return nil, err
	}
	members := make([]Member, 0, len(data))
	for i := range data {
		if data[i].Node == "" {
			continue
		}
		m := data[i].member()
		m.Fingerprint = plainFingerprint(string(data[i].SSLFingerprint))
		members = append(members, m)
	}
	slices.SortFunc(members, byName)
	return members, nil
}

func byName(a, b Member) int { return cmp.Compare(a.Name, b.Name) }

// NodeStatus is GET /nodes/{node}/status. It needs Sys.Audit on /nodes/{node}.
func (c *Client) NodeStatus(ctx context.Context, node string) (Member, error) {
	var data struct {
		CPU     number `json:"cpu"`
		Uptime  number `json:"uptime"`
		CPUInfo struct {
			CPUs number `json:"cpus"`
		} `json:"cpuinfo"`
		Memory struct {
			Used  number `json:"used"`
			Total number `json:"total"`
		} `json:"memory"`
	}
	if err := c.get(ctx, nodePath(node, "status"), nil, &data); err != nil {
		return Member{}, err
	}
	return Member{
		Name:      node,
		Online:    true,
		Cores:     data.CPUInfo.CPUs.int(),
		CPU:       data.CPU.share(),
		Memory:    data.Memory.Used.bytes(),
		MaxMemory: data.Memory.Total.bytes(),
		Uptime:    data.Uptime.seconds(),
	}, nil
}

// ClusterStatus names the cluster and its members.
type ClusterStatus struct {
	Name    string // empty: the node is in no cluster
	Quorate bool   // of the cluster; false without one
	members []clusterMember
}

// clusterMember is a host's entry of /cluster/status.
type clusterMember struct {
	Name   string
	IP     string
	Online bool
	Local  bool // the host that answered
}

// ClusterStatus is GET /cluster/status, members sorted by name. It needs
// Sys.Audit on /, which the least-rights token lacks: expect KindForbidden.
func (c *Client) ClusterStatus(ctx context.Context) (ClusterStatus, error) {
	var data []struct {
		Type    text  `json:"type"`
		Name    text  `json:"name"`
		IP      text  `json:"ip"`
		Quorate truth `json:"quorate"`
		Online  truth `json:"online"`
		Local   truth `json:"local"`
	}
	if err := c.get(ctx, "/cluster/status", nil, &data); err != nil {
		return ClusterStatus{}, err
	}
	var s ClusterStatus
	for _, d := range data {
		switch d.Type {
		case "cluster":
			s.Name, s.Quorate = string(d.Name), bool(d.Quorate)
		case "node":
			if d.Name == "" {
				continue
			}
			s.members = append(s.members, clusterMember{
				Name: string(d.Name), IP: string(d.IP), Online: bool(d.Online), Local: bool(d.Local),
			})
		}
	}
	slices.SortFunc(s.members, func(a, b clusterMember) int { return cmp.Compare(a.Name, b.Name) })
	return s, nil
}

// Resources is the answer of /cluster/resources: guests sorted by VMID, nodes
// by name, storages by node and name.
type Resources struct {
	Guests   []Guest
	Nodes    []Member
	Storages []StorageUse
}

// StorageUse is a storage's entry of /cluster/resources: one for each member that has it.
type StorageUse struct {
	Node, Name string
	Type       string   // "dir", "zfspool", …
	Content    []string // "rootdir", "vztmpl", …, sorted
	Used, Size uint64   // bytes
	Shared     bool
}

// Free returns the space left, in bytes; 0 when the host tells more used than there is.
func (s StorageUse) Free() uint64 { return s.Size - min(s.Used, s.Size) }

// resourceData is an entry of /cluster/resources of any type.
type resourceData struct {
	Type text `json:"type"`
	guestData
	Storage text  `json:"storage"`
	Content text  `json:"content"`
	Plugin  text  `json:"plugintype"`
	Shared  truth `json:"shared"`
}

// Resources is GET /cluster/resources: all guests, nodes and storages of the
// cluster that the token may see, in one call.
func (c *Client) Resources(ctx context.Context) (Resources, error) {
	var data []resourceData
	if err := c.get(ctx, "/cluster/resources", nil, &data); err != nil {
		return Resources{}, err
	}
	return resources(data), nil
}

func resources(data []resourceData) Resources {
	var r Resources
	for i := range data {
		d := &data[i]
		kind := GuestType(d.Type)
		switch {
		case d.Node == "": // not an entry that can be placed
		case (kind == TypeContainer || kind == TypeMachine) && d.VMID.vmid() != 0:
			r.Guests = append(r.Guests, d.guest(kind))
		case d.Type == "node":
			r.Nodes = append(r.Nodes, d.member())
		case d.Type == "storage" && d.Storage != "":
			r.Storages = append(r.Storages, StorageUse{
				Node: string(d.Node), Name: string(d.Storage), Type: string(d.Plugin), Content: d.Content.words(),
				Used: d.Disk.bytes(), Size: d.MaxDisk.bytes(), Shared: bool(d.Shared),
			})
		}
	}
	slices.SortFunc(r.Guests, func(a, b Guest) int { return cmp.Compare(a.VMID, b.VMID) })
	slices.SortFunc(r.Nodes, byName)
	slices.SortFunc(r.Storages, func(a, b StorageUse) int {
		return cmp.Or(cmp.Compare(a.Node, b.Node), cmp.Compare(a.Name, b.Name))
	})
	return r
}

// CheckVMID is GET /cluster/nextid?vmid=N. It returns nil when N is free and
// an *Error of KindExists when any guest of the cluster has it, even one that
// the token may not see.
func (c *Client) CheckVMID(ctx context.Context, vmid int) error {
	return c.get(ctx, "/cluster/nextid", url.Values{"vmid": {strconv.Itoa(vmid)}}, nil)
}

// Permissions is GET /access/permissions: the token's own rights, path to privilege.
func (c *Client) Permissions(ctx context.Context) (Permissions, error) {
	var data map[string]map[string]truth
	if err := c.get(ctx, "/access/permissions", nil, &data); err != nil {
		return nil, err
	}
	p := make(Permissions, len(data))
	for path, privileges := range data {
		p[path] = make(map[string]bool, len(privileges))
		for privilege, propagated := range privileges {
			p[path][privilege] = bool(propagated)
		}
	}
	return p, nil
}

// A Pool groups guests, so that rights can be granted on all of them at once.
type Pool struct{ Name, Comment string }

// Pools is GET /pools, sorted by name.
func (c *Client) Pools(ctx context.Context) ([]Pool, error) {
	var data []struct {
		PoolID  text `json:"poolid"`
		Comment text `json:"comment"`
	}
	if err := c.get(ctx, "/pools", nil, &data); err != nil {
		return nil, err
	}
	pools := make([]Pool, 0, len(data))
	for _, d := range data {
		if d.PoolID != "" {
			pools = append(pools, Pool{string(d.PoolID), string(d.Comment)})
		}
	}
	slices.SortFunc(pools, func(a, b Pool) int { return cmp.Compare(a.Name, b.Name) })
	return pools, nil
}
