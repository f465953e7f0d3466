package container

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"berth/handlers/web"
	"berth/store"
	"berth/views/cards"
	"berth/views/container"
)

// SnapshotNotePage is GET /containers/{node}/{vmid}/snapshots/{name}/note: the form for a snapshot's note.
func (a *Pages) SnapshotNotePage(c echo.Context) error {
	p, err := a.snapshotPage(c, store.JobSnapshot) // it takes what making one takes: the right, and no lock
	if err != nil {
		return err
	}
	return a.showSnapshotNote(c, http.StatusOK, container.NewSnapshotNotePage(p))
}

func (a *Pages) showSnapshotNote(c echo.Context, status int, p container.SnapshotNotePage) error {
	return a.PageOrPart(c, status, "containers", "Note of "+p.Snapshot.Name+" of "+p.Card.Title(), container.SnapshotNote(p), container.SnapshotNotePart(p))
}

// SnapshotNote is POST /containers/{node}/{vmid}/snapshots/{name}/note: note-{name}, digest. Another note than the
// form was made from comes back, as Proxmox itself would overwrite it.
func (a *Pages) SnapshotNote(c echo.Context) error {
	posted, err := web.PostForm(c)
	if err != nil {
		return err
	}
	page, err := a.snapshotPage(c, store.JobSnapshot)
	if err != nil {
		return err
	}
	p := container.NewSnapshotNotePage(page).Typed(posted)
	list := p.Card.URL() + "/" + cards.TabSnapshots
	switch {
	case p.Note == p.Snapshot.Note:
		return a.saved(c, list, "Nothing was changed: it is already like that.")
	case p.Conflict || p.Error != "":
		return a.showSnapshotNote(c, http.StatusUnprocessableEntity, p)
	}
	n := p.Node
	if err := a.Fleet.SetSnapshotNote(c.Request().Context(), n.UserID, p.Ref(), p.Snapshot.Name, p.Note); err != nil {
		return web.About(n, err)
	}
	a.record(c, p.Page, store.Event{Kind: store.EventNote, Snapshot: p.Snapshot.Name})
	return a.saved(c, list, "Saved.")
}
