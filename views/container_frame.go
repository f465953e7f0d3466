package views

// The pages of a container, as their URLs name them below its own.
const (
	TabOverview  = ""
	TabFigures   = "figures"
	TabServices  = "services"
	TabSnapshots = "snapshots"
	TabBackups   = "backups"
	TabEvents    = "events"
	TabConsole   = "console"
)

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

func (c Card) tabURL(tab string) string {
	if tab == TabOverview {
		return c.URL()
	}
	return c.URL() + "/" + tab
}

// liveURL is the stream that keeps a page of a container up to date.
func (p ContainerPage) liveURL(tab string) string {
	if tab == TabOverview {
		return p.Card.URL() + "/live?overview=1"
	}
	return p.Card.URL() + "/live"
}
