package container

import (
	"cmp"
	"fmt"

	"berth/fleet"
	"berth/views/layout"
	"berth/views/parts"
)

// GonePage is a container that is not where its open page says any more.
type GonePage struct {
	Page
	Location fleet.Location  // where its scope has it now; zero: nowhere
	Like     fleet.Container // the only one with its number and name elsewhere; without NodeID when there is none
	Restored bool            // Like appeared while the page was open
}

// moved tells whether its scope has it on another node.
func (p GonePage) moved() bool { return p.Location.Container.NodeID != "" }

// restored tells whether it came back in another scope.
func (p GonePage) restored() bool {
	return p.Location.Member == "" && p.Like.NodeID != "" && p.Restored
}

// follows tells whether there is a page to follow it to.
func (p GonePage) follows() bool { return p.moved() || p.restored() }

// followTo is the page that follows; empty: the same address leads on.
func (p GonePage) followTo() string {
	if p.restored() {
		return parts.ContainerURL(p.Like.NodeID, p.Card.VMID)
	}
	return ""
}

func (p GonePage) title() string {
	if p.Location.Member != "" || p.restored() {
		return p.Card.Title() + " is on " + p.where() + " now"
	}
	return p.Card.Title() + " is not there any more"
}

func (p GonePage) kind() string {
	if p.Location.Member != "" && !p.follows() {
		return "warn"
	}
	return "info"
}

// where is its node by the user's label, or by its name in Proxmox.
func (p GonePage) where() string {
	if p.restored() {
		return p.Like.NodeName
	}
	return cmp.Or(p.Location.Container.NodeName, p.Location.Member)
}

func (p GonePage) why() string {
	switch {
	case p.Location.Member != "":
		return fmt.Sprintf("It was moved from %s, or restored there", p.Node.Name)
	case p.restored():
		return fmt.Sprintf("It is gone from %s, and was restored there", p.Node.Name)
	case p.Like.NodeID != "":
		return "There is one with its number and name on " + p.Like.NodeName
	}
	return "It was deleted"
}

func (p GonePage) words() string {
	switch {
	case p.follows():
		return "Its page there opens in a moment."
	case p.Location.Member != "":
		return fmt.Sprintf("%s is another member of the cluster and not added to Berth yet. Add it as a node, and the container can be looked after there.", p.Location.Member)
	case p.Like.NodeID != "":
		return fmt.Sprintf("%s has no container %d now. It may have been restored on %s.", p.Node.Name, p.Card.VMID, p.Like.NodeName)
	}
	return fmt.Sprintf("%s has no container %d now. When it appears again, here or on another member of the cluster, this page says so.", p.Node.Name, p.Card.VMID)
}

func (p GonePage) link() layout.Link {
	switch {
	case p.moved():
		return layout.Link{URL: parts.ContainerURL(p.Location.Container.NodeID, p.Card.VMID), Text: "Show it on " + p.where()}
	case p.Location.Member != "":
		return layout.Link{URL: "/settings/nodes/new", Text: "Add a node"}
	case p.Like.NodeID != "":
		return layout.Link{URL: parts.ContainerURL(p.Like.NodeID, p.Card.VMID), Text: "Show it on " + p.Like.NodeName}
	}
	return layout.Link{URL: "/", Text: "Containers"}
}
