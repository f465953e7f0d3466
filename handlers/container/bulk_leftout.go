package container

import (
	"context"
	"slices"

	"berth/forms"
	"berth/proxmox"
	"berth/store"
	"berth/views"
	"berth/views/cards"
	"berth/views/container"
)

// leaveOut takes the containers out of those that it will be done to for which why has a reason.
func leaveOut(p *views.BulkPage, why func(cards.Card) string) {
	do := p.Do
	p.Do = nil
	for _, card := range do {
		if words := why(card); words != "" {
			p.LeftOut = append(p.LeftOut, views.LeftOut{Card: card, Why: words})
		} else {
			p.Do = append(p.Do, card)
		}
	}
}

func refsOf(list []cards.Card) []store.Ref {
	refs := make([]store.Ref, len(list))
	for i, card := range list {
		refs[i] = card.Ref()
	}
	return refs
}

// leaveOutWithoutSnapshots asks the nodes which containers lie on storages that cannot make snapshots. What is not
// told in time is left to the job.
func (a *Pages) leaveOutWithoutSnapshots(ctx context.Context, userID string, p *views.BulkPage) {
	cannot := a.Fleet.WithoutSnapshots(ctx, userID, refsOf(p.Do))
	leaveOut(p, func(card cards.Card) string {
		if cannot[card.Ref()] {
			return cards.NoSnapshots
		}
		return ""
	})
}

// leaveOutWithoutStorage asks the nodes where backups can go, and leaves out the containers of those that name no storage.
func (a *Pages) leaveOutWithoutStorage(ctx context.Context, userID string, p *views.BulkPage, rights map[string]proxmox.Permissions) {
	var nodes []string
	names := make(map[string]string)
	for _, card := range p.Do {
		if !slices.Contains(nodes, card.NodeID) {
			nodes = append(nodes, card.NodeID)
			names[card.NodeID] = card.NodeName
		}
	}
	told := a.Fleet.BackupStorages(ctx, userID, nodes)
	whyNot := make(map[string]string)
	for _, id := range nodes {
		list := told[id].Items
		if r, known := rights[id]; known {
			list = slices.DeleteFunc(list, func(s proxmox.Storage) bool { return !r.OnStorage(s.Name, "Datastore.AllocateSpace") })
		}
		if len(list) == 0 {
			whyNot[id] = cards.NoBackupStorage(names[id], told[id].Late || told[id].Err != nil)
			continue
		}
		p.Stores = append(p.Stores, views.BulkStore{NodeID: id, NodeName: names[id], Storages: list})
	}
	leaveOut(p, func(card cards.Card) string { return whyNot[card.NodeID] })
}

// whyNotDeleted says why a container is not deleted with others though it could be alone: it runs, or it is not the one any more
// that the page had. "": it is.
func whyNotDeleted(card cards.Card, typed forms.Bulk) string {
	switch {
	case card.Status == proxmox.GuestRunning:
		return cards.RunsStill
	case len(typed.Named) > 0 && !slices.Contains(typed.Named, forms.BulkName(card.Ref(), card.Name)):
		return cards.AnotherName
	}
	return ""
}

// leaveOutProtected asks the nodes what goes with the containers, and leaves out those that are protected. What is not told in time
// is left to the job, as Proxmox checks again.
func (a *Pages) leaveOutProtected(ctx context.Context, userID string, p *views.BulkPage) {
	told := a.Fleet.Configs(ctx, userID, refsOf(p.Do))
	leaveOut(p, func(card cards.Card) string { return card.HindranceWords(told[card.Ref()].Hinders(proxmox.VerbDelete)) })
	p.Goes = make(map[store.Ref]string, len(p.Do))
	for _, card := range p.Do {
		p.Goes[card.Ref()] = "What goes with it is not known now."
		if config, known := told[card.Ref()]; known {
			p.Goes[card.Ref()] = container.GoesWords(config)
		}
	}
}
