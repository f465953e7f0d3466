package cards

import (
	"cmp"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"berth/fleet"
)

// Filter says which containers the dashboard shows, and in what order. An empty field lets all through.
type Filter struct {
	Node   string      // ID
	Status fleet.State // one of FilterStatuses
	Query  string      // words, each a part of a name, VMID, node, tag or address
	Tag    string
	Sort   Sort
	Group  Grouping
}

// Sort is the column that the containers of a group are sorted by, with "-" before it for the other way round. "" is by
// name.
type Sort string

// Grouping says what the list is parted by.
type Grouping string

// The groupings.
const (
	ByNode Grouping = ""
	ByTag  Grouping = "tag" // the first tag of each
	Whole  Grouping = "none"
)

// column is one that the list can be sorted by.
type column struct {
	Key     Sort
	Words   string
	largest bool // it begins with the largest
	compare func(a, b Card) int
}

// columns of the list, in their order.
func columns() []column {
	return []column{
		{Key: "state", Words: "State", compare: func(a, b Card) int { return cmp.Compare(rank(a.Shows), rank(b.Shows)) }},
		{Key: "name", Words: "Name", compare: byName},
		{Key: "vmid", Words: "VMID", compare: func(a, b Card) int { return cmp.Compare(a.VMID, b.VMID) }},
		{Key: "node", Words: "Node", compare: func(a, b Card) int { return cmp.Compare(a.NodeName, b.NodeName) }},
		{Key: "cpu", Words: "CPU", largest: true, compare: func(a, b Card) int { return cmp.Compare(a.load().CPU, b.load().CPU) }},
		{Key: "memory", Words: "Memory, GiB", largest: true, compare: func(a, b Card) int { return cmp.Compare(a.load().Memory, b.load().Memory) }},
		{Key: "disk", Words: "Disk, GiB", largest: true, compare: func(a, b Card) int { return cmp.Compare(a.Disk, b.Disk) }},
		{Key: "address", Words: "Address", compare: func(a, b Card) int { return a.address().Compare(b.address()) }},
		{Key: "updates", Words: "Updates", largest: true, compare: byUpdates},
		{Key: "tags", Words: "Tags", compare: func(a, b Card) int { return slices.Compare(a.Tags, b.Tags) }},
		{Key: "uptime", Words: "Up", largest: true, compare: func(a, b Card) int { return cmp.Compare(a.Uptime, b.Uptime) }},
	}
}

// rank orders states: what runs first, what is not known last.
func rank(s fleet.State) int { return slices.Index(FilterStatuses(), s) }

// byUpdates orders by their number, then by those for security; where nobody looked comes before none.
func byUpdates(a, b Card) int {
	looked := func(c Card) int {
		if c.Updates.At.IsZero() {
			return -1
		}
		return c.Updates.Count
	}
	return cmp.Or(cmp.Compare(looked(a), looked(b)), cmp.Compare(a.Updates.Security, b.Updates.Security))
}

func byName(a, b Card) int {
	return cmp.Or(strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)), cmp.Compare(a.VMID, b.VMID), strings.Compare(a.NodeID, b.NodeID))
}

// column returns the one that is sorted by, and whether its smallest come first.
func (s Sort) column() (c column, rises bool) {
	key, reversed := strings.CutPrefix(string(s), "-")
	columns := columns()
	i := slices.IndexFunc(columns, func(c column) bool { return string(c.Key) == key })
	if i < 0 {
		i = slices.IndexFunc(columns, func(c column) bool { return c.Key == "name" })
	}
	return columns[i], columns[i].largest == reversed
}

// Apply sorts the containers of a group; what is equal goes by name.
func (s Sort) Apply(list []Card) {
	column, rises := s.column()
	slices.SortStableFunc(list, func(a, b Card) int {
		by := column.compare(a, b)
		if !rises {
			by = -by
		}
		return cmp.Or(by, byName(a, b))
	})
}

// toggled is the order that a click on the head of a column leads to: the column's own, or the other way round where the
// list has that already.
func (s Sort) toggled(c column) Sort {
	if now, _ := s.column(); now.Key != c.Key || strings.HasPrefix(string(s), "-") {
		return c.Key
	}
	return "-" + c.Key
}

// direction is how the list is sorted by a column, as aria-sort has it; "" when it is not.
func (s Sort) direction(c column) string {
	now, rises := s.column()
	switch {
	case now.Key != c.Key:
		return ""
	case rises:
		return "ascending"
	}
	return "descending"
}

// FilterStatuses are what can be filtered by, in the order of the page. Each container has just one, so the counts add up.
func FilterStatuses() []fleet.State {
	return []fleet.State{fleet.StateRunning, fleet.StateStopped, fleet.StateCreating, fleet.StateTemplate, fleet.StateUnknown}
}

// FilterOf reads a filter from a query. An order or a grouping that is not known is the usual one.
func FilterOf(q url.Values) Filter {
	f := Filter{
		Node:   q.Get("node"),
		Status: fleet.State(q.Get("status")),
		Query:  strings.TrimSpace(q.Get("q")),
		Tag:    strings.TrimSpace(q.Get("tag")),
	}
	key := strings.TrimPrefix(q.Get("sort"), "-")
	if slices.ContainsFunc(columns(), func(c column) bool { return string(c.Key) == key }) && q.Get("sort") != "name" {
		f.Sort = Sort(q.Get("sort"))
	}
	if by := Grouping(q.Get("group")); by == ByTag || by == Whole {
		f.Group = by
	}
	return f
}

// Any tells whether something is filtered.
func (f Filter) Any() bool { return f.passes() != Filter{} }

// passes is the filter without what is only about order.
func (f Filter) passes() Filter {
	f.Sort, f.Group = "", ByNode
	return f
}

// OnlyNode tells whether the node is all that is filtered by.
func (f Filter) OnlyNode() bool { return f.passes() == Filter{Node: f.Node} }

// Encode writes the filter as a query, with its question mark; "" for none.
func (f Filter) Encode() string {
	var q strings.Builder
	for _, p := range f.Params() {
		if q.Len() == 0 {
			q.WriteByte('?')
		} else {
			q.WriteByte('&')
		}
		q.WriteString(p.Name + "=" + url.QueryEscape(p.Value))
	}
	return q.String()
}

// Param is one of a query.
type Param struct{ Name, Value string }

// Params are those of the filter that are not empty.
func (f Filter) Params() []Param {
	all := []Param{{"node", f.Node}, {"q", f.Query}, {"status", string(f.Status)}, {"tag", f.Tag}, {"sort", string(f.Sort)}, {"group", string(f.Group)}}
	return slices.DeleteFunc(all, func(p Param) bool { return p.Value == "" })
}

// URL of the dashboard with this filter.
func (f Filter) URL() string { return "/" + f.Encode() }

// WithNode is the filter for another node; "" for all.
func (f Filter) WithNode(id string) Filter {
	f.Node = id
	return f
}

// WithStatus is the filter for another status; "" for any.
func (f Filter) WithStatus(status fleet.State) Filter {
	f.Status = status
	return f
}

// withTag is the filter for another tag; "" for any.
func (f Filter) withTag(tag string) Filter {
	f.Tag = tag
	return f
}

// WithGroup is the filter with another grouping.
func (f Filter) WithGroup(by Grouping) Filter {
	f.Group = by
	return f
}

// sortedBy is the filter after a click on the head of a column.
func (f Filter) sortedBy(c column) Filter {
	if f.Sort = f.Sort.toggled(c); f.Sort == "name" {
		f.Sort = ""
	}
	return f
}

// Shows tells whether a container in that state passes.
func (f Filter) Shows(c fleet.Container, state fleet.State) bool {
	return (f.Node == "" || c.NodeID == f.Node) &&
		(f.Status == "" || state == f.Status) &&
		(f.Tag == "" || slices.Contains(c.Tags, f.Tag)) &&
		f.finds(c)
}

// finds looks for each word of the query in what a container is known by, without regard to case.
func (f Filter) finds(c fleet.Container) bool {
	for word := range strings.FieldsSeq(strings.ToLower(f.Query)) {
		has := func(s string) bool { return strings.Contains(strings.ToLower(s), word) }
		if !has(c.Name) && !has(strconv.Itoa(c.VMID)) && !has(c.NodeName) && !slices.ContainsFunc(c.Tags, has) &&
			!slices.ContainsFunc(c.Addresses, func(p netip.Prefix) bool { return has(p.Addr().String()) }) {
			return false
		}
	}
	return true
}

// ChooseAllURL is the dashboard with all that the filter shows chosen.
func (f Filter) ChooseAllURL() string {
	if q := f.Encode(); q != "" {
		return "/" + q + "&choose=all"
	}
	return "/?choose=all"
}
