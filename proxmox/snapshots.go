package proxmox

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"slices"
	"time"
)

// A Snapshot of a container.
type Snapshot struct {
	Name    string
	Note    string    // without its trailing newline
	Parent  string    // the snapshot that the container was at when this one was made; "": none, or one that is gone
	Created time.Time // zero: not told
	State   string    // "prepare" or "delete" while it is made or deleted, or after that failed; "": it is complete
}

// Snapshots are all snapshots of a container.
type Snapshots struct {
	All     []Snapshot // the oldest first
	Current string     // the one that was made last, or rolled back to since then; "": none
}

// current names the entry of Proxmox's list that stands for the container as it is now.
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

// A Feature is an operation that a storage supports or not.
type Feature string

// The features; FeatureCopy is a full clone, FeatureClone one that shares its disks.
const (
	FeatureSnapshot Feature = "snapshot"
	FeatureClone    Feature = "clone"
	FeatureCopy     Feature = "copy"
)

// HasFeature is GET …/feature. It tells whether all disks of a container, or of a snapshot of it ("": as it is
// now), are on storages that support the feature.
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

// Snapshot is POST …/snapshot. A name that is taken (KindNameTaken), a disk that cannot be snapshotted
// (KindNoFeature) and a locked container are errors of its task, not of the call.
func (c *Client) Snapshot(ctx context.Context, node string, vmid int, name, note string) (UPID, error) {
	args := url.Values{"snapname": {name}}
	if note != "" {
		args.Set("description", note)
	}
	return c.task(ctx, http.MethodPost, containerPath(node, vmid, "snapshot"), args)
}

// SetSnapshotNote is PUT …/snapshot/{snapname}/config, which begins no task. Proxmox has no digest for snapshots: a note
// that somebody else wrote meanwhile is overwritten. KindNoSnapshot and KindLocked.
func (c *Client) SetSnapshotNote(ctx context.Context, node string, vmid int, name, note string) error {
	if note == "" {
		note = "\n" // an empty value counts as not given (decode_urlencoded of pve-http-server); a line break alone is kept as no note
	}
	return whileBusy(func() error {
		return c.call(ctx, http.MethodPut, containerPath(node, vmid, "snapshot", name, "config"), url.Values{"description": {note}}, nil)
	})
}

// DeleteSnapshot is DELETE …/snapshot/{snapname}. Snapshots whose parent it is stay, and get its own parent.
// KindNoSnapshot, from its task.
func (c *Client) DeleteSnapshot(ctx context.Context, node string, vmid int, name string) (UPID, error) {
	return c.task(ctx, http.MethodDelete, containerPath(node, vmid, "snapshot", name), nil)
}

// Rollback is POST …/snapshot/{snapname}/rollback. Its task stops a running container at once, without a shutdown, and
// does not start it again. KindNoSnapshot and KindNotNewest, from its task.
func (c *Client) Rollback(ctx context.Context, node string, vmid int, name string) (UPID, error) {
	return c.task(ctx, http.MethodPost, containerPath(node, vmid, "snapshot", name, "rollback"), nil)
}

// Has tells whether there is a snapshot of that name.
func (s Snapshots) Has(name string) bool {
	return slices.ContainsFunc(s.All, func(x Snapshot) bool { return x.Name == name })
}

// Since returns the names of the snapshots that were made after the one of that name, the oldest first.
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
