package container

import (
	"context"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"berth/fleet"
	"berth/forms"
	"berth/handlers/web"
	"berth/jobs"
	"berth/proxmox"
	"berth/store"
	"berth/views/cards"
	"berth/views/container"
	"berth/views/layout"
)

// Confirm is GET /containers/{node}/{vmid}/shutdown, stop, reboot and delete: it asks first.
func (a *Pages) Confirm(kind store.JobKind) echo.HandlerFunc {
	return func(c echo.Context) error {
		n, vmid, err := a.nodeAndVMID(c)
		if err != nil {
			return err
		}
		ct, err := a.actsOn(c, n, vmid, kind)
		if err != nil {
			return err
		}
		p := container.ConfirmPage{Card: cards.New(ct, nil, a.NowFor(c.Request().Context())), Kind: kind, Purge: c.QueryParam("purge") == "1", Made: c.QueryParam("made")}
		if kind == store.JobDelete {
			a.askBelongings(c.Request().Context(), n, &p)
			p.ChoosePurge()
		}
		return a.showConfirm(c, http.StatusOK, p)
	}
}

// askBelongings asks what goes with a container that is deleted. Where it is not told, Proxmox has the last word.
func (a *Pages) askBelongings(ctx context.Context, n store.Node, p *container.ConfirmPage) {
	has, err := a.Fleet.Belongings(ctx, n.UserID, p.Card.Ref())
	if err != nil {
		p.Unknown = web.Explained(web.About(n, err)).Title + "."
		return
	}
	p.Has = &has
}

func (a *Pages) showConfirm(c echo.Context, status int, p container.ConfirmPage) error {
	if web.WantsDialog(c) {
		return a.Dialog(c, status, container.ConfirmDialog(p))
	}
	return a.PageOrPart(c, status, "containers", p.Title()+"?", container.Confirm(p), container.ConfirmDialog(p))
}

// Act is POST /containers/{node}/{vmid}/start, shutdown, stop and reboot. It leads to the job.
func (a *Pages) Act(kind store.JobKind) echo.HandlerFunc {
	return func(c echo.Context) error {
		n, vmid, err := a.nodeAndVMID(c)
		if err != nil {
			return err
		}
		ct, err := a.actsOn(c, n, vmid, kind)
		if err != nil {
			return err
		}
		return a.act(c, n, vmid, jobs.Action{Kind: kind, Name: ct.Name})
	}
}

// Delete is POST /containers/{node}/{vmid}/delete: the container's name or VMID must have been typed.
func (a *Pages) Delete(c echo.Context) error {
	form, err := web.PostForm(c)
	if err != nil {
		return err
	}
	n, vmid, err := a.nodeAndVMID(c)
	if err != nil {
		return err
	}
	ct, err := a.actsOn(c, n, vmid, store.JobDelete)
	if err != nil {
		return err
	}
	p := container.ConfirmPage{
		Card:  cards.New(ct, nil, a.NowFor(c.Request().Context())),
		Kind:  store.JobDelete,
		Typed: strings.TrimSpace(form.Get("confirm")),
		Purge: forms.Checked(form, "purge"),
		Made:  form.Get("made"),
	}
	a.askBelongings(c.Request().Context(), n, &p)
	if p.Refused() {
		return a.showConfirm(c, http.StatusConflict, p)
	}
	p.Errors = map[string]string{}
	if !p.Confirms() {
		p.Errors["confirm"] = p.WrongName()
	}
	p.CheckPurge()
	if len(p.Errors) > 0 {
		return a.showConfirm(c, http.StatusUnprocessableEntity, p)
	}
	if p.Made != "" {
		return a.destroy(c, n, vmid, p)
	}
	return a.act(c, n, vmid, jobs.Action{Kind: store.JobDelete, Name: ct.Name, Purge: p.Purge, Stop: ct.Status == proxmox.GuestRunning})
}

// destroy deletes what an unsuccessful create job left, which knows then that it is gone.
func (a *Pages) destroy(c echo.Context, n store.Node, vmid int, p container.ConfirmPage) error {
	made, err := a.Store.Job(n.UserID, p.Made)
	if err != nil {
		return err
	}
	if !made.WorksOn(n.Scope, vmid) {
		return store.ErrNotFound
	}
	j, err := a.Jobs.Destroy(n.UserID, made.ID, p.Purge)
	if err != nil {
		return err
	}
	return a.Began(c, j)
}

// act begins a job on a container and leads to it, or answers with the message that follows it over the page.
func (a *Pages) act(c echo.Context, n store.Node, vmid int, action jobs.Action) error {
	j, err := a.Jobs.Act(n.UserID, n.Ref(vmid), action)
	if err != nil {
		return err
	}
	return a.Began(c, j)
}

// actsOn asks how a container is now, and refuses what does not fit its state: another job that is at work on
// it, a lock, or that it runs or does not.
func (a *Pages) actsOn(c echo.Context, n store.Node, vmid int, kind store.JobKind) (fleet.Container, error) {
	j, err := a.jobAt(n, vmid)
	if err != nil {
		return fleet.Container{}, err
	}
	if j != nil {
		return fleet.Container{}, &store.BusyError{Job: *j}
	}
	ctx := c.Request().Context()
	ct, err := a.Fleet.Status(ctx, n.UserID, n.Ref(vmid))
	if proxmox.KindOf(err) == proxmox.KindNotFound {
		return ct, a.goneFrom(ctx, n, vmid)
	}
	if err != nil {
		return ct, web.About(n, err)
	}
	switch h := ct.Hinders(proxmox.Verb(kind)); h {
	case proxmox.HindersLock, proxmox.HindersCreation:
		return ct, web.About(n, &proxmox.Error{Kind: proxmox.KindLocked, Lock: ct.Lock})
	case proxmox.HindersTemplate:
		return ct, a.isTemplate(ct)
	case proxmox.HindersRuns:
		return ct, a.alreadySo(ct, "is already running", "It was started in the meantime, perhaps outside Berth")
	case proxmox.HindersStopped:
		return ct, a.alreadySo(ct, "is not running", "It stopped in the meantime, perhaps outside Berth")
	}
	return ct, nil
}

// isTemplate says that something cannot be done with a template.
func (a *Pages) isTemplate(ct fleet.Container) error {
	card := cards.New(ct, nil, a.Now())
	return web.Problem(layout.Problem{
		Status: http.StatusConflict,
		Title:  card.Title() + " is a template",
		Why:    "A template never runs and does not change, so there was nothing to do.",
		Next:   "Clone it to get a container.",
		Link:   layout.Link{URL: card.URL() + "/clone", Text: "Clone " + card.Title()},
	})
}

// alreadySo says that there is nothing to do with a container.
func (a *Pages) alreadySo(ct fleet.Container, is, why string) error {
	card := cards.New(ct, nil, a.Now())
	return web.Problem(layout.Problem{
		Status: http.StatusConflict,
		Title:  card.Title() + " " + is,
		Why:    why + ", so there was nothing to do.",
		Link:   layout.Link{URL: card.URL(), Text: "Show " + card.Title()},
	})
}
