// Package wizard holds the steps in which a container is created.
package wizard

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"berth/fleet"
	"berth/forms"
	"berth/store"
	"berth/views/explain"
	"berth/views/human"
)

// madeFrom says what the container is made from.
func madeFrom(w forms.Wizard) string {
	if w.Template.ID == "" {
		return "without a template"
	}
	return "from the template " + w.Template.Name
}

// passed tells whether a step was gone through, so that it can be gone back to.
func passed(w forms.Wizard, step string) bool {
	return slices.Contains(w.Draft.Done, step) || step == "template" && w.Draft.ID != ""
}

// StartPage is the wizard before there is a draft.
type StartPage struct {
	Templates TemplateChoices
	Drafts    []store.Draft     // to go on with, last changed first
	Nodes     map[string]string // node's ID to its name
	NoNodes   bool
	Now       time.Time
}

// ReviewPage is the last step.
type ReviewPage struct {
	forms.Wizard
	Plan    forms.Plan
	Node    store.Node
	Command string // the equivalent pct create
	Warning string // what can be made and may not be meant; may be empty
	Save    forms.SaveTemplate
}

// wrong lists the fields of all steps with something wrong.
func (p ReviewPage) wrong() []forms.WrongField { return append(p.Form.Wrong(), p.Plan.Wrong()...) }

// lacksSSH tells whether something is to be done inside the container, and Berth has no way into it.
func (p ReviewPage) lacksSSH() bool {
	return !p.Plan.Provision().Empty() && !forms.CanProvision(p.Node)
}

// wrongWords says how many fields are to be looked at again, and which.
func wrongWords(wrong []forms.WrongField) string {
	if len(wrong) == 0 {
		return ""
	}
	labels := make([]string, len(wrong))
	for i, w := range wrong {
		labels[i] = w.Label
	}
	return human.Count(len(wrong), "field needs", "fields need") + " attention: " + human.List(labels)
}

// nodeCapacity says in a few words what a node has to give.
func nodeCapacity(s fleet.NodeState, now time.Time) string {
	if s.State == fleet.NodeSilent {
		switch {
		case explain.Refuses(s.Err):
			return explain.NoAnswer(s.Node.Name, s.Err)
		case s.Since.IsZero():
			return "does not answer"
		}
		return "has not answered for " + human.Age(now.Sub(s.Since))
	}
	var words []string
	if s.Usage.Cores > 0 {
		words = append(words, human.Count(s.Usage.Cores, "core", "cores"))
	}
	if s.Usage.MaxMemory > s.Usage.Memory {
		words = append(words, human.Bytes(s.Usage.MaxMemory-s.Usage.Memory)+" memory free")
	}
	if s.Latency > 0 {
		words = append(words, "answered in "+human.Duration(s.Latency))
	}
	return strings.Join(words, ", ")
}

// systemWords sums up the system part of a form: "debian-13-standard, unprivileged, nesting".
func systemWords(f forms.Container) string {
	var words []string
	if volume := f.Get("ostemplate"); volume != "" {
		words = append(words, forms.OSTemplateName(volume))
	}
	if f.On("unprivileged") {
		words = append(words, "unprivileged")
	} else {
		words = append(words, "privileged")
	}
	if f.On("nesting") {
		words = append(words, "nesting")
	}
	return strings.Join(words, ", ")
}

// networkWords sums up the network part: "vmbr0, VLAN 30, IPv4 by DHCP, IPv6 by SLAAC".
func networkWords(f forms.Container) string {
	var words []string
	if bridge := f.Get("bridge"); bridge != "" {
		words = append(words, bridge)
	}
	if vlan := f.Get("vlan"); vlan != "" {
		words = append(words, "VLAN "+vlan)
	}
	words = append(words, "IPv4 "+addressWords(f.IPMode(), f.Get("ip")))
	if mode := f.IP6Mode(); mode != "none" {
		words = append(words, "IPv6 "+addressWords(mode, f.Get("ip6")))
	}
	return strings.Join(words, ", ")
}

// addressWords says how an address is come by: "by DHCP", "192.168.1.72/24", "none".
func addressWords(mode, typed string) string {
	switch mode {
	case "dhcp":
		return "by DHCP"
	case "auto":
		return "by SLAAC"
	case "static":
		if typed == "" {
			return "static"
		}
		return typed
	}
	return "none"
}

// carried is one line of what a node carries with the new container.
type carried struct{ What, This, All, Of string }

// carries adds the container to what its node has promised already.
func carries(s fleet.NodeState, f forms.Container) []carried {
	cores, memory, disk := max(f.Number("cores"), 0), uint64(max(f.Number("memory"), 0))<<20, uint64(max(f.Number("disk"), 0))<<30
	of := func(n uint64) string {
		if n == 0 {
			return "not known"
		}
		return human.Bytes(n)
	}
	hostCores := "not known"
	if s.Usage.Cores > 0 {
		hostCores = strconv.Itoa(s.Usage.Cores)
	}
	return []carried{
		{"Cores", strconv.Itoa(cores), strconv.FormatFloat(s.PromisedCores+float64(cores), 'f', -1, 64), hostCores},
		{"Memory", human.Bytes(memory), human.Bytes(s.PromisedMemory + memory), of(s.Usage.MaxMemory)},
		{"Disk", human.Bytes(disk), human.Bytes(s.PromisedDisk + disk), of(s.DiskSize)},
	}
}
