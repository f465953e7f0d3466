package cards

import (
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"berth/fleet"
)

// Filter selects the containers that the dashboard shows; an empty field lets all through.
type Filter struct {
	Node   string      // ID
	Status fleet.State // one of FilterStatuses
	Query  string      // part of a name, VMID, address or tag
	Tag    string
}

// FilterStatuses returns the states that have a chip to filter by, in their order.
func FilterStatuses() []fleet.State {
	return []fleet.State{fleet.StateRunning, fleet.StateStopped, fleet.StateTemplate, fleet.StateTrouble, fleet.StateUnknown, fleet.StateCreating}
}

// FilterOf reads a filter from a query.
func FilterOf(q url.Values) Filter {
	return Filter{
		Node:   q.Get("node"),
		Status: fleet.State(q.Get("status")),
		Query:  strings.TrimSpace(q.Get("q")),
		Tag:    strings.TrimSpace(q.Get("tag")),
	}
}

// Any tells whether something is filtered.
func (f Filter) Any() bool { return f != Filter{} }

// Encode writes the filter as a query, with its question mark; "" for none.
func (f Filter) Encode() string {
	var q strings.Builder
	for _, p := range [...]struct{ name, value string }{{"node", f.Node}, {"q", f.Query}, {"status", string(f.Status)}, {"tag", f.Tag}} {
		if p.value == "" {
			continue
		}
		if q.Len() == 0 {
			q.WriteByte('?')
		} else {
			q.WriteByte('&')
		}
		q.WriteString(p.name + "=" + url.QueryEscape(p.value))
	}
	return q.String()
}

// URL of the dashboard with this filter.
func (f Filter) URL() string { return "/" + f.Encode() }

func (f Filter) WithNode(id string) Filter {
	f.Node = id
	return f
}

func (f Filter) WithStatus(status fleet.State) Filter {
	f.Status = status
	return f
}

func (f Filter) WithTag(tag string) Filter {
	f.Tag = tag
	return f
}

// Shows tells whether a container in that state passes.
func (f Filter) Shows(c fleet.Container, state fleet.State) bool {
	return (f.Node == "" || c.NodeID == f.Node) &&
		(f.Status == "" || state == f.Status) &&
		(f.Tag == "" || slices.Contains(c.Tags, f.Tag)) &&
		(f.Query == "" || f.finds(c))
}

// finds looks for the query in what a container is known by, without regard to case.
func (f Filter) finds(c fleet.Container) bool {
	q := strings.ToLower(f.Query)
	has := func(s string) bool { return strings.Contains(strings.ToLower(s), q) }
	return has(c.Name) || has(strconv.Itoa(c.VMID)) || slices.ContainsFunc(c.Tags, has) ||
		slices.ContainsFunc(c.Addresses, func(p netip.Prefix) bool { return has(p.Addr().String()) })
}

// ChooseAllURL is the dashboard with all that the filter shows chosen.
func (f Filter) ChooseAllURL() string {
	if q := f.Encode(); q != "" {
		return "/" + q + "&choose=all"
	}
	return "/?choose=all"
}
