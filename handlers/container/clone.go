package container

import (
	"context"
	"net/http"

	"github.com/labstack/echo/v4"

	"berth/fleet"
	"berth/forms"
	"berth/handlers/web"
	"berth/jobs"
	"berth/proxmox"
	"berth/store"
	"berth/views/container"
	"berth/views/parts"
)

// ClonePage is GET /containers/{node}/{vmid}/clone. What is in the query is in the form, which is how
// a form without script has its VMID checked. With ?job= it has what was typed for a clone that Proxmox refused;
// with ?list=storage a page gets the field of the storage anew.
func (a *Pages) ClonePage(c echo.Context) error {
	frame, err := a.containerPageOf(c)
	if err != nil {
		return err
	}
	if c.QueryParam("list") == "storage" && web.WantsPart(c) {
		return a.cloneStorages(c, frame)
	}
	p := container.NewClonePage(frame, forms.CloneForm{Pool: frame.Card.Pool != ""})
	if frame.Card.Name != "" {
		p.Form.Hostname = frame.Card.Name + "-copy"
	}
	if typed := c.QueryParams(); typed.Has("vmid") {
		p.Form = forms.ReadClone(typed)
	}
	refused, err := a.refusedJob(c, frame, store.JobClone)
	if err != nil {
		return err
	}
	if refused != nil {
		p.Form = forms.CloneAgain(jobs.CloneOf(*refused), refused.Problem.Properties)
	}
	if err := a.askClone(c.Request().Context(), &p); err != nil {
		p.Unknown = web.Explained(web.About(frame.Node, err)).Title + "."
	}
	if p.Verdict.State == fleet.VMIDFree {
		delete(p.Form.Errors, "vmid")
	}
	return a.showClone(c, http.StatusOK, p)
}

// cloneStorages is the field of the storage, with what came of its list since the page was made.
func (a *Pages) cloneStorages(c echo.Context, frame container.Page) error {
	told, err := a.Fleet.StoragesFor(c.Request().Context(), frame.Node.UserID, frame.Node.ID)
	if err != nil {
		return err
	}
	p := container.NewClonePage(frame, forms.CloneForm{Storage: c.QueryParam("storage")})
	p.Storages, p.Gaps = told.Items, web.StorageGaps(frame.Node, told)
	return a.Part(c, http.StatusOK, container.CloneStorage(p))
}

func (a *Pages) showClone(c echo.Context, status int, p container.ClonePage) error {
	return a.Page(c, status, "containers", "Clone "+p.Card.Title(), container.Clone(p))
}

// askClone asks the node for what a clone can be made of, and beside that whether its VMID is free. The error
// is why the snapshots are not known.
func (a *Pages) askClone(ctx context.Context, p *container.ClonePage) error {
	if err := unanswered(p.Page); err != nil {
		return err
	}
	told, err := a.Fleet.CloneChoices(ctx, p.Node.UserID, p.Ref(), p.Form.VMID)
	p.Snapshots = told.Snapshots
	p.Storages, p.Gaps = told.Storages.Items, web.StorageGaps(p.Node, told.Storages)
	disks := told.Config.Disks()
	p.Copies, p.Bound, p.Protected = proxmox.Mounted(disks), proxmox.BoundOf(disks), told.Config.Protection
	p.Lack = lackOn(p.Page, told.Rights, "VM.Clone", "VM.Allocate")
	p.Verdict, p.VMIDWhy = told.Verdict, web.WhyUnknown(p.Node, told.Verdict)
	return err
}

// Clone is POST /containers/{node}/{vmid}/clone: vmid, hostname, snapshot, storage, full, pool. It
// leads to the job.
func (a *Pages) Clone(c echo.Context) error {
	posted, err := web.PostForm(c)
	if err != nil {
		return err
	}
	frame, err := a.actsOnPage(c, store.JobClone)
	if err != nil {
		return err
	}
	ctx, n := c.Request().Context(), frame.Node
	p := container.NewClonePage(frame, forms.ReadClone(posted))
	if err := a.askClone(ctx, &p); err != nil {
		return web.About(n, err)
	}
	p.Check()
	if p.Form.Snapshot != "" && len(p.Form.Errors) == 0 && !a.Fleet.CanCopy(ctx, n.UserID, p.Ref(), p.Form.Snapshot, p.Template && !p.Form.Full) {
		p.CopyRefused()
	}
	if len(p.Form.Errors) > 0 || p.Lack.Any() {
		return a.showClone(c, http.StatusUnprocessableEntity, p)
	}
	j, err := a.Jobs.Clone(n.UserID, p.Ref(), p.Card.Name, p.Params())
	if err != nil {
		return err
	}
	return a.Redirect(c, parts.JobURL(j.ID))
}
