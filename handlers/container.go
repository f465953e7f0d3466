package handlers

import (
	"context"
	"fmt"
	"net/http"
	"net/netip"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"berth/fleet"
	"berth/proxmox"
	"berth/store"
	"berth/views"
)

// container is GET /containers/{node}/{vmid}.
func (a *app) container(c echo.Context) error {
	n, vmid, err := a.placeOf(c)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	ct, err := a.lookAt(ctx, n, vmid)
	if err != nil {
		return err
	}
	if ct.Status == "running" && ct.Fresh && len(ct.Addresses) == 0 {
		ct.Addresses = a.learnAddresses(ctx, n, vmid)
	}
	p, err := a.containerPage(n, ct)
	if err != nil {
		return err
	}
	return a.page(c, http.StatusOK, "containers", p.Card.Title(), views.ContainerOverview(p))
}

// containerPageOf is what the frame of a container's pages shows: the container of the path as it is now.
func (a *app) containerPageOf(c echo.Context) (views.ContainerPage, error) {
	n, vmid, err := a.placeOf(c)
	if err != nil {
		return views.ContainerPage{}, err
	}
	ct, err := a.lookAt(c.Request().Context(), n, vmid)
	if err != nil {
		return views.ContainerPage{}, err
	}
	return a.containerPage(n, ct)
}

// placeOf is the node and VMID of the path, if the node is the user's own.
func (a *app) placeOf(c echo.Context) (store.Node, int, error) {
	n, err := a.Store.Node(userOf(c).ID, c.Param("node"))
	if err != nil {
		return n, 0, err
	}
	vmid, ok := parseVMID(c.Param("vmid"))
	if !ok {
		return n, 0, store.ErrNotFound
	}
	return n, vmid, nil
}

// parseVMID reads a VMID as addresses have it: one container, one way to write it.
func parseVMID(s string) (vmid int, ok bool) {
	vmid, err := strconv.Atoi(s)
	return vmid, err == nil && vmid >= proxmox.MinVMID && vmid <= proxmox.MaxVMID && strconv.Itoa(vmid) == s
}

// lookAt asks how a container is now. A node that does not answer leaves what was known before.
func (a *app) lookAt(ctx context.Context, n store.Node, vmid int) (fleet.Container, error) {
	ct, asked := a.Fleet.Status(ctx, n.UserID, n.ID, vmid)
	if asked == nil {
		return ct, nil
	}
	picture, err := a.Fleet.Picture(ctx, n.UserID)
	if err != nil {
		return ct, err
	}
	known, ok := picture.Container(n.ID, vmid)
	switch {
	case proxmox.KindOf(asked) == proxmox.KindNotFound:
		return a.beingMade(n, vmid, picture)
	case ok:
		known.Fresh = false
		return known, nil
	}
	return ct, about(n, asked)
}

// beingMade is a container that is not there yet, as a job is about to make it. One that is not there for
// another reason is told as such.
func (a *app) beingMade(n store.Node, vmid int, p fleet.Picture) (fleet.Container, error) {
	j, err := a.jobAt(n, vmid)
	if err != nil {
		return fleet.Container{}, err
	}
	if j != nil {
		if made, name := j.Makes(); made == vmid {
			ct := fleet.Container{NodeID: n.ID, NodeName: n.Name, Fresh: true}
			ct.VMID, ct.Name = vmid, name
			return ct, nil
		}
	}
	return fleet.Container{}, goneFrom(n, vmid, p)
}

// goneFrom says that a container is not on its node any more, and where it is now if that is known.
func goneFrom(n store.Node, vmid int, p fleet.Picture) error {
	gone := views.Problem{
		Status: http.StatusNotFound,
		Title:  fmt.Sprintf("There is no container %d on %s", vmid, n.Name),
		Why:    "It was deleted or moved, perhaps from elsewhere, or it never was there.",
		Next:   "The list of containers shows what is there now.",
		Link:   views.Link{URL: "/", Text: "Containers"},
	}
	scopes := make(map[string]string) // of the user's nodes
	for _, s := range p.Nodes {
		scopes[s.Node.ID] = s.Node.Scope
	}
	for _, ct := range p.Containers {
		if ct.VMID == vmid && ct.NodeID != n.ID && scopes[ct.NodeID] == n.Scope {
			gone.Why = fmt.Sprintf("It is on %s now: it was moved there within the cluster.", ct.NodeName)
			gone.Next = ""
			gone.Link = views.Link{URL: views.ContainerURL(ct.NodeID, vmid), Text: "Show it on " + ct.NodeName}
		}
	}
	return problem(gone)
}

// addressesWithin is how long a page waits to learn a container's addresses.
const addressesWithin = 1500 * time.Millisecond

// learnAddresses asks a running container's node for its addresses, which no list has. None is no failure.
func (a *app) learnAddresses(ctx context.Context, n store.Node, vmid int) []netip.Prefix {
	ctx, cancel := context.WithTimeout(ctx, addressesWithin)
	defer cancel()
	client, _, err := a.Fleet.Client(n.ID)
	if err != nil {
		return nil
	}
	interfaces, err := client.Interfaces(ctx, n.Member, vmid)
	if err != nil {
		return nil
	}
	var all []netip.Prefix
	for _, i := range interfaces {
		all = append(all, i.Addresses...)
	}
	if len(all) > 0 {
		a.Fleet.NoteAddresses(n.ID, vmid, all)
	}
	return all
}

// jobAt is the unfinished job on a container; nil when there is none.
func (a *app) jobAt(n store.Node, vmid int) (*store.Job, error) {
	open, err := a.Store.OpenJobsOf(n.UserID)
	if err != nil {
		return nil, err
	}
	for i := range open {
		if open[i].WorksOn(n.Scope, vmid) {
			return &open[i], nil
		}
	}
	return nil, nil
}

const (
	jobsOfContainer = 10  // that its page lists
	jobsLookedAt    = 500 // to find them, the newest first
)

// containerPage is a container with the jobs on it.
func (a *app) containerPage(n store.Node, ct fleet.Container) (views.ContainerPage, error) {
	j, err := a.jobAt(n, ct.VMID)
	if err != nil {
		return views.ContainerPage{}, err
	}
	p := views.ContainerPage{Card: views.NewCard(ct, j, a.Now()), Node: n, Now: a.Now()}
	all, err := a.Store.Jobs(n.UserID, "", jobsLookedAt)
	if err != nil {
		return p, err
	}
	for _, j := range all {
		if j.WorksOn(n.Scope, ct.VMID) && len(p.Jobs) < jobsOfContainer {
			p.Jobs = append(p.Jobs, j)
		}
	}
	return p, nil
}
