package container

import (
	"slices"
	"time"

	"berth/fleet"
	"berth/views/cards"
	"berth/views/human"
)

// tabsOfContainer in their order.
var tabsOfContainer = []struct{ name, words string }{
	{cards.TabOverview, "Overview"},
	{cards.TabMetrics, "Metrics"},
	{cards.TabServices, "Services"},
	{cards.TabSnapshots, "Snapshots"},
	{cards.TabBackups, "Backups"},
	{cards.TabEvents, "Events"},
	{cards.TabSettings, "Configuration"},
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
	switch tab {
	case cards.TabOverview:
		return p.Card.URL() + "/live?overview=1"
	case cards.TabSettings:
		return p.Card.URL() + "/live?configuration=1"
	}
	return p.Card.URL() + "/live"
}

// sinceAt is the moment in sinceWords, where there is one.
func (p Page) sinceAt() time.Time {
	if p.Card.Shows == fleet.StateStopped {
		return p.Lately.Stopped
	}
	return p.Card.Seen
}

// sinceWords say since when the container is in its state, and who turned it off; "" where that is not known.
func (p Page) sinceWords() string {
	if p.Card.Shows != fleet.StateStopped || p.Lately.Stopped.IsZero() {
		return p.Card.SinceWords()
	}
	words := "since " + human.When(p.Lately.Stopped, p.Now)
	if by := p.Lately.StoppedBy; by != "" && by != p.Node.TokenID { // the token is Berth's: who it was is not known any more
		words += " by " + by
	}
	return words
}

// systemName is the container's system with its version where a look inside found that, else as Proxmox knows it; "" where
// that is not known yet.
func (p Page) systemName() string {
	if p.Card.System != "" || p.Known.Now.OSType == "" {
		return p.Card.System
	}
	return osName(p.Known.Now.OSType)
}

// waitingNumber follows a number of changes: "change waits for a restart".
func waitingNumber(n int) string {
	if n == 1 {
		return "change waits for a restart"
	}
	return "changes wait for a restart"
}
