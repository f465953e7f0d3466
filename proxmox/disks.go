package proxmox

import (
	"context"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// A Disk is a container's volume, or a directory or device that is bound into it from the host.
type Disk struct {
	Key string // "rootfs", "mp0", "unused0"
	Volume
}

// InUse tells whether the configuration mounts it in the container.
func (d Disk) InUse() bool { return !strings.HasPrefix(d.Key, "unused") }

// Disks lists all that a configuration names: the root disk, then mount points, then unused volumes, each by number.
func (c ContainerConfig) Disks() []Disk {
	var list []Disk
	if c.RootFS != "" {
		list = append(list, Disk{"rootfs", ParseVolume(c.RootFS)})
	}
	for _, key := range NumberedKeys(c.Mounts) {
		list = append(list, Disk{key, ParseVolume(c.Mounts[key])})
	}
	for _, key := range NumberedKeys(c.Unused) {
		v := ParseVolume(c.Unused[key])
		v.Path = ""
		list = append(list, Disk{key, v})
	}
	return list
}

// disks lists those of the configuration as it is, and those that only a change that waits for a restart brings.
func (s Settings) disks() []Disk {
	list := s.Now.Disks()
	for _, d := range s.Next.Disks() {
		if !slices.ContainsFunc(list, func(o Disk) bool { return o.Source == d.Source }) {
			list = append(list, d)
		}
	}
	return list
}

// Mounted picks the volumes that are mounted in the container; what is bound from the host is not among them.
func Mounted(disks []Disk) []Disk {
	return slices.DeleteFunc(slices.Clone(disks), func(d Disk) bool { return d.Bound() || !d.InUse() })
}

// BoundOf picks those that are bound from the host.
func BoundOf(disks []Disk) []Disk {
	return slices.DeleteFunc(slices.Clone(disks), func(d Disk) bool { return !d.Bound() })
}

// volumeSizes is GET /nodes/{node}/storage/{storage}/content?content=rootdir&vmid=: the sizes of a container's
// volumes there in bytes, by their names as in a configuration. It takes VM.Config.Disk on the container.
func (c *Client) volumeSizes(ctx context.Context, node, storage string, vmid int) (map[string]uint64, error) {
	var data []struct {
		VolID text   `json:"volid"`
		Size  number `json:"size"`
	}
	args := url.Values{"content": {"rootdir"}, "vmid": {strconv.Itoa(vmid)}}
	if err := c.get(ctx, nodePath(node, "storage", storage, "content"), args, &data); err != nil {
		return nil, err
	}
	sizes := make(map[string]uint64, len(data))
	for _, d := range data {
		sizes[string(d.VolID)] = d.Size.bytes()
	}
	return sizes, nil
}

// SnapshotConfig is GET …/snapshot/{snapname}/config: the container's configuration when the snapshot was made.
func (c *Client) SnapshotConfig(ctx context.Context, node string, vmid int, name string) (ContainerConfig, error) {
	return c.configAt(ctx, containerPath(node, vmid, "snapshot", name, "config"))
}

// replications is GET /nodes/{node}/replication?guest=: the names of the replication jobs of a container,
// as in "101-0". Those are left out that the token may not see.
func (c *Client) replications(ctx context.Context, node string, vmid int) ([]string, error) {
	var data []struct {
		ID text `json:"id"`
	}
	if err := c.get(ctx, nodePath(node, "replication"), url.Values{"guest": {strconv.Itoa(vmid)}}, &data); err != nil {
		return nil, err
	}
	var names []string
	for _, d := range data {
		names = append(names, string(d.ID))
	}
	return names, nil
}
