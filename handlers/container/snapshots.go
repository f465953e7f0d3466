package container

import (
	"cmp"
	"context"
	"fmt"
	"net/http"

	"github.com/labstack/echo/v4"

	"berth/forms"
	"berth/handlers/web"
	"berth/jobs"
	"berth/proxmox"
	"berth/store"
	"berth/views/container"
	"berth/views/human"
	"berth/views/layout"
)

// Snapshots is GET /containers/{node}/{vmid}/snapshots. With ?job= it has what was typed for a
// snapshot that Proxmox refused.
func (a *Pages) Snapshots(c echo.Context) error {
	frame, err := a.containerPageOf(c)
	if err != nil {
		return err
	}
	p := container.SnapshotsPage{Page: frame, Form: forms.NewSnapshot(a.NowFor(c.Request().Context()))}
	refused, err := a.refusedJob(c, frame, store.JobSnapshot)
	if err != nil {
		return err
	}
	if refused != nil {
		p.Form = forms.SnapshotAgain(jobs.SnapshotOf(*refused), refused.Problem.Properties)
	}
	if err := a.askSnapshots(c.Request().Context(), &p); err != nil {
		p.Unknown = web.Explained(web.About(frame.Node, err)).Title
	}
	return a.showSnapshots(c, http.StatusOK, p)
}

func (a *Pages) showSnapshots(c echo.Context, status int, p container.SnapshotsPage) error {
	if web.WantsDialog(c) {
		return a.Dialog(c, status, container.SnapshotDialog(p))
	}
	return a.PageOrPart(c, status, "containers", "Snapshots of "+p.Card.Title(), container.Snapshots(p), container.SnapshotsParts(p))
}

// refusedJob is the job of ?job= on a container, if it is of that kind and failed; else nil.
func (a *Pages) refusedJob(c echo.Context, p container.Page, kind store.JobKind) (*store.Job, error) {
	id := c.QueryParam("job")
	if id == "" {
		return nil, nil
	}
	j, err := a.Store.Job(p.Node.UserID, id)
	if web.IsNotFound(err) || err == nil && (j.Kind != kind || j.Problem == nil || !j.WorksOn(p.Node.Scope, p.Card.VMID)) {
		return nil, nil
	}
	return &j, err
}

// errNoAnswer stands for the error of a node that was silent a moment ago where the inventory has no other.
var errNoAnswer = &proxmox.Error{Kind: proxmox.KindTimeout, Call: "the container's status"}

// unanswered returns the error of a node that did not answer a moment ago, so that a page does not wait for it again;
// nil where the node may be asked.
func unanswered(p container.Page) error {
	if p.Card.Fresh {
		return nil
	}
	return cmp.Or(p.Card.Err, error(errNoAnswer))
}

// askSnapshots asks the node for a container's snapshots, whether more can be made, and why not. The error is
// that of the list: without the rest, Proxmox has the last word.
func (a *Pages) askSnapshots(ctx context.Context, p *container.SnapshotsPage) error {
	if err := unanswered(p.Page); err != nil {
		return err
	}
	told, err := a.Fleet.Snapshots(ctx, p.Node.UserID, p.Ref())
	p.Snapshots = told.Snapshots
	p.Newest = forms.OnlyNewest(told.Config, told.Storages)
	if !told.Possible {
		p.Cannot = forms.CannotSnapshot(told.Config, told.Storages)
	}
	p.Lack = lackOn(p.Page, told.Rights, "VM.Snapshot")
	return err
}

// lackOn finds the privileges that the token lacks on a container, so that a page says so before a form is filled in.
// Where its rights were not told, none is said to be lacking: Proxmox has the last word.
func lackOn(p container.Page, rights proxmox.Permissions, privileges ...string) container.Lack {
	if rights == nil {
		return container.Lack{}
	}
	return container.LackOf(p.Node, rights, p.Card.VMID, p.Card.Pool, privileges...)
}

// actsOnPage is the page of a container on which a job of that kind can begin.
func (a *Pages) actsOnPage(c echo.Context, kind store.JobKind) (container.Page, error) {
	n, vmid, err := a.nodeAndVMID(c)
	if err != nil {
		return container.Page{}, err
	}
	ct, err := a.actsOn(c, n, vmid, kind)
	if err != nil {
		return container.Page{}, err
	}
	return a.containerPage(c.Request().Context(), n, ct)
}

// MakeSnapshot is POST /containers/{node}/{vmid}/snapshots: snapshot, note. It leads to the job.
func (a *Pages) MakeSnapshot(c echo.Context) error {
	posted, err := web.PostForm(c)
	if err != nil {
		return err
	}
	frame, err := a.actsOnPage(c, store.JobSnapshot)
	if err != nil {
		return err
	}
	n := frame.Node
	p := container.SnapshotsPage{Page: frame, Form: forms.ReadSnapshot(posted)}
	if err := a.askSnapshots(c.Request().Context(), &p); err != nil {
		return web.About(n, err)
	}
	p.Form.Check(p.Snapshots)
	if len(p.Form.Errors) > 0 || p.Cannot != "" || p.Lack.Any() {
		return a.showSnapshots(c, http.StatusUnprocessableEntity, p)
	}
	j, err := a.Jobs.Snapshot(n.UserID, p.Ref(), p.Card.Name, jobs.SnapshotSpec{Snapshot: p.Form.Name, Note: p.Form.Note})
	if err != nil {
		return err
	}
	return a.Began(c, j)
}

// Snapshot is GET /containers/{node}/{vmid}/snapshots/{name}/rollback and delete: it asks first.
func (a *Pages) Snapshot(kind store.JobKind) echo.HandlerFunc {
	return func(c echo.Context) error {
		p, err := a.snapshotPage(c, kind)
		if err != nil {
			return err
		}
		p.Start = p.Card.Status == proxmox.GuestRunning
		if kind == store.JobRollback {
			a.askReturn(c.Request().Context(), &p)
		}
		title := "Roll " + p.Card.Title() + " back to " + p.Snapshot.Name + "?"
		view, question := container.Rollback(p), container.RollbackDialog(p)
		if kind == store.JobDeleteSnapshot {
			title = "Delete the snapshot " + p.Snapshot.Name + " of " + p.Card.Title() + "?"
			view, question = container.DeleteSnapshot(p), container.DeleteSnapshotDialog(p)
		}
		return a.PageOrPart(c, http.StatusOK, "containers", title, view, question)
	}
}

// askReturn asks what rolling back makes of the disks. Where that is not told, the page says less.
func (a *Pages) askReturn(ctx context.Context, p *container.SnapshotPage) {
	if back, err := a.Fleet.Return(ctx, p.Node.UserID, p.Ref(), p.Snapshot.Name); err == nil {
		p.Return = &back
	}
}

// snapshotPage is the snapshot of the path, with which a job of that kind can begin.
func (a *Pages) snapshotPage(c echo.Context, kind store.JobKind) (container.SnapshotPage, error) {
	frame, err := a.actsOnPage(c, kind)
	if err != nil {
		return container.SnapshotPage{}, err
	}
	p := container.SnapshotPage{SnapshotsPage: container.SnapshotsPage{Page: frame}}
	if err := a.askSnapshots(c.Request().Context(), &p.SnapshotsPage); err != nil {
		return p, web.About(frame.Node, err)
	}
	name := c.Param("snapshot")
	for _, s := range p.Snapshots.All {
		if s.Name == name {
			p.Snapshot = s
		}
	}
	newer := p.Snapshots.Since(name)
	switch {
	case p.Snapshot.Name == "":
		return p, web.About(frame.Node, &proxmox.Error{Kind: proxmox.KindNoSnapshot})
	case p.Lack.Any():
		return p, web.About(frame.Node, &proxmox.Error{Kind: proxmox.KindForbidden, Privilege: p.Lack.Rights[0].Privilege, Path: vmPath(p.Card.VMID)})
	case kind == store.JobRollback && p.Newest && len(newer) > 0:
		return p, web.Problem(layout.Problem{
			Status: http.StatusConflict,
			Title:  "Newer snapshots are in the way",
			Why:    fmt.Sprintf("The disks of %s are on ZFS, which can roll back only to the newest snapshot, and after %s came %s. Nothing was changed.", p.Card.Title(), name, human.List(newer)),
			Next:   "Delete the newer ones first.",
			Link:   layout.Link{URL: p.Card.URL() + "/snapshots", Text: "Snapshots"},
		})
	}
	return p, nil
}

// RollBack is POST /containers/{node}/{vmid}/snapshots/{name}/rollback: start. It leads to the job.
func (a *Pages) RollBack(c echo.Context) error {
	posted, err := web.PostForm(c)
	if err != nil {
		return err
	}
	p, err := a.snapshotPage(c, store.JobRollback)
	if err != nil {
		return err
	}
	spec := jobs.SnapshotSpec{Snapshot: p.Snapshot.Name, Start: forms.Checked(posted, "start")}
	j, err := a.Jobs.RollBack(p.Node.UserID, p.Ref(), p.Card.Name, spec)
	if err != nil {
		return err
	}
	return a.Began(c, j)
}

// DeleteSnapshot is POST /containers/{node}/{vmid}/snapshots/{name}/delete. It leads to the job.
func (a *Pages) DeleteSnapshot(c echo.Context) error {
	p, err := a.snapshotPage(c, store.JobDeleteSnapshot)
	if err != nil {
		return err
	}
	j, err := a.Jobs.DeleteSnapshot(p.Node.UserID, p.Ref(), p.Card.Name, jobs.SnapshotSpec{Snapshot: p.Snapshot.Name})
	if err != nil {
		return err
	}
	return a.Began(c, j)
}
