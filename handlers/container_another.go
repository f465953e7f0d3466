package handlers

import (
	"context"
	"errors"
	"time"

	"github.com/labstack/echo/v4"

	"berth/store"
	"berth/views"
)

// anotherWithin is how long a node may take to say what a container is set up as.
const anotherWithin = 5 * time.Second

// containerAnother begins a draft of a container like one that is there.
func (a *app) containerAnother(c echo.Context) error {
	n, vmid, err := a.placeOf(c)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(c.Request().Context(), anotherWithin)
	defer cancel()
	client, _, err := a.Fleet.Client(n.ID)
	if err != nil {
		return err
	}
	cfg, err := client.ContainerConfig(ctx, n.Member, vmid)
	if err != nil {
		return about(n, err)
	}
	picture, err := a.Fleet.Picture(ctx, n.UserID)
	if err != nil {
		return err
	}
	known, _ := picture.Container(n.ID, vmid)
	t, err := a.madeFrom(n, vmid, cfg.Hostname)
	if err != nil {
		return err
	}
	d, err := a.Store.AddDraft(views.DraftLike(n.UserID, n.ID, cfg, known.Pool, t))
	if err != nil {
		return err
	}
	return a.redirect(c, views.WizardURL(d.ID, "configure"))
}

// madeFrom is the template that Berth made a container from; the zero one when there was
// none, it is gone, or nobody knows any more.
func (a *app) madeFrom(n store.Node, vmid int, hostname string) (store.Template, error) {
	list, err := a.Store.Jobs(n.UserID, "", jobsLookedAt)
	if err != nil {
		return store.Template{}, err
	}
	for _, j := range list {
		if j.Kind != store.JobCreate || j.Scope != n.Scope || j.VMID != vmid || j.Name != hostname || j.State != store.JobDone {
			continue
		}
		setup, err := a.Store.JobSetup(j.ID)
		if errors.Is(err, store.ErrNotFound) {
			return store.Template{}, nil
		}
		if err != nil {
			return store.Template{}, err
		}
		t, err := a.templateOf(n.UserID, setup.TemplateID)
		if isNotFound(err) {
			return store.Template{}, nil
		}
		return t, err
	}
	return store.Template{}, nil
}
