package container

import (
	"context"
	"net/http"
	"slices"

	"github.com/labstack/echo/v4"

	"berth/forms"
	"berth/handlers/web"
	"berth/jobs"
	"berth/proxmox"
	"berth/store"
	"berth/views/container"
	"berth/views/explain"
)

// Backups is GET /containers/{node}/{vmid}/backups. With ?job= it has what was typed for a backup that
// Proxmox refused.
func (a *Pages) Backups(c echo.Context) error {
	frame, err := a.containerPageOf(c)
	if err != nil {
		return err
	}
	p := container.BackupsPage{Page: frame}
	refused, err := a.refusedJob(c, frame, store.JobBackup)
	if err != nil {
		return err
	}
	if refused != nil {
		p.Form = forms.BackupAgain(jobs.BackupOf(*refused), refused.Problem.Properties)
	}
	if err := a.askBackups(c.Request().Context(), &p); err != nil {
		p.Unknown = web.Explained(web.About(frame.Node, err)).Title
	}
	p.Form.Settle(p.Storages, p.Card.Disk)
	return a.showBackups(c, http.StatusOK, p)
}

func (a *Pages) showBackups(c echo.Context, status int, p container.BackupsPage) error {
	if web.WantsDialog(c) {
		return a.Dialog(c, status, container.BackupDialog(p))
	}
	return a.PageOrPart(c, status, "containers", "Backups of "+p.Card.Title(), container.Backups(p), container.BackupsParts(p))
}

// askBackups asks the node for its storages that take backups, and each of them for those of the container. It fails
// where the node could not be asked; what a single storage does not tell goes into p.Gaps.
func (a *Pages) askBackups(ctx context.Context, p *container.BackupsPage) error {
	if err := unanswered(p.Page); err != nil {
		return err
	}
	told, err := a.Fleet.Backups(ctx, p.Node.UserID, p.Ref())
	p.Backups, p.Storages = told.Backups.Items, told.Storages.Items
	p.Gaps = web.GapsOf(p.Node, told.Backups, explain.GapSlowBackups)
	p.Disks, p.Protected = told.Config.Disks(), told.Config.Protection
	p.Suspends = !told.Snapshots
	p.Lack = lackOn(p.Page, told.Rights, "VM.Backup")
	if told.Rights != nil {
		p.Storages = slices.DeleteFunc(p.Storages, func(s proxmox.Storage) bool { return !told.Rights.OnStorage(s.Name, "Datastore.AllocateSpace") })
	}
	return err
}

// BackUp is POST /containers/{node}/{vmid}/backups: storage, mode, note, protected, prune. It leads to
// the job.
func (a *Pages) BackUp(c echo.Context) error {
	posted, err := web.PostForm(c)
	if err != nil {
		return err
	}
	frame, err := a.actsOnPage(c, store.JobBackup)
	if err != nil {
		return err
	}
	n := frame.Node
	p := container.BackupsPage{Page: frame, Form: forms.ReadBackup(posted)}
	p.Form.Check()
	if len(p.Form.Errors) > 0 {
		if err := a.askBackups(c.Request().Context(), &p); err != nil {
			return web.About(n, err)
		}
		return a.showBackups(c, http.StatusUnprocessableEntity, p)
	}
	j, err := a.Jobs.Backup(n.UserID, p.Ref(), p.Card.Name, p.Form.Params())
	if err != nil {
		return err
	}
	return a.Began(c, j)
}
