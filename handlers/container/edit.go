package container

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"berth/fleet"
	"berth/forms"
	"berth/handlers/web"
	"berth/jobs"
	"berth/proxmox"
	"berth/store"
	"berth/views/cards"
	"berth/views/container"
	"berth/views/parts"
)

// configured is the container of the path with its configuration as it is now.
func (a *Pages) configured(c echo.Context) (container.ConfigurationPage, error) {
	frame, err := a.containerPageOf(c)
	if err != nil {
		return container.ConfigurationPage{}, err
	}
	n := frame.Node
	d, err := a.configOf(c, n, frame.Card.VMID)
	if err != nil {
		return container.ConfigurationPage{}, err
	}
	if lock := d.Next.Lock; lock != "" {
		return container.ConfigurationPage{}, web.About(n, &proxmox.Error{Kind: proxmox.KindLocked, Lock: lock})
	}
	frame.Known = d.Settings
	return container.ConfigurationPage{Page: frame, Details: d}, nil
}

// configOf asks for a container's configuration; one that cannot be told is a failure.
func (a *Pages) configOf(c echo.Context, n store.Node, vmid int) (fleet.Details, error) {
	ctx := c.Request().Context()
	d, err := a.Fleet.Details(ctx, n.UserID, n.Ref(vmid))
	switch {
	case err != nil:
		return d, err
	case proxmox.KindOf(d.Err) == proxmox.KindNotFound:
		return d, a.goneFrom(ctx, n, vmid)
	}
	return d, web.About(n, d.Err)
}

// withoutRight refuses what the token has no right to, before anything is typed.
func withoutRight(p container.ConfigurationPage, privilege, path string) error {
	return web.About(p.Node, &proxmox.Error{Kind: proxmox.KindForbidden, Privilege: privilege, Path: path})
}

func vmPath(vmid int) string { return "/vms/" + strconv.Itoa(vmid) }

// EditPage is GET /containers/{node}/{vmid}/edit?part=: the form for a part of the configuration. Without a
// part it leads to the configuration, which has them all.
func (a *Pages) EditPage(c echo.Context) error {
	if c.QueryParam("part") == "" {
		return a.toConfiguration(c)
	}
	p, err := a.configured(c)
	if err != nil {
		return err
	}
	edit, err := editOf(p, c.QueryParam("part"))
	if err != nil {
		return err
	}
	return a.showEdit(c, http.StatusOK, edit)
}

func (a *Pages) toConfiguration(c echo.Context) error {
	n, vmid, err := a.nodeAndVMID(c)
	if err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, parts.ContainerURL(n.ID, vmid)+"/"+cards.TabSettings)
}

func editOf(p container.ConfigurationPage, part string) (container.EditPage, error) {
	form, ok := forms.NewEdit(part, p.Details.Next)
	edit := container.EditPage{Page: p.Page, Edit: form}
	if !ok {
		return edit, store.ErrNotFound
	}
	if !p.MayEdit(edit.Privilege()) {
		return edit, withoutRight(p, edit.Privilege(), vmPath(p.Card.VMID))
	}
	return edit, nil
}

func (a *Pages) showEdit(c echo.Context, status int, p container.EditPage) error {
	return a.containerForm(c, status, p.Page, container.Edit(p), container.EditPart(p))
}

// containerForm is a form of the configuration: in its place for htmx, else as a page.
func (a *Pages) containerForm(c echo.Context, status int, p container.Page, body, part templ.Component) error {
	return a.PageOrPart(c, status, "containers", "Change "+p.Card.Title(), body, part)
}

// EditCheck is POST /containers/{node}/{vmid}/edit/check?field=: judges a field while it is typed.
func (a *Pages) EditCheck(c echo.Context) error {
	if _, _, err := a.nodeAndVMID(c); err != nil {
		return err
	}
	posted, err := web.PostForm(c)
	if err != nil {
		return err
	}
	field := c.QueryParam("field")
	if !forms.IsEditField(field) {
		return echo.ErrNotFound
	}
	form, wrong := forms.ReadContainer(nil, posted), ""
	if form.Get(field) != "" {
		wrong = form.CheckEdit(field)
	}
	return a.Part(c, http.StatusOK, parts.FieldError(field, wrong))
}

// Edit is POST /containers/{node}/{vmid}/edit: changes a part of the configuration, unless somebody else has
// changed it since the form was made. Then the form comes back with what was typed and what is there now.
func (a *Pages) Edit(c echo.Context) error {
	posted, err := web.PostForm(c)
	if err != nil {
		return err
	}
	p, err := a.configured(c)
	if err != nil {
		return err
	}
	edit, err := editOf(p, posted.Get("part"))
	if err != nil {
		return err
	}
	if edit.Edit = edit.Typed(posted); !edit.OK() {
		return a.showEdit(c, http.StatusUnprocessableEntity, edit)
	}
	changes := edit.Changes(p.Details.Next)
	if len(changes) == 0 {
		return a.editSaved(c, p, edit, "Nothing was changed: it is already like that.")
	}
	n := p.Node
	err = a.update(c, edit, changes)
	switch {
	case proxmox.KindOf(err) == proxmox.KindModified:
		d, err := a.configOf(c, n, p.Card.VMID)
		if err != nil {
			return err
		}
		edit.Edit = edit.Overtaken(d.Next)
		return a.showEdit(c, http.StatusUnprocessableEntity, edit)
	case err != nil:
		return web.About(n, err)
	}
	a.record(c, p.Page, store.Event{Kind: store.EventChange, Changes: changes})
	if err := a.renamed(p.Page, changes); err != nil {
		return err
	}
	a.Fleet.GuestsChanged(n.ID)
	words := "Saved."
	d, err := a.configOf(c, n, p.Card.VMID)
	if err != nil { // it is saved, whatever the node says now
		return a.saved(c, p.Card.TabURL(cards.TabSettings), words)
	}
	if waiting(d, changes) {
		words = "Saved. It takes effect when the container is restarted."
	}
	p.Details, p.Known = d, d.Settings
	return a.editSaved(c, p, edit, words)
}

// editSaved shows what was changed: in its row for htmx, else on the page of the configuration.
func (a *Pages) editSaved(c echo.Context, p container.ConfigurationPage, edit container.EditPage, words string) error {
	if !web.WantsPart(c) {
		return a.saved(c, p.Card.TabURL(cards.TabSettings), words)
	}
	return a.Part(c, http.StatusOK, container.Saved(p, edit.Whole(), words))
}

// renamed keeps the links of a container that got another hostname.
func (a *Pages) renamed(p container.Page, changes []store.Change) error {
	for _, change := range changes {
		if change.Setting == "hostname" {
			return a.Fleet.Renamed(p.Node.UserID, p.Ref(), p.Card.Name, change.To)
		}
	}
	return nil
}

// update makes the changes. A browser that leaves does not end that, and where the answer was lost, it is looked up
// whether they were made.
func (a *Pages) update(c echo.Context, p container.EditPage, changes []store.Change) error {
	err := a.Fleet.UpdateConfig(c.Request().Context(), p.Node.UserID, p.Ref(), p.Update(changes))
	switch proxmox.KindOf(err) {
	case proxmox.KindUnreachable, proxmox.KindTimeout, proxmox.KindProxy, proxmox.KindNotProxmox:
		if d, told := a.configOf(c, p.Node, p.Card.VMID); told == nil && len(p.Changes(d.Next)) == 0 {
			return nil
		}
	}
	return err
}

// waiting tells whether any of the changes waits for a restart.
func waiting(d fleet.Details, changes []store.Change) bool {
	return slices.ContainsFunc(changes, func(change store.Change) bool { return slices.Contains(d.Waiting, change.Setting) })
}

// saved leads to a page of a container, and says there what was done.
func (a *Pages) saved(c echo.Context, url, words string) error {
	if err := a.Flash(c, "ok", words); err != nil {
		return err
	}
	return a.Redirect(c, url)
}

// ResizePage is GET /containers/{node}/{vmid}/grow?disk=: the form for the size of a disk. Without a disk it
// leads to the configuration, which has them all.
func (a *Pages) ResizePage(c echo.Context) error {
	if c.QueryParam("disk") == "" {
		return a.toConfiguration(c)
	}
	p, err := a.configured(c)
	if err != nil {
		return err
	}
	form, err := a.resizeOf(p, c.QueryParam("disk"))
	if err != nil {
		return err
	}
	return a.showResize(c, http.StatusOK, form)
}

func (a *Pages) resizeOf(p container.ConfigurationPage, disk string) (container.ResizePage, error) {
	resize, ok := forms.NewResize(disk, p.Details.Next)
	form := container.ResizePage{Page: p.Page, Resize: resize}
	if !ok {
		return form, store.ErrNotFound
	}
	if storage, known := a.Fleet.Storage(p.Node, form.Volume.Storage); known {
		free := storage.Free()
		form.Free = &free
	}
	switch lacks := p.MayResize(form.Volume.Storage); {
	case lacks == "":
		return form, nil
	case strings.HasPrefix(lacks, "Datastore."):
		return form, withoutRight(p, lacks, "/storage/"+form.Volume.Storage)
	default:
		return form, withoutRight(p, lacks, vmPath(p.Card.VMID))
	}
}

func (a *Pages) showResize(c echo.Context, status int, p container.ResizePage) error {
	if web.WantsDialog(c) {
		return a.Dialog(c, status, container.ResizeDialog(p))
	}
	return a.containerForm(c, status, p.Page, container.Resize(p), container.ResizePart(p))
}

// Resize is POST /containers/{node}/{vmid}/grow. It leads to the job. A size that takes more than its storage has
// free comes back once with a warning; sent again, it is what is wanted.
func (a *Pages) Resize(c echo.Context) error {
	posted, err := web.PostForm(c)
	if err != nil {
		return err
	}
	p, err := a.configured(c)
	if err != nil {
		return err
	}
	form, err := a.resizeOf(p, posted.Get("disk"))
	if err != nil {
		return err
	}
	form.Size = strings.TrimSpace(posted.Get("size"))
	form.Conflict = posted.Get("digest") != form.Digest
	form.Error = form.Check()
	unwarned := form.Beyond() != "" && posted.Get("beyond") != form.Size
	if form.Conflict || form.Error != "" || unwarned {
		return a.showResize(c, http.StatusUnprocessableEntity, form)
	}
	j, err := a.Jobs.Resize(p.Node.UserID, p.Ref(), jobs.DiskResize{
		Name: p.Card.Name, Disk: form.Disk, Volume: form.Volume.Source, Size: form.GiB(),
	})
	if err != nil {
		return err
	}
	return a.Began(c, j)
}
