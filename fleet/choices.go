package fleet

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"

	"berth/proxmox"
)

const (
	// choicesTime is how long a node may take for all its lists.
	choicesTime = 3 * time.Second
	// choicesLife is how long its lists are kept.
	choicesLife = 30 * time.Second
)

// What storages hold, as Proxmox calls it.
const (
	contentContainers  = "rootdir"
	contentOSTemplates = "vztmpl"
)

// Choices are the lists of the wizard's configure step. Each fails on its own.
type Choices struct {
	OSTemplates      List[proxmox.OSTemplate]
	Appliances       List[proxmox.Appliance] // OS templates that can be downloaded
	Storages         List[proxmox.Storage]   // those that hold containers
	TemplateStorages List[proxmox.Storage]   // those that hold OS templates
	Bridges          List[proxmox.Bridge]
	Pools            List[proxmox.Pool]
	Host             proxmox.Member // zero where the token may not see it
}

// List is what was found, sorted, or why it could not be asked. Of OS templates it can
// be both: those of some storages, and why another could not be asked.
type List[T any] struct {
	Items []T
	Err   error
}

// keptChoices are a node's lists, or the question for them.
type keptChoices struct {
	*flight[Choices]
	at time.Time // when they were asked for
}

// Choices asks a node for what its new container can be made of, side by side, at most
// 3 s; kept for 30 s, unless a list failed. store.ErrNotFound for another user's node.
func (f *Fleet) Choices(ctx context.Context, userID, nodeID string) (Choices, error) {
	node, err := f.store.Node(userID, nodeID)
	if err != nil {
		return Choices{}, err
	}
	c, _, err := f.Client(nodeID)
	if err != nil {
		return Choices{}, err
	}
	f.mu.Lock()
	kept := f.choices[nodeID]
	if kept == nil || !kept.good(f.clock.Now()) {
		kept = &keptChoices{at: f.clock.Now()}
		kept.flight = launch(f, func(ctx context.Context) (Choices, error) {
			ctx, cancel := context.WithTimeout(ctx, choicesTime)
			defer cancel()
			return choicesOf(ctx, c, node.Member), nil
		})
		f.choices[nodeID] = kept
	}
	f.mu.Unlock()
	choices, err := kept.wait(ctx, "GET /nodes/"+node.Member)
	return choices.clone(), err
}

// good tells whether the lists need not be asked for again.
func (k *keptChoices) good(now time.Time) bool {
	if !k.hasLanded() {
		return true
	}
	return k.err == nil && !k.value.failed() && now.Sub(k.at) < choicesLife
}

func (c Choices) failed() bool {
	return cmp.Or(c.OSTemplates.Err, c.Appliances.Err, c.Storages.Err, c.TemplateStorages.Err, c.Bridges.Err, c.Pools.Err) != nil
}

// clone shares no list with c.
func (c Choices) clone() Choices {
	c.OSTemplates.Items = slices.Clone(c.OSTemplates.Items)
	c.Appliances.Items = slices.Clone(c.Appliances.Items)
	c.Storages.Items = slices.Clone(c.Storages.Items)
	c.TemplateStorages.Items = slices.Clone(c.TemplateStorages.Items)
	c.Bridges.Items = slices.Clone(c.Bridges.Items)
	c.Pools.Items = slices.Clone(c.Pools.Items)
	return c
}

func choicesOf(ctx context.Context, c *proxmox.Client, member string) Choices {
	var all Choices
	var asking sync.WaitGroup
	asking.Go(func() {
		all.TemplateStorages = listed(c.Storages(ctx, member, contentOSTemplates))
		all.OSTemplates = osTemplates(ctx, c, member, all.TemplateStorages)
	})
	asking.Go(func() { all.Appliances = listed(c.Appliances(ctx, member)) })
	asking.Go(func() { all.Storages = listed(c.Storages(ctx, member, contentContainers)) })
	asking.Go(func() { all.Bridges = listed(c.Bridges(ctx, member)) })
	asking.Go(func() { all.Pools = listed(c.Pools(ctx)) })
	asking.Go(func() {
		if host, err := c.NodeStatus(ctx, member); err == nil {
			all.Host = host
		}
	})
	asking.Wait()
	return all
}

func listed[T any](items []T, err error) List[T] { return List[T]{items, err} }

// osTemplates asks all storages for the archives they hold.
func osTemplates(ctx context.Context, c *proxmox.Client, member string, storages List[proxmox.Storage]) List[proxmox.OSTemplate] {
	if storages.Err != nil {
		return List[proxmox.OSTemplate]{Err: storages.Err}
	}
	found := make([]List[proxmox.OSTemplate], len(storages.Items))
	var asking sync.WaitGroup
	for i, s := range storages.Items {
		if s.Active {
			asking.Go(func() { found[i] = listed(c.OSTemplates(ctx, member, s.Name)) })
		}
	}
	asking.Wait()
	var all List[proxmox.OSTemplate]
	for _, l := range found {
		all.Items = append(all.Items, l.Items...)
		all.Err = cmp.Or(all.Err, l.Err)
	}
	slices.SortFunc(all.Items, func(a, b proxmox.OSTemplate) int { return cmp.Compare(a.Volume, b.Volume) })
	return all
}
