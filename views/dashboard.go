package views

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/a-h/templ"

	"berth/fleet"
	"berth/store"
	"berth/views/cards"
	"berth/views/explain"
	"berth/views/human"
	"berth/views/layout"
)

// Dashboard is all containers of a user's nodes, as far as the filter lets them through.
type Dashboard struct {
	Filter  cards.Filter
	Summary Summary
	Chips   []Chip  // the nodes, in the fleet's order
	Berths  []Berth // the nodes with the containers that are shown
	Known   int     // containers, whatever the filter
	Shown   int
	// Containers on members of the user's clusters that have no record.
	Away      int
	elsewhere []string
	OpenJobs  int
	Alerts    Alerts // of all nodes, whatever the filter
	now       time.Time
}

// Summary counts containers by state, whatever the filter.
type Summary struct{ All, Running, Stopped, Template, Trouble, Unknown, Creating int }

// count adds a container in that state.
func (s *Summary) count(state fleet.State) {
	s.All++
	switch state {
	case fleet.StateRunning:
		s.Running++
	case fleet.StateStopped:
		s.Stopped++
	case fleet.StateTemplate:
		s.Template++
	case fleet.StateTrouble:
		s.Trouble++
	case fleet.StateCreating:
		s.Creating++
	default:
		s.Unknown++
	}
}

// of is the count of one state.
func (s Summary) of(state fleet.State) int {
	switch state {
	case fleet.StateRunning:
		return s.Running
	case fleet.StateStopped:
		return s.Stopped
	case fleet.StateTemplate:
		return s.Template
	case fleet.StateTrouble:
		return s.Trouble
	case fleet.StateCreating:
		return s.Creating
	}
	return s.Unknown
}

// Chip is a node to filter by.
type Chip struct {
	ID, Name string
	Silent   bool
	Count    int
}

// Berth is one node and the containers that lie at it.
type Berth struct {
	Node  fleet.NodeState
	Why   layout.Problem // why it does not answer; zero while it does
	Cards []cards.Card
	Now   time.Time
}

// NewDashboard lays out an inventory. open are the user's unfinished jobs; why has the
// words for a node that does not answer.
func NewDashboard(p fleet.Inventory, open []store.Job, f cards.Filter, now time.Time, why func(fleet.NodeState) layout.Problem) Dashboard {
	d := Dashboard{Filter: f, Away: p.Unmanaged, elsewhere: p.UnmanagedMembers, OpenJobs: CountJobs(open), now: now}
	all := newCards(p, open, now)
	counts, berthOf := make(map[string]int), make(map[string]*Berth, len(p.Nodes))
	d.Berths = make([]Berth, len(p.Nodes))
	for i, n := range p.Nodes {
		d.Berths[i] = Berth{Node: n, Now: now}
		if n.Err != nil {
			d.Berths[i].Why = why(n)
		}
		berthOf[n.Node.ID] = &d.Berths[i]
	}
	for _, c := range all {
		b := berthOf[c.NodeID]
		if b == nil {
			continue
		}
		c.Silent = b.Node.State == fleet.NodeSilent
		counts[c.NodeID]++
		d.Known++
		d.Summary.count(c.Shows)
		if f.Shows(c.Container, c.Shows) {
			d.Shown++
			b.Cards = append(b.Cards, c)
		}
	}
	for _, n := range p.Nodes {
		d.Chips = append(d.Chips, Chip{n.Node.ID, n.Node.Name, n.State == fleet.NodeSilent, counts[n.Node.ID]})
	}
	d.Berths = slices.DeleteFunc(d.Berths, func(b Berth) bool {
		return f.Any() && len(b.Cards) == 0 && (f.Node != b.Node.Node.ID || d.Shown > 0 || f != cards.Filter{Node: f.Node})
	})
	return d
}

// newCards makes a card of each container, and of each that a job is about to make. They are sorted by name.
func newCards(p fleet.Inventory, open []store.Job, now time.Time) []cards.Card {
	at := make(map[store.Ref]*store.Job, len(open))
	for i, j := range open {
		for _, vmid := range []int{j.VMID, j.CloneVMID} {
			if vmid != 0 {
				at[store.Ref{NodeID: j.NodeID, VMID: vmid}] = &open[i]
			}
		}
	}
	all := make([]cards.Card, 0, len(p.Containers)+len(open))
	for _, c := range p.Containers {
		card := cards.New(c, at[c.Ref()], now)
		delete(at, c.Ref())
		all = append(all, card)
	}
	added := false
	for p, j := range at {
		if vmid, name := j.Makes(); vmid == p.VMID {
			c := fleet.Container{NodeID: j.NodeID, NodeName: j.NodeName}
			c.VMID, c.Name = vmid, name
			all, added = append(all, cards.New(c, j, now)), true
		}
	}
	if added {
		slices.SortStableFunc(all, func(a, b cards.Card) int {
			return cmp.Or(strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)), cmp.Compare(a.VMID, b.VMID), strings.Compare(a.NodeID, b.NodeID))
		})
	}
	return all
}

// usage of a node: "CPU 14 % of 8 cores · memory 22.4 of 62.7 GiB".
func (b Berth) usage() string {
	u := b.Node.Usage
	if b.Node.State == fleet.NodeSilent {
		return "last seen " + human.When(b.Node.Seen, b.Now)
	}
	var words []string
	if u.Cores > 0 {
		words = append(words, fmt.Sprintf("CPU %s of %s", human.Percent(u.CPU), human.Count(u.Cores, "core", "cores")))
	}
	if u.MaxMemory > 0 {
		words = append(words, "memory "+human.BytesOf(u.Memory, u.MaxMemory))
	}
	return strings.Join(words, " · ")
}

// SilentFor says that a node does not do what it is asked: why where it says so, else since when it is silent.
func SilentFor(n fleet.NodeState, now time.Time) string {
	if explain.Refuses(n.Err) || n.Since.IsZero() || now.Sub(n.Since) < time.Second {
		return explain.NoAnswer(n.Node.Name, n.Err)
	}
	return n.Node.Name + " has not answered for " + human.Age(now.Sub(n.Since))
}

// troubled tells whether the node does not answer, or does not do what it is asked.
func (b Berth) troubled() bool { return b.Node.State == fleet.NodeSilent || b.Node.Err != nil }

// silentWords say since when a node has not answered, and what is shown meanwhile.
func (b Berth) silentWords() string {
	words := SilentFor(b.Node, b.Now)
	if b.Node.State == fleet.NodeAnswers {
		return words + "; what is shown is as it is now."
	}
	if b.Node.Seen.IsZero() {
		return words + "; nothing is known of it yet."
	}
	return words + "; showing what was known at " + human.When(b.Node.Seen, b.Now) + "."
}

// tally is "7 containers", with how many of them are shown where that is fewer.
func (b Berth) tally(filtered bool) string {
	words := human.Count(len(b.Cards), "container", "containers")
	if filtered {
		words += " shown"
	}
	return words
}

// elsewhereWords say that a cluster holds containers on members without a record.
func elsewhereWords(d Dashboard) string {
	verb := "are on "
	if d.Away == 1 {
		verb = "is on "
	}
	added := ", which is not added yet."
	if len(d.elsewhere) > 1 {
		added = ", which are not added yet."
	}
	return human.Count(d.Away, "container", "containers") + " " + verb + human.List(d.elsewhere) + added
}

// filterWords say what is looked for, where nothing is found.
func filterWords(d Dashboard) string {
	var words []string
	for _, c := range d.Chips {
		if c.ID == d.Filter.Node {
			words = append(words, "on "+c.Name)
		}
	}
	if d.Filter.Status != "" {
		words = append(words, "with the status "+statusWords(d.Filter.Status))
	}
	if d.Filter.Tag != "" {
		words = append(words, "with the tag "+d.Filter.Tag)
	}
	if d.Filter.Query != "" {
		words = append(words, "that match “"+d.Filter.Query+"”")
	}
	return strings.Join(words, " ")
}

func statusWords(state fleet.State) string {
	if state == fleet.StateUnknown {
		return "not known"
	}
	return string(state)
}

// Piece is a part of the dashboard that can be brought up to date alone.
type Piece struct {
	ID    string
	Event string // of the stream: card, node or summary; "list": it cannot be sent alone
	View  templ.Component
}

// Pieces are the parts of the dashboard in their order. While their IDs are the same,
// each can be replaced alone.
func (d Dashboard) Pieces() []Piece {
	list := []Piece{
		{"summary", "summary", summaryPart(d, true)},
		{"filters", "summary", dashboardFilters(d, true)},
		{"notices", "summary", AlertsPart(d.Alerts, true)},
	}
	// What stands between the pieces is told by their IDs.
	apart := func(id string) { list = append(list, Piece{id, "list", templ.NopComponent}) }
	if d.Away > 0 {
		apart(elsewhereWords(d))
	}
	for _, b := range d.Berths {
		list = append(list, Piece{"berth-" + b.Node.Node.ID, "node", berthHead(b, d.Filter.Any(), true)})
		if len(b.Cards) == 0 {
			apart("none-" + b.Node.Node.ID + "-" + string(b.Node.State))
		}
		for _, c := range b.Cards {
			list = append(list, Piece{"card-" + c.ID(), "card", cards.Item(c, d.Filter, true)})
		}
	}
	if len(d.Berths) == 0 {
		apart(human.Count(d.Known, "container", "containers"))
	}
	return list
}

// Choose marks the containers that are chosen: all that are shown, or those in the list.
func (d *Dashboard) Choose(all bool, list []string) {
	chosen := make(map[string]bool, len(list))
	for _, choice := range list {
		chosen[choice] = true
	}
	for _, b := range d.Berths {
		for i := range b.Cards {
			c := &b.Cards[i]
			c.Chosen = c.Choosable() && (all || chosen[c.Choice()])
		}
	}
}
