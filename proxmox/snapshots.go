package proxmox

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"slices"
	"time"
)

// Snapshot of a container.
type Snapshot struct {
	Name    string
	Note    string    // without its trailing newline
	Parent  string    // the snapshot that the container came from when this one was made; "": none, or one that is gone
	Created time.Time // zero: not told
	State   string    // "prepare" or "delete" while it is made or deleted, or after that failed; "": it is whole
}

// Snapshots are those of a container, and where it stands among them.
type Snapshots struct {
	All     []Snapshot // the oldest first
	Current string     // the one that was made last, or rolled back to since; "": none
}

// current is the entry of Proxmox's list that stands for the container as it is now.
const current = "current"

// Snapshots is GET …/snapshot.
func (c *Client) Snapshots(ctx context.Context, node string, vmid int) (Snapshots, error) {
	var data []struct {
		Name        text   `json:"name"`
		Description text   `json:"description"`
		Parent      text   `json:"parent"`
		SnapTime    number `json:"snaptime"`
		SnapState   text   `json:"snapstate"`
	}
	if err := c.get(ctx, containerPath(node, vmid, "snapshot"), nil, &data); err != nil {
		return Snapshots{}, err
	}
	var s Snapshots
	for _, d := range data {
		switch d.Name {
		case "":
			continue
		case current:
			s.Current = string(d.Parent)
			continue
		}
		s.All = append(s.All, Snapshot{
			Name: string(d.Name), Note: trimNote(d.Description), Parent: string(d.Parent), Created: d.SnapTime.time(), State: string(d.SnapState),
		})
	}
	slices.SortFunc(s.All, func(a, b Snapshot) int { return cmp.Or(a.Created.Compare(b.Created), cmp.Compare(a.Name, b.Name)) })
	return s, nil
}

// Feature is something that a container's storages can do or cannot.
type Feature string

// The features; FeatureCopy is a full clone, FeatureClone one that shares its disks.
const (
	FeatureSnapshot Feature = "snapshot"
	FeatureClone    Feature = "clone"
	FeatureCopy     Feature = "copy"
)

// HasFeature is GET …/feature: whether all disks of a container, or of a snapshot of it ("": as it is now),
// lie on storages that can do it.
func (c *Client) HasFeature(ctx context.Context, node string, vmid int, f Feature, snapshot string) (bool, error) {
	var data struct {
		HasFeature truth `json:"hasFeature"`
	}
	args := url.Values{"feature": {string(f)}}
	if snapshot != "" {
		args.Set("snapname", snapshot)
	}
	if err := c.get(ctx, containerPath(node, vmid, "feature"), args, &data); err != nil {
		return false, err
	}
	return bool(data.HasFeature), nil
}

// Snapshot is POST …/snapshot. That the name is taken (KindNameTaken), that a disk cannot be snapshotted
// (KindNoFeature) or that the container is locked, its task finds.
func (c *Client) Snapshot(ctx context.Context, node string, vmid int, name, note string) (UPID, error) {
	args := url.Values{"snapname": {name}}
	if note != "" {
		args.Set("description", note)
	}
	return c.task(ctx, http.MethodPost, containerPath(node, vmid, "snapshot"), args)
}

// SetSnapshotNote is PUT …/snapshot/{snapname}/config, which is no task. Proxmox has no digest of a snapshot: it
// overwrites whatever stands there. KindNoSnapshot and KindLocked.
func (c *Client) SetSnapshotNote(ctx context.Context, node string, vmid int, name, note string) error {
	if note == "" {
		note = "\n" // decode_urlencoded of pve-http-server takes an empty value for none; of a line break, no line is kept
	}
	return whileBusy(func() error {
		return c.call(ctx, http.MethodPut, containerPath(node, vmid, "snapshot", name, "config"), url.Values{"description": {note}}, nil)
	})
}

// DeleteSnapshot is DELETE …/snapshot/{snapname}. Those that were made upon it stay, and hang on its own
// parent then. KindNoSnapshot, from its task.
func (c *Client) DeleteSnapshot(ctx context.Context, node string, vmid int, name string) (UPID, error) {
	return c.task(ctx, http.MethodDelete, containerPath(node, vmid, "snapshot", name), nil)
}

// Rollback is POST …/snapshot/{snapname}/rollback. Its task stops a container that runs, at once, and does
// not start it again. KindNoSnapshot and KindNotNewest, from its task.
func (c *Client) Rollback(ctx context.Context, node string, vmid int, name string) (UPID, error) {
	return c.task(ctx, http.MethodPost, containerPath(node, vmid, "snapshot", name, "rollback"), nil)
}

// Has tells whether there is a snapshot of that name.
func (s Snapshots) Has(name string) bool {
	return slices.ContainsFunc(s.All, func(x Snapshot) bool { return x.Name == name })
}

// Since are the names of the snapshots that were made after the one of that name, the oldest first.
func (s Snapshots) Since(name string) []string {
	i := slices.IndexFunc(s.All, func(x Snapshot) bool { return x.Name == name })
	if i < 0 {
		return nil
	}
	var names []string
	for _, x := range s.All[i+1:] {
		names = append(names, x.Name)
	}
	return names
}
