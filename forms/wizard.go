package forms

import (
	"slices"
	"time"

	"berth/fleet"
	"berth/proxmox"
	"berth/store"
)

// WizardSteps are the steps of the wizard in their order, as its URLs name them.
func WizardSteps() []string {
	return []string{"template", "configure", "packages", "scripts", "review"}
}

// NextStep returns the step to resume a draft at: the first that was not gone through. The
// step Template is never one, as it makes the draft.
func NextStep(d store.Draft) string {
	for _, step := range []string{"configure", "packages", "scripts"} {
		if !slices.Contains(d.Done, step) {
			return step
		}
	}
	return "review"
}

// Wizard is the data of all steps of the wizard about their draft.
type Wizard struct {
	Draft    store.Draft
	Template store.Template // the zero one when none was chosen
	Form     Container
	Step     string
	Now      time.Time
}

// Configure is the step in which everything about the container is typed.
type Configure struct {
	Wizard
	Nodes   []fleet.NodeState
	Node    fleet.NodeState // the one the container will be on
	Choices fleet.Choices
	Gaps    map[string][]Gap    // in the lists, by field
	Rights  proxmox.Permissions // of the node's token; nil: unknown
	Verdict fleet.Verdict
	Unknown string     // a sentence with the reason of an unknown verdict
	Fetch   *store.Job // the last download of an OS template to the node for this draft
	// Appliance and TemplateStorage are the picked OS template to download, and the storage to download it to.
	Appliance, TemplateStorage string
	NodeChanged                bool // the node was changed just now, without leaving the page
}

// CanProvision tells whether SSH to a node's host is set up, without which containers cannot be provisioned.
func CanProvision(n store.Node) bool { return n.SSH.HostKey != "" }
