package container

import (
	"testing"

	"berth/fleet"
	"berth/proxmox"
	"berth/store"
	"berth/views/cards"
	"berth/views/golden"
)

// frameOf renders the frame of a container's pages without a content.
func frameOf(t *testing.T, p Page) golden.Page {
	t.Helper()
	return golden.Rendered(t, "container", frame(p, ""))
}

func TestContainerFrame(t *testing.T) {
	shared := golden.Compare(t, "container", frame(keptPage(nil), cards.TabOverview))
	shared.Variant(t, "linked", frame(keptPage(linked), cards.TabOverview))
	shared.Variant(t, "silent", frame(looked().Page, cards.TabOverview))
}

// linked gives a container a link to itself, and one to elsewhere.
func linked(c *fleet.Container) {
	c.Links = store.Links{Names: []string{"pihole"}, List: []store.Link{
		{Number: 1, Name: "Pi-hole", Scheme: "http", Port: 80, Path: "/admin/"}, {Number: 2, Name: "<b>Wiki", URL: "https://wiki.home.lan/?a=1&b=2", Icon: "W"},
	}}
}

func TestLinksPanel(t *testing.T) {
	panel := golden.Compare(t, "links", linksPanel(keptPage(linked)))
	panel.Variant(t, "none", linksPanel(keptPage(nil)))
	panel.Variant(t, "unaddressed", linksPanel(keptPage(func(c *fleet.Container) {
		linked(c)
		c.Addresses = nil
	})))
	panel.Variant(t, "closed", linksPanel(keptPage(func(c *fleet.Container) {
		linked(c)
		c.Links.List[0].Origin, c.Links.List[0].Closed = store.LinkFound, c.Seen
	})))
	panel.Variant(t, "stopped", linksPanel(keptPage(func(c *fleet.Container) {
		linked(c)
		c.Status = proxmox.GuestStopped
	})))
	panel.Variant(t, "another_container", linksPanel(keptPage(func(c *fleet.Container) {
		linked(c)
		c.Name = "shop"
	})))
}
