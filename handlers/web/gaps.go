package web

import (
	"errors"
	"fmt"
	"net/http"

	"berth/fleet"
	"berth/forms"
	"berth/proxmox"
	"berth/store"
	"berth/views/explain"
	"berth/views/human"
)

// reasonOf says why a node did not do what it was asked, in the host's own words where it gave some: they name the
// storage, folder or server that it is about.
func reasonOf(n store.Node, err error) string {
	e, ok := errors.AsType[*proxmox.Error](err)
	if ok && e.Status == http.StatusInternalServerError && explain.Said(e.Message) != "" {
		return explain.Said(e.Message)
	}
	return Explained(About(n, err)).Title
}

// storageGap says why what a storage holds is not shown. What a storage is late with is not its node's fault.
func storageGap(n store.Node, m fleet.Missing) string {
	switch {
	case m.Err == nil:
		return fmt.Sprintf("The storage %s is not active, so its content is not known.", m.Storage)
	case proxmox.KindOf(m.Err) == proxmox.KindTimeout:
		return fmt.Sprintf("The storage %s did not answer in time, so its content is not known.", m.Storage)
	}
	return fmt.Sprintf("The storage %s could not be read: %s.", m.Storage, reasonOf(n, m.Err))
}

// GapsOf says what a list lacks; what names what it lists, as in "storages".
func GapsOf[T any](n store.Node, l fleet.List[T], what string) []forms.Gap {
	var gaps []forms.Gap
	before := ""
	if len(l.Items) > 0 {
		before = " The last known list is shown."
	}
	if l.Err != nil {
		gaps = append(gaps, forms.Gap{Words: fmt.Sprintf("The list could not be read: %s.%s", reasonOf(n, l.Err), before)})
	}
	var late []string
	for _, m := range l.Missing {
		if m.Late {
			late = append(late, m.Storage)
		} else {
			gaps = append(gaps, forms.Gap{Words: storageGap(n, m)})
		}
	}
	switch {
	case l.Late:
		gaps = append(gaps, forms.Gap{Late: true, Words: fmt.Sprintf("%s is slow to list its %s; they appear when they arrive.%s", n.Name, what, before)})
	case len(late) == 1:
		gaps = append(gaps, forms.Gap{Late: true, Words: fmt.Sprintf("The storage %s has not answered yet; its content appears when it does.", late[0])})
	case len(late) > 1:
		gaps = append(gaps, forms.Gap{Late: true, Words: fmt.Sprintf("The storages %s have not answered yet; their content appears when they do.", human.List(late))})
	}
	return gaps
}

// StorageGaps are those of a list of storages, and the storages that nothing can be put onto now.
func StorageGaps(n store.Node, l fleet.List[proxmox.Storage]) []forms.Gap {
	gaps := GapsOf(n, l, "storages")
	for _, s := range l.Items {
		if !s.Active {
			gaps = append(gaps, forms.Gap{Words: fmt.Sprintf("The storage %s is not active on %s, so nothing can be stored on it.", s.Name, n.Name)})
		}
	}
	return gaps
}

// ListGaps are those of the wizard's lists, by the field that they are for.
func ListGaps(n store.Node, c fleet.Choices) map[string][]forms.Gap {
	archives := GapsOf(n, c.OSTemplates, "OS templates")
	if len(c.OSTemplates.Items) == 0 && len(archives) == 0 {
		archives = GapsOf(n, c.Appliances, "OS templates to download")
	}
	return map[string][]forms.Gap{
		"ostemplate": archives,
		"storage":    StorageGaps(n, c.Storages),
		"bridge":     GapsOf(n, c.Bridges, "bridges"),
		"pool":       GapsOf(n, c.Pools, "pools"),
	}
}

// WhyUnknown says in a few words why a VMID could not be checked.
func WhyUnknown(n store.Node, v fleet.Verdict) string {
	if v.Err == nil {
		return ""
	}
	return Explained(About(n, v.Err)).Title
}
