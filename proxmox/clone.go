package proxmox

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
)

// CloneParams are the arguments of Clone. Zero values are not sent, so that Proxmox's defaults hold. The JSON names
// are kept in job records.
type CloneParams struct {
	VMID        int    `json:"vmid"` // of the clone
	Hostname    string `json:"hostname,omitempty"`
	Description string `json:"description,omitempty"`
	Pool        string `json:"pool,omitempty"`
	Snapshot    string `json:"snapshot,omitempty"` // to clone from; "": the container as it is now, which must not run then
	// Full copies all disks. Without it the clone of an LXC template is a linked one; any other container is
	// copied all the same. Only a full clone can have a Storage of its own.
	Full    bool   `json:"full,omitempty"`
	Storage string `json:"storage,omitempty"` // "": each disk stays on the storage that it is on
}

func (p CloneParams) values() url.Values {
	v := url.Values{"newid": {strconv.Itoa(p.VMID)}}
	for _, a := range []parameter{
		{"hostname", p.Hostname},
		{"description", p.Description},
		{"pool", p.Pool},
		{"snapname", p.Snapshot},
		{"full", only(p.Full)},
		{"storage", p.Storage},
	} {
		if a.value != "" {
			v.Set(a.name, a.value)
		}
	}
	return v
}

// Clone is POST …/clone. When it returns, the clone's VMID is taken and the source container is locked until the task
// ends, which Proxmox lists as a task of the source. KindExists: the VMID was taken before; KindStillRunning: a
// container that runs can be cloned only from a snapshot.
func (c *Client) Clone(ctx context.Context, node string, vmid int, p CloneParams) (UPID, error) {
	return c.task(ctx, http.MethodPost, containerPath(node, vmid, "clone"), p.values())
}
