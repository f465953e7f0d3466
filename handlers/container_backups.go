package handlers

import (
	"context"
	"net/http"
	"slices"

	"github.com/labstack/echo/v4"

	"berth/forms"
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
		p.Form = forms.BackupAgain(jobs.BackupOf(*refused), refused.Problem.Fields)
	}
	if err := a.askBackups(c.Request().Context(), &p); err != nil {
		p.Unknown = explained(about(frame.Node, err)).Title
	}
	p.Form.Settle(p.Storages, p.Card.Disk)
	return a.showBackups(c, http.StatusOK, p)
}

func (a *app) showBackups(c echo.Context, status int, p views.BackupsPage) error {
	return a.pageOrPart(c, status, "containers", "Backups of "+p.Card.Title(), views.ContainerBackups(p), views.BackupsParts(p))
}

// askBackups asks the node for its storages that take backups, and each of them for those of the container. The
// error is why nothing could be asked.
func (a *app) askBackups(ctx context.Context, p *views.BackupsPage) error {
	if err := unanswered(p.ContainerPage); err != nil {
		return err
	}
	told, err := a.Fleet.Backups(ctx, p.Node.UserID, p.Ref())
	p.Backups, p.Storages = told.Backups.Items, told.Storages.Items
	p.Gaps = gapsOf(p.Node, told.Backups, "storages for backups")
	p.Disks, p.Protected = told.Config.Disks(), told.Config.Protection
	p.Suspends = !told.Snapshots
	p.Lack = lackOn(p.ContainerPage, told.Rights, "VM.Backup")
	if told.Rights != nil {
		p.Storages = slices.DeleteFunc(p.Storages, func(s proxmox.Storage) bool { return !told.Rights.OnStorage(s.Name, "Datastore.AllocateSpace") })
	}
	return err
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
	p := views.BackupsPage{ContainerPage: frame, Form: forms.ReadBackup(posted)}
	p.Form.Check()
	if len(p.Form.Errors) > 0 {
		if err := a.askBackups(c.Request().Context(), &p); err != nil {
			return about(n, err)
		}
		return a.showBackups(c, http.StatusUnprocessableEntity, p)
	}
	j, err := a.Jobs.Backup(n.UserID, p.Ref(), p.Card.Name, p.Form.Params())
	if err != nil {
		return err
	}
	return a.redirect(c, views.JobURL(j.ID))
}
