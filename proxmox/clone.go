package proxmox

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
)

// CloneParams is what a clone of a container shall be. Zero values are left to Proxmox. The JSON names are
// kept in job records.
type CloneParams struct {
	VMID        int    `json:"vmid"` // of the clone
	Hostname    string `json:"hostname,omitempty"`
	Description string `json:"description,omitempty"`
	Pool        string `json:"pool,omitempty"`
	Snapshot    string `json:"snapshot,omitempty"` // to clone from; "": the container as it is now, which must not run then
	// Full copies all disks. Without it a container that is a template gives a linked clone, and any other is
	// copied too. Only a full clone can have a Storage of its own.
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

// Clone is POST …/clone. The clone's VMID is taken when it returns, and the container is locked until its
// task ends, which is a task of the container that is cloned. KindExists: the VMID was taken before;
// KindStillRunning: a container that runs is cloned only from a snapshot.
func (c *Client) Clone(ctx context.Context, node string, vmid int, p CloneParams) (UPID, error) {
	return c.task(ctx, http.MethodPost, containerPath(node, vmid, "clone"), p.values())
}
