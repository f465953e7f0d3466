package container

import (
	"slices"

	"berth/views/cards"
)

// tabsOfContainer in their order.
var tabsOfContainer = []struct{ name, words string }{
	{cards.TabOverview, "Overview"},
	{cards.TabMetrics, "Metrics"},
	{cards.TabServices, "Services"},
	{cards.TabSnapshots, "Snapshots"},
	{cards.TabBackups, "Backups"},
	{cards.TabEvents, "Events"},
	{cards.TabConsole, "Console"},
}

// tabs are those of the container: a template has nothing that runs, and cannot be snapshotted.
func tabs(c cards.Card) []struct{ name, words string } {
	if !c.IsTemplate() {
		return tabsOfContainer
	}
	return slices.DeleteFunc(slices.Clone(tabsOfContainer), func(t struct{ name, words string }) bool {
		return t.name == cards.TabMetrics || t.name == cards.TabServices || t.name == cards.TabSnapshots || t.name == cards.TabConsole
	})
}

// liveURL is the stream that keeps a page of a container up to date.
func (p Page) liveURL(tab string) string {
	if tab == cards.TabOverview {
		return p.Card.URL() + "/live?overview=1"
	}
	return p.Card.URL() + "/live"
}
