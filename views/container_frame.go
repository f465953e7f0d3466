package views

import "slices"

// tabsOfContainer in their order.
var tabsOfContainer = []struct{ name, words string }{
	{TabOverview, "Overview"},
	{TabFigures, "Figures"},
	{TabServices, "Services"},
	{TabSnapshots, "Snapshots"},
	{TabBackups, "Backups"},
	{TabEvents, "Events"},
	{TabConsole, "Console"},
}

// tabs are those of the container: a template has nothing that runs, and cannot be snapshotted.
func (c Card) tabs() []struct{ name, words string } {
	if !c.isTemplate() {
		return tabsOfContainer
	}
	return slices.DeleteFunc(slices.Clone(tabsOfContainer), func(t struct{ name, words string }) bool {
		return t.name == TabFigures || t.name == TabServices || t.name == TabSnapshots || t.name == TabConsole
	})
}

// liveURL is the stream that keeps a page of a container up to date.
func (p ContainerPage) liveURL(tab string) string {
	if tab == TabOverview {
		return p.Card.URL() + "/live?overview=1"
	}
	return p.Card.URL() + "/live"
}
