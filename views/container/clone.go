package container

import (
	"berth/forms"
	"berth/proxmox"
	"berth/views/human"
	"berth/views/parts"
)

// ClonePage is a clone of a container to make.
type ClonePage struct {
	Page
	forms.Clone
	Gaps      []forms.Gap // what the list of storages lacks
	Unknown   string      // why the node's lists are not known; "": they are
	Lack      Lack
	VMIDWhy   string         // why the VMID could not be checked
	Copies    []proxmox.Disk // that are copied, as far as is known
	Protected bool           // the clone is then too
}

// NewClonePage is the page with a form as it was typed.
func NewClonePage(p Page, f forms.CloneForm) ClonePage {
	c := p.Card
	return ClonePage{Page: p, Clone: forms.Clone{Form: f, Template: c.Template, Runs: c.Runs(), Pool: c.Pool, Size: c.MaxDisk}}
}

func (p ClonePage) hostname() parts.Field {
	return parts.Field{Name: "hostname", Label: "Hostname", Value: p.Form.Hostname, Error: p.Form.Errors["hostname"], Class: "half", Mono: true, Required: true,
		Hint: "Letters, digits and hyphens."}
}

func (p ClonePage) snapshot() (parts.Field, []forms.Option) {
	f := parts.Field{Name: "snapshot", Label: "Clone it", Value: p.Form.Snapshot, Error: p.Form.Errors["snapshot"], Class: "half"}
	now := "as it is now"
	if p.Runs && p.CopiesDisks() {
		now = "as it is now (only when it is shut down)"
	}
	options := []forms.Option{{Value: "", Text: now}}
	for _, s := range p.Snapshots.All {
		options = append(options, forms.Option{Value: s.Name, Text: "as it was at " + s.Name + ", " + human.AgoWords(s.Created, p.Now)})
	}
	return f, options
}

func (p ClonePage) storage() (parts.Field, []forms.Option) {
	f := parts.Field{Name: "storage", Label: "Storage", Value: p.Form.Storage, Error: p.Form.Errors["storage"], Class: "half", Hint: p.cloneWords()}
	if p.Template {
		f.Hint = "For a full copy only."
	}
	f.Gaps, f.FillURL = p.Gaps, p.Card.URL()+"/clone?list=storage"
	return f, append([]forms.Option{{Value: "", Text: "the same as its disks"}}, forms.StorageOptions(p.Storages)...)
}
