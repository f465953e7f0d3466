package fleet

import (
	"cmp"
	"context"
	"slices"
	"time"

	"berth/proxmox"
)

// choicesLife bounds the age of the lists for a new container that are shown without asking the node again.
const choicesLife = 30 * time.Second

// Kinds of content of a storage, by Proxmox's names.
const (
	contentContainers  = "rootdir"
	contentOSTemplates = "vztmpl"
	contentBackups     = "backup"
)

// Choices are the lists of the wizard's configure step. Each fails, or is late, on its own.
type Choices struct {
	OSTemplates      List[proxmox.OSTemplate]
	Appliances       List[proxmox.Appliance] // OS templates that can be downloaded
	Storages         List[proxmox.Storage]   // those that hold containers
	TemplateStorages List[proxmox.Storage]   // those that hold OS templates
	Bridges          List[proxmox.Bridge]
	Pools            List[proxmox.Pool]
	Host             proxmox.Member // zero where the token may not see it
}

// Choices asks a node for the lists that the wizard offers for a new container on it, side by side. Lists are kept for
// choicesLife. store.ErrNotFound for another user's node.
func (f *Fleet) Choices(ctx context.Context, userID, nodeID string) (Choices, error) {
	q, err := f.inquire(ctx, userID, nodeID)
	if err != nil {
		return Choices{}, err
	}
	templateStorages, storages := q.askStorages(contentOSTemplates), q.askStorages(contentContainers)
	appliances := ask(q, "appliances", choicesLife, func(ctx context.Context, c *proxmox.Client, member string) ([]proxmox.Appliance, error) {
		return c.Appliances(ctx, member)
	})
	bridges := ask(q, "bridges", choicesLife, func(ctx context.Context, c *proxmox.Client, member string) ([]proxmox.Bridge, error) {
		return c.Bridges(ctx, member)
	})
	pools := ask(q, "pools", choicesLife, func(ctx context.Context, c *proxmox.Client, _ string) ([]proxmox.Pool, error) { return c.Pools(ctx) })
	host := ask(q, "host", choicesLife, func(ctx context.Context, c *proxmox.Client, member string) ([]proxmox.Member, error) {
		m, err := c.NodeStatus(ctx, member)
		return []proxmox.Member{m}, err
	})

	q.wait(templateStorages)
	var all Choices
	all.TemplateStorages = q.storages(templateStorages, contentOSTemplates)
	archives := askEach(q, "archives on", choicesLife, all.TemplateStorages.Items, func(ctx context.Context, c *proxmox.Client, member, storage string) ([]proxmox.OSTemplate, error) {
		return c.OSTemplates(ctx, member, storage)
	})
	q.wait(storages, appliances, bridges, pools, host)
	all.OSTemplates = gather(q, all.TemplateStorages, archives)
	slices.SortFunc(all.OSTemplates.Items, func(a, b proxmox.OSTemplate) int { return cmp.Compare(a.Volume, b.Volume) })
	all.Storages = q.storages(storages, contentContainers)
	all.Appliances, all.Bridges, all.Pools = appliances.list(q), bridges.list(q), pools.list(q)
	if hosts := host.list(q).Items; len(hosts) > 0 {
		all.Host = hosts[0]
	}
	return all, nil
}

// StoragesFor asks a node for its storages that hold containers. store.ErrNotFound for another user's node.
func (f *Fleet) StoragesFor(ctx context.Context, userID, nodeID string) (List[proxmox.Storage], error) {
	q, err := f.inquire(ctx, userID, nodeID)
	if err != nil {
		return List[proxmox.Storage]{}, err
	}
	asked := q.askStorages(contentContainers)
	q.wait(asked)
	return q.storages(asked, contentContainers), nil
}
