package container

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strconv"
	"sync"

	"github.com/labstack/echo/v4"

	"berth/events"
	"berth/fleet"
	"berth/handlers/web"
	"berth/proxmox"
	"berth/store"
	"berth/views"
	"berth/views/cards"
	"berth/views/container"
	"berth/views/layout"
	"berth/views/parts"
)

// Show is GET /containers/{node}/{vmid}.
func (a *Pages) Show(c echo.Context) error {
	n, vmid, err := a.nodeAndVMID(c)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	var p container.OverviewPage
	if p.ConfigurationPage, err = a.askDetails(ctx, n, vmid); err != nil {
		return err
	}
	if p.Latest, err = a.history().Page(ctx, n, vmid, events.Query{Filter: events.ByBerth, Limit: events.Latest}); err != nil {
		return err
	}
	return a.Page(c, http.StatusOK, "containers", p.Card.Title(), container.Overview(p))
}

// Menu is GET /containers/{node}/{vmid}/menu: what can be done with a container that a list shows, asked for when its menu is
// opened. It costs the host no call.
func (a *Pages) Menu(c echo.Context) error {
	n, vmid, err := a.nodeAndVMID(c)
	if err != nil {
		return err
	}
	if !web.WantsPart(c) {
		return c.Redirect(http.StatusSeeOther, parts.ContainerURL(n.ID, vmid))
	}
	p, _, err := a.containerAsKnown(c.Request().Context(), n, vmid)
	if err != nil {
		return err
	}
	return a.Part(c, http.StatusOK, cards.Menu(p.Card))
}

// Configuration is GET /containers/{node}/{vmid}/configuration.
func (a *Pages) Configuration(c echo.Context) error {
	n, vmid, err := a.nodeAndVMID(c)
	if err != nil {
		return err
	}
	p, err := a.askDetails(c.Request().Context(), n, vmid)
	if err != nil {
		return err
	}
	return a.Page(c, http.StatusOK, "containers", "Configuration of "+p.Card.Title(), container.Configuration(p))
}

// askDetails asks side by side for a container's status and how it is set up.
func (a *Pages) askDetails(ctx context.Context, n store.Node, vmid int) (p container.ConfigurationPage, err error) {
	var (
		asking  sync.WaitGroup
		details fleet.Details
		failed  error
	)
	asking.Go(func() { details, failed = a.Fleet.Details(ctx, n.UserID, n.Ref(vmid)) })
	ct, err := a.fetchContainer(ctx, n, vmid)
	asking.Wait()
	if err := cmp.Or(err, failed); err != nil {
		return p, err
	}
	return a.configurationPage(ctx, n, ct, details)
}

// configurationPage is a container with how it is set up.
func (a *Pages) configurationPage(ctx context.Context, n store.Node, ct fleet.Container, d fleet.Details) (container.ConfigurationPage, error) {
	if len(ct.Addresses) == 0 && ct.Status == proxmox.GuestRunning {
		ct.Addresses = proxmox.Addresses(d.Interfaces, d.Now.Networks)
	}
	p, err := a.containerPage(ctx, n, ct)
	if err != nil {
		return container.ConfigurationPage{}, err
	}
	making, err := a.makingOf(n, ct.VMID)
	return container.ConfigurationPage{Page: p, Details: d, Making: making}, err
}

// makingOf tells how Berth made a container; zero when it did not, as far as it knows.
func (a *Pages) makingOf(n store.Node, vmid int) (container.Making, error) {
	j, provision, t, err := a.creationOf(n, vmid)
	return container.Making{Job: j, Template: provision.Template, TemplateID: t.ID}, err
}

// creationOf returns the job that made a container, what it provisioned, and the template that it used. What is
// missing is zero.
func (a *Pages) creationOf(n store.Node, vmid int) (j store.Job, provision store.Provision, t store.Template, err error) {
	if j, err = a.Store.JobThatMade(n.UserID, n.Scope, vmid); err == nil {
		provision, err = a.Store.JobProvision(j.ID)
	}
	if err == nil {
		t, err = a.TemplateOf(n.UserID, provision.TemplateID)
	}
	if web.IsNotFound(err) {
		err = nil
	}
	return j, provision, t, err
}

// containerPageOf fetches the container of the path, for the frame of its pages.
func (a *Pages) containerPageOf(c echo.Context) (container.Page, error) {
	n, vmid, err := a.nodeAndVMID(c)
	if err != nil {
		return container.Page{}, err
	}
	ct, err := a.fetchContainer(c.Request().Context(), n, vmid)
	if err != nil {
		return container.Page{}, err
	}
	return a.containerPage(c.Request().Context(), n, ct)
}

// nodeAndVMID reads the node and VMID of the path. A node of another user is not found.
func (a *Pages) nodeAndVMID(c echo.Context) (store.Node, int, error) {
	n, err := a.Store.Node(web.UserOf(c).ID, c.Param("node"))
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
	vmid, ok = proxmox.ParseVMID(s)
	return vmid, ok && strconv.Itoa(vmid) == s
}

// fetchContainer asks the node for a container's status. When the node does not answer, the last known status is used.
func (a *Pages) fetchContainer(ctx context.Context, n store.Node, vmid int) (fleet.Container, error) {
	ct, asked := a.Fleet.Status(ctx, n.UserID, n.Ref(vmid))
	switch {
	case asked == nil:
		return ct, nil
	case proxmox.KindOf(asked) == proxmox.KindNotFound:
		return a.beingMade(ctx, n, vmid)
	}
	inventory, err := a.Fleet.Inventory(ctx, n.UserID)
	if err != nil {
		return ct, err
	}
	if known, ok := inventory.Container(n.Ref(vmid)); ok {
		known.Fresh, known.Err = false, asked
		return known, nil
	}
	return ct, web.About(n, asked)
}

// containerAsKnown takes a container from the inventory, without a call to its node. silent
// is the node's state while it does not answer, else nil.
func (a *Pages) containerAsKnown(ctx context.Context, n store.Node, vmid int) (p container.Page, silent *fleet.NodeState, err error) {
	inventory, err := a.Fleet.Inventory(ctx, n.UserID)
	if err != nil {
		return p, nil, err
	}
	ct, known := inventory.Container(n.Ref(vmid))
	if !known {
		if ct, err = a.fetchContainer(ctx, n, vmid); err != nil {
			return p, nil, err
		}
	}
	p, err = a.containerPage(ctx, n, ct)
	return p, silentIn(inventory, n), err
}

// silentIn returns the state of a node that does not answer, else nil.
func silentIn(inventory fleet.Inventory, n store.Node) *fleet.NodeState {
	i := slices.IndexFunc(inventory.Nodes, func(s fleet.NodeState) bool { return s.Node.ID == n.ID && s.State == fleet.NodeSilent })
	if i < 0 {
		return nil
	}
	return &inventory.Nodes[i]
}

// containerOrSilence is the container of the path as it is now, for what goes over SSH. While its node does not answer
// it is as last known, nothing is asked, and silence says so: who waited for SSH would be told of SSH.
func (a *Pages) containerOrSilence(c echo.Context) (p container.Page, silence *layout.Problem, err error) {
	n, vmid, err := a.nodeAndVMID(c)
	if err != nil {
		return p, nil, err
	}
	ctx := c.Request().Context()
	inventory, err := a.Fleet.Inventory(ctx, n.UserID)
	if err != nil {
		return p, nil, err
	}
	ct, known := inventory.Container(n.Ref(vmid))
	silent := silentIn(inventory, n)
	if silent == nil || !known {
		if ct, err = a.fetchContainer(ctx, n, vmid); err != nil {
			return p, nil, a.orMember(n, vmid, err)
		}
	}
	if silent != nil {
		ct.Fresh = false
		silence = a.silenceOf(*silent)
	}
	p, err = a.containerPage(ctx, n, ct)
	return p, silence, err
}

// silenceOf says why a node does not answer, and since when.
func (a *Pages) silenceOf(s fleet.NodeState) *layout.Problem {
	p := web.WhySilent(s)
	p.Why = views.SilentFor(s, a.Now()) + ". " + p.Why
	return &p
}

// beingMade is a container that is not there yet, as a job is about to make it. One that is not there for
// another reason is told as such.
func (a *Pages) beingMade(ctx context.Context, n store.Node, vmid int) (fleet.Container, error) {
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
	return fleet.Container{}, a.goneFrom(ctx, n, vmid)
}

// jobAt is the unfinished job on a container; nil when there is none.
func (a *Pages) jobAt(n store.Node, vmid int) (*store.Job, error) {
	open, err := a.Store.OpenJobsOf(n.UserID)
	return jobOn(open, n, vmid), err
}

// jobOn is the first of jobs on a container; nil when there is none.
func jobOn(list []store.Job, n store.Node, vmid int) *store.Job {
	i := slices.IndexFunc(list, func(j store.Job) bool { return j.WorksOn(n.Scope, vmid) })
	if i < 0 {
		return nil
	}
	return &list[i]
}

// containerPage is a container with the unfinished job on it, and what is known of it without asking.
func (a *Pages) containerPage(ctx context.Context, n store.Node, ct fleet.Container) (container.Page, error) {
	j, err := a.jobAt(n, ct.VMID)
	if err != nil {
		return container.Page{}, err
	}
	lately, err := a.history().Lately(n, ct.VMID)
	if err != nil {
		return container.Page{}, err
	}
	known := a.Fleet.KnownDetails(n.Ref(ct.VMID)).Settings
	now := a.NowFor(ctx)
	return container.Page{Card: cards.New(ct, j, now), Node: n, Now: now, Known: known, Lately: lately}, nil
}
