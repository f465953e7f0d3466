package container

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"berth/fleet"
	"berth/handlers/web"
	"berth/proxmox"
	"berth/store"
	"berth/views/cards"
	"berth/views/container"
)

// Live is GET /containers/{node}/{vmid}/live: the head of a container's pages again whenever it is
// another one, and with overview=1 or configuration=1 that page's body too; the overview is told when to ask for its last
// events. It shows what the
// inventory of all has, and asks the node for nothing of its own but the configuration, and that only after the container
// began or ended to run, or was worked on.
func (a *Pages) Live(c echo.Context) error {
	n, vmid, err := a.nodeAndVMID(c)
	if err != nil {
		return err
	}
	watch := a.Fleet.Watch(n.UserID)
	defer watch.Close()
	atWork := a.Jobs.Watch(n.UserID)
	defer atWork.Close()
	s, err := a.OpenStream(c)
	if err != nil {
		return err
	}
	defer s.Close()
	live := liveContainer{pages: a, node: n, vmid: vmid, overview: c.QueryParam("overview") == "1", configuration: c.QueryParam("configuration") == "1"}
	beat := time.NewTicker(web.Heartbeat)
	defer beat.Stop()
	for {
		if err := live.send(s); err != nil {
			return err
		}
		select {
		case <-watch.C:
		case <-atWork.C:
		case <-beat.C:
			live.late = true
			if err := s.Beat(); err != nil {
				return err
			}
		case <-s.Ctx.Done():
			return nil
		}
	}
}

// liveContainer is a container's page that is open.
type liveContainer struct {
	pages *Pages
	node  store.Node
	vmid  int
	// Which page it is: neither is another one, of which only the head is kept up to date.
	overview, configuration bool

	sent     string // what was sent last
	shape    string // of the container then: see shapeOf
	searches int    // for its addresses, since it began to run
	late     bool   // a heartbeat has passed since the last search
	whole    bool   // there was an inventory in which all nodes answered
	twins    int    // containers on other nodes with its number and name, in the first such inventory
	history  string // changes with what was done to it, by Berth or by others: as it was when the page was last told to ask
}

// maxSearches bounds the calls for the addresses of a container that has just started, one a heartbeat.
const maxSearches = 6

// send sends what is new of the container and of what was done to it.
func (l *liveContainer) send(s *web.EventStream) error {
	inventory, err := l.pages.Fleet.Inventory(s.Ctx, l.node.UserID)
	if err != nil {
		return err
	}
	if err := l.sendState(s, inventory); err != nil || !l.overview {
		return err
	}
	return l.sendHistory(s, inventory)
}

// sendHistory tells the overview to ask for the last events: at first, and when there may be others.
func (l *liveContainer) sendHistory(s *web.EventStream, inventory fleet.Inventory) error {
	location, here := l.find(inventory)
	if !here {
		return nil
	}
	mark, err := l.pages.history().Mark(l.node, l.vmid)
	history := fmt.Sprint(mark, shapeOf(location.Container), location.Container.Fresh)
	if err != nil || history == l.history {
		return err
	}
	l.history = history
	return s.SendText("events", "", "")
}

// sendState sends the container as it is now, unless that was sent before.
func (l *liveContainer) sendState(s *web.EventStream, inventory fleet.Inventory) error {
	view, err := l.view(s.Ctx, inventory)
	if err != nil || view == nil {
		return err
	}
	html, err := rendered(s.Ctx, view)
	if err != nil || html == l.sent {
		return err
	}
	l.sent = html
	return s.SendText("container", "", html)
}

// view returns the part of an open page that shows the container; nil when nothing is new.
func (l *liveContainer) view(ctx context.Context, inventory fleet.Inventory) (templ.Component, error) {
	name := l.pages.Fleet.Name(l.node, l.vmid)
	likes := inventory.Namesakes(l.node, l.vmid, name)
	if !l.whole && !slices.ContainsFunc(inventory.Nodes, func(s fleet.NodeState) bool { return s.State != fleet.NodeAnswers }) {
		l.whole, l.twins = true, len(likes)
	}
	location, here := l.find(inventory)
	ct := location.Container
	if !here {
		ct = fleet.Container{NodeID: l.node.ID, NodeName: l.node.Name}
		ct.VMID, ct.Name = l.vmid, name
		p, err := l.pages.containerPage(ctx, l.node, ct)
		if err != nil || p.Card.Job != nil || location.Member == "" && !answers(inventory, l.node) {
			return nil, err // it is being made, or nothing is known of it
		}
		gone := container.GonePage{Page: p, Location: location}
		if len(likes) == 1 {
			gone.Like, gone.Restored = likes[0], l.whole && l.twins == 0
		}
		return container.Gone(gone, true), nil
	}
	ct.NodeID, ct.NodeName = l.node.ID, l.node.Name // of two records of one host, this is the one that is looked at
	if !l.overview && !l.configuration {
		p, err := l.pages.containerPage(ctx, l.node, ct)
		return container.Head(p, true), err
	}
	details, err := l.details(ctx, ct)
	if err != nil {
		return nil, err
	}
	p, err := l.pages.configurationPage(ctx, l.node, ct, details)
	if l.configuration {
		return templ.Join(container.Head(p.Page, true), container.Tabs(p.Page, cards.TabSettings, true), container.ConfigurationBody(p, true)), err
	}
	body := container.Body(container.OverviewPage{ConfigurationPage: p}, true)
	return templ.Join(container.Head(p.Page, true), container.Tabs(p.Page, cards.TabOverview, true), body), err
}

// find tells where the container is, and whether that is the member whose page is open.
func (l *liveContainer) find(inventory fleet.Inventory) (location fleet.Location, here bool) {
	location = inventory.Find(l.node.Scope, l.vmid)
	return location, location.Member == l.node.Member && location.Container.NodeID != ""
}

// details are the kept ones, asked anew when the container is another one than when they were told.
func (l *liveContainer) details(ctx context.Context, ct fleet.Container) (fleet.Details, error) {
	shape := shapeOf(ct)
	ask := l.shape != "" && l.shape != shape
	if l.shape != shape {
		l.searches = 0
	}
	l.shape = shape
	if l.late && ct.Status == proxmox.GuestRunning && len(ct.Addresses) == 0 && l.searches < maxSearches {
		l.searches++
		ask = true
	}
	l.late = false
	if !ask || !ct.Fresh {
		return l.pages.Fleet.KnownDetails(l.node.Ref(l.vmid)), nil
	}
	return l.pages.Fleet.Details(ctx, l.node.UserID, l.node.Ref(l.vmid))
}

// shapeOf sums up what the inventory holds of a container's configuration and status; details are asked anew when it changes.
func shapeOf(ct fleet.Container) string {
	return fmt.Sprint(ct.Status, ct.Lock, ct.Name, ct.Cores, ct.MaxMemory, ct.MaxDisk, ct.Tags)
}

// answers tells whether a node answered the last time it was asked.
func answers(p fleet.Inventory, n store.Node) bool {
	for _, s := range p.Nodes {
		if s.Node.ID == n.ID {
			return s.State == fleet.NodeAnswers
		}
	}
	return false
}

// rendered is a view as text.
func rendered(ctx context.Context, view templ.Component) (string, error) {
	var b strings.Builder
	err := view.Render(ctx, &b)
	return b.String(), err
}
