package views

import (
	"cmp"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
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
	Groups  []Group // of the containers that are shown, as the filter groups them
	Silent  []Group // nodes that do not answer, where the list is not grouped by node
	Known   int     // containers, whatever the filter
	Shown   int
	// Containers on members of the user's clusters that have no record.
	Away        int
	elsewhere   []string
	tags        map[string]int // how many containers have each, whatever the filter
	addressless int            // containers that run and whose address is not known yet
	OpenJobs    int
	Alerts      Alerts // of all nodes, whatever the filter
	View        View
	now         time.Time
}

// View says how the containers are laid out where there is room; on a phone a row takes two lines.
type View string

// The views. Auto is a list where there are many containers, else cards.
const (
	ViewAuto  View = ""
	ViewList  View = "list"
	ViewCards View = "cards"
)

// manyContainers is from how many on they are a list unless somebody chose.
const manyContainers = 13

// Summary counts containers by state, whatever the filter. They add up to All.
type Summary struct{ All, Running, Stopped, Template, Unknown, Creating int }

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

// Group is some of the containers: those of a node, those with a tag, or all.
type Group struct {
	ID    string // for element ids
	Title string // "" where there is just one, of all
	Icon  string
	Cards []cards.Card
	// Containers that would be among Cards if they were not pinned.
	Pinned int
	// Of the node, where the list is grouped by node.
	Node fleet.NodeState
	Why  layout.Problem // why it does not answer; zero while it does
	Now  time.Time
}

// NewDashboard lays out an inventory. open are the user's unfinished jobs; why has the words for a node that does not answer.
func NewDashboard(p fleet.Inventory, open []store.Job, alerts Alerts, f cards.Filter, now time.Time, why func(fleet.NodeState) layout.Problem) Dashboard {
	d := Dashboard{Filter: f, Away: p.Unmanaged, elsewhere: p.UnmanagedMembers, OpenJobs: CountJobs(open), Alerts: alerts, now: now}
	nodes, groupOf := make([]Group, len(p.Nodes)), make(map[string]*Group, len(p.Nodes))
	for i, n := range p.Nodes {
		nodes[i] = Group{ID: n.Node.ID, Title: n.Node.Name, Icon: "server", Node: n, Now: now}
		if n.Err != nil {
			nodes[i].Why = why(n)
		}
		groupOf[n.Node.ID] = &nodes[i]
	}
	counts, troubles := make(map[string]int), d.Alerts.troubles()
	d.tags = make(map[string]int)
	var shown []cards.Card
	for _, c := range newCards(p, open, now) {
		g := groupOf[c.NodeID]
		if g == nil {
			continue
		}
		c.Silent = g.Node.State == fleet.NodeSilent
		c.Troubles = troubles[c.Ref()]
		counts[c.NodeID]++
		d.Known++
		d.Summary.count(c.Shows)
		for _, t := range c.Tags {
			d.tags[t]++
		}
		if c.Runs() && len(c.Addresses) == 0 {
			d.addressless++
		}
		if f.Shows(c.Container, c.Shows) {
			shown = append(shown, c)
		}
	}
	d.Shown = len(shown)
	for _, n := range p.Nodes {
		d.Chips = append(d.Chips, Chip{n.Node.ID, n.Node.Name, n.State == fleet.NodeSilent, counts[n.Node.ID]})
	}
	f.Sort.Apply(shown)
	d.group(shown, nodes)
	return d
}

// group parts the containers that are shown, in their order: first those that are pinned, then the others as the filter says.
func (d *Dashboard) group(shown []cards.Card, nodes []Group) {
	var pinned, others []cards.Card
	for _, c := range shown {
		if c.Pinned {
			pinned = append(pinned, c)
		} else {
			others = append(others, c)
		}
	}
	if len(pinned) > 0 {
		d.Groups = []Group{{ID: "pinned", Title: "Pinned", Icon: "pin", Cards: pinned, Now: d.now}}
	}
	if d.Filter.Group == cards.ByNode {
		d.groupByNode(pinned, others, nodes)
		return
	}
	for _, n := range nodes {
		if n.troubled() && (d.Filter.Node == "" || d.Filter.Node == n.ID) {
			d.Silent = append(d.Silent, n)
		}
	}
	if d.Filter.Group == cards.ByTag {
		d.groupByTag(others)
		return
	}
	all := Group{ID: "all", Icon: "container", Cards: others, Now: d.now}
	if len(pinned) > 0 {
		all.Title = "Others"
	}
	if len(others) > 0 {
		d.Groups = append(d.Groups, all)
	}
}

// groupByNode has all nodes, with how many of their containers are pinned; of a filter, those that have something to show.
func (d *Dashboard) groupByNode(pinned, others []cards.Card, nodes []Group) {
	at := make(map[string]*Group, len(nodes))
	for i := range nodes {
		at[nodes[i].ID] = &nodes[i]
	}
	for _, c := range pinned {
		at[c.NodeID].Pinned++
	}
	for _, c := range others {
		at[c.NodeID].Cards = append(at[c.NodeID].Cards, c)
	}
	d.Groups = append(d.Groups, slices.DeleteFunc(nodes, func(g Group) bool {
		asked := d.Filter.Node == g.ID && d.Shown == 0 && d.Filter.OnlyNode()
		return d.Filter.Any() && len(g.Cards) == 0 && !asked && (g.Pinned == 0 || !g.troubled())
	})...)
}

// groupByTag has the first tags of the containers; those without one stand last.
func (d *Dashboard) groupByTag(others []cards.Card) {
	byTag := make(map[string]*Group)
	for _, c := range others {
		tag := ""
		if len(c.Tags) > 0 {
			tag = c.Tags[0]
		}
		if byTag[tag] == nil {
			byTag[tag] = &Group{ID: "tag-" + url.PathEscape(tag), Title: cmp.Or(tag, "No tag"), Icon: "tag", Now: d.now}
		}
		byTag[tag].Cards = append(byTag[tag].Cards, c)
	}
	tags := slices.Sorted(maps.Keys(byTag))
	if len(tags) > 0 && tags[0] == "" {
		tags = append(tags[1:], "")
	}
	for _, tag := range tags {
		d.Groups = append(d.Groups, *byTag[tag])
	}
}

// empty tells whether the group has no container at all.
func (g Group) empty() bool { return len(g.Cards)+g.Pinned == 0 }

// newCards makes a card of each container, and of each that a job is about to make, in no order.
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
	for p, j := range at {
		if vmid, name := j.Makes(); vmid == p.VMID {
			c := fleet.Container{NodeID: j.NodeID, NodeName: j.NodeName}
			c.VMID, c.Name = vmid, name
			all = append(all, cards.New(c, j, now))
		}
	}
	return all
}

// usage of a node: "CPU 14 % of 8 cores · memory 22.4 of 62.7 GiB".
func (g Group) usage() string {
	u := g.Node.Usage
	if g.Node.State == fleet.NodeSilent {
		return "last seen " + human.When(g.Node.Seen, g.Now)
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
func (g Group) troubled() bool { return g.Node.State == fleet.NodeSilent || g.Node.Err != nil }

// silentWords say since when a node has not answered, and what is shown meanwhile.
func (g Group) silentWords() string {
	words := SilentFor(g.Node, g.Now)
	if g.Node.State == fleet.NodeAnswers {
		return words + "; what is shown is as it is now."
	}
	if g.Node.Seen.IsZero() {
		return words + "; nothing is known of it yet."
	}
	return words + "; showing what was known at " + human.When(g.Node.Seen, g.Now) + "."
}

// tally is "7 containers", with whether they are all of them, and how many are not here but pinned.
func (g Group) tally(filtered bool) string {
	words := human.Count(len(g.Cards)+g.Pinned, "container", "containers")
	if filtered {
		words += " shown"
	}
	if g.Pinned > 0 {
		words += ", " + strconv.Itoa(g.Pinned) + " pinned"
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
	Event string // of the stream: row, node or summary; "list": it cannot be sent alone
	View  templ.Component
}

// Pieces are the parts of the dashboard in their order. While their IDs are the same,
// each can be replaced alone.
func (d Dashboard) Pieces() []Piece {
	list := []Piece{
		{"filters", "summary", dashboardFilters(d, true)},
		{"notices", "summary", AlertsPart(d.Alerts, true)},
	}
	// What stands between the pieces is told by their IDs.
	apart := func(id string) { list = append(list, Piece{id, "list", templ.NopComponent}) }
	if d.Away > 0 {
		apart(elsewhereWords(d))
	}
	for _, g := range d.Silent {
		list = append(list, Piece{"silent-" + g.ID, "node", silentNode(g, true)})
	}
	for _, g := range d.Groups {
		if g.Title != "" {
			list = append(list, Piece{"head-" + g.ID, "node", groupHead(g, d.Filter.Any(), true)})
		}
		if g.troubled() {
			list = append(list, Piece{"note-" + g.ID, "node", groupNote(g, true)})
		}
		if g.empty() {
			apart("none-" + g.ID + "-" + string(g.Node.State))
		}
		for _, c := range g.Cards {
			list = append(list, Piece{"row-" + c.ID(), "row", cards.Row(c, d.Filter, true)})
		}
	}
	if len(d.Groups) == 0 {
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
	for _, g := range d.Groups {
		for i := range g.Cards {
			c := &g.Cards[i]
			c.Chosen = c.Choosable() && (all || chosen[c.Choice()])
		}
	}
}

// OnlyOne is the container that is shown, where it is the only one.
func (d Dashboard) OnlyOne() (cards.Card, bool) {
	if d.Shown != 1 {
		return cards.Card{}, false
	}
	for _, g := range d.Groups {
		if len(g.Cards) == 1 {
			return g.Cards[0], true
		}
	}
	return cards.Card{}, false
}

// layout is how the containers are laid out: "list", "cards", or "auto", which is cards where there is room.
func (d Dashboard) layout() string {
	switch {
	case d.View == ViewAuto && d.Known >= manyContainers:
		return string(ViewList)
	case d.View == ViewAuto:
		return "auto"
	}
	return string(d.View)
}

// viewURL leads to the same containers laid out otherwise.
func (d Dashboard) viewURL(v View) string {
	if q := d.Filter.Encode(); q != "" {
		return "/" + q + "&view=" + string(v)
	}
	return "/?view=" + string(v)
}

// tagNames are the tags that containers have, with the one that is filtered by.
func (d Dashboard) tagNames() []string {
	names := slices.Sorted(maps.Keys(d.tags))
	if d.Filter.Tag != "" && d.tags[d.Filter.Tag] == 0 {
		names = append(names, d.Filter.Tag)
	}
	return names
}

// addressWords say, to who looks for an address, that not all are known; "" when they are.
func (d Dashboard) addressWords() string {
	if d.addressless == 0 || !strings.ContainsAny(d.Filter.Query, ".:") {
		return ""
	}
	if d.addressless == 1 {
		return "The address of 1 container that runs is not known yet."
	}
	return fmt.Sprintf("The addresses of %d containers that run are not known yet.", d.addressless)
}

// countWords are "23 on 2 nodes".
func (d Dashboard) countWords() string {
	return fmt.Sprintf("%d on %s", d.Known, human.Count(len(d.Chips), "node", "nodes"))
}
