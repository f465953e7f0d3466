package web

import (
	"errors"

	"github.com/labstack/echo/v4"

	"berth/jobs"
	"berth/proxmox"
	"berth/store"
	"berth/templates"
)

// DraftOf returns the draft of the request's address, if it is the user's.
func (a *App) DraftOf(c echo.Context) (store.Draft, error) {
	return a.Store.Draft(UserOf(c).ID, c.Param("draft"))
}

// TemplateOf is a starter or a template of the user; the zero one for "none" and "". store.ErrNotFound.
func (a *App) TemplateOf(userID, id string) (store.Template, error) {
	if id == "" || id == "none" {
		return store.Template{}, nil
	}
	if t, ok := templates.Starter(id); ok {
		return t, nil
	}
	return a.Store.Template(userID, id)
}

// LastCreated are the parameters with which a user last created a container, on a node or with no node on any; the zero
// value where none is there any more.
func (a *App) LastCreated(userID, nodeID string) (proxmox.CreateParams, error) {
	made, err := a.Store.JobsThatMade(userID)
	if err != nil {
		return proxmox.CreateParams{}, err
	}
	for _, j := range made {
		if j.Kind == store.JobCreate && (nodeID == "" || j.NodeID == nodeID) {
			spec := jobs.CreationOf(j)
			spec.Params.Tags = append(spec.Params.Tags, spec.AddTags...)
			return spec.Params, nil
		}
	}
	return proxmox.CreateParams{}, nil
}

// IsNotFound tells whether what was asked for is not there, or not this user's.
func IsNotFound(err error) bool { return errors.Is(err, store.ErrNotFound) }
