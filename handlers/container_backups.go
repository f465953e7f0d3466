package handlers

import (
	"cmp"
	"context"
	"net/http"
	"slices"

	"github.com/labstack/echo/v4"

	"berth/fleet"
	"berth/jobs"
	"berth/proxmox"
	"berth/store"
	"berth/views"
)

// containerBackups is GET /containers/{node}/{vmid}/backups. With ?job= it has what was typed for a backup that
// Proxmox refused.
func (a *app) containerBackups(c echo.Context) error {
	frame, err := a.containerPageOf(c)
	if err != nil {
		return err
	}
	p := views.BackupsPage{ContainerPage: frame}
	refused, err := a.refusedJob(c, frame, store.JobBackup)
	if err != nil {
		return err
	}
	if refused != nil {
		p.Form = views.BackupAgain(jobs.BackupOf(*refused), refused.Problem.Fields)
	}
	if err := a.askBackups(c.Request().Context(), &p); err != nil {
		p.Unknown = explain(about(frame.Node, err)).Title
	}
	p.Settle()
	return a.showBackups(c, http.StatusOK, p)
}

func (a *app) showBackups(c echo.Context, status int, p views.BackupsPage) error {
	return a.pageOrPart(c, status, "containers", "Backups of "+p.Card.Title(), views.ContainerBackups(p), views.BackupsParts(p))
}

// askBackups asks the node for its storages that take backups, and each of them for those of the container. The
// error is why nothing could be asked.
func (a *app) askBackups(ctx context.Context, p *views.BackupsPage) error {
	var (
		rights             proxmox.Permissions
		rightsErr, listErr error
		found              fleet.Backups
	)
	err := a.ask(ctx, p.ContainerPage,
		func(ctx context.Context, c *proxmox.Client) { rights, rightsErr = c.Permissions(ctx) },
		func(ctx context.Context, c *proxmox.Client) {
			if cfg, err := c.ContainerConfig(ctx, p.Node.Member, p.Card.VMID); err == nil {
				p.Disks, p.Protected = cfg.Disks(), cfg.Protection
			}
		},
		func(ctx context.Context, c *proxmox.Client) {
			p.Suspends = !a.hasFeature(ctx, c, p.ContainerPage, proxmox.FeatureSnapshot, "")
		},
		func(ctx context.Context, _ *proxmox.Client) {
			found, listErr = a.Fleet.Backups(ctx, p.Node.UserID, p.Node.ID, p.Card.VMID)
		},
	)
	p.Backups, p.Storages = found.Backups.Items, found.Storages.Items
	p.Gaps = gapsOf(p.Node, found.Backups, "storages for backups")
	if err == nil && rightsErr == nil {
		p.Lack = views.LackOf(p.Node, rights, p.Card.VMID, p.Card.Pool, "VM.Backup")
		p.Storages = slices.DeleteFunc(p.Storages, func(s proxmox.Storage) bool { return !rights.OnStorage(s.Name, "Datastore.AllocateSpace") })
	}
	return cmp.Or(err, listErr)
}

// containerBackUp is POST /containers/{node}/{vmid}/backups: storage, mode, note, protected, prune. It leads to
// the job.
func (a *app) containerBackUp(c echo.Context) error {
	posted, err := postForm(c)
	if err != nil {
		return err
	}
	frame, err := a.actsOnPage(c, store.JobBackup)
	if err != nil {
		return err
	}
	n := frame.Node
	p := views.BackupsPage{ContainerPage: frame, Form: views.TypedBackup(posted)}
	p.Form.Check()
	if len(p.Form.Errors) > 0 {
		if err := a.askBackups(c.Request().Context(), &p); err != nil {
			return about(n, err)
		}
		return a.showBackups(c, http.StatusUnprocessableEntity, p)
	}
	j, err := a.Jobs.Backup(n.UserID, n.ID, p.Card.VMID, p.Card.Name, p.Form.Params())
	if err != nil {
		return err
	}
	return a.redirect(c, views.JobURL(j.ID))
}
