package forms

import (
	"time"

	"berth/fleet"
	"berth/proxmox"
	"berth/store"
)

// Wizard is the data of all pages of the wizard about their draft.
type Wizard struct {
	Draft    store.Draft
	Template store.Template // the zero one when none was chosen
	Form     Container
	Now      time.Time
}

// Configure is the page on which everything about the container is typed, and from which it is created.
type Configure struct {
	Wizard
	Plan    Plan
	Nodes   []fleet.NodeState
	Node    fleet.NodeState // the one the container will be on
	Choices fleet.Choices
	Gaps    map[string][]Gap     // in the lists, by field
	Rights  proxmox.Permissions  // of the node's token; nil: unknown
	Last    proxmox.CreateParams // with which the user last created a container on the node
	Verdict fleet.Verdict
	Unknown string     // a sentence with the reason of an unknown verdict
	Alike   []Judged   // the VMIDs of the others, by row; none while they were not asked for
	Fetch   *store.Job // the last download of an OS template to the node for this draft
	// Appliance and TemplateStorage are the picked OS template to download, and the storage to download it to.
	Appliance, TemplateStorage string
	NodeChanged                bool // the node was changed just now, without leaving the page
	Open                       Fold // the part of the form that the page is opened for; "": none
	Tried                      bool // Create was pressed, and something is wrong
}

// Judged is the verdict on a VMID, and why it is unknown.
type Judged struct {
	fleet.Verdict
	Unknown string
}

// JudgeAlike adds the verdict on the VMID of the next row.
func (p *Configure) JudgeAlike(v Judged) {
	p.Form.mark(AlikeField(len(p.Alike), "vmid"), VMIDSentence(v.Verdict))
	p.Alike = append(p.Alike, v)
}

// JudgedAlike is the verdict on the VMID of a row; the zero one where it was not asked for.
func (p Configure) JudgedAlike(row int) Judged {
	if row < len(p.Alike) {
		return p.Alike[row]
	}
	return Judged{}
}

// Fold is a part of the form that has all its values already, and says them in words until it is opened.
type Fold string

// The folds in the order of the page.
const (
	FoldSystem    Fold = "system"
	FoldResources Fold = "resources"
	FoldNetwork   Fold = "network"
	FoldAccess    Fold = "access"
	FoldInside    Fold = "inside"
	FoldLabels    Fold = "labels"
	FoldAlike     Fold = "alike"
)

// foldOf returns the fold that a field is in; "" for those that are always in sight.
func foldOf(field string) Fold {
	switch field {
	case "ostemplate", "unprivileged", "nesting", "appliance", "template_storage":
		return FoldSystem
	case "cores", "memory", "swap", "disk", "storage", "pool":
		return FoldResources
	case "ssh_keys", "start", "onboot":
		return FoldAccess
	case "tags", "description":
		return FoldLabels
	case "template", "node", "vmid", "hostname":
		return ""
	}
	if IsContainerField(field) {
		return FoldNetwork
	}
	if _, _, is := ParseAlikeField(field); is {
		return FoldAlike
	}
	return FoldInside
}

// Wrong lists the fields with something wrong, in the order of the page.
func (p Configure) Wrong() []WrongField { return append(p.Form.Wrong(), p.Plan.Wrong()...) }

// WrongIn counts the fields of a fold with something wrong.
func (p Configure) WrongIn(fold Fold) int {
	n := 0
	for field, sentence := range p.Form.Errors {
		if sentence != "" && foldOf(field) == fold {
			n++
		}
	}
	return n
}

// IsOpen tells whether a fold is shown open: the page is opened for it, something in it is wrong or may not be meant, or
// somebody has to choose there.
func (p Configure) IsOpen(fold Fold) bool {
	if p.Open == fold || p.WrongIn(fold) > 0 {
		return true
	}
	chosen := p.Chosen()
	switch fold {
	case FoldSystem:
		return chosen.Get("ostemplate") == "" || p.Fetching() || p.Warning("ostemplate") != ""
	case FoldResources:
		return chosen.Get("storage") == "" || p.Warning("disk") != ""
	case FoldNetwork:
		return chosen.Get("bridge") == ""
	}
	return false
}

// Chosen is the form with what its lists show where nobody chose.
func (p Configure) Chosen() Container {
	form := ReadContainer(p.Form.Values, nil)
	form.Alike = p.Form.Alike
	for _, name := range listedFields {
		if form.Get(name) == "" {
			form.Values.Set(name, p.Preset(name))
		}
	}
	return form
}

// LacksSSH tells whether something is to be done inside the container, and Berth has no way into it.
func (p Configure) LacksSSH() bool {
	return !p.Plan.Provision().Empty() && !CanProvision(p.Node.Node)
}

// CanProvision tells whether SSH to a node's host is set up, without which containers cannot be provisioned.
func CanProvision(n store.Node) bool { return n.SSH.HostKey != "" }
