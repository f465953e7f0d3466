package handlers

import (
	"cmp"
	"context"
	"net/http"

	"github.com/labstack/echo/v4"

	"berth/jobs"
	"berth/proxmox"
	"berth/store"
	"berth/views"
)

// containerClonePage is GET /containers/{node}/{vmid}/clone. What is in the query is in the form, which is how
// a form without script has its VMID checked. With ?job= it has what was typed for a clone that Proxmox refused;
// with ?list=storage a page gets the field of the storage anew.
func (a *app) containerClonePage(c echo.Context) error {
	frame, err := a.containerPageOf(c)
	if err != nil {
		return err
	}
	if c.QueryParam("list") == "storage" && wantsPart(c) {
		return a.cloneStorages(c, frame)
	}
	p := views.ClonePage{ContainerPage: frame, Form: views.CloneForm{Pool: frame.Card.Pool != ""}}
	if frame.Card.Name != "" {
		p.Form.Hostname = frame.Card.Name + "-copy"
	}
	if typed := c.QueryParams(); typed.Has("vmid") {
		p.Form = views.TypedClone(typed)
	}
	refused, err := a.refusedJob(c, frame, store.JobClone)
	if err != nil {
		return err
	}
	if refused != nil {
		p.Form = views.CloneAgain(jobs.CloneOf(*refused), refused.Problem.Fields)
	}
	if err := a.askClone(c.Request().Context(), &p); err != nil {
		p.Unknown = explain(about(frame.Node, err)).Title + "."
	}
	if p.Verdict.State == "free" {
		delete(p.Form.Errors, "vmid")
	}
	return a.showClone(c, http.StatusOK, p)
}

// cloneStorages is the field of the storage, with what came of its list since the page was made.
func (a *app) cloneStorages(c echo.Context, frame views.ContainerPage) error {
	told, err := a.Fleet.StoragesFor(c.Request().Context(), frame.Node.UserID, frame.Node.ID)
	if err != nil {
		return err
	}
	p := views.ClonePage{ContainerPage: frame, Storages: told.Items, Gaps: storageGaps(frame.Node, told), Template: frame.Card.Template}
	p.Form.Storage = c.QueryParam("storage")
	return a.part(c, http.StatusOK, views.CloneStorage(p))
}

func (a *app) showClone(c echo.Context, status int, p views.ClonePage) error {
	return a.page(c, status, "containers", "Clone "+p.Card.Title(), views.ContainerClone(p))
}

// askClone asks the node for what a clone can be made of, and beside that whether its VMID is free. The error
// is why the snapshots are not known.
func (a *app) askClone(ctx context.Context, p *views.ClonePage) error {
	n := p.Node
	p.Template = p.Card.Template
	var listErr, verdictErr error
	err := a.ask(ctx, p.ContainerPage,
		func(ctx context.Context, c *proxmox.Client) {
			p.Snapshots, listErr = c.Snapshots(ctx, n.Member, p.Card.VMID)
		},
		func(ctx context.Context, _ *proxmox.Client) {
			if told, err := a.Fleet.StoragesFor(ctx, n.UserID, n.ID); err == nil {
				p.Storages, p.Gaps = told.Items, storageGaps(n, told)
			}
		},
		func(ctx context.Context, c *proxmox.Client) {
			if cfg, err := c.ContainerConfig(ctx, n.Member, p.Card.VMID); err == nil {
				p.Copies, p.Bound, p.Protected = proxmox.Mounted(cfg.Disks()), proxmox.BoundOf(cfg.Disks()), cfg.Protection
			}
		},
		func(ctx context.Context, c *proxmox.Client) {
			p.Lack = a.lackOn(ctx, c, p.ContainerPage, "VM.Clone", "VM.Allocate")
		},
		func(ctx context.Context, _ *proxmox.Client) {
			p.Verdict, verdictErr = a.Fleet.Check(ctx, n.UserID, n.ID, p.Form.VMID)
			p.VMIDWhy = whyUnknown(n, p.Verdict)
		},
	)
	return cmp.Or(err, verdictErr, listErr)
}

// containerClone is POST /containers/{node}/{vmid}/clone: vmid, hostname, snapshot, storage, full, pool. It
// leads to the job.
func (a *app) containerClone(c echo.Context) error {
	posted, err := postForm(c)
	if err != nil {
		return err
	}
	frame, err := a.actsOnPage(c, store.JobClone)
	if err != nil {
		return err
	}
	ctx, n := c.Request().Context(), frame.Node
	p := views.ClonePage{ContainerPage: frame, Form: views.TypedClone(posted)}
	if err := a.askClone(ctx, &p); err != nil {
		return about(n, err)
	}
	p.Check()
	if p.Form.Snapshot != "" && len(p.Form.Errors) == 0 && !a.canCopy(ctx, p) {
		p.CopyRefused()
	}
	if len(p.Form.Errors) > 0 || p.Lack.Any() {
		return a.showClone(c, http.StatusUnprocessableEntity, p)
	}
	j, err := a.Jobs.Clone(n.UserID, n.ID, p.Card.VMID, p.Card.Name, p.Params())
	if err != nil {
		return err
	}
	return a.redirect(c, views.JobURL(j.ID))
}

// canCopy asks whether the storages can copy from the chosen snapshot.
func (a *app) canCopy(ctx context.Context, p views.ClonePage) (can bool) {
	feature := proxmox.FeatureCopy
	if p.Template && !p.Form.Full {
		feature = proxmox.FeatureClone
	}
	err := a.ask(ctx, p.ContainerPage, func(ctx context.Context, c *proxmox.Client) {
		can = a.hasFeature(ctx, c, p.ContainerPage, feature, p.Form.Snapshot)
	})
	return err != nil || can
}
