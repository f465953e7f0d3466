// Package wizard holds the steps in which a container is created.
package wizard

import (
	"strconv"
	"strings"
	"time"

	"berth/fleet"
	"berth/forms"
	"berth/store"
	"berth/views/explain"
	"berth/views/human"
)

// StartPage is the wizard before there is a draft.
type StartPage struct {
	Templates TemplateChoices
	Drafts    []store.Draft     // to go on with, last changed first
	Nodes     map[string]string // node's ID to its name
	NoNodes   bool
	Now       time.Time
}

// ReviewPage is the page that shows a draft in full.
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
type carried struct {
	What, All, Of string
	before, added float64 // of what the node has, 0 to 1
}

// now and adds are the widths of the bar's parts, in percent. What is more than there is ends at its end.
func (c carried) now() string  { return barWidth(min(c.before, 1)) }
func (c carried) adds() string { return barWidth(max(min(c.added, 1-c.before), 0)) }

func barWidth(share float64) string { return strconv.FormatFloat(100*share, 'f', 1, 64) }

// carries adds n containers alike to what their node has promised already.
func carries(s fleet.NodeState, f forms.Container, n int) []carried {
	number := func(field string) uint64 { return uint64(max(f.Number(field), 0)) * uint64(n) }
	cores, memory, disk := float64(number("cores")), number("memory")<<20, number("disk")<<30
	bytes := func(what string, promised, added, all uint64) carried {
		if all == 0 {
			return carried{What: what, All: human.Bytes(promised + added), Of: "assigned"}
		}
		total := float64(all)
		return carried{what, human.Bytes(promised + added), "of " + human.Bytes(all), float64(promised) / total, float64(added) / total}
	}
	c := carried{What: "Cores", All: strconv.FormatFloat(s.PromisedCores+cores, 'f', -1, 64), Of: "assigned"}
	if n := float64(s.Usage.Cores); n > 0 {
		c.Of += ", " + strconv.Itoa(s.Usage.Cores) + " in the node"
		whole := max(n, s.PromisedCores+cores) // they can be assigned more than once
		c.before, c.added = s.PromisedCores/whole, cores/whole
	}
	return []carried{bytes("Memory", s.PromisedMemory, memory, s.Usage.MaxMemory), bytes("Disk", s.PromisedDisk, disk, s.DiskSize), c}
}
