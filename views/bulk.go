package views

import (
	"net/url"
	"slices"

	"berth/forms"
	"berth/store"
	"berth/views/cards"
	"berth/views/container"
	"berth/views/explain"
	"berth/views/human"
	"berth/views/parts"
)

// BulkPage asks before the same is done to several containers.
type BulkPage struct {
	Kind    store.JobKind
	Do      []cards.Card // that it will be done to
	LeftOut []LeftOut
	Asked   bool // it was to be begun, but some are left out
	Typed   forms.Bulk
	Errors  map[string]string
}

// LeftOut is a container that was chosen and to which it will not be done.
type LeftOut struct {
	Card cards.Card
	Why  string // whole sentences
}

// All are the containers that were chosen, those first that it will be done to.
func (p BulkPage) All() []cards.Card {
	all := slices.Clone(p.Do)
	for _, l := range p.LeftOut {
		all = append(all, l.Card)
	}
	return all
}

func (p BulkPage) title() string {
	return explain.BulkVerb(p.Kind) + " " + human.Count(len(p.Do), "container", "containers")
}

// Question is the page's heading.
func (p BulkPage) Question() string {
	if len(p.Do) == 0 {
		return "None of them can be " + explain.JobPast(p.Kind) + " now"
	}
	return p.title() + "?"
}

// words say what happens, and what it does to those who use them.
func (p BulkPage) words() string {
	two := "Two of a node are done at a time."
	switch p.Kind {
	case store.JobShutdown:
		return "Each is asked to end everything that runs in it and then to switch off. Each is waited for, " + explain.ShutdownWords + "; one that has not ended then is told. " + two
	case store.JobReboot:
		return "Each is asked to end everything that runs in it, and starts again. What has not ended after a minute is cut off. What it serves is away meanwhile. " + two
	case store.JobSnapshot:
		return "The state of their disks is kept under this name, and each can be rolled back to it. " + two
	case store.JobTag:
		return "What is added or removed here is changed; all other tags stay. " + two
	case store.JobStop:
		return "Each is cut off at once, like pulling the plug: what was not written is lost. Shut them down instead, unless they do not answer to that. " + two
	}
	return "Each is started. " + two
}

// haWords say which of them are handed to HA; "" when none is.
func (p BulkPage) haWords() string {
	if p.Kind != store.JobStart && p.Kind != store.JobShutdown && p.Kind != store.JobStop {
		return ""
	}
	var names []string
	for _, c := range p.Do {
		if c.HA != "" {
			names = append(names, c.Title())
		}
	}
	if len(names) == 0 {
		return ""
	}
	return " HA manages " + human.List(names) + ": that is handed to Proxmox's HA manager, and waited for."
}

// backURL is the dashboard with the same containers chosen.
func (p BulkPage) backURL() string {
	chosen := url.Values{}
	for _, c := range p.All() {
		chosen.Add("c", c.Choice())
	}
	return "/?" + chosen.Encode()
}

// snapshotPage has the fields of a snapshot.
func (p BulkPage) snapshotPage() container.SnapshotsPage {
	f := p.Typed.Snapshot
	f.Errors = p.Errors
	return container.SnapshotsPage{Form: f}
}

func (p BulkPage) addField() parts.Field {
	return parts.Field{Name: "add", Label: "Add", Value: p.Typed.Add, Error: p.Errors["add"], Class: "half", Hint: "Separated by spaces or commas."}
}

// removeField says which tags there are to remove.
func (p BulkPage) removeField() parts.Field {
	var has []string
	for _, c := range p.Do {
		for _, t := range c.Tags {
			if !slices.Contains(has, t) {
				has = append(has, t)
			}
		}
	}
	slices.Sort(has)
	f := parts.Field{Name: "remove", Label: "Remove", Value: p.Typed.Remove, Error: p.Errors["remove"], Class: "half", Hint: "None of them has a tag."}
	if len(has) > 0 {
		f.Hint = "There are " + human.List(has) + "."
	}
	return f
}
