package proxmox

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"slices"
)

// A Storage of a node.
type Storage struct {
	Name             string
	Type             string // "dir", "zfspool", …
	Active           bool
	Shared           bool
	Used, Size, Free uint64 // bytes
}

// Storages is GET /nodes/{node}/storage with content and enabled=1, sorted by name.
// content is "rootdir" (holds containers) or "vztmpl" (holds OS templates).
func (c *Client) Storages(ctx context.Context, node, content string) ([]Storage, error) {
	var data []struct {
		Storage text   `json:"storage"`
		Type    text   `json:"type"`
		Active  truth  `json:"active"`
		Shared  truth  `json:"shared"`
		Used    number `json:"used"`
		Total   number `json:"total"`
		Avail   number `json:"avail"`
	}
	args := url.Values{"content": {content}, "enabled": {"1"}}
	if err := c.get(ctx, nodePath(node, "storage"), args, &data); err != nil {
		return nil, err
	}
	storages := make([]Storage, 0, len(data))
	for _, d := range data {
		if d.Storage == "" {
			continue
		}
		storages = append(storages, Storage{
			Name: string(d.Storage), Type: string(d.Type), Active: bool(d.Active), Shared: bool(d.Shared),
			Used: d.Used.bytes(), Size: d.Total.bytes(), Free: d.Avail.bytes(),
		})
	}
	slices.SortFunc(storages, func(a, b Storage) int { return cmp.Compare(a.Name, b.Name) })
	return storages, nil
}

// OSTemplate is an archive on a storage that containers can be made of.
type OSTemplate struct {
	Volume string // "local:vztmpl/debian-13-standard_13.1-2_amd64.tar.zst"
	Size   uint64 // bytes
}

// OSTemplates is GET /nodes/{node}/storage/{storage}/content?content=vztmpl, sorted by volume.
func (c *Client) OSTemplates(ctx context.Context, node, storage string) ([]OSTemplate, error) {
	var data []struct {
		VolID text   `json:"volid"`
		Size  number `json:"size"`
	}
	args := url.Values{"content": {"vztmpl"}}
	if err := c.get(ctx, nodePath(node, "storage", storage, "content"), args, &data); err != nil {
		return nil, err
	}
	templates := make([]OSTemplate, 0, len(data))
	for _, d := range data {
		if d.VolID != "" {
			templates = append(templates, OSTemplate{string(d.VolID), d.Size.bytes()})
		}
	}
	slices.SortFunc(templates, func(a, b OSTemplate) int { return cmp.Compare(a.Volume, b.Volume) })
	return templates, nil
}

// Appliance is an OS template that can be downloaded.
type Appliance struct {
	Template string // file name, the argument of DownloadAppliance
	Package  string // "debian-13-standard"
	OS       string // "debian-13"
	Section  string // "system", "turnkeylinux", "mail"
	Version  string
	Headline string
}

// Appliances is GET /nodes/{node}/aplinfo: the OS templates that the host can
// download, sorted by section and name.
func (c *Client) Appliances(ctx context.Context, node string) ([]Appliance, error) {
	var data []struct {
		Template, Package, OS, Section, Version, Headline text
	}
	if err := c.get(ctx, nodePath(node, "aplinfo"), nil, &data); err != nil {
		return nil, err
	}
	appliances := make([]Appliance, 0, len(data))
	for _, d := range data {
		if d.Template == "" {
			continue
		}
		appliances = append(appliances, Appliance{
			Template: string(d.Template), Package: string(d.Package), OS: string(d.OS),
			Section: string(d.Section), Version: string(d.Version), Headline: string(d.Headline),
		})
	}
	slices.SortFunc(appliances, func(a, b Appliance) int {
		return cmp.Or(cmp.Compare(a.Section, b.Section), cmp.Compare(a.Package, b.Package), cmp.Compare(a.Template, b.Template))
	})
	return appliances, nil
}

// DownloadAppliance is POST /nodes/{node}/aplinfo: the host downloads an OS
// template of Appliances to one of its storages. It returns the UPID.
func (c *Client) DownloadAppliance(ctx context.Context, node, storage, template string) (UPID, error) {
	args := url.Values{"storage": {storage}, "template": {template}}
	return c.task(ctx, http.MethodPost, nodePath(node, "aplinfo"), args)
}
