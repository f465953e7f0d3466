package web

import (
	"errors"
	"net/http"

	"berth/fleet"
	"berth/forms"
	"berth/proxmox"
	"berth/store"
	"berth/views/explain"
)

// unread is the message of a kind that something of a node could not be read. A host that failed names in its own words
// the storage, folder or server that it is about, so those are taken where it gave some.
func unread(kind store.MessageKind, n store.Node, err error) store.Message {
	e, ok := errors.AsType[*proxmox.Error](err)
	if ok && e.Status == http.StatusInternalServerError && explain.Said(e.Message) != "" {
		return store.Message{Kind: kind, Args: store.Args{Said: e.Message}}
	}
	cause := MessageOf(About(n, err))
	return store.Message{Kind: kind, Cause: &cause}
}

// storageGap is the message that the content of a storage is not shown. That a storage is late is not its node's fault.
func storageGap(n store.Node, m fleet.Missing) store.Message {
	gap := store.Message{Kind: explain.GapStorageInactive}
	switch {
	case m.Err == nil:
	case proxmox.KindOf(m.Err) == proxmox.KindTimeout:
		gap.Kind = explain.GapStorageLate
	default:
		gap = unread(explain.GapStorageUnread, n, m.Err)
	}
	gap.Name = m.Storage
	return gap
}

// GapsOf tells what a list lacks. slow is the kind of message for when the node has not listed it yet, as in
// explain.GapSlowPools.
func GapsOf[T any](n store.Node, l fleet.List[T], slow store.MessageKind) []forms.Gap {
	var gaps []forms.Gap
	old := len(l.Items) > 0
	if l.Err != nil {
		gaps = append(gaps, forms.Gap{Words: explain.Gap(n, unread(explain.GapUnread, n, l.Err), old)})
	}
	var late []string
	for _, m := range l.Missing {
		if m.Late {
			late = append(late, m.Storage)
		} else {
			gaps = append(gaps, forms.Gap{Words: explain.Gap(n, storageGap(n, m), false)})
		}
	}
	switch {
	case l.Late:
		gaps = append(gaps, forms.Gap{Late: true, Words: explain.Gap(n, store.Message{Kind: slow}, old)})
	case len(late) == 1:
		comes := store.Message{Kind: explain.GapStorageComes, Args: store.Args{Name: late[0]}}
		gaps = append(gaps, forms.Gap{Late: true, Words: explain.Gap(n, comes, false)})
	case len(late) > 1:
		come := store.Message{Kind: explain.GapStoragesCome, Args: store.Args{Storages: late}}
		gaps = append(gaps, forms.Gap{Late: true, Words: explain.Gap(n, come, false)})
	}
	return gaps
}

// StorageGaps are those of a list of storages, and the storages that nothing can be put onto now.
func StorageGaps(n store.Node, l fleet.List[proxmox.Storage]) []forms.Gap {
	gaps := GapsOf(n, l, explain.GapSlowStorages)
	for _, s := range l.Items {
		if !s.Active {
			unusable := store.Message{Kind: explain.GapStorageUnusable, Args: store.Args{Name: s.Name}}
			gaps = append(gaps, forms.Gap{Words: explain.Gap(n, unusable, false)})
		}
	}
	return gaps
}

// ListGaps are those of the wizard's lists, by the field that they are for.
func ListGaps(n store.Node, c fleet.Choices) map[string][]forms.Gap {
	archives := GapsOf(n, c.OSTemplates, explain.GapSlowOSTemplates)
	if len(c.OSTemplates.Items) == 0 && len(archives) == 0 {
		archives = GapsOf(n, c.Appliances, explain.GapSlowAppliances)
	}
	return map[string][]forms.Gap{
		"ostemplate": archives,
		"storage":    StorageGaps(n, c.Storages),
		"bridge":     GapsOf(n, c.Bridges, explain.GapSlowBridges),
		"pool":       GapsOf(n, c.Pools, explain.GapSlowPools),
	}
}

// WhyUnknown says in a few words why a VMID could not be checked.
func WhyUnknown(n store.Node, v fleet.Verdict) string {
	if v.Err == nil {
		return ""
	}
	return Explained(About(n, v.Err)).Title
}
